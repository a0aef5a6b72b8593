//! The deadlines of a stream that is being relayed.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::time::Sleep;

use crate::clock::monotonic;

/// Nothing was sent for so long: callers and the proxies between would think that the connection is dead.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// After a finish reason nothing but usage and the terminator can come; longer than this it is not waited for.
const GRACE: Duration = Duration::from_secs(2);

/// One timer for all deadlines. It is not set anew for every event: when it fires early, it is set again.
#[derive(Debug)]
pub(crate) struct Timers {
    sleep: Option<Pin<Box<Sleep>>>,
    received: Instant,
    sent: Instant,
    idle: Duration,
    total_until: Instant,
}

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// The upstream was silent for too long.
    Idle,
    /// The whole call took too long.
    Total,
    /// The caller should get a sign of life.
    KeepAlive,
}

impl Timers {
    pub(crate) fn new(idle: Duration, total_until: Instant) -> Self {
        let now = monotonic();
        Self {
            sleep: None,
            received: now,
            sent: now,
            idle,
            total_until,
        }
    }

    /// Bytes came from the upstream.
    pub(crate) fn received(&mut self) {
        self.received = monotonic();
    }

    /// Bytes went to the caller.
    pub(crate) fn sent(&mut self) {
        self.sent = monotonic();
    }

    /// Waits for the first deadline. After a finish reason (`finished`) the upstream has less time to be silent.
    pub(crate) fn poll_due(&mut self, cx: &mut Context<'_>, finished: bool) -> Poll<Due> {
        let idle = if finished {
            self.idle.min(GRACE)
        } else {
            self.idle
        };
        let silent_until = self.received.checked_add(idle).unwrap_or(self.total_until);
        let keep_alive = self.sent + KEEP_ALIVE;
        loop {
            let now = monotonic();
            if now >= self.total_until {
                return Poll::Ready(Due::Total);
            }
            if now >= silent_until {
                return Poll::Ready(Due::Idle);
            }
            if now >= keep_alive {
                return Poll::Ready(Due::KeepAlive);
            }
            ready!(self.poll_sleep(cx, silent_until.min(self.total_until).min(keep_alive)));
        }
    }

    /// Waits until the caller should get a sign of life.
    pub(crate) fn poll_keep_alive(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let due = self.sent + KEEP_ALIVE;
        while monotonic() < due {
            ready!(self.poll_sleep(cx, due));
        }
        Poll::Ready(())
    }

    /// Ready at `until` or earlier, never later.
    fn poll_sleep(&mut self, cx: &mut Context<'_>, until: Instant) -> Poll<()> {
        let until = tokio::time::Instant::from_std(until);
        let sleep = self
            .sleep
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        if sleep.is_elapsed() || sleep.deadline() > until {
            sleep.as_mut().reset(until);
        }
        sleep.as_mut().poll(cx)
    }
}
