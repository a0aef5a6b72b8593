//! The ledger: every publication, what became of it, and which one is live.
//!
//! ```text
//! stage ──► staged ──► live ──► superseded
//!                └───► failed
//! ```
//!
//! At any time at most one publication is live and at most one staged; the database itself refuses a second. Whoever
//! publishes stages, lets the data plane take the snapshot over, and then calls [`Store::mark_live`] or
//! [`Store::mark_failed`]. Until `mark_live` has committed, the old publication is the live one.
//!
//! A publication left staged is settled as failed, so the old one stays live: at the start of the process of the same
//! instance name ([`Store::settle_staged`]), and by anybody who stages once the other's lease of [`LEASE_SECONDS`] is
//! over, counted in either direction, so that a clock that goes back holds nobody up for longer. A publisher whose
//! lease ran out is told so by `mark_live` ([`PublishError::NotStaged`]) and must go back to the snapshot it had.

mod settle;
mod types;

use crate::audit::AuditEvent;
use crate::changes::Part;
use crate::db::{Row, args};
use crate::step::step;
use crate::write::Write;
use crate::{By, Digest, RevisionNumber, Store, StoreError};

pub use settle::LEASE_SECONDS;
pub use types::{
    Base, Conflict, Proposal, Publication, PublicationId, PublicationKind, PublicationState,
    PublishError,
};

impl Store {
    /// Writes a publication down as staged, if nothing else is, and if what is live is still what `proposal.base` says.
    pub async fn stage(
        &self,
        by: &By,
        proposal: &Proposal<'_>,
    ) -> Result<Publication, PublishError> {
        let mut write = self.write().await?;
        let digest = digest_of(&mut write, proposal.revision)
            .await?
            .ok_or(PublishError::UnknownRevision(proposal.revision))?;
        settle::lapsed(&mut write, by).await?;
        let live = find(&mut write, PublicationState::Live).await?;
        let staged = find(&mut write, PublicationState::Staged).await?;
        let before = match &live {
            Some(live) => digest_of(&mut write, live.revision).await?,
            None => None,
        };
        let resource = format!("revision/{}", proposal.revision.0);
        let event = AuditEvent {
            before,
            after: Some(digest),
            ..AuditEvent::done("config.stage", &resource)
        };
        if staged.is_some() || !proposal.base.holds(live.as_ref()) {
            let conflict = Conflict {
                base: proposal.base,
                live,
                staged,
            };
            let reason = conflict.to_string();
            write.audit(by, &event.failed(&reason)).await?;
            write.commit().await?;
            return Err(PublishError::Conflict(Box::new(conflict)));
        }
        let base = live.map(|live| live.revision);
        let staged = insert(&mut write, by, proposal, base).await?;
        step("staged written");
        write.audit(by, &event).await?;
        write.touch(Part::Ledger).await?;
        write.commit().await?;
        Ok(staged)
    }

    /// The data plane serves it: makes the staged publication the live one and the one before it superseded.
    pub async fn mark_live(&self, by: &By, id: PublicationId) -> Result<Publication, PublishError> {
        let mut write = self.write().await?;
        let publication = staged(&mut write, id).await?;
        let before = find(&mut write, PublicationState::Live).await?;
        let supersede = "UPDATE publications SET state = 'superseded' WHERE state = 'live'";
        write.execute(supersede, args![]).await?;
        step("old superseded");
        settle::settle(&mut write, by, id, PublicationState::Live, None).await?;
        step("new live");
        let before = match before {
            Some(before) => digest_of(&mut write, before.revision).await?,
            None => None,
        };
        let resource = publication.resource();
        let event = AuditEvent {
            before,
            after: digest_of(&mut write, publication.revision).await?,
            ..AuditEvent::done(publication.kind.action(), &resource)
        };
        write.audit(by, &event).await?;
        step("audited");
        write.touch(Part::Ledger).await?;
        write.commit().await?;
        Ok(Publication {
            state: PublicationState::Live,
            settled_at: Some(by.at),
            ..publication
        })
    }

    /// The data plane could not take it over: nothing changes but the ledger, which keeps the reason.
    pub async fn mark_failed(
        &self,
        by: &By,
        id: PublicationId,
        reason: &str,
    ) -> Result<Publication, PublishError> {
        let mut write = self.write().await?;
        let publication = staged(&mut write, id).await?;
        settle::fail(&mut write, by, &publication, reason).await?;
        write.commit().await?;
        Ok(Publication {
            state: PublicationState::Failed,
            settled_at: Some(by.at),
            reason: Some(reason.to_owned()),
            ..publication
        })
    }

    /// What is live; `None` before the first publication.
    pub async fn live(&self) -> Result<Option<Publication>, StoreError> {
        let sql =
            "SELECT id, revision, kind, state, base, actor, instance, note, at, settled_at, reason
            FROM publications WHERE state = 'live'";
        self.row(sql, args![])
            .await?
            .as_ref()
            .map(publication)
            .transpose()
    }

    /// Publications before `before` (the newest if `None`), newest first, at most `limit`.
    pub async fn publications(
        &self,
        before: Option<PublicationId>,
        limit: u32,
    ) -> Result<Vec<Publication>, StoreError> {
        let sql =
            "SELECT id, revision, kind, state, base, actor, instance, note, at, settled_at, reason
            FROM publications WHERE id < $1 ORDER BY id DESC LIMIT $2";
        let before = before.map_or(i64::MAX, |id| id.0);
        let rows = self.rows(sql, args![before, i64::from(limit)]).await?;
        rows.iter().map(publication).collect()
    }
}

/// The staged publication of that id.
async fn staged(write: &mut Write<'_>, id: PublicationId) -> Result<Publication, PublishError> {
    let sql =
        "SELECT id, revision, kind, state, base, actor, instance, note, at, settled_at, reason
        FROM publications WHERE id = $1";
    let row = write.row(sql, args![id.0]).await?;
    let found = row.as_ref().map(publication).transpose()?;
    match found {
        Some(publication) if publication.state == PublicationState::Staged => Ok(publication),
        found => Err(PublishError::NotStaged {
            id,
            state: found.map(|publication| publication.state),
        }),
    }
}

/// The publication in a state that at most one can have.
async fn find(
    write: &mut Write<'_>,
    state: PublicationState,
) -> Result<Option<Publication>, StoreError> {
    let sql =
        "SELECT id, revision, kind, state, base, actor, instance, note, at, settled_at, reason
        FROM publications WHERE state = $1";
    let row = write.row(sql, args![state.as_str()]).await?;
    row.as_ref().map(publication).transpose()
}

async fn digest_of(
    write: &mut Write<'_>,
    revision: RevisionNumber,
) -> Result<Option<Digest>, StoreError> {
    let sql = "SELECT digest FROM revisions WHERE number = $1";
    let row = write.row(sql, args![revision.0]).await?;
    row.map(|row| row.digest("digest")).transpose()
}

async fn insert(
    write: &mut Write<'_>,
    by: &By,
    proposal: &Proposal<'_>,
    base: Option<RevisionNumber>,
) -> Result<Publication, StoreError> {
    let last = "SELECT coalesce(max(id), 0) AS last FROM publications";
    let publication = Publication {
        id: PublicationId(write.next(last).await?),
        revision: proposal.revision,
        kind: proposal.kind,
        state: PublicationState::Staged,
        base,
        actor: by.actor.clone(),
        instance: write.instance().to_owned(),
        note: proposal.note.to_owned(),
        at: by.at,
        settled_at: None,
        reason: None,
    };
    let values = args![
        publication.id.0,
        publication.revision.0,
        publication.kind.as_str(),
        publication.state.as_str(),
        base.map(|base| base.0),
        publication.actor.as_str(),
        publication.instance.as_str(),
        publication.note.as_str(),
        by.at,
    ];
    write
        .execute(
            "INSERT INTO publications (id, revision, kind, state, base, actor, instance, note, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            values,
        )
        .await?;
    Ok(publication)
}

fn publication(row: &Row) -> Result<Publication, StoreError> {
    Ok(Publication {
        id: PublicationId(row.int("id")?),
        revision: RevisionNumber(row.int("revision")?),
        kind: row.word("kind", PublicationKind::parse)?,
        state: row.word("state", PublicationState::parse)?,
        base: row.maybe_int("base")?.map(RevisionNumber),
        actor: row.text("actor")?,
        instance: row.text("instance")?,
        note: row.text("note")?,
        at: row.time("at")?,
        settled_at: row.maybe_time("settled_at")?,
        reason: row.maybe_text("reason")?,
    })
}
