//! Letting what is already on its way arrive before a burst is handed on.
//!
//! An upstream that writes fifty events back to back makes fifty segments, and each write to the caller costs as much
//! as a dozen reads. In a burst the relay therefore lets the runtime look at its sockets once more before it writes: no
//! timer is involved, and nothing waits for bytes that have not been sent yet.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::clock::monotonic;

/// Batches closer together than this are a burst; in paced streams nothing is gathered.
const BURST: Duration = Duration::from_millis(2);
/// Looks at the sockets before a batch is handed on whatever else may come.
const ROUNDS: u8 = 24;
/// Looks in a row that found nothing: a look is shorter than the time an upstream takes for its next write.
const IN_VAIN: u8 = 3;

/// Decides whether a batch is handed on now or after one more look.
#[derive(Default)]
pub(super) struct Gather {
    /// The look under way.
    look: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    rounds: u8,
    in_vain: u8,
    /// Size of the batch at the last look.
    seen: usize,
    handed_on: Option<Instant>,
}

impl std::fmt::Debug for Gather {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gather")
            .field("rounds", &self.rounds)
            .finish_non_exhaustive()
    }
}

impl Gather {
    /// Ready when a batch of `size` bytes is to be handed on; pending while the sockets are looked at once more.
    pub(super) fn poll_hand_on(&mut self, cx: &mut Context<'_>, size: usize) -> Poll<()> {
        if let Some(look) = &mut self.look
            && look.as_mut().poll(cx).is_pending()
        {
            return Poll::Pending;
        }
        self.look = None;
        let grew = size > std::mem::replace(&mut self.seen, size);
        self.in_vain = if grew { 0 } else { self.in_vain + 1 };
        if self.in_vain < IN_VAIN && self.rounds < ROUNDS && self.in_burst() {
            self.rounds += 1;
            let mut look = Box::pin(tokio::task::yield_now());
            if look.as_mut().poll(cx).is_pending() {
                self.look = Some(look);
                return Poll::Pending;
            }
        }
        self.rounds = 0;
        self.in_vain = 0;
        self.seen = 0;
        self.handed_on = Some(monotonic());
        Poll::Ready(())
    }

    fn in_burst(&self) -> bool {
        self.rounds > 0 || self.handed_on.is_some_and(|at| at.elapsed() < BURST)
    }
}
