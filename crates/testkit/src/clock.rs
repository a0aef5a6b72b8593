//! Time and tasks of the test tools: the only places of this crate that read a clock or spawn.

use std::future::Future;
use std::time::{Instant, SystemTime};

use tokio::task::JoinHandle;

/// The monotonic time now.
#[expect(
    clippy::disallowed_methods,
    reason = "test tools measure real time; the gateway's clock is what they measure"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The wall-clock time now, for HTTP dates.
#[expect(
    clippy::disallowed_methods,
    reason = "a fake upstream stamps HTTP dates that real clients compare with their own clock"
)]
pub(crate) fn wall() -> SystemTime {
    SystemTime::now()
}

/// Spawns a task on the current runtime.
#[expect(
    clippy::disallowed_methods,
    reason = "the task is owned by a guard that aborts it on drop"
)]
pub(crate) fn spawn<F>(task: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(task)
}
