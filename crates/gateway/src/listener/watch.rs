//! The one timer of a connection.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

use super::open::{Progress, State};

/// An idle connection, and one whose caller takes no more bytes, is closed after one to two of these. Longer than the
/// idle time of the load balancers in common use, so that those close first.
const PERIOD: Duration = Duration::from_secs(75);

/// The client preface of HTTP/2 and an empty SETTINGS frame.
const HTTP2_OPENING_BYTES: u64 = 24 + 9;

/// Watches over one connection with one timer, which is re-armed only when it fires and when a request head arrives in
/// pieces.
#[derive(Debug)]
pub(super) struct Watch {
    armed: Armed,
    header_read: Duration,
    http2: bool,
    polled: bool,
}

/// Why a connection has to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expired {
    /// The request head did not arrive in time.
    Head,
    /// Nothing happened for too long.
    Idle,
}

/// What the timer was set for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Armed {
    /// The rest of the head that follows this many requests.
    Head { requests: u32 },
    /// The end of a period that began with this progress.
    Period(Progress),
}

impl Watch {
    /// A watch over a fresh connection, whose timer is set to `header_read` from now.
    pub(super) fn new(header_read: Duration, http2: bool) -> Self {
        Self {
            armed: Armed::Head { requests: 0 },
            header_read,
            http2,
            polled: false,
        }
    }

    /// To be polled after the connection. Ready when the connection has to be closed.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        mut timer: Pin<&mut Sleep>,
        state: &State,
    ) -> Poll<Expired> {
        if !self.http2 && state.in_head() {
            let wanted = Armed::Head {
                requests: state.requests(),
            };
            if self.armed != wanted {
                self.arm(wanted, timer.as_mut());
            }
        }
        loop {
            // The task's waker stays the same, so one poll after arming is enough until the timer has elapsed.
            if self.polled && !timer.is_elapsed() {
                return Poll::Pending;
            }
            self.polled = true;
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            if let Some(expired) = self.fired(state) {
                return Poll::Ready(expired);
            }
            self.arm(Armed::Period(state.progress()), timer.as_mut());
        }
    }

    fn arm(&mut self, armed: Armed, timer: Pin<&mut Sleep>) {
        let wait = match armed {
            Armed::Head { .. } => self.header_read,
            Armed::Period(_) => PERIOD,
        };
        self.armed = armed;
        self.polled = false;
        timer.reset(Instant::now() + wait);
    }

    fn fired(&self, state: &State) -> Option<Expired> {
        match self.armed {
            Armed::Head { .. } if self.http2 => {
                (state.received() < HTTP2_OPENING_BYTES).then_some(Expired::Head)
            }
            Armed::Head { requests } => {
                let waiting = state.active() == 0 && state.requests() == requests;
                (waiting && (requests == 0 || state.in_head())).then_some(Expired::Head)
            }
            Armed::Period(progress) => {
                let unused = state.active() == 0 && !self.http2;
                (state.progress() == progress && (unused || state.is_blocked()))
                    .then_some(Expired::Idle)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::listener::open::Open;

    fn watch(armed: Armed, http2: bool) -> Watch {
        Watch {
            armed,
            ..Watch::new(Duration::from_secs(10), http2)
        }
    }

    #[test]
    fn a_connection_without_a_request_expires_whether_or_not_a_head_began() {
        let place = Arc::<Open>::default().enter();
        let first = watch(Armed::Head { requests: 0 }, false);
        assert_eq!(first.fired(place.state()), Some(Expired::Head));
        place.state().note_read(10);
        assert_eq!(first.fired(place.state()), Some(Expired::Head));
        let active = place.state().begin(false);
        assert_eq!(
            first.fired(place.state()),
            None,
            "a request is being served"
        );
        drop(active);
        assert_eq!(
            first.fired(place.state()),
            None,
            "idle after a request is not slow"
        );
    }

    #[test]
    fn only_the_head_that_the_timer_was_set_for_expires() {
        let place = Arc::<Open>::default().enter();
        drop(place.state().begin(false));
        place.state().note_read(10);
        assert_eq!(
            watch(Armed::Head { requests: 1 }, false).fired(place.state()),
            Some(Expired::Head)
        );
        assert_eq!(
            watch(Armed::Head { requests: 0 }, false).fired(place.state()),
            None
        );
    }

    #[test]
    fn an_idle_connection_expires_after_a_period_without_progress() {
        let place = Arc::<Open>::default().enter();
        let state = place.state();
        drop(state.begin(false));
        let period = watch(Armed::Period(state.progress()), false);
        assert_eq!(period.fired(state), Some(Expired::Idle));
        state.note_write(Some(1));
        assert_eq!(
            period.fired(state),
            None,
            "an answer ended within the period"
        );
        let idle = watch(Armed::Period(state.progress()), true);
        assert_eq!(
            idle.fired(state),
            None,
            "HTTP/2 connections are pinged instead"
        );
    }

    #[test]
    fn a_caller_that_takes_nothing_for_a_period_expires_and_a_waiting_one_does_not() {
        let place = Arc::<Open>::default().enter();
        let state = place.state();
        let _active = state.begin(false);
        for http2 in [false, true] {
            state.note_write(Some(1));
            assert_eq!(
                watch(Armed::Period(state.progress()), http2).fired(state),
                None,
                "waits for the upstream"
            );
            state.note_write(None);
            let period = watch(Armed::Period(state.progress()), http2);
            assert_eq!(period.fired(state), Some(Expired::Idle));
            state.note_write(Some(1));
            assert_eq!(period.fired(state), None, "takes bytes again");
        }
    }

    #[test]
    fn an_http2_connection_has_to_open_in_time() {
        let place = Arc::<Open>::default().enter();
        let opening = watch(Armed::Head { requests: 0 }, true);
        place.state().note_read(24);
        assert_eq!(opening.fired(place.state()), Some(Expired::Head));
        place.state().note_read(9);
        assert_eq!(opening.fired(place.state()), None);
    }
}
