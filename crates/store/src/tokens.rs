//! Admin tokens, the sessions that browsers begin with them, and the throttle of logins.
//!
//! Like client keys, tokens and session ids come in as keyed hashes. A session ends with its time, when it is revoked,
//! and when its token is revoked or expires.

mod sessions;
mod throttle;

use crate::audit::AuditEvent;
use crate::changes::Part;
use crate::db::{Row, args};
use crate::name::{InvalidName, check_name};
use crate::write::Write;
use crate::{Access, By, Digest, Store, StoreError, Timestamp};

pub use sessions::Session;
pub use throttle::LoginVerdict;

/// A credential of the admin plane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminToken {
    /// Its number.
    pub id: i64,
    /// Who holds it: what the audit calls them. Unique among tokens that are not revoked.
    pub name: String,
    /// What it allows.
    pub access: Access,
    /// When it was added.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When it ends; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// Why a token was not changed.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// There is none of that number, or it is revoked.
    #[error("there is no such admin token, or it is revoked")]
    Unknown,
    /// Another token has that name.
    #[error("there is an admin token named `{0}` already: choose another name, or revoke that one")]
    NameTaken(String),
    /// Another token has that hash.
    #[error("the same token is in use under another name: use different values")]
    HashTaken,
    /// Its name cannot be one.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// The store's own trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Adds a token.
    pub async fn create_token(
        &self,
        by: &By,
        (name, access): (&str, Access),
        hash: Digest,
        expires_at: Option<Timestamp>,
    ) -> Result<AdminToken, TokenError> {
        check_name(name)?;
        let mut write = self.write().await?;
        if named(&mut write, name).await?.is_some() {
            return Err(TokenError::NameTaken(name.to_owned()));
        }
        let token = insert(&mut write, by, (name, access), (hash, expires_at)).await?;
        finish(write, by, "token.create", token).await
    }

    /// Makes the token of this name have this hash and access: for tokens that come with the process, such as
    /// `AIGW_ADMIN_TOKEN`. One with another hash or access is revoked, and its sessions with it.
    pub async fn ensure_token(
        &self,
        by: &By,
        (name, access): (&str, Access),
        hash: Digest,
    ) -> Result<AdminToken, TokenError> {
        check_name(name)?;
        let mut write = self.write().await?;
        if let Some((found, known)) = named(&mut write, name).await? {
            if known == hash && found.access == access && found.expires_at.is_none() {
                return Ok(found);
            }
            revoke(&mut write, by, found.id).await?;
        }
        let token = insert(&mut write, by, (name, access), (hash, None)).await?;
        finish(write, by, "token.create", token).await
    }

    /// Ends a token and its sessions.
    pub async fn revoke_token(&self, by: &By, id: i64) -> Result<AdminToken, TokenError> {
        let mut write = self.write().await?;
        let sql = "SELECT id, name, access, created_at, created_by, expires_at, revoked_at
            FROM admin_tokens WHERE id = $1 AND revoked_at IS NULL";
        let row = write.row(sql, args![id]).await?;
        let found = token(&row.ok_or(TokenError::Unknown)?)?;
        revoke(&mut write, by, id).await?;
        let revoked = AdminToken {
            revoked_at: Some(by.at),
            ..found
        };
        finish(write, by, "token.revoke", revoked).await
    }

    /// The token of this hash, if it is neither revoked nor expired.
    pub async fn token(
        &self,
        hash: Digest,
        now: Timestamp,
    ) -> Result<Option<AdminToken>, StoreError> {
        let sql = "SELECT id, name, access, created_at, created_by, expires_at, revoked_at FROM admin_tokens
            WHERE hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)";
        self.row(sql, args![hash, now])
            .await?
            .as_ref()
            .map(token)
            .transpose()
    }

    /// Every token by name, revoked ones last.
    pub async fn tokens(&self) -> Result<Vec<AdminToken>, StoreError> {
        let sql = "SELECT id, name, access, created_at, created_by, expires_at, revoked_at FROM admin_tokens
            ORDER BY CASE WHEN revoked_at IS NULL THEN 0 ELSE 1 END, name, id";
        self.rows(sql, args![]).await?.iter().map(token).collect()
    }
}

async fn named(
    write: &mut Write<'_>,
    name: &str,
) -> Result<Option<(AdminToken, Digest)>, StoreError> {
    let sql = "SELECT id, name, access, hash, created_at, created_by, expires_at, revoked_at
        FROM admin_tokens WHERE name = $1 AND revoked_at IS NULL";
    match write.row(sql, args![name]).await? {
        Some(row) => Ok(Some((token(&row)?, row.digest("hash")?))),
        None => Ok(None),
    }
}

async fn insert(
    write: &mut Write<'_>,
    by: &By,
    (name, access): (&str, Access),
    (hash, expires_at): (Digest, Option<Timestamp>),
) -> Result<AdminToken, TokenError> {
    let taken = "SELECT id FROM admin_tokens WHERE hash = $1 AND revoked_at IS NULL";
    if write.row(taken, args![hash]).await?.is_some() {
        return Err(TokenError::HashTaken);
    }
    let id = write
        .next("SELECT coalesce(max(id), 0) AS last FROM admin_tokens")
        .await?;
    let token = AdminToken {
        id,
        name: name.to_owned(),
        access,
        created_at: by.at,
        created_by: by.actor.clone(),
        expires_at,
        revoked_at: None,
    };
    let sql =
        "INSERT INTO admin_tokens (id, name, access, hash, created_at, created_by, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let actor = by.actor.as_str();
    write
        .execute(
            sql,
            args![id, name, access.as_str(), hash, by.at, actor, expires_at],
        )
        .await?;
    Ok(token)
}

async fn revoke(write: &mut Write<'_>, by: &By, id: i64) -> Result<(), StoreError> {
    let end = "UPDATE admin_tokens SET revoked_at = $2 WHERE id = $1";
    write.execute(end, args![id, by.at]).await?;
    let sessions = "DELETE FROM sessions WHERE token = $1";
    write.execute(sessions, args![id]).await.map(drop)
}

async fn finish(
    mut write: Write<'_>,
    by: &By,
    action: &str,
    token: AdminToken,
) -> Result<AdminToken, TokenError> {
    let resource = format!("token/{}", token.name);
    write
        .audit(by, &AuditEvent::done(action, &resource))
        .await?;
    write.touch(Part::Tokens).await?;
    write.commit().await?;
    Ok(token)
}

fn token(row: &Row) -> Result<AdminToken, StoreError> {
    Ok(AdminToken {
        id: row.int("id")?,
        name: row.text("name")?,
        access: row.word("access", Access::parse)?,
        created_at: row.time("created_at")?,
        created_by: row.text("created_by")?,
        expires_at: row.maybe_time("expires_at")?,
        revoked_at: row.maybe_time("revoked_at")?,
    })
}
