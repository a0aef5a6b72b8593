//! Token counts of a document in the meaning of [`Usage`].

use crate::dialect::Dialect;
use crate::inspect::counts::Counts;
use crate::json::value::Value;
use crate::usage::Usage;

/// Reads a `usage` object of that dialect (`usageMetadata` of Google's).
pub(super) fn read(dialect: Dialect, usage: Value<'_>) -> Usage {
    let mut counts = Counts::default();
    counts.read(usage);
    counts.usage(dialect)
}
