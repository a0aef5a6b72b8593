//! Where time enters the data plane.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use aigw_routing::Tick;

/// Monotonic time since the clock was made, and wall-clock time.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Instant,
}

impl Default for Clock {
    fn default() -> Self {
        Self { start: monotonic() }
    }
}

impl Clock {
    /// Monotonic microseconds since the clock was made.
    pub fn now(&self) -> Tick {
        self.tick(monotonic())
    }

    /// The tick of an instant; instants before the clock was made count as its start.
    pub fn tick(&self, at: Instant) -> Tick {
        let elapsed = at.saturating_duration_since(self.start);
        Tick(u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX))
    }

    /// The instant of a tick.
    pub fn instant(&self, tick: Tick) -> Instant {
        self.start + std::time::Duration::from_micros(tick.0)
    }
}

/// The monotonic clock.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where monotonic time enters"
)]
pub fn monotonic() -> Instant {
    Instant::now()
}

/// The wall clock.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where wall-clock time enters"
)]
pub fn wall() -> SystemTime {
    SystemTime::now()
}

/// Microseconds since the Unix epoch; 0 before it.
pub fn unix_us() -> u64 {
    wall()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| u64::try_from(d.as_micros()).unwrap_or(u64::MAX))
}
