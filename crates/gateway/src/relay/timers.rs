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

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    const SHORT: Duration = Duration::from_millis(40);

    /// What is due first, for a stream whose upstream says nothing.
    async fn due(timers: &mut Timers, finished: bool) -> Due {
        poll_fn(|cx| timers.poll_due(cx, finished)).await
    }

    /// Timers that last heard from both sides so long ago.
    fn quiet_for(time: Duration, idle: Duration, total: Duration) -> Timers {
        let mut timers = Timers::new(idle, monotonic() + total);
        timers.sent = timers.sent.checked_sub(time).expect("a clock that runs");
        timers.received = timers
            .received
            .checked_sub(time)
            .expect("a clock that runs");
        timers
    }

    #[tokio::test]
    async fn a_sign_of_life_is_due_after_fifteen_seconds() {
        let long = Duration::from_secs(600);
        let mut timers = quiet_for(KEEP_ALIVE.saturating_sub(SHORT), long, long);
        assert_eq!(due(&mut timers, false).await, Due::KeepAlive);
        // Once it is sent, the next is not due at once.
        timers.sent();
        let waker = std::task::Waker::noop();
        assert!(
            timers
                .poll_due(&mut Context::from_waker(waker), false)
                .is_pending()
        );
    }

    #[tokio::test]
    async fn silence_comes_before_a_sign_of_life_and_the_total_before_both() {
        let long = Duration::from_secs(600);
        let silent = quiet_for(KEEP_ALIVE, KEEP_ALIVE, long);
        assert_eq!(due(&mut { silent }, false).await, Due::Idle);
        let over = quiet_for(KEEP_ALIVE, KEEP_ALIVE, Duration::ZERO);
        assert_eq!(due(&mut { over }, false).await, Due::Total);
    }

    #[tokio::test]
    async fn after_a_finish_reason_silence_is_short() {
        let long = Duration::from_secs(600);
        let mut timers = quiet_for(GRACE, long, long);
        assert_eq!(due(&mut timers, true).await, Due::Idle);
        timers.received();
        let waker = std::task::Waker::noop();
        assert!(
            timers
                .poll_due(&mut Context::from_waker(waker), true)
                .is_pending()
        );
    }
}
