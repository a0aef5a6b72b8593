//! The audit: who did what, from where, when, and whether it was done. Append-only and hash-chained.
//!
//! Each row holds the hash of the row before it and its own: `SHA-256(previous hash ‖ fields)`. The head, kept apart,
//! holds the last id and hash, so that rows cut off at the end are missed too. [`Store::verify_audit`] names the first
//! row that was edited, removed or put elsewhere. Whoever can rewrite the whole database can also compute the whole
//! chain anew: against that, keep [`Store::audit_head`] somewhere else from time to time and compare.
//!
//! Every write of this crate appends its own row within its transaction. What writes nothing, such as logins and
//! denials, is appended by [`Store::record`].

mod list;
mod verify;

use crate::db::{Row, Tx, args};
use crate::digest::Fields;
use crate::{By, Digest, Role, Store, StoreError, Timestamp};

pub use list::AuditFilter;
pub use verify::{ChainFault, Verified};

/// The hash before the first row.
pub(crate) const GENESIS: Digest = Digest([0; 32]);
/// Most bytes that a reason or resource may have; longer ones are cut.
const LONGEST: usize = 2048;

/// Something to be written down.
#[derive(Debug, Clone, Copy)]
pub struct AuditEvent<'a> {
    /// What was done: `config.publish`, `auth.login`, `key.create` …
    pub action: &'a str,
    /// To what: `revision/7`, `key/abc`, `secret/NAME` …
    pub resource: &'a str,
    /// Whether it was done.
    pub success: bool,
    /// Why not, or in what way. Never anything secret.
    pub reason: Option<&'a str>,
    /// Digest of what was there before.
    pub before: Option<Digest>,
    /// Digest of what is there now, or was to be.
    pub after: Option<Digest>,
}

/// A row of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number: 1, 2, 3 … without gaps. This is the order, not `at`.
    pub id: i64,
    /// When, by the clock of who did it.
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// In what role.
    pub role: Role,
    /// From where.
    pub source: Option<String>,
    /// What was done.
    pub action: String,
    /// To what.
    pub resource: String,
    /// Whether it was done.
    pub success: bool,
    /// Why not, or in what way.
    pub reason: Option<String>,
    /// Digest of what was there before.
    pub before: Option<Digest>,
    /// Digest of what is there now.
    pub after: Option<Digest>,
    /// Hash of the row before it.
    pub prev: Digest,
    /// Its own hash.
    pub hash: Digest,
}

/// Where the chain ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHead {
    /// The last row; 0 for an empty audit.
    pub last: i64,
    /// Its hash.
    pub hash: Digest,
}

impl<'a> AuditEvent<'a> {
    /// Something that was done.
    pub const fn done(action: &'a str, resource: &'a str) -> Self {
        Self {
            action,
            resource,
            success: true,
            reason: None,
            before: None,
            after: None,
        }
    }

    /// The same, but it was not done.
    #[must_use]
    pub const fn failed(self, reason: &'a str) -> Self {
        Self {
            success: false,
            reason: Some(reason),
            ..self
        }
    }
}

impl Store {
    /// Writes down something that changes nothing else in the store: a login, a denial, a failed attempt.
    pub async fn record(&self, by: &By, event: &AuditEvent<'_>) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        write.audit(by, event).await?;
        write.commit().await
    }

    /// Where the chain ends now.
    pub async fn audit_head(&self) -> Result<AuditHead, StoreError> {
        let row = self
            .row("SELECT last, hash FROM audit_head", args![])
            .await?;
        row.as_ref().map_or(Ok(EMPTY), head)
    }
}

const EMPTY: AuditHead = AuditHead {
    last: 0,
    hash: GENESIS,
};

fn head(row: &Row) -> Result<AuditHead, StoreError> {
    Ok(AuditHead {
        last: row.int("last")?,
        hash: row.digest("hash")?,
    })
}

/// Appends a row within a transaction that has the right to write.
pub(crate) async fn append(tx: &mut Tx, by: &By, event: &AuditEvent<'_>) -> Result<(), StoreError> {
    let found = tx.row("SELECT last, hash FROM audit_head", args![]).await?;
    let head = found.as_ref().map_or(Ok(EMPTY), head)?;
    let mut row = AuditRow {
        id: head.last + 1,
        at: by.at,
        actor: by.actor.clone(),
        role: by.role,
        source: by.source.map(|source| source.to_string()),
        action: event.action.to_owned(),
        resource: cut(event.resource),
        success: event.success,
        reason: event.reason.map(cut),
        before: event.before,
        after: event.after,
        prev: head.hash,
        hash: GENESIS,
    };
    row.hash = hash(&row);
    insert(tx, &row).await?;
    let sql = "INSERT INTO audit_head (one, last, hash) VALUES (1, $1, $2)
        ON CONFLICT (one) DO UPDATE SET last = excluded.last, hash = excluded.hash";
    tx.execute(sql, args![row.id, row.hash]).await.map(drop)
}

async fn insert(tx: &mut Tx, row: &AuditRow) -> Result<(), StoreError> {
    let values = args![
        row.id,
        row.at,
        row.actor.as_str(),
        row.role.as_str(),
        row.source.as_deref(),
        row.action.as_str(),
        row.resource.as_str(),
        row.success,
        row.reason.as_deref(),
        row.before,
        row.after,
        row.prev,
        row.hash,
    ];
    tx.execute(
        "INSERT INTO audit (id, at, actor, role, source, action, resource, success, reason, before_digest, after_digest, prev, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        values,
    )
    .await
    .map(drop)
}

/// The hash that a row must have. The id is left out, so that a row in another place is told from an edited one.
fn hash(row: &AuditRow) -> Digest {
    Fields::new("aigw audit 1")
        .field(&row.prev.0)
        .field(&row.at.0.to_be_bytes())
        .field(row.actor.as_bytes())
        .field(row.role.as_str().as_bytes())
        .maybe(row.source.as_deref().map(str::as_bytes))
        .field(row.action.as_bytes())
        .field(row.resource.as_bytes())
        .field(&[u8::from(row.success)])
        .maybe(row.reason.as_deref().map(str::as_bytes))
        .maybe(row.before.as_ref().map(|digest| &digest.0[..]))
        .maybe(row.after.as_ref().map(|digest| &digest.0[..]))
        .finish()
}

fn row(row: &Row) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        id: row.int("id")?,
        at: row.time("at")?,
        actor: row.text("actor")?,
        role: row.word("role", Role::parse)?,
        source: row.maybe_text("source")?,
        action: row.text("action")?,
        resource: row.text("resource")?,
        success: row.flag("success")?,
        reason: row.maybe_text("reason")?,
        before: row.maybe_digest("before_digest")?,
        after: row.maybe_digest("after_digest")?,
        prev: row.digest("prev")?,
        hash: row.digest("hash")?,
    })
}

/// At most [`LONGEST`] bytes, without characters that cannot be stored: an audit row is never refused for its text.
fn cut(text: &str) -> String {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].replace('\0', "\u{fffd}")
}
