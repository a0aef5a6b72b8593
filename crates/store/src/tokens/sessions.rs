//! Sessions of browsers.

use super::{AdminToken, token};
use crate::audit::AuditEvent;
use crate::changes::Part;
use crate::db::{Row, args};
use crate::{By, Digest, Store, StoreError, Timestamp};

/// A browser that logged in with a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Keyed hash of its id.
    pub hash: Digest,
    /// The token that it was begun with.
    pub token: AdminToken,
    /// From which address.
    pub source: Option<String>,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// When it ends by itself.
    pub ends_at: Timestamp,
}

impl Store {
    /// Begins a session of a token, audits the login, and removes sessions that have ended.
    pub async fn begin_session(
        &self,
        by: &By,
        hash: Digest,
        token: &AdminToken,
        ends_at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        let ended = "DELETE FROM sessions WHERE expires_at <= $1";
        write.execute(ended, args![by.at]).await?;
        let sql = "INSERT INTO sessions (hash, token, source, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)";
        let source = by.source.map(|source| source.to_string());
        write
            .execute(sql, args![hash, token.id, source, by.at, ends_at])
            .await?;
        let resource = format!("token/{}", token.name);
        write
            .audit(by, &AuditEvent::done("auth.login", &resource))
            .await?;
        write.touch(Part::Tokens).await?;
        write.commit().await
    }

    /// The session of this hash, if it has not ended and its token is still good.
    pub async fn session(
        &self,
        hash: Digest,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let sql = "SELECT s.hash, s.source, s.created_at AS begun_at, s.expires_at AS ends_at,
              t.id, t.name, t.access, t.created_at, t.created_by, t.expires_at, t.revoked_at
            FROM sessions s JOIN admin_tokens t ON t.id = s.token
            WHERE s.hash = $1 AND s.expires_at > $2
              AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2)";
        self.row(sql, args![hash, now])
            .await?
            .as_ref()
            .map(session)
            .transpose()
    }

    /// Every session that has not ended, the last begun first.
    pub async fn sessions(&self, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let sql = "SELECT s.hash, s.source, s.created_at AS begun_at, s.expires_at AS ends_at,
              t.id, t.name, t.access, t.created_at, t.created_by, t.expires_at, t.revoked_at
            FROM sessions s JOIN admin_tokens t ON t.id = s.token
            WHERE s.expires_at > $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $1)
            ORDER BY s.created_at DESC, s.hash";
        self.rows(sql, args![now])
            .await?
            .iter()
            .map(session)
            .collect()
    }

    /// Ends a session: logout, or revoked by somebody. Whether there was one.
    pub async fn end_session(&self, by: &By, hash: Digest) -> Result<bool, StoreError> {
        let mut write = self.write().await?;
        let sql =
            "SELECT t.name FROM sessions s JOIN admin_tokens t ON t.id = s.token WHERE s.hash = $1";
        let Some(row) = write.row(sql, args![hash]).await? else {
            return Ok(false);
        };
        let resource = format!("token/{}", row.text("name")?);
        write
            .execute("DELETE FROM sessions WHERE hash = $1", args![hash])
            .await?;
        write
            .audit(by, &AuditEvent::done("auth.logout", &resource))
            .await?;
        write.touch(Part::Tokens).await?;
        write.commit().await?;
        Ok(true)
    }
}

fn session(row: &Row) -> Result<Session, StoreError> {
    Ok(Session {
        hash: row.digest("hash")?,
        token: token(row)?,
        source: row.maybe_text("source")?,
        begun_at: row.time("begun_at")?,
        ends_at: row.time("ends_at")?,
    })
}
