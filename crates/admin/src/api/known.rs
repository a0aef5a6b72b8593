//! Tokens that were good lately, and from where.
//!
//! The throttle counts failures by source. A script with an old token would thus lock out everybody else at the same
//! address: so whoever was let in from there lately is not asked to wait. Whether the token is still good is looked up
//! each time all the same.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use aigw_store::Digest;

/// Most pairs that are remembered; all are forgotten when there are more.
const MOST: usize = 1024;

#[derive(Debug, Default)]
pub(super) struct Known {
    pairs: Mutex<HashSet<(String, Digest)>>,
    turn: tokio::sync::Mutex<()>,
}

impl Known {
    /// Remembers that the token with this hash was good, from that network.
    pub(super) fn remember(&self, network: &str, hash: Digest) {
        let mut pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        if pairs.len() >= MOST {
            pairs.clear();
        }
        pairs.insert((network.to_owned(), hash));
    }

    /// Whether it was.
    pub(super) fn has(&self, network: &str, hash: Digest) -> bool {
        let pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        pairs.contains(&(network.to_owned(), hash))
    }

    /// Whoever tries a token that was not good lately waits for their turn.
    pub(super) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }
}
