//! Idle HTTP/1.1 connections of one origin.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::stream::Stream;

/// Most idle connections; further ones are closed.
const MAX_IDLE: usize = 256;
/// How long a connection may be idle.
pub(super) const IDLE_LIMIT: Duration = Duration::from_secs(90);

/// The connection used last is used first, so that a quiet origin keeps few.
#[derive(Debug, Default)]
pub(super) struct Pool {
    idle: Mutex<Vec<Idle>>,
}

#[derive(Debug)]
struct Idle {
    stream: Stream,
    since: Instant,
}

impl Pool {
    /// A connection that is still open as far as can be seen.
    pub(super) fn take(&self) -> Option<Stream> {
        let now = Instant::now();
        loop {
            let mut idle = self.lock().pop()?;
            if idle.is_fresh(now) && idle.stream.is_quiet() {
                return Some(idle.stream);
            }
        }
    }

    /// Keeps a connection whose response has ended.
    pub(super) fn put(&self, stream: Stream) {
        let since = Instant::now();
        let mut idle = self.lock();
        if idle.len() < MAX_IDLE {
            idle.push(Idle { stream, since });
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    /// Closes what has been idle for too long at `now`, and what the upstream has closed.
    pub(super) fn sweep(&self, now: Instant) {
        self.lock()
            .retain_mut(|idle| idle.is_fresh(now) && idle.stream.is_quiet());
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Idle {
    fn is_fresh(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) <= IDLE_LIMIT
    }
}
