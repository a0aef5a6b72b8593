//! Reading the audit.

use super::{AuditRow, row};
use crate::db::args;
use crate::{Store, StoreError, Timestamp};

/// Which rows to list; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only before this row.
    pub before: Option<i64>,
    /// Only this actor.
    pub actor: Option<String>,
    /// Only this action, or, ending in `.`, every action that begins so: `config.`.
    pub action: Option<String>,
    /// Only what was done, or only what was not.
    pub success: Option<bool>,
    /// Only from this time on, by the clocks of those who did it.
    pub since: Option<Timestamp>,
}

impl Store {
    /// Rows that fit, newest first, at most `limit`; go on with `before` set to the last id.
    pub async fn audit(
        &self,
        filter: &AuditFilter,
        limit: u32,
    ) -> Result<Vec<AuditRow>, StoreError> {
        let (exact, prefix) = match filter.action.as_deref() {
            Some(action) if action.ends_with('.') => (None, Some(action)),
            action => (action, None),
        };
        let sql = "SELECT id, at, actor, role, source, action, resource, success, reason, before_digest, after_digest, prev, hash
            FROM audit
            WHERE id < $1
              AND ($2 IS NULL OR actor = $2)
              AND ($3 IS NULL OR action = $3)
              AND ($4 IS NULL OR substr(action, 1, length($4)) = $4)
              AND ($5 IS NULL OR success = $5)
              AND ($6 IS NULL OR at >= $6)
            ORDER BY id DESC LIMIT $7";
        let values = args![
            filter.before.unwrap_or(i64::MAX),
            filter.actor.as_deref(),
            exact,
            prefix,
            filter.success.map(i64::from),
            filter.since,
            i64::from(limit),
        ];
        let rows = self.rows(sql, values).await?;
        rows.iter().map(row).collect()
    }
}
