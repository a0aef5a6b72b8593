//! What is known about targets, credentials and providers, shared by all requests.

use std::time::Duration;

use crate::class::FailureClass;
use crate::table::{CredentialId, ProviderId, Table, TargetId};
use crate::tick::Tick;

/// The live state of a table's items.
#[derive(Debug, Default)]
pub struct Health {}

/// A target's state at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetState {
    /// The class that led to the hold, and its end; stays after that end until a trial has succeeded.
    pub held: Option<(FailureClass, Tick)>,
    /// The hold's time has passed, and the next request is its trial.
    pub half_open: bool,
    /// The trial is under way.
    pub trial_underway: bool,
    /// Counted failures that may still lead to a hold.
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
    /// When the next slot of its rate limit is free, if it has one and that is in the future.
    pub next_slot: Option<Tick>,
}

impl Health {
    /// Everything is well and idle.
    pub fn new(table: &Table) -> Health {
        let _ = table;
        Health {}
    }

    /// The health of a new table: items with the same stable keys keep (and share) their state with the old one.
    pub fn carried(table: &Table, old_table: &Table, old: &Health) -> Health {
        let _ = (table, old_table, old);
        Health {}
    }

    /// Takes in the verdict of an active probe. Kept apart from what traffic says: a failing probe only moves the
    /// provider's targets to the end, a good one ends no hold.
    pub fn probe_result(&self, provider: ProviderId, ok: bool, now: Tick) {
        let _ = (provider, ok, now);
    }

    /// A target's state.
    pub fn target(&self, id: TargetId, now: Tick) -> TargetState {
        let _ = (id, now);
        TargetState {
            held: None,
            half_open: false,
            trial_underway: false,
            failures: 0,
            latency: None,
            in_flight: 0,
        }
    }

    /// A credential's state.
    pub fn credential(&self, id: CredentialId, now: Tick) -> CredentialState {
        let _ = (id, now);
        CredentialState { held: None }
    }

    /// A provider's state.
    pub fn provider(&self, id: ProviderId, now: Tick) -> ProviderState {
        let _ = (id, now);
        ProviderState {
            held: None,
            probe: None,
            in_flight: 0,
            next_slot: None,
        }
    }

    /// Sticky bindings held now.
    pub fn sticky_bindings(&self) -> usize {
        0
    }

    /// Sticky bindings that were pushed out before their time because the map was full.
    pub fn sticky_evictions(&self) -> u64 {
        0
    }
}
