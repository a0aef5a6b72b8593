//! The throttle of logins, shared by all replicas.
//!
//! Some failures are free. After that each failure doubles the time that its source has to wait, up to a limit. A source
//! that stays quiet for a while begins anew. Times are differences in either direction, so that a clock that goes back
//! locks nobody out for longer than the limit.

use crate::audit::AuditEvent;
use crate::db::args;
use crate::{By, Store, StoreError, Timestamp};

/// Failures without consequence.
const FREE: i64 = 5;
/// Longest that a source waits, and how long until its failures are forgotten, in seconds.
const LONGEST: u64 = 900;
/// Most sources that are remembered; the oldest go first.
const SOURCES: i64 = 10_000;

/// Whether a login may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginVerdict {
    /// It may.
    Allowed,
    /// Not before this many seconds are over.
    Wait {
        /// How many.
        seconds: u64,
    },
}

impl Store {
    /// Whether `source` (an address, or a network) may try to log in now.
    pub async fn may_log_in(
        &self,
        source: &str,
        now: Timestamp,
    ) -> Result<LoginVerdict, StoreError> {
        let sql = "SELECT failures, last_at FROM login_failures WHERE source = $1";
        let Some(row) = self.row(sql, args![source]).await? else {
            return Ok(LoginVerdict::Allowed);
        };
        let passed = now.0.abs_diff(row.time("last_at")?.0) / 1_000_000;
        let wait = wait(row.int("failures")?);
        Ok(if passed >= wait {
            LoginVerdict::Allowed
        } else {
            LoginVerdict::Wait {
                seconds: wait - passed,
            }
        })
    }

    /// Counts and audits a failed login of `source`.
    pub async fn login_failed(
        &self,
        by: &By,
        source: &str,
        reason: &str,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        let quiet = "SELECT last_at FROM login_failures WHERE source = $1";
        let last = write.row(quiet, args![source]).await?;
        let last = last.map(|row| row.time("last_at")).transpose()?;
        if last.is_some_and(|last| by.at.0.abs_diff(last.0) / 1_000_000 > LONGEST) {
            let forget = "DELETE FROM login_failures WHERE source = $1";
            write.execute(forget, args![source]).await?;
        }
        let sql = "INSERT INTO login_failures (source, failures, last_at) VALUES ($1, 1, $2)
            ON CONFLICT (source) DO UPDATE SET failures = login_failures.failures + 1, last_at = excluded.last_at";
        write.execute(sql, args![source, by.at]).await?;
        let bound = "DELETE FROM login_failures WHERE source IN
            (SELECT source FROM login_failures ORDER BY last_at DESC, source LIMIT 1000 OFFSET $1)";
        write.execute(bound, args![SOURCES]).await?;
        write
            .audit(
                by,
                &AuditEvent::done("auth.login", "session").failed(reason),
            )
            .await?;
        write.commit().await
    }

    /// Forgets the failures of `source`, which has logged in.
    pub async fn login_succeeded(&self, source: &str) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        let forget = "DELETE FROM login_failures WHERE source = $1";
        write.execute(forget, args![source]).await?;
        write.commit().await
    }
}

/// Seconds to wait after so many failures.
fn wait(failures: i64) -> u64 {
    if failures < FREE {
        return 0;
    }
    let doublings = u32::try_from(failures - FREE).unwrap_or(u32::MAX);
    1_u64
        .checked_shl(doublings.min(32))
        .unwrap_or(LONGEST)
        .min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_doubles_after_the_free_failures_up_to_the_limit() {
        let waits: Vec<_> = [0, 4, 5, 6, 10, 14, 15, 1000, i64::MAX].map(wait).into();
        assert_eq!(waits, [0, 0, 1, 2, 32, 512, LONGEST, LONGEST, LONGEST]);
    }
}
