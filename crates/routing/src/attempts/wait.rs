//! Waits of one request, and the second try that follows some of them.

use std::time::Duration;

use super::send::Blocked;
use super::{Attempts, Step};
use crate::health::Reservation;
use crate::plan::{Candidate, Progress, mixed};
use crate::policy::RetryPolicy;
use crate::table::ProviderId;
use crate::tick::{Tick, micros};
use crate::trace::{Skip, Wait};
use crate::view::View;

/// What the request waits for.
#[derive(Debug)]
pub(super) enum Waiting {
    No,
    /// The second try of a candidate.
    Retry {
        index: usize,
        until: Tick,
    },
    /// A slot of its provider's rate limit.
    Slot {
        index: usize,
        until: Tick,
        slot: Reservation,
    },
}

impl Attempts {
    /// Goes on after a wait. `None` when there was none, or when what was waited for cannot be had any more.
    pub(super) fn after_wait(&mut self, view: View<'_>) -> Option<Step> {
        let until = match self.waiting {
            Waiting::No => return None,
            Waiting::Retry { until, .. } | Waiting::Slot { until, .. } => until,
        };
        if view.now < until {
            return Some(Step::WaitUntil(until));
        }
        let (index, slot) = match std::mem::replace(&mut self.waiting, Waiting::No) {
            Waiting::No => return None,
            Waiting::Retry { index, .. } => (index, None),
            Waiting::Slot { index, slot, .. } => (index, Some(slot)),
        };
        self.send_or_queue(view, index, slot)
    }

    /// The candidate that may be asked once more the soonest, after the others had their chance.
    pub(super) fn second_try(&mut self, view: View<'_>, deadline: Tick) -> Option<Step> {
        for _ in 0..self.candidates.len() {
            let retry = view.table.model(self.turn.model).retry;
            let pause = backoff(&retry, self.turn.retries, view.seed);
            let (index, until, why) = (0..self.candidates.len())
                .filter_map(|index| {
                    let (until, why) = again_at(view, &self.candidates[index], pause, &retry)?;
                    (until < deadline).then_some((index, until, why))
                })
                .min_by_key(|(_, until, _)| *until)?;
            self.candidates[index].retried = true;
            self.turn.retries += 1;
            if until > view.now {
                self.waiting = Waiting::Retry { index, until };
                return Some(self.wait(view, index, until, why));
            }
            if let Some(step) = self.send_or_queue(view, index, None) {
                return Some(step);
            }
        }
        None
    }

    fn send_or_queue(
        &mut self,
        view: View<'_>,
        index: usize,
        slot: Option<Reservation>,
    ) -> Option<Step> {
        match self.try_send(view, index, slot) {
            Ok(send) => Some(Step::Send(send)),
            Err(Blocked::Queue) => self.queue_up(view, index),
            Err(Blocked::Skip(skip)) => {
                self.skip(view, index, skip);
                None
            }
        }
    }
}

/// When a candidate that failed may be asked once more, and what is waited for until then.
fn again_at(
    view: View<'_>,
    candidate: &Candidate,
    pause: Duration,
    retry: &RetryPolicy,
) -> Option<(Tick, Wait)> {
    if candidate.retried {
        return None;
    }
    match candidate.progress {
        Progress::Limited => {
            let until = free_at(view, candidate.provider)?;
            (until - view.now <= retry.retry_after_max).then_some((until, Wait::RetryAfter))
        }
        Progress::Backoff(not_before) => {
            let paused = view.now + pause;
            let why = if not_before > paused {
                Wait::RetryAfter
            } else {
                Wait::Backoff
            };
            let open = view.obstacle(candidate.target).is_none();
            open.then_some((paused.max(not_before), why))
        }
        Progress::Open | Progress::Done => None,
    }
}

/// When the first credential of the provider is free.
fn free_at(view: View<'_>, provider: ProviderId) -> Option<Tick> {
    match view.credential_obstacle(provider, &[]) {
        None => Some(view.now),
        Some(Skip::CredentialsHeld { until, .. }) => Some(until),
        Some(_) => None,
    }
}

/// Full jitter: anything up to the backoff, which doubles with each retry up to its bound.
fn backoff(retry: &RetryPolicy, retries: u32, seed: u64) -> Duration {
    let doubled =
        micros(retry.backoff).saturating_mul(1_u64.checked_shl(retries).unwrap_or(u64::MAX));
    let most = doubled.min(micros(retry.backoff_max));
    let random = mixed(seed ^ u64::from(retries).rotate_left(32));
    Duration::from_micros(random % most.saturating_add(1).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backoff_is_spread_over_all_of_its_doubling_range() {
        let retry = RetryPolicy::default();
        for (retries, most) in [(0, 200), (1, 400), (3, 1600), (5, 5000), (70, 5000)] {
            let most = Duration::from_millis(most);
            let pauses: Vec<_> = (0..200)
                .map(|seed| backoff(&retry, retries, seed))
                .collect();
            assert!(pauses.iter().all(|pause| *pause <= most), "{retries}");
            assert!(
                pauses.iter().any(|pause| *pause > most * 3 / 4),
                "{retries}"
            );
            assert!(pauses.iter().any(|pause| *pause < most / 4), "{retries}");
        }
    }
}
