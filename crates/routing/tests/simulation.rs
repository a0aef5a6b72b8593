//! Requests against scripted upstreams and a clock that only moves when told to; the attempt log is asserted as text.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails stops its test"
)]

#[path = "simulation/chains.rs"]
mod chains;
#[path = "simulation/cooldown.rs"]
mod cooldown;
#[path = "simulation/failures.rs"]
mod failures;
#[path = "simulation/load.rs"]
mod load;
#[path = "simulation/sticky.rs"]
mod sticky;
#[path = "simulation/strategies.rs"]
mod strategies;
#[path = "simulation/world.rs"]
mod world;
