//! Health as operators see it.

use std::time::Duration;

use crate::class::FailureClass;
use crate::tick::Tick;

/// A target's state at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetState {
    /// The class that led to the hold, and its end; stays after that end until a trial has succeeded.
    pub held: Option<(FailureClass, Tick)>,
    /// The hold's time has passed, and only a trial may go to it.
    pub half_open: bool,
    /// The trial is under way.
    pub trial_underway: bool,
    /// Failures counted towards the next hold; older ones than the window are dropped at the next failure.
    pub failures: u32,
    /// Smoothed time to the first byte.
    pub latency: Option<Duration>,
    /// Requests in flight.
    pub in_flight: u32,
}

/// A credential's state at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CredentialState {
    /// The class that led to the hold, and its end.
    pub held: Option<(FailureClass, Tick)>,
}

/// A provider's state at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderState {
    /// The hold of a provider without credentials after auth, billing or rate limit failures.
    pub held: Option<(FailureClass, Tick)>,
    /// The verdict of the last active probe, and when: true is good.
    pub probe: Option<(bool, Tick)>,
    /// Requests in flight.
    pub in_flight: u32,
}
