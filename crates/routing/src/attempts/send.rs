//! Choosing the target to send to now, and claiming what the attempt occupies.

use super::lease::Lease;
use super::wait::Waiting;
use super::{Attempts, Send, Step};
use crate::health::{Gate, Reservation};
use crate::plan::Progress;
use crate::table::{CredentialId, ProviderId};
use crate::tick::Tick;
use crate::trace::{Event, Skip, TraceEntry, Wait};
use crate::view::View;

/// Why nothing was sent.
pub(super) enum Blocked {
    /// Its provider's next slot is in the future, but near enough to be waited for.
    Queue,
    Skip(Skip),
}

impl Attempts {
    /// The first candidate that can be sent to at once. If there is none, a wait: for a slot of a rate limit, or for
    /// a provider with too many requests in flight. A slot is not waited for while another candidate of the same
    /// tier can be sent to.
    pub(super) fn first_open(&mut self, view: View<'_>) -> Option<Step> {
        let mut queue: Option<(usize, u64)> = None;
        let mut saturated: Option<ProviderId> = None;
        for index in 0..self.candidates.len() {
            let candidate = self.candidates[index];
            if !self.may_go_at_once(view, index) {
                continue;
            }
            if queue.is_some_and(|(_, tier)| candidate.tier > tier) {
                break;
            }
            match self.try_send(view, index, None) {
                Ok(send) => return Some(Step::Send(send)),
                Err(Blocked::Queue) => queue = queue.or(Some((index, candidate.tier))),
                Err(Blocked::Skip(skip)) => {
                    if skip == Skip::Saturated {
                        saturated = saturated.or(Some(candidate.provider));
                    }
                    self.skip(view, index, skip);
                }
            }
        }
        queue
            .and_then(|(index, _)| self.queue_up(view, index))
            .or_else(|| self.wait_for_capacity(view, saturated?))
    }

    /// Sends to a candidate if nothing is in the way. `reservation` is the slot that was waited for.
    pub(super) fn try_send(
        &mut self,
        view: View<'_>,
        index: usize,
        reservation: Option<Reservation>,
    ) -> Result<Send, Blocked> {
        if self.facts.pinned.is_some() {
            return Ok(self.send_pinned(view, index));
        }
        let candidate = self.candidates[index];
        let lease = self.claim(view, index).map_err(Blocked::Skip)?;
        let held_slot = match reservation {
            Some(slot) => Some(slot),
            None => slot_now(view, candidate.provider)?,
        };
        let credential = view
            .pick_credential(
                candidate.provider,
                candidate.preferred,
                self.spent_for(index),
            )
            .map_err(Blocked::Skip)?;
        if let Some(slot) = held_slot {
            slot.spend();
        }
        Ok(self.sent_to(view, index, credential, lease))
    }

    fn may_go_at_once(&self, view: View<'_>, index: usize) -> bool {
        let candidate = &self.candidates[index];
        match candidate.progress {
            Progress::Open => true,
            Progress::Limited if !candidate.retried => {
                view.table.provider(candidate.provider).credentials().len() > 1
            }
            _ => false,
        }
    }

    /// The credentials that the candidate must not be tried with. On the second try the one that failed may be
    /// used again: its hold has been waited for.
    fn spent_for(&self, index: usize) -> &[CredentialId] {
        if self.candidates[index].retried {
            &[]
        } else {
            &self.spent
        }
    }

    /// Claims the target's gate and the provider's place; what was claimed is released again when a later check fails.
    fn claim(&self, view: View<'_>, index: usize) -> Result<Lease, Skip> {
        let candidate = self.candidates[index];
        let spent = self.spent_for(index);
        let target = view.health.target_health(candidate.target);
        let provider = view.health.provider_health(candidate.provider);
        let trial = match target.admit(view.now) {
            Gate::Open => false,
            Gate::HalfOpen => true,
            Gate::TrialUnderway => return Err(Skip::TrialUnderway),
            Gate::Held { class, until } => return Err(Skip::Held { class, until }),
        };
        if !provider.enter(view.table.provider(candidate.provider).max_in_flight) {
            if trial {
                target.end_trial();
            }
            return Err(Skip::Saturated);
        }
        let lease = Lease::over(target, provider, trial);
        if candidate
            .preferred
            .is_some_and(|wanted| view.is_free(wanted, spent))
        {
            return Ok(lease);
        }
        match view.credential_obstacle(candidate.provider, spent) {
            Some(obstacle) => Err(obstacle),
            None => Ok(lease),
        }
    }

    /// A probe goes out whatever the health says.
    fn send_pinned(&mut self, view: View<'_>, index: usize) -> Send {
        let candidate = self.candidates[index];
        let provider = view.health.provider_health(candidate.provider);
        provider.enter(None);
        let lease = Lease::over(view.health.target_health(candidate.target), provider, false);
        let credential = view
            .pick_credential(candidate.provider, None, &[])
            .unwrap_or_else(|_| view.table.provider(candidate.provider).credentials().next());
        self.sent_to(view, index, credential, lease)
    }

    fn sent_to(
        &mut self,
        view: View<'_>,
        index: usize,
        credential: Option<CredentialId>,
        lease: Lease,
    ) -> Send {
        let candidate = self.candidates[index];
        self.turn.sent += 1;
        self.sent += 1;
        let send = Send {
            model: self.turn.model,
            target: candidate.target,
            provider: candidate.provider,
            credential,
            attempt: self.sent,
            trial: lease.is_trial(),
        };
        self.candidates[index].noted = None;
        self.first.get_or_insert(send.target);
        self.last = Some(send);
        self.lease = Some(lease);
        self.answered = false;
        self.trace.push(TraceEntry {
            at: view.now,
            model: send.model,
            target: Some(send.target),
            credential,
            event: Event::Sent {
                attempt: send.attempt,
                trial: send.trial,
            },
        });
        send
    }

    /// Takes the provider's next slot and waits for it.
    pub(super) fn queue_up(&mut self, view: View<'_>, index: usize) -> Option<Step> {
        let provider = self.candidates[index].provider;
        let pace = view.table.provider(provider).pace.as_ref()?;
        let health = view.health.provider_health(provider);
        match Reservation::take(health, pace, view.now, view.now + pace.max_wait) {
            Ok((until, slot)) => {
                self.waiting = Waiting::Slot { index, until, slot };
                Some(self.wait(view, index, until, Wait::RateLimit))
            }
            Err(until) => {
                self.skip(view, index, Skip::QueueFull { until });
                None
            }
        }
    }

    fn wait_for_capacity(&mut self, view: View<'_>, provider: ProviderId) -> Option<Step> {
        let until = self
            .turn
            .capacity_until
            .unwrap_or(view.now + view.table.capacity_wait());
        if self.turn.capacity_until.replace(until).is_none() {
            self.note(
                view,
                None,
                Event::Waiting {
                    until,
                    why: Wait::Capacity,
                },
            );
        }
        (view.now < until).then_some(Step::WaitForCapacity { provider, until })
    }

    pub(super) fn wait(&mut self, view: View<'_>, index: usize, until: Tick, why: Wait) -> Step {
        self.note(
            view,
            Some(self.candidates[index].target),
            Event::Waiting { until, why },
        );
        Step::WaitUntil(until)
    }

    /// Notes why a candidate is not used; once, however often it is looked at.
    pub(super) fn skip(&mut self, view: View<'_>, index: usize, skip: Skip) {
        let candidate = &mut self.candidates[index];
        if candidate.noted != Some(skip) {
            candidate.noted = Some(skip);
            self.trace
                .skipped(view.now, self.turn.model, Some(candidate.target), skip);
        }
    }
}

/// The provider's slot of this moment, if it is limited.
fn slot_now(view: View<'_>, provider: ProviderId) -> Result<Option<Reservation>, Blocked> {
    let Some(pace) = &view.table.provider(provider).pace else {
        return Ok(None);
    };
    match Reservation::take(
        view.health.provider_health(provider),
        pace,
        view.now,
        view.now,
    ) {
        Ok((_, slot)) => Ok(Some(slot)),
        Err(until) if until - view.now <= pace.max_wait => Err(Blocked::Queue),
        Err(until) => Err(Blocked::Skip(Skip::QueueFull { until })),
    }
}
