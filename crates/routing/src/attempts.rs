//! The life of one request after it was planned: a state machine that sends, waits, moves on, and ends.

mod chain;
mod lease;
mod outcome;
mod send;
mod verdict;
mod wait;

use std::time::Duration;

use crate::class::FailureClass;
use crate::health::Health;
use crate::names::named;
use crate::plan::{Candidates, Facts, Plan, candidates};
use crate::table::{CredentialId, ModelId, ProviderId, Table, TargetId};
use crate::tick::Tick;
use crate::trace::{Event, Left, Trace, TraceEntry};
use crate::view::{Spent, View};

pub(crate) use chain::{Chain, MOST_MODELS};
use lease::Lease;
use wait::Waiting;

/// The attempts of one request: says what to do next, and is told how it went.
///
/// What an attempt occupies (the in-flight counts, the trial of a half-open target) is released when its outcome is
/// recorded, or when this value is dropped, whichever comes first, and counts as [`Outcome::Cancelled`] then.
/// That holds also when the table was replaced meanwhile.
#[derive(Debug)]
pub struct Attempts {
    facts: Facts,
    /// The model whose turn it is.
    turn: Turn,
    chain: Chain,
    candidates: Candidates,
    spent: Spent,
    waiting: Waiting,
    lease: Option<Lease>,
    last: Option<Send>,
    first: Option<TargetId>,
    sent: u32,
    /// The last call's answer has begun, and was credited.
    answered: bool,
    /// A target could not take the request.
    unfit: bool,
    end: Option<GiveUp>,
    trace: Trace,
}

/// One model's share of the request.
#[derive(Debug)]
struct Turn {
    model: ModelId,
    started: Tick,
    sent: u32,
    /// Second tries of a target; each doubles the backoff.
    retries: u32,
    failure: Option<FailureClass>,
    /// End of the wait for a provider that is at its `max_in_flight`.
    capacity_until: Option<Tick>,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Send the request there, then call [`Attempts::record`].
    Send(Send),
    /// Call [`Attempts::next_step`] again at this time.
    WaitUntil(Tick),
    /// Every candidate is at its `max_in_flight`: call [`Attempts::next_step`] again when a request at this provider ends, or at this time.
    WaitForCapacity {
        /// The provider of the first such candidate.
        provider: ProviderId,
        /// Afterwards the wait is over.
        until: Tick,
    },
    /// Answer the caller with an error.
    GiveUp(GiveUp),
}

/// Where an attempt goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Send {
    /// The public model that serves.
    pub model: ModelId,
    /// The target to send to.
    pub target: TargetId,
    /// The target's provider.
    pub provider: ProviderId,
    /// The credential to present, if the provider has any.
    pub credential: Option<CredentialId>,
    /// Number of the attempt over all models, from 1.
    pub attempt: u32,
    /// It is the one trial that may end the target's hold.
    pub trial: bool,
}

/// Why a request ends with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GiveUp {
    /// Nothing was sent: every candidate is held out.
    NoCandidate {
        /// When the first of them may be free; `None` when there are no targets.
        soonest: Option<Tick>,
        /// `RateLimited` if every one is held by rate limits, else the class that holds the first other one.
        class: Option<FailureClass>,
    },
    /// Nothing was sent: no target of the model can do what the request needs.
    NotSpoken,
    /// Nothing was sent: what is not held is at its `max_in_flight` or has a full queue.
    Saturated {
        /// When a slot of a rate limit is free, if that is known.
        soonest: Option<Tick>,
    },
    /// At least one attempt was made, and all failed.
    LastFailure {
        /// When the first held candidate may be free, if any is held: the `retry-after` of a 429.
        soonest: Option<Tick>,
    },
}

/// How an attempt went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Answered well to its end.
    Success {
        /// From sending to the first byte of the answer.
        first_byte: Duration,
    },
    /// Failed.
    Failure {
        /// With what.
        class: FailureClass,
        /// The upstream's `retry-after`.
        retry_after: Option<Duration>,
    },
    /// The caller left before the end; says nothing about the target.
    Cancelled,
    /// Nothing was sent after all: the target cannot take this very request. Says nothing about its health; the attempt
    /// does not count, and other targets and fallbacks have their turn.
    Unfit,
}

/// How far the request got from its first choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RouteMode {
    /// The target that was tried first.
    Direct,
    /// Another target of the requested model.
    Failover,
    /// A target of a fallback model.
    ModelFallback,
}

named!(RouteMode, "route mode", {
    Direct => "direct",
    Failover => "failover",
    ModelFallback => "model_fallback",
});

impl Attempts {
    /// Starts the attempts of a planned request.
    pub fn new(plan: Plan, now: Tick) -> Attempts {
        Attempts {
            facts: plan.facts,
            turn: Turn::new(plan.facts.model, now),
            chain: Chain::new(plan.facts.model),
            candidates: plan.candidates,
            spent: Spent::new(),
            waiting: Waiting::No,
            lease: None,
            last: None,
            first: None,
            sent: 0,
            answered: false,
            unfit: false,
            end: None,
            trace: plan.trace,
        }
    }

    /// What to do now. `table` and `health` are those of the plan; `seed` only spreads the backoff and the order of
    /// equal targets of fallback models. An attempt that was not recorded counts as cancelled.
    pub fn next_step(&mut self, table: &Table, health: &Health, now: Tick, seed: u64) -> Step {
        let view = View {
            table,
            health,
            now,
            seed,
        };
        self.lease = None;
        // Each round leaves a model for good, and the chain is bounded.
        for _ in 0..=MOST_MODELS {
            if let Some(end) = self.end {
                return Step::GiveUp(end);
            }
            match self.step_of_model(view) {
                Ok(step) => return step,
                Err(left) => self.leave_model(view, left),
            }
        }
        self.finish(view)
    }

    /// Tells that the answer has begun: latency, sticky binding and the end of a hold count from now on, and not only
    /// when a long stream has come to its end. [`Attempts::record`] still has to follow.
    pub fn answered(&mut self, table: &Table, health: &Health, first_byte: Duration, now: Tick) {
        let view = View {
            table,
            health,
            now,
            seed: 0,
        };
        let (Some(mut lease), Some(send)) = (self.lease.take(), self.last) else {
            return;
        };
        if !self.answered {
            self.credit(view, &lease, send, first_byte);
            lease.end_trial();
            self.answered = true;
        }
        self.lease = Some(lease);
    }

    /// Tells how the attempt that was last sent went, and releases what it occupied. Does nothing when there is none.
    pub fn record(&mut self, table: &Table, health: &Health, outcome: Outcome, now: Tick) {
        let view = View {
            table,
            health,
            now,
            seed: 0,
        };
        if let (Some(lease), Some(send)) = (self.lease.take(), self.last) {
            self.take_in(view, &lease, send, outcome);
        }
    }

    /// What was decided so far, in order; the first 256 decisions.
    pub fn trace(&self) -> &[TraceEntry] {
        self.trace.entries()
    }

    /// Decisions that the trace has no room for.
    pub fn trace_omitted(&self) -> u32 {
        self.trace.omitted
    }

    /// Upstream calls so far, over all models.
    pub fn sent(&self) -> u32 {
        self.sent
    }

    /// The model whose turn it is: the one asked for, or a fallback.
    pub fn model(&self) -> ModelId {
        self.turn.model
    }

    /// Whether the last call went where an earlier answer bound the caller to.
    pub fn is_bound(&self) -> bool {
        // Only bound targets come before every priority.
        self.facts.pinned.is_none()
            && self.last.is_some_and(|send| {
                self.candidates
                    .iter()
                    .any(|candidate| candidate.target == send.target && candidate.tier == 0)
            })
    }

    /// How far the last call got from the first choice.
    pub fn mode(&self) -> RouteMode {
        match self.last {
            Some(send) if send.model != self.facts.model => RouteMode::ModelFallback,
            Some(send) if Some(send.target) != self.first => RouteMode::Failover,
            _ => RouteMode::Direct,
        }
    }

    fn step_of_model(&mut self, view: View<'_>) -> Result<Step, Left> {
        let retry = view.table.model(self.turn.model).retry;
        let deadline = self.turn.started + retry.budget;
        if self.turn.failure == Some(FailureClass::ContextLength) {
            return Err(Left::ContextTooSmall);
        }
        let attempts = if self.facts.pinned.is_some() {
            1
        } else {
            retry.attempts.max(1)
        };
        if self.turn.sent >= attempts {
            return Err(Left::AttemptsSpent);
        }
        if self.turn.sent > 0 && view.now >= deadline {
            return Err(Left::BudgetSpent);
        }
        let step = self
            .after_wait(view)
            .or_else(|| self.first_open(view))
            .or_else(|| self.second_try(view, deadline));
        step.ok_or(Left::NoTarget)
    }

    fn leave_model(&mut self, view: View<'_>, left: Left) {
        self.waiting = Waiting::No;
        self.note(view, None, Event::Left(left));
        if self.facts.pinned.is_some() {
            self.finish(view);
            return;
        }
        let failure = self
            .turn
            .failure
            .unwrap_or_else(|| self.blocking_class(view));
        match self
            .chain
            .next(view, self.turn.model, failure, &mut self.trace)
        {
            Some(model) => self.enter_model(view, model),
            None => {
                self.finish(view);
            }
        }
    }

    fn enter_model(&mut self, view: View<'_>, model: ModelId) {
        self.turn = Turn::new(model, view.now);
        self.spent.clear();
        self.candidates = candidates(view, &self.facts, model, Some(&mut self.trace));
    }

    fn finish(&mut self, view: View<'_>) -> Step {
        let end = self.verdict(view);
        self.end = Some(end);
        self.note(view, None, Event::GaveUp(end));
        Step::GiveUp(end)
    }

    fn note(&mut self, view: View<'_>, target: Option<TargetId>, event: Event) {
        let model = self.turn.model;
        self.trace.push(TraceEntry {
            at: view.now,
            model,
            target,
            credential: None,
            event,
        });
    }
}

impl Turn {
    fn new(model: ModelId, started: Tick) -> Turn {
        Turn {
            model,
            started,
            sent: 0,
            retries: 0,
            failure: None,
            capacity_until: None,
        }
    }
}
