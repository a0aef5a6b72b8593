//! Checking the chain.

use super::{AuditHead, GENESIS, hash, row};
use crate::db::{Row, args};
use crate::{Digest, Store, StoreError};

/// Rows read at a time.
const PAGE: i64 = 1000;

/// A chain in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// How many rows were checked.
    pub rows: u64,
    /// Where the chain ends.
    pub head: AuditHead,
}

/// The first place where the chain is not in order.
#[derive(Debug, thiserror::Error)]
pub enum ChainFault {
    /// The row does not have the hash of what it says.
    #[error("audit row {id} was edited: its hash is not that of what it says")]
    Edited {
        /// Which row.
        id: i64,
    },
    /// There is no row of this number, but later ones.
    #[error("audit row {id} was removed: its number is missing")]
    Removed {
        /// The missing number.
        id: i64,
    },
    /// The row is genuine but stands elsewhere than it was written.
    #[error("audit row {id} was moved: it was written after another row than the one before it")]
    Moved {
        /// Where it stands now.
        id: i64,
    },
    /// The row is genuine, but what it was written after is gone.
    #[error(
        "audit row {id} does not follow the row before it: that one was replaced, or one between them removed and the rest renumbered"
    )]
    Unlinked {
        /// The row whose predecessor is gone.
        id: i64,
    },
    /// The chain ends before its head.
    #[error(
        "the audit ends with row {last}, but its head says {head}: rows at the end were removed, or the head was edited"
    )]
    Truncated {
        /// The last row that is there.
        last: i64,
        /// The last row according to the head.
        head: i64,
    },
    /// The store's own trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Checks the whole chain, a page at a time. Rows appended meanwhile may be left out.
    pub async fn verify_audit(&self) -> Result<Verified, ChainFault> {
        // The head is read before the rows, and again after them: in between, rows may only be appended.
        let head = self.audit_head().await?;
        let mut before = AuditHead {
            last: 0,
            hash: GENESIS,
        };
        loop {
            let page = self.page(before.last).await?;
            if page.is_empty() {
                break;
            }
            for found in page {
                before = self.check(before, &found).await?;
                if before.last == head.last && before.hash != head.hash {
                    return Err(ChainFault::Edited { id: head.last });
                }
            }
        }
        let now = self.audit_head().await?;
        if before.last < head.last || before.last > now.last {
            return Err(ChainFault::Truncated {
                last: before.last,
                head: now.last,
            });
        }
        Ok(Verified {
            rows: u64::try_from(before.last).unwrap_or_default(),
            head: before,
        })
    }

    async fn page(&self, after: i64) -> Result<Vec<Row>, StoreError> {
        let sql = "SELECT id, at, actor, role, source, action, resource, success, reason, before_digest, after_digest, prev, hash
            FROM audit WHERE id > $1 ORDER BY id LIMIT $2";
        self.rows(sql, args![after, PAGE]).await
    }

    /// Checks one row against the one before it.
    async fn check(&self, before: AuditHead, found: &Row) -> Result<AuditHead, ChainFault> {
        let id = before.last + 1;
        if found.int("id")? != id {
            return Err(ChainFault::Removed { id });
        }
        // What cannot even be read was not written by this program.
        let row = row(found).map_err(|_| ChainFault::Edited { id })?;
        if hash(&row) != row.hash {
            return Err(ChainFault::Edited { id });
        }
        if row.prev != before.hash {
            return Err(if self.has_hash(row.prev).await? {
                ChainFault::Moved { id }
            } else {
                ChainFault::Unlinked { id }
            });
        }
        Ok(AuditHead {
            last: id,
            hash: row.hash,
        })
    }

    /// Whether some row has this hash.
    async fn has_hash(&self, hash: Digest) -> Result<bool, StoreError> {
        let sql = "SELECT id FROM audit WHERE hash = $1 LIMIT 1";
        Ok(hash == GENESIS || self.row(sql, args![hash]).await?.is_some())
    }
}
