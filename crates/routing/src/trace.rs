//! What was decided for one request, and why: small values on the path, text only when somebody looks.

use std::fmt;
use std::time::Duration;

use smallvec::SmallVec;

use crate::attempts::GiveUp;
use crate::class::FailureClass;
use crate::names::named;
use crate::table::{CredentialId, ModelId, Table, TargetId};
use crate::tick::Tick;

/// One line of the decision trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceEntry {
    /// When it was decided.
    pub at: Tick,
    /// The model whose turn it was.
    pub model: ModelId,
    /// The target it is about; `None` when it is about the model.
    pub target: Option<TargetId>,
    /// The credential it is about.
    pub credential: Option<CredentialId>,
    /// What happened.
    pub event: Event,
}

/// What happened to a target or model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Would be tried at this place (1 is first); only in the answer of [`explain`](crate::explain).
    Candidate {
        /// Place among the usable targets of the model.
        rank: u32,
        /// It would be the trial that may end a hold.
        trial: bool,
        /// What it would lose of the request, as bits of [`Facts::carries`](crate::Facts::carries).
        loses: u64,
    },
    /// It comes after the others of its priority, because it would lose something of the request.
    Loses {
        /// What, as bits of [`Facts::carries`](crate::Facts::carries).
        what: u64,
    },
    /// Not used, and why.
    Skipped(Skip),
    /// Sent to.
    Sent {
        /// Number of the attempt over all models, from 1.
        attempt: u32,
        /// It is the trial that may end a hold.
        trial: bool,
    },
    /// Answered well.
    Succeeded {
        /// Time to its first byte.
        first_byte: Duration,
    },
    /// Failed.
    Failed {
        /// With what.
        class: FailureClass,
    },
    /// The caller left.
    Cancelled,
    /// Nothing was sent: it cannot take this request.
    Unfit,
    /// Nothing could be sent yet.
    Waiting {
        /// Until when at most.
        until: Tick,
        /// For what.
        why: Wait,
    },
    /// The model was given up and the next one of the chain had its turn.
    Left(Left),
    /// No model was left.
    GaveUp(GiveUp),
}

/// Why a target or model was not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// The provider does not speak what the request needs.
    NotSpoken,
    /// Weight 0, and the request is not bound to it.
    Drained,
    /// Held out after failures.
    Held {
        /// The class that led to the hold.
        class: FailureClass,
        /// End of the hold.
        until: Tick,
    },
    /// Another request is the trial that may end the hold.
    TrialUnderway,
    /// Every credential of its provider is held out.
    CredentialsHeld {
        /// The class that held the one that is free first.
        class: FailureClass,
        /// When the first of them is free.
        until: Tick,
    },
    /// No credential is left that this request has not already failed with.
    CredentialsSpent,
    /// The provider is at its `max_in_flight`.
    Saturated,
    /// The next slot of the provider's rate limit lies beyond the longest wait.
    QueueFull {
        /// When the slot would be.
        until: Tick,
    },
    /// The fallback's context window is not known to be larger than the one that was too small.
    WindowTooSmall,
    /// The chain of fallbacks is longer than is followed.
    ChainTooLong,
}

/// What a request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The jittered pause before the same target is asked again.
    Backoff,
    /// The end of the time that the upstream asked for.
    RetryAfter,
    /// Its slot of the provider's rate limit.
    RateLimit,
    /// Another request's end at a provider that is at its `max_in_flight`.
    Capacity,
}

named!(Wait, "reason to wait", {
    Backoff => "backoff",
    RetryAfter => "retry_after",
    RateLimit => "rate_limit",
    Capacity => "capacity",
});

/// Why a model was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// As many attempts as its policy allows were made.
    AttemptsSpent,
    /// Its time budget has passed.
    BudgetSpent,
    /// No target is left that may be sent to.
    NoTarget,
    /// The prompt is too long for it.
    ContextTooSmall,
}

named!(Left, "reason to leave a model", {
    AttemptsSpent => "attempts_spent",
    BudgetSpent => "budget_spent",
    NoTarget => "no_target",
    ContextTooSmall => "context_too_small",
});

/// Entries that are kept for one request; those beyond are counted only.
const MOST_ENTRIES: usize = 256;

/// The growing trace of one request.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    entries: SmallVec<[TraceEntry; 3]>,
    pub(crate) omitted: u32,
}

impl Trace {
    pub(crate) fn entries(&self) -> &[TraceEntry] {
        &self.entries
    }

    pub(crate) fn push(&mut self, entry: TraceEntry) {
        if self.entries.len() < MOST_ENTRIES {
            self.entries.push(entry);
        } else {
            self.omitted = self.omitted.saturating_add(1);
        }
    }

    pub(crate) fn loses(&mut self, at: Tick, model: ModelId, target: TargetId, what: u64) {
        self.push(TraceEntry {
            at,
            model,
            target: Some(target),
            credential: None,
            event: Event::Loses { what },
        });
    }

    pub(crate) fn skipped(
        &mut self,
        at: Tick,
        model: ModelId,
        target: Option<TargetId>,
        skip: Skip,
    ) {
        let event = Event::Skipped(skip);
        self.push(TraceEntry {
            at,
            model,
            target,
            credential: None,
            event,
        });
    }
}

impl TraceEntry {
    /// The entry as one line of text, with the names of the table that it came from.
    pub fn display<'t>(&'t self, table: &'t Table) -> impl fmt::Display + 't {
        Line { entry: self, table }
    }
}

struct Line<'t> {
    entry: &'t TraceEntry,
    table: &'t Table,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TraceEntry {
            at,
            model,
            target,
            credential,
            event,
        } = *self.entry;
        f.write_str(&self.table.model(model).name)?;
        if let Some(id) = target {
            let target = self.table.target(id);
            write!(f, " {}", self.table.provider(target.provider).key)?;
            if let Some(upstream) = &target.upstream_model {
                write!(f, "/{upstream}")?;
            }
        }
        if let Some(id) = credential {
            write!(f, " [{}]", self.table.credential(id).key)?;
        }
        f.write_str(": ")?;
        event.write(f, at, self.table)
    }
}

impl Event {
    fn write(&self, f: &mut fmt::Formatter<'_>, at: Tick, table: &Table) -> fmt::Result {
        match *self {
            Event::Candidate { rank, trial, loses } => {
                write!(f, "candidate {rank}{}", trial_mark(trial))?;
                if loses == 0 {
                    return Ok(());
                }
                f.write_str(", would lose ")?;
                table.write_things(f, loses)
            }
            Event::Loses { what } => {
                f.write_str("after the others of its priority, would lose ")?;
                table.write_things(f, what)
            }
            Event::Skipped(skip) => {
                f.write_str("skipped, ")?;
                skip.write(f, at)
            }
            Event::Sent { attempt, trial } => write!(f, "attempt {attempt}{}", trial_mark(trial)),
            Event::Succeeded { first_byte } => write!(f, "answered after {first_byte:?}"),
            Event::Failed { class } => write!(f, "failed, {class}"),
            Event::Cancelled => f.write_str("the caller left"),
            Event::Unfit => f.write_str("cannot take this request"),
            Event::Waiting { until, why } => write!(f, "waits {:?} for {why}", until - at),
            Event::Left(left) => write!(f, "left, {left}"),
            Event::GaveUp(give_up) => give_up.write(f, at),
        }
    }
}

impl Skip {
    fn write(self, f: &mut fmt::Formatter<'_>, at: Tick) -> fmt::Result {
        match self {
            Skip::NotSpoken => f.write_str("does not speak what the request needs"),
            Skip::Drained => f.write_str("drained (weight 0)"),
            Skip::Held { class, until } => write!(f, "held after {class} for {:?}", until - at),
            Skip::TrialUnderway => f.write_str("half-open, its trial is under way"),
            Skip::CredentialsHeld { class, until } => {
                write!(f, "credentials held after {class} for {:?}", until - at)
            }
            Skip::CredentialsSpent => f.write_str("no credential is left for this request"),
            Skip::Saturated => f.write_str("at max_in_flight"),
            Skip::QueueFull { until } => write!(f, "rate limit queue is full for {:?}", until - at),
            Skip::WindowTooSmall => f.write_str("context window is not larger"),
            Skip::ChainTooLong => f.write_str("chain of fallbacks is too long"),
        }
    }
}

impl GiveUp {
    fn write(self, f: &mut fmt::Formatter<'_>, at: Tick) -> fmt::Result {
        let (what, soonest) = match self {
            GiveUp::NoCandidate {
                soonest,
                class: Some(class),
            } => {
                write!(f, "gave up, ")?;
                write!(f, "every target is held ({class})")?;
                return write_soonest(f, soonest, at);
            }
            GiveUp::NoCandidate {
                soonest,
                class: None,
            } => ("no target can be used", soonest),
            GiveUp::NotSpoken => ("no target speaks what the request needs", None),
            GiveUp::Saturated { soonest } => ("no capacity", soonest),
            GiveUp::LastFailure { soonest } => ("the last failure stands", soonest),
        };
        write!(f, "gave up, {what}")?;
        write_soonest(f, soonest, at)
    }
}

fn write_soonest(f: &mut fmt::Formatter<'_>, soonest: Option<Tick>, at: Tick) -> fmt::Result {
    match soonest {
        Some(soonest) => write!(f, ", soonest in {:?}", soonest - at),
        None => Ok(()),
    }
}

fn trial_mark(trial: bool) -> &'static str {
    if trial { " (trial)" } else { "" }
}
