//! Taking in how an attempt went: what it says about the target, and what may follow in this request.

use std::time::Duration;

use super::lease::Lease;
use super::{Attempts, GiveUp, Outcome, Send};
use crate::class::FailureClass;
use crate::health::Bound;
use crate::plan::{Progress, sticky_key};
use crate::policy::LONG_HOLD;
use crate::trace::{Event, TraceEntry};
use crate::view::View;

/// The longest time that an upstream can hold a credential with `retry-after`.
const LONGEST_HOLD: Duration = Duration::from_secs(24 * 60 * 60);

/// The end of a request that is answered, or whose caller has left: nothing more is to be sent.
const OVER: GiveUp = GiveUp::LastFailure { soonest: None };

impl Attempts {
    pub(super) fn take_in(&mut self, view: View<'_>, lease: &Lease, send: Send, outcome: Outcome) {
        let event = match outcome {
            Outcome::Success { first_byte } => {
                if !self.answered {
                    self.credit(view, lease, send, first_byte);
                }
                self.end = Some(OVER);
                Event::Succeeded { first_byte }
            }
            Outcome::Cancelled
            | Outcome::Failure {
                class: FailureClass::Cancelled,
                ..
            } => {
                self.end = Some(OVER);
                Event::Cancelled
            }
            Outcome::Unfit => {
                self.unfit_for(send);
                Event::Unfit
            }
            Outcome::Failure { class, retry_after } => {
                if self.facts.pinned.is_none() {
                    blame(view, lease, send, class, retry_after);
                }
                self.turn.failure = Some(class);
                self.move_on(view, send, class, retry_after);
                Event::Failed { class }
            }
        };
        let Send {
            model,
            target,
            credential,
            ..
        } = send;
        self.trace.push(TraceEntry {
            at: view.now,
            model,
            target: Some(target),
            credential,
            event,
        });
    }

    /// The target answered: ends the hold that it was the trial of, counts its latency, binds the caller to it.
    pub(super) fn credit(&self, view: View<'_>, lease: &Lease, send: Send, first_byte: Duration) {
        if self.facts.pinned.is_some() {
            return;
        }
        lease.target().worked(lease.is_trial());
        lease.target().measure(first_byte, view.now);
        let model = view.table.model(send.model);
        let target = view.table.target(send.target);
        let (Some(key), Some(policy)) = (sticky_key(&self.facts, model), &model.sticky) else {
            return;
        };
        // A binding to a drained target ends in its time: a refresh would keep it for ever.
        if target.weight > 0 {
            let credential = send.credential.map(|id| view.table.credential(id).identity);
            let bound = Bound {
                target: target.identity,
                credential,
            };
            view.health
                .bindings()
                .bind(key, bound, view.now + policy.ttl, view.now);
        }
    }

    /// Takes back the attempt. Its target is done with for this request, like one that does not speak its dialect.
    fn unfit_for(&mut self, send: Send) {
        self.unfit = true;
        self.sent -= 1;
        self.turn.sent -= 1;
        self.turn.failure = self.turn.failure.or(Some(FailureClass::ModelMissing));
        if let Some(candidate) = self
            .candidates
            .iter_mut()
            .find(|it| it.target == send.target)
        {
            candidate.progress = Progress::Done;
        }
    }

    fn move_on(
        &mut self,
        view: View<'_>,
        send: Send,
        class: FailureClass,
        retry_after: Option<Duration>,
    ) {
        let model = view.table.model(send.model);
        let ends = match class {
            FailureClass::InvalidRequest => true,
            FailureClass::ContentFilter => !model.fallback_on.contains(class),
            _ => false,
        };
        if ends {
            self.end = Some(OVER);
        }
        if class.blames_credential() {
            self.spent.extend(send.credential);
        }
        let Some(candidate) = self
            .candidates
            .iter_mut()
            .find(|it| it.target == send.target)
        else {
            return;
        };
        let pool = view.table.provider(send.provider).credentials().len();
        let pause = retry_after.unwrap_or_default();
        candidate.progress = match class {
            FailureClass::Auth | FailureClass::Billing if pool > 1 => Progress::Open,
            FailureClass::RateLimited if !candidate.retried => Progress::Limited,
            _ if candidate.retried || !class.retries_same_target() => Progress::Done,
            _ if pause > model.retry.retry_after_max => Progress::Done,
            _ => Progress::Backoff(view.now + pause),
        };
    }
}

/// Counts the failure where it belongs: with the target, or with the credential.
fn blame(
    view: View<'_>,
    lease: &Lease,
    send: Send,
    class: FailureClass,
    retry_after: Option<Duration>,
) {
    let cooldown = &view.table.model(send.model).cooldown;
    lease
        .target()
        .failed(class, lease.is_trial(), cooldown, view.now);
    if !class.blames_credential() {
        return;
    }
    let time = match class {
        FailureClass::RateLimited => retry_after.unwrap_or(cooldown.hold).min(LONGEST_HOLD),
        _ => LONG_HOLD,
    };
    let hold = match send.credential {
        Some(credential) => view.health.credential_hold(credential),
        None => &lease.provider().hold,
    };
    hold.extend(class, view.now + time);
}
