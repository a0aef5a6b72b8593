//! Statements on either database.
//!
//! Columns hold 64-bit integers, texts and bytes, each of them possibly absent: what both databases have in common.

mod pool;
mod value;

use std::time::Duration;

pub(crate) use pool::{Pool, Tx};
pub(crate) use value::{Row, Value, args};

use crate::StoreError;

/// Longest that one statement may take, connecting included.
pub(crate) const DEADLINE: Duration = Duration::from_secs(10);

/// Runs `work` within the deadline: a server that went away without a word must not hold anybody up.
pub(crate) async fn within<T>(
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(DEADLINE, work).await {
        Ok(done) => done.map_err(StoreError::from),
        Err(_) => Err(StoreError::TimedOut {
            seconds: DEADLINE.as_secs(),
        }),
    }
}
