//! Routing without a request.

use crate::health::Health;
use crate::plan::Facts;
use crate::table::Table;
use crate::tick::Tick;
use crate::trace::TraceEntry;

/// What would be tried for such a request, in order, and what would not be and why, over the whole chain of
/// fallbacks. Changes nothing.
pub fn explain(table: &Table, health: &Health, facts: &Facts, now: Tick) -> Vec<TraceEntry> {
    let _ = (table, health, facts, now);
    Vec::new()
}
