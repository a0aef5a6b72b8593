//! The life of one request after it was planned.

use std::time::Duration;

use crate::class::FailureClass;
use crate::health::Health;
use crate::names::named;
use crate::plan::Plan;
use crate::table::{CredentialId, ModelId, ProviderId, Table, TargetId};
use crate::tick::Tick;
use crate::trace::TraceEntry;

/// The attempts of one request: says what to do next, and is told how it went.
///
/// Dropping it releases whatever the last attempt still occupies, as [`Outcome::Cancelled`] would.
#[derive(Debug)]
pub struct Attempts {
    plan: Plan,
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
        let _ = now;
        Attempts { plan }
    }

    /// What to do now. `table` and `health` are those of the plan.
    pub fn next_step(&mut self, table: &Table, health: &Health, now: Tick, seed: u64) -> Step {
        let _ = (table, health, now, seed, self.plan.facts);
        Step::GiveUp(GiveUp::NotSpoken)
    }

    /// Tells how the attempt that was last sent went; releases what it occupied. Without one it does nothing.
    pub fn record(&mut self, table: &Table, health: &Health, outcome: Outcome, now: Tick) {
        let _ = (table, health, outcome, now);
    }

    /// What was decided so far, in order.
    pub fn trace(&self) -> &[TraceEntry] {
        &[]
    }

    /// Upstream calls so far.
    pub fn sent(&self) -> u32 {
        0
    }

    /// How far the request got from its first choice.
    pub fn mode(&self) -> RouteMode {
        RouteMode::Direct
    }
}
