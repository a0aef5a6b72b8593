//! Drafts: editable texts with optimistic locking.
//!
//! Each save names the version that it was made from; whoever saves an older one gets the newer draft back instead
//! ([`DraftError::Stale`]). Drafts are working copies, so their texts may be changed and discarded; the audit keeps that
//! it was done, by digest.

use crate::audit::AuditEvent;
use crate::changes::Part;
use crate::db::{Row, args};
use crate::digest::Fields;
use crate::name::{InvalidName, check_name};
use crate::write::Write;
use crate::{By, Digest, Origin, RevisionNumber, Store, StoreError, Timestamp};

/// Number of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DraftId(pub i64);

/// A draft to be begun.
#[derive(Debug, Clone, Copy)]
pub struct NewDraft<'a> {
    /// What to call it.
    pub title: &'a str,
    /// The whole document.
    pub text: &'a str,
    /// How it came to be.
    pub origin: Origin,
    /// The revision that it was made from.
    pub base: Option<RevisionNumber>,
    /// Why, for people.
    pub note: &'a str,
}

/// What a save puts in place of what was there.
#[derive(Debug, Clone, Copy)]
pub struct DraftEdit<'a> {
    /// What to call it.
    pub title: &'a str,
    /// The whole document.
    pub text: &'a str,
    /// The revision that it is now based on.
    pub base: Option<RevisionNumber>,
    /// Why, for people.
    pub note: &'a str,
}

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its number.
    pub id: DraftId,
    /// Raised by each save.
    pub version: i64,
    /// What it is called.
    pub title: String,
    /// How it came to be.
    pub origin: Origin,
    /// The revision that it is based on.
    pub base: Option<RevisionNumber>,
    /// Why, in its author's words.
    pub note: String,
    /// Who began it.
    pub author: String,
    /// When.
    pub created_at: Timestamp,
    /// Who saved it last.
    pub changed_by: String,
    /// When.
    pub changed_at: Timestamp,
    /// Bytes of its text.
    pub size: u64,
    /// The whole document; `None` in lists.
    pub text: Option<String>,
}

/// Why a draft was not saved.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// There is none of that number, any more.
    #[error("there is no draft {}: it was published or discarded", .0.0)]
    Unknown(DraftId),
    /// Somebody saved it meanwhile.
    #[error("{} saved version {} of draft {} meanwhile: compare, and save on top of that version", .0.changed_by, .0.version, .0.id.0)]
    Stale(Box<Draft>),
    /// Its title cannot be one.
    #[error(transparent)]
    Title(#[from] InvalidName),
    /// The store's own trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
}

const ONE: &str = "SELECT id, version, title, origin, base, note, author, created_at, changed_by, changed_at, size, text
    FROM drafts WHERE id = $1";

impl Store {
    /// Begins a draft, as version 1.
    pub async fn create_draft(&self, by: &By, new: &NewDraft<'_>) -> Result<Draft, DraftError> {
        check_name(new.title)?;
        let mut write = self.write().await?;
        let id = write
            .next("SELECT coalesce(max(id), 0) AS last FROM drafts")
            .await?;
        let draft = Draft {
            id: DraftId(id),
            version: 1,
            title: new.title.to_owned(),
            origin: new.origin,
            base: new.base,
            note: new.note.to_owned(),
            author: by.actor.clone(),
            created_at: by.at,
            changed_by: by.actor.clone(),
            changed_at: by.at,
            size: u64::try_from(new.text.len()).unwrap_or(u64::MAX),
            text: Some(new.text.to_owned()),
        };
        insert(&mut write, &draft).await?;
        let resource = format!("draft/{id}");
        let event = AuditEvent {
            after: Some(digest(new.text)),
            ..AuditEvent::done("draft.create", &resource)
        };
        write.audit(by, &event).await?;
        write.touch(Part::Drafts).await?;
        write.commit().await?;
        Ok(draft)
    }

    /// Saves a draft that is still at `version`; it is at the next one then.
    pub async fn save_draft(
        &self,
        by: &By,
        (id, version): (DraftId, i64),
        edit: &DraftEdit<'_>,
    ) -> Result<Draft, DraftError> {
        check_name(edit.title)?;
        let mut write = self.write().await?;
        let found = at_version(&mut write, id, version).await?;
        let before = found.text.as_deref().map(digest);
        let draft = Draft {
            version: version + 1,
            title: edit.title.to_owned(),
            base: edit.base,
            note: edit.note.to_owned(),
            changed_by: by.actor.clone(),
            changed_at: by.at,
            size: u64::try_from(edit.text.len()).unwrap_or(u64::MAX),
            text: Some(edit.text.to_owned()),
            ..found
        };
        update(&mut write, &draft).await?;
        let resource = format!("draft/{}", id.0);
        let event = AuditEvent {
            before,
            after: Some(digest(edit.text)),
            ..AuditEvent::done("draft.save", &resource)
        };
        write.audit(by, &event).await?;
        write.touch(Part::Drafts).await?;
        write.commit().await?;
        Ok(draft)
    }

    /// Removes a draft that is still at `version`: it is not wanted any more, or has become a revision.
    pub async fn discard_draft(
        &self,
        by: &By,
        id: DraftId,
        version: i64,
    ) -> Result<(), DraftError> {
        let mut write = self.write().await?;
        let found = at_version(&mut write, id, version).await?;
        write
            .execute("DELETE FROM drafts WHERE id = $1", args![id.0])
            .await?;
        let resource = format!("draft/{}", id.0);
        let event = AuditEvent {
            before: found.text.as_deref().map(digest),
            ..AuditEvent::done("draft.discard", &resource)
        };
        write.audit(by, &event).await?;
        write.touch(Part::Drafts).await?;
        Ok(write.commit().await?)
    }

    /// A draft with its text.
    pub async fn draft(&self, id: DraftId) -> Result<Draft, DraftError> {
        let row = self.row(ONE, args![id.0]).await?;
        let row = row.ok_or(DraftError::Unknown(id))?;
        Ok(with_text(&row)?)
    }

    /// Every draft, without texts, the last saved first.
    pub async fn drafts(&self) -> Result<Vec<Draft>, StoreError> {
        let sql = "SELECT id, version, title, origin, base, note, author, created_at, changed_by, changed_at, size
            FROM drafts ORDER BY changed_at DESC, id DESC";
        self.rows(sql, args![]).await?.iter().map(draft).collect()
    }
}

async fn at_version(write: &mut Write<'_>, id: DraftId, version: i64) -> Result<Draft, DraftError> {
    let row = write.row(ONE, args![id.0]).await?;
    let found = with_text(&row.ok_or(DraftError::Unknown(id))?)?;
    if found.version != version {
        return Err(DraftError::Stale(Box::new(found)));
    }
    Ok(found)
}

async fn insert(write: &mut Write<'_>, draft: &Draft) -> Result<(), StoreError> {
    let values = args![
        draft.id.0,
        draft.version,
        draft.title.as_str(),
        draft.origin.as_str(),
        draft.base.map(|base| base.0),
        draft.note.as_str(),
        draft.author.as_str(),
        draft.created_at,
        draft.changed_by.as_str(),
        draft.changed_at,
        i64::try_from(draft.size).unwrap_or(i64::MAX),
        draft.text.as_deref().unwrap_or_default(),
    ];
    write
        .execute(
            "INSERT INTO drafts (id, version, title, origin, base, note, author, created_at, changed_by, changed_at, size, text)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            values,
        )
        .await
        .map(drop)
}

async fn update(write: &mut Write<'_>, draft: &Draft) -> Result<(), StoreError> {
    let values = args![
        draft.id.0,
        draft.version,
        draft.title.as_str(),
        draft.base.map(|base| base.0),
        draft.note.as_str(),
        draft.changed_by.as_str(),
        draft.changed_at,
        i64::try_from(draft.size).unwrap_or(i64::MAX),
        draft.text.as_deref().unwrap_or_default(),
    ];
    write
        .execute(
            "UPDATE drafts SET version = $2, title = $3, base = $4, note = $5, changed_by = $6, changed_at = $7, size = $8, text = $9
             WHERE id = $1",
            values,
        )
        .await
        .map(drop)
}

fn with_text(row: &Row) -> Result<Draft, StoreError> {
    Ok(Draft {
        text: Some(row.text("text")?),
        ..draft(row)?
    })
}

fn draft(row: &Row) -> Result<Draft, StoreError> {
    Ok(Draft {
        id: DraftId(row.int("id")?),
        version: row.int("version")?,
        title: row.text("title")?,
        origin: row.word("origin", Origin::parse)?,
        base: row.maybe_int("base")?.map(RevisionNumber),
        note: row.text("note")?,
        author: row.text("author")?,
        created_at: row.time("created_at")?,
        changed_by: row.text("changed_by")?,
        changed_at: row.time("changed_at")?,
        size: u64::try_from(row.int("size")?).unwrap_or_default(),
        text: None,
    })
}

fn digest(text: &str) -> Digest {
    Fields::new("aigw draft 1").field(text.as_bytes()).finish()
}
