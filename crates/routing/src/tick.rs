//! Time as routing sees it: a number that the caller hands in.

use std::ops::{Add, Sub};
use std::time::Duration;

/// A point in time: microseconds on a monotonic scale with an arbitrary start.
///
/// Nothing in this crate reads a clock; whoever calls it decides what "now" is.
/// Arithmetic saturates: a point before the start is the start, a point after the end is the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Tick(pub u64);

impl Tick {
    /// The latest point there is.
    pub const MAX: Tick = Tick(u64::MAX >> 4);

    /// The point this many milliseconds after the start of the scale.
    pub const fn from_millis(millis: u64) -> Tick {
        Tick(millis.saturating_mul(1000))
    }
}

impl Add<Duration> for Tick {
    type Output = Tick;

    fn add(self, by: Duration) -> Tick {
        Tick(self.0.saturating_add(micros(by))).min(Tick::MAX)
    }
}

impl Sub for Tick {
    type Output = Duration;

    fn sub(self, earlier: Tick) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

/// Whole microseconds of a duration; the longest durations saturate.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_of_two_points_never_goes_below_zero() {
        let (early, late) = (Tick::from_millis(1), Tick::from_millis(3));
        assert_eq!(late - early, Duration::from_millis(2));
        assert_eq!(early - late, Duration::ZERO);
    }

    #[test]
    fn adding_an_endless_duration_ends_at_the_latest_point() {
        assert_eq!(Tick(5) + Duration::MAX, Tick::MAX);
    }
}
