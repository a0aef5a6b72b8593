//! A target's cooldown: closed, held, half-open with one trial at a time. And its latency and load.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use smallvec::SmallVec;

use super::{Hold, TargetState, locked};
use crate::class::FailureClass;
use crate::policy::CooldownPolicy;
use crate::tick::{Tick, micros};

/// Failures that are remembered at most, whatever the policy says.
const MOST_FAILURES: u32 = 4096;
/// Part of a new measurement in the smoothed latency, as a divisor.
const SMOOTHING: u64 = 5;
/// After this time a latency says nothing about today any more.
const LATENCY_TTL: Duration = Duration::from_secs(60);

/// Whether a target may be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    Open,
    /// As the trial.
    HalfOpen,
    TrialUnderway,
    Held {
        class: FailureClass,
        until: Tick,
    },
}

#[derive(Debug, Default)]
pub(crate) struct TargetHealth {
    /// Set while held and while half-open. Written only with `failures` locked.
    hold: Hold,
    trial: AtomicBool,
    /// Counted failures since the last success.
    failures: Mutex<SmallVec<[Tick; 4]>>,
    /// Whether there are any, so that successes need no lock while all is well.
    failing: AtomicBool,
    /// Microseconds; 0 is not measured.
    latency: AtomicU64,
    measured: AtomicU64,
    in_flight: AtomicU32,
}

impl TargetHealth {
    pub(crate) fn gate(&self, now: Tick) -> Gate {
        match self.hold.last() {
            None => Gate::Open,
            Some((class, until)) if until > now => Gate::Held { class, until },
            Some(_) if self.trial.load(Ordering::Acquire) => Gate::TrialUnderway,
            Some(_) => Gate::HalfOpen,
        }
    }

    /// Lets a request through or not. After `HalfOpen` the request is the trial, and [`Self::end_trial`] has to follow.
    pub(crate) fn admit(&self, now: Tick) -> Gate {
        let seen = self.gate(now);
        if seen != Gate::HalfOpen {
            return seen;
        }
        let claim = self
            .trial
            .compare_exchange(false, true, Ordering::AcqRel, Ordering::Acquire);
        if claim.is_err() {
            return Gate::TrialUnderway;
        }
        // Between the look and the claim another trial may have come to its end and changed the hold.
        let settled = match self.hold.last() {
            None => Gate::Open,
            Some((class, until)) if until > now => Gate::Held { class, until },
            Some(_) => return Gate::HalfOpen,
        };
        self.end_trial();
        settled
    }

    pub(crate) fn end_trial(&self) {
        self.trial.store(false, Ordering::Release);
    }

    pub(crate) fn enter(&self) {
        self.in_flight.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn leave(&self) {
        self.in_flight.fetch_sub(1, Ordering::AcqRel);
    }

    pub(crate) fn in_flight(&self) -> u32 {
        self.in_flight.load(Ordering::Acquire)
    }

    /// The upstream worked: failures before it were blips, not an outage. Only the trial's word ends a hold: other
    /// requests were sent before it.
    pub(crate) fn worked(&self, trial: bool) {
        if trial {
            let mut failures = locked(&self.failures);
            failures.clear();
            self.hold.set(None);
        } else if self.failing.load(Ordering::Relaxed) {
            self.failing.store(false, Ordering::Relaxed);
            locked(&self.failures).clear();
        }
    }

    pub(crate) fn failed(
        &self,
        class: FailureClass,
        trial: bool,
        policy: &CooldownPolicy,
        now: Tick,
    ) {
        if class.blames_request() {
            self.worked(trial);
        } else if class == FailureClass::ModelMissing || (trial && class.counts()) {
            self.hold_from(class, policy, now);
        } else if class.counts() {
            self.count(class, policy, now);
        }
    }

    fn hold_from(&self, class: FailureClass, policy: &CooldownPolicy, now: Tick) {
        let mut failures = locked(&self.failures);
        failures.clear();
        self.hold.set(Some((class, now + policy.hold)));
    }

    fn count(&self, class: FailureClass, policy: &CooldownPolicy, now: Tick) {
        let limit = policy.failures.min(MOST_FAILURES) as usize;
        let mut failures = locked(&self.failures);
        // Whatever still fails after the hold began was sent before it and must not prolong it.
        if limit == 0 || self.hold.last().is_some() {
            return;
        }
        failures.retain(|at| now - *at <= policy.window);
        failures.push(now);
        self.failing.store(true, Ordering::Relaxed);
        if failures.len() >= limit {
            failures.clear();
            self.hold.set(Some((class, now + policy.hold)));
        }
    }

    pub(crate) fn measure(&self, first_byte: Duration, now: Tick) {
        let sample = micros(first_byte).max(1);
        // A measurement that is lost to a concurrent one costs nothing.
        let smoothed = match self.latency.load(Ordering::Relaxed) {
            0 => sample,
            old => (old - old / SMOOTHING)
                .saturating_add(sample / SMOOTHING)
                .max(1),
        };
        self.latency.store(smoothed, Ordering::Relaxed);
        self.measured.store(now.0, Ordering::Relaxed);
    }

    /// Smoothed microseconds to the first byte; 0 if not measured.
    pub(crate) fn latency(&self) -> u64 {
        self.latency.load(Ordering::Relaxed)
    }

    /// Whether the latency is so old that this request should measure it anew; true for one request at a time.
    pub(crate) fn claim_measurement(&self, now: Tick) -> bool {
        let measured = self.measured.load(Ordering::Relaxed);
        now - Tick(measured) > LATENCY_TTL
            && self
                .measured
                .compare_exchange(measured, now.0, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    pub(crate) fn state(&self, now: Tick) -> TargetState {
        let latency = self.latency();
        TargetState {
            held: self.hold.last(),
            half_open: matches!(self.gate(now), Gate::HalfOpen | Gate::TrialUnderway),
            trial_underway: self.trial.load(Ordering::Acquire),
            failures: u32::try_from(locked(&self.failures).len()).unwrap_or(u32::MAX),
            latency: (latency > 0).then(|| Duration::from_micros(latency)),
            in_flight: self.in_flight(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: CooldownPolicy = CooldownPolicy {
        failures: 2,
        window: Duration::from_secs(10),
        hold: Duration::from_secs(30),
    };

    fn second(count: u64) -> Tick {
        Tick::from_millis(count * 1000)
    }

    #[test]
    fn failures_further_apart_than_the_window_do_not_hold() {
        let target = TargetHealth::default();
        target.failed(FailureClass::Network, false, &POLICY, second(0));
        target.failed(FailureClass::Network, false, &POLICY, second(11));
        assert_eq!(target.gate(second(11)), Gate::Open);
        target.failed(FailureClass::Timeout, false, &POLICY, second(20));
        let held = Gate::Held {
            class: FailureClass::Timeout,
            until: second(50),
        };
        assert_eq!(target.gate(second(20)), held);
    }

    #[test]
    fn a_success_between_failures_keeps_the_target_open() {
        let target = TargetHealth::default();
        for at in 0..8 {
            target.failed(FailureClass::ServerError, false, &POLICY, second(at));
            target.worked(false);
        }
        assert_eq!(target.gate(second(8)), Gate::Open);
        for _ in 0..2 {
            target.failed(FailureClass::ServerError, false, &POLICY, second(9));
        }
        assert!(matches!(target.gate(second(9)), Gate::Held { .. }));
    }

    #[test]
    fn stragglers_neither_prolong_nor_end_a_hold() {
        let target = TargetHealth::default();
        for _ in 0..2 {
            target.failed(FailureClass::ServerError, false, &POLICY, second(0));
        }
        target.failed(FailureClass::ServerError, false, &POLICY, second(29));
        target.worked(false);
        assert!(matches!(target.gate(second(29)), Gate::Held { .. }));
        assert_eq!(target.gate(second(30)), Gate::HalfOpen);
    }

    #[test]
    fn only_one_of_many_threads_gets_the_trial() {
        let target = TargetHealth::default();
        target.failed(FailureClass::ModelMissing, false, &POLICY, second(0));
        let trials: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| target.admit(second(30))))
                .collect();
            threads
                .into_iter()
                .map(|thread| usize::from(thread.join().unwrap() == Gate::HalfOpen))
                .sum()
        });
        assert_eq!(trials, 1);
    }

    #[test]
    fn the_latency_follows_slowly() {
        let target = TargetHealth::default();
        target.measure(Duration::from_millis(1), second(1));
        target.measure(Duration::from_millis(2), second(2));
        assert_eq!(target.latency(), 1200);
        assert!(!target.claim_measurement(second(62)));
        assert!(target.claim_measurement(second(63)));
        assert!(!target.claim_measurement(second(63)));
    }
}
