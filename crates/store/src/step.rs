//! Steps of a write, told as trace events, so that a test can stop a process between any two of them.

/// Target of the events.
pub(crate) const TARGET: &str = "aigw_store::step";

/// Tells that a write has come to `name`.
pub(crate) fn step(name: &'static str) {
    tracing::trace!(target: TARGET, name);
}
