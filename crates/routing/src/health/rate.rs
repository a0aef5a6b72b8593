//! Slots of a rate limit (GCRA): each reservation moves one number on, so that waiters come one after the other.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::table::Pace;
use crate::tick::Tick;

const NANOS: u64 = 1000;

/// The theoretical arrival time of the next request, in nanoseconds of the tick scale.
#[derive(Debug, Default)]
pub(crate) struct Slots(AtomicU64);

/// A reserved slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) at: Tick,
    before: u64,
    after: u64,
}

impl Slots {
    /// When a request that asks now could go.
    pub(crate) fn next(&self, pace: &Pace, now: Tick) -> Tick {
        slot(self.0.load(Ordering::Acquire), pace, now).at
    }

    /// Takes the next slot if it is not later than `latest`; otherwise says when it is.
    pub(crate) fn reserve(&self, pace: &Pace, now: Tick, latest: Tick) -> Result<Slot, Tick> {
        let mut seen = self.0.load(Ordering::Acquire);
        loop {
            let slot = slot(seen, pace, now);
            if slot.at > latest {
                return Err(slot.at);
            }
            match self.0.compare_exchange_weak(
                seen,
                slot.after,
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => return Ok(slot),
                Err(other) => seen = other,
            }
        }
    }

    /// Gives a slot back that was not used. Possible only while nobody has a later one; otherwise it stays empty.
    pub(crate) fn give_back(&self, slot: Slot) {
        // Losing the race means that somebody stands behind: nothing to undo.
        let _ =
            self.0
                .compare_exchange(slot.after, slot.before, Ordering::AcqRel, Ordering::Acquire);
    }
}

fn slot(seen: u64, pace: &Pace, now: Tick) -> Slot {
    let now = now.0.saturating_mul(NANOS);
    let at = now.max(seen.saturating_sub(pace.ahead));
    Slot {
        at: Tick(at.div_ceil(NANOS)),
        before: seen,
        after: now.max(seen).saturating_add(pace.interval),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const PACE: Pace = Pace {
        interval: 100_000_000,
        ahead: 100_000_000,
        max_wait: Duration::from_secs(1),
    };

    #[test]
    fn a_burst_goes_at_once_and_the_rest_is_spaced() {
        let slots = Slots::default();
        let now = Tick::from_millis(5000);
        let taken: Vec<u64> = (0..5)
            .map(|_| slots.reserve(&PACE, now, Tick::MAX).unwrap().at.0 / 1000)
            .collect();
        assert_eq!(taken, [5000, 5000, 5100, 5200, 5300]);
        assert_eq!(slots.next(&PACE, now), Tick::from_millis(5400));
        assert_eq!(slots.reserve(&PACE, now, now), Err(Tick::from_millis(5400)));
    }

    #[test]
    fn only_the_last_slot_can_be_given_back() {
        let slots = Slots::default();
        let now = Tick::from_millis(1000);
        let first = slots.reserve(&PACE, now, Tick::MAX).unwrap();
        let second = slots.reserve(&PACE, now, Tick::MAX).unwrap();
        slots.give_back(first);
        assert_eq!(slots.next(&PACE, now), Tick::from_millis(1100));
        slots.give_back(second);
        assert_eq!(slots.next(&PACE, now), now);
    }
}
