//! What an operator decides: retries, cooldown, stickiness, strategy, rate limits.

use std::time::Duration;

use crate::class::{ClassSet, FailureClass};
use crate::names::named;

/// How often and how long one model is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Most upstream calls over all targets of the model; every fallback model has its own. At least one is made.
    pub attempts: u32,
    /// Upper end of the random wait before the first retry of the same target; doubles with each further one.
    pub backoff: Duration,
    /// Upper bound of that doubling.
    pub backoff_max: Duration,
    /// Longest `retry-after` that is waited for.
    pub retry_after_max: Duration,
    /// Wall-clock time after which no further attempt of the model begins.
    pub budget: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy {
            attempts: 4,
            backoff: Duration::from_millis(200),
            backoff_max: Duration::from_secs(5),
            retry_after_max: Duration::from_secs(5),
            budget: Duration::from_secs(60),
        }
    }
}

/// When a target is held out after failures, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CooldownPolicy {
    /// Counted failures within `window`, without a success between them, that hold the target; 0 never holds it.
    pub failures: u32,
    /// How far back failures are counted.
    pub window: Duration,
    /// How long the target is held before one trial request may end the hold.
    pub hold: Duration,
}

impl Default for CooldownPolicy {
    fn default() -> Self {
        CooldownPolicy {
            failures: 3,
            window: Duration::from_secs(30),
            hold: Duration::from_secs(30),
        }
    }
}

/// Where the key of a sticky binding is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StickySource {
    /// The session that the caller names in headers or body.
    Session,
    /// The end user that the caller names in the body.
    User,
}

named!(StickySource, "sticky source", { Session => "session", User => "user" });

/// Keeps requests with the same key on the same target and credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StickyPolicy {
    /// Sources of the key; the first one that the request has is taken.
    pub by: Vec<StickySource>,
    /// How long a binding lasts after its last success.
    pub ttl: Duration,
}

impl Default for StickyPolicy {
    fn default() -> Self {
        StickyPolicy {
            by: vec![StickySource::Session],
            ttl: Duration::from_secs(30 * 60),
        }
    }
}

/// What happens when a stream breaks after its first content went to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OnBreak {
    /// The caller gets the dialect's error event.
    #[default]
    Error,
    /// Another target is asked for the rest of a text-only answer.
    Continue,
}

named!(OnBreak, "way to go on after a break", { Error => "error", Continue => "continue" });

/// In which order the targets of one priority are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Strategy {
    /// Smooth weighted round robin: traffic in proportion to the weights, without clumps.
    #[default]
    Weighted,
    /// In turn, whatever the weights.
    RoundRobin,
    /// The shortest time to the first byte first; targets without a recent measurement before those.
    LeastLatency,
    /// The fewest requests in flight for its weight first.
    LeastBusy,
    /// As configured: the second is used only while the first cannot be.
    Ordered,
}

named!(Strategy, "strategy", {
    Weighted => "weighted",
    RoundRobin => "round_robin",
    LeastLatency => "least_latency",
    LeastBusy => "least_busy",
    Ordered => "ordered",
});

/// How fast requests may go to one provider. Requests beyond it wait for their slot, first come first served.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateLimit {
    /// Sustained rate; finite and above zero.
    pub requests_per_second: f64,
    /// Requests that may go at once after a quiet time; 0 is taken as 1.
    pub burst: u32,
    /// Longest wait for a slot; a request that would wait longer is not queued.
    pub max_wait: Duration,
}

impl Default for RateLimit {
    fn default() -> Self {
        RateLimit {
            requests_per_second: 10.0,
            burst: 20,
            max_wait: Duration::from_secs(5),
        }
    }
}

/// The failure classes that lead to fallback models unless the configuration says otherwise.
pub const DEFAULT_FALLBACK_ON: ClassSet = ClassSet::of(&[
    FailureClass::RateLimited,
    FailureClass::Overloaded,
    FailureClass::ServerError,
    FailureClass::Network,
    FailureClass::Timeout,
    FailureClass::Auth,
    FailureClass::Billing,
    FailureClass::ModelMissing,
    FailureClass::ContextLength,
]);

/// How long a credential is held out after its key was refused or its account ran dry.
pub const LONG_HOLD: Duration = Duration::from_secs(10 * 60);
