//! The order in which targets are tried.

use crate::health::Health;
use crate::table::{ModelId, Table, TargetId};
use crate::tick::Tick;

/// What routing has to know about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The model that the caller asked for, as found in the table.
    pub model: ModelId,
    /// Capability bits that the provider must have, all of them.
    pub needs: u32,
    /// Hash of what binds the request to a target, including the client key and the model; `None` binds nothing.
    pub sticky_key: Option<u64>,
    /// The only target to use, whatever its health: one attempt, no fallback, no effect on health (probes).
    pub pinned: Option<TargetId>,
}

/// The ordered candidates of a request's model; what follows after failures is decided by [`Attempts`](crate::Attempts).
#[derive(Debug)]
pub struct Plan {
    pub(crate) facts: Facts,
}

/// Orders the candidates for one request.
pub fn plan(table: &Table, health: &Health, facts: &Facts, now: Tick, seed: u64) -> Plan {
    let _ = (table, health, now, seed);
    Plan { facts: *facts }
}
