//! Revisions: immutable, numbered, addressed by what they hold.
//!
//! The digest covers the whole document and, for each reference that it resolved, a keyed digest of the value (or that
//! there was none). So the same text with another key behind `${OPENAI_API_KEY}` is another revision, and no value can
//! be found out from what is stored. Putting the same content again gives the revision that is already there, whoever
//! puts it: number, author and time stay those of the first. What was published when, and by whom, is the ledger's.

use crate::audit::AuditEvent;
use crate::db::{Row, args};
use crate::digest::Fields;
use crate::step::step;
use crate::write::Write;
use crate::{By, Digest, Store, StoreError, Timestamp};

/// Number of a revision: 1, 2, 3 … without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevisionNumber(pub i64);

/// How a revision came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Written by the first start.
    Starter,
    /// The watched file.
    File,
    /// Admin API, page or command line.
    Api,
    /// Converted from another gateway's file.
    Import,
}

/// The value behind one reference, as a revision keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretDigest {
    /// As the document has it: `${OPENAI_API_KEY}`, `${file:/run/key}`, `${secret:name}`.
    pub reference: String,
    /// Keyed digest of the value, [`crate::Vault::digest`]; `None` if there was no value.
    pub digest: Option<Digest>,
}

/// A revision to be stored.
#[derive(Debug, Clone, Copy)]
pub struct NewRevision<'a> {
    /// The whole document.
    pub text: &'a str,
    /// Every reference that it resolves; the order does not matter.
    pub secrets: &'a [SecretDigest],
    /// How it came to be.
    pub origin: Origin,
    /// Why, for people.
    pub note: &'a str,
}

/// What is known of a revision beside its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionMeta {
    /// Its number.
    pub number: RevisionNumber,
    /// Its address.
    pub digest: Digest,
    /// The revision that was live when it was first stored.
    pub parent: Option<RevisionNumber>,
    /// How it came to be.
    pub origin: Origin,
    /// Who stored it first.
    pub author: String,
    /// When, by their clock.
    pub at: Timestamp,
    /// Why, in their words.
    pub note: String,
    /// Bytes of its text.
    pub size: u64,
}

/// A revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// What is known of it.
    pub meta: RevisionMeta,
    /// The whole document, references unresolved.
    pub text: String,
    /// The references that it resolved, in their order.
    pub secrets: Vec<SecretDigest>,
}

/// What became of [`Store::put_revision`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRevision {
    /// The revision with that content.
    pub revision: RevisionMeta,
    /// Whether it was there before.
    pub existed: bool,
}

/// Why a revision cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum RevisionError {
    /// There is none of that number.
    #[error("there is no revision {}: `aigw config history` lists them", .0.0)]
    Unknown(RevisionNumber),
    /// The store's own trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Stores a revision; the one that is there if there is one with the same content.
    pub async fn put_revision(
        &self,
        by: &By,
        new: &NewRevision<'_>,
    ) -> Result<StoredRevision, StoreError> {
        let digest = address(new.text, new.secrets);
        let mut write = self.write().await?;
        let found = write
            .row(
                "SELECT number, digest, parent, origin, author, at, note, size FROM revisions WHERE digest = $1",
                args![digest],
            )
            .await?;
        if let Some(row) = found {
            return Ok(StoredRevision {
                revision: meta(&row)?,
                existed: true,
            });
        }
        let revision = insert(&mut write, by, new, digest).await?;
        let resource = format!("revision/{}", revision.number.0);
        let event = AuditEvent {
            after: Some(digest),
            ..AuditEvent::done("revision.create", &resource)
        };
        write.audit(by, &event).await?;
        write.commit().await?;
        Ok(StoredRevision {
            revision,
            existed: false,
        })
    }

    /// A revision with its text. Its address is computed anew: a text that was changed in the database is an error.
    pub async fn revision(&self, number: RevisionNumber) -> Result<Revision, RevisionError> {
        let row = self
            .row(
                "SELECT number, digest, parent, origin, author, at, note, size, text FROM revisions WHERE number = $1",
                args![number.0],
            )
            .await?;
        let row = row.ok_or(RevisionError::Unknown(number))?;
        let mut revision = Revision {
            meta: meta(&row)?,
            text: row.text("text")?,
            secrets: Vec::new(),
        };
        let secrets = "SELECT reference, digest FROM revision_secrets WHERE revision = $1";
        for row in self.rows(secrets, args![number.0]).await? {
            revision.secrets.push(SecretDigest {
                reference: row.text("reference")?,
                digest: row.maybe_digest("digest")?,
            });
        }
        revision
            .secrets
            .sort_by(|a, b| a.reference.cmp(&b.reference));
        if address(&revision.text, &revision.secrets) != revision.meta.digest {
            let detail = format!("revision {} does not hold what its digest says", number.0);
            return Err(StoreError::damaged(detail).into());
        }
        Ok(revision)
    }

    /// Revisions before `before` (the newest if `None`), newest first, at most `limit`.
    pub async fn history(
        &self,
        before: Option<RevisionNumber>,
        limit: u32,
    ) -> Result<Vec<RevisionMeta>, StoreError> {
        let sql = "SELECT number, digest, parent, origin, author, at, note, size FROM revisions
            WHERE number < $1 ORDER BY number DESC LIMIT $2";
        let before = before.map_or(i64::MAX, |number| number.0);
        let rows = self.rows(sql, args![before, i64::from(limit)]).await?;
        rows.iter().map(meta).collect()
    }

    /// The revision with this address.
    pub async fn revision_by_digest(
        &self,
        digest: Digest,
    ) -> Result<Option<RevisionMeta>, StoreError> {
        let sql = "SELECT number, digest, parent, origin, author, at, note, size FROM revisions WHERE digest = $1";
        self.row(sql, args![digest])
            .await?
            .as_ref()
            .map(meta)
            .transpose()
    }
}

/// The address of a document with these values behind its references.
pub fn address(text: &str, secrets: &[SecretDigest]) -> Digest {
    let mut sorted: Vec<_> = secrets.iter().collect();
    sorted.sort_by(|a, b| a.reference.cmp(&b.reference));
    sorted.dedup_by(|a, b| a.reference == b.reference);
    let mut fields = Fields::new("aigw revision 1").field(text.as_bytes());
    for secret in sorted {
        let digest = secret.digest.as_ref().map(|digest| &digest.0[..]);
        fields = fields.field(secret.reference.as_bytes()).maybe(digest);
    }
    fields.finish()
}

async fn insert(
    write: &mut Write<'_>,
    by: &By,
    new: &NewRevision<'_>,
    digest: Digest,
) -> Result<RevisionMeta, StoreError> {
    let number = write
        .next("SELECT coalesce(max(number), 0) AS last FROM revisions")
        .await?;
    let live = "SELECT revision FROM publications WHERE state = 'live'";
    let live = write.row(live, args![]).await?;
    let revision = RevisionMeta {
        number: RevisionNumber(number),
        digest,
        parent: live
            .map(|row| row.int("revision").map(RevisionNumber))
            .transpose()?,
        origin: new.origin,
        author: by.actor.clone(),
        at: by.at,
        note: new.note.to_owned(),
        size: u64::try_from(new.text.len()).unwrap_or(u64::MAX),
    };
    let values = args![
        number,
        digest,
        revision.parent.map(|parent| parent.0),
        new.origin.as_str(),
        by.actor.as_str(),
        by.at,
        new.note,
        i64::try_from(new.text.len()).unwrap_or(i64::MAX),
        new.text,
    ];
    write
        .execute(
            "INSERT INTO revisions (number, digest, parent, origin, author, at, note, size, text)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            values,
        )
        .await?;
    step("revision written");
    for secret in new.secrets {
        let sql = "INSERT INTO revision_secrets (revision, reference, digest) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        write
            .execute(sql, args![number, secret.reference.as_str(), secret.digest])
            .await?;
    }
    Ok(revision)
}

fn meta(row: &Row) -> Result<RevisionMeta, StoreError> {
    Ok(RevisionMeta {
        number: RevisionNumber(row.int("number")?),
        digest: row.digest("digest")?,
        parent: row.maybe_int("parent")?.map(RevisionNumber),
        origin: row.word("origin", Origin::parse)?,
        author: row.text("author")?,
        at: row.time("at")?,
        note: row.text("note")?,
        size: u64::try_from(row.int("size")?).unwrap_or_default(),
    })
}

impl Origin {
    /// `starter`, `file`, `api` or `import`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starter => "starter",
            Self::File => "file",
            Self::Api => "api",
            Self::Import => "import",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Starter, Self::File, Self::Api, Self::Import]
            .into_iter()
            .find(|origin| origin.as_str() == text)
    }
}
