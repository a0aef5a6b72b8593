//! A provider's load, rate slots, probe verdict, and the hold that stands in for a credential's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::rate::{Slot, Slots};
use super::{Hold, ProviderState};
use crate::table::Pace;
use crate::tick::Tick;

#[derive(Debug, Default)]
pub(crate) struct ProviderHealth {
    in_flight: AtomicU32,
    slots: Slots,
    /// Used when the provider has no credentials: its anonymous access is the one that is held.
    pub(crate) hold: Hold,
    /// Time of the last probe and its verdict in the two lowest bits; 0 before the first one.
    probe: AtomicU64,
}

const PROBED: u64 = 2;
const GOOD: u64 = 1;

impl ProviderHealth {
    /// Counts a request in, unless that many are in flight.
    pub(crate) fn enter(&self, most: Option<u32>) -> bool {
        let Some(most) = most else {
            self.in_flight.fetch_add(1, Ordering::AcqRel);
            return true;
        };
        self.in_flight
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| {
                (count < most).then_some(count + 1)
            })
            .is_ok()
    }

    pub(crate) fn leave(&self) {
        self.in_flight.fetch_sub(1, Ordering::AcqRel);
    }

    pub(crate) fn in_flight(&self) -> u32 {
        self.in_flight.load(Ordering::Acquire)
    }

    pub(crate) fn next_slot(&self, pace: &Pace, now: Tick) -> Tick {
        self.slots.next(pace, now)
    }

    pub(crate) fn reserve(&self, pace: &Pace, now: Tick, latest: Tick) -> Result<Slot, Tick> {
        self.slots.reserve(pace, now, latest)
    }

    pub(crate) fn give_back(&self, slot: Slot) {
        self.slots.give_back(slot);
    }

    pub(super) fn set_probe(&self, ok: bool, now: Tick) {
        let word = now.min(Tick::MAX).0 << 2 | PROBED | u64::from(ok);
        self.probe.store(word, Ordering::Release);
    }

    pub(crate) fn probe_failing(&self) -> bool {
        self.probe.load(Ordering::Acquire) & (PROBED | GOOD) == PROBED
    }

    pub(super) fn state(&self, now: Tick) -> ProviderState {
        let probe = self.probe.load(Ordering::Acquire);
        ProviderState {
            held: self.hold.active(now),
            probe: (probe & PROBED != 0).then_some((probe & GOOD != 0, Tick(probe >> 2))),
            in_flight: self.in_flight(),
        }
    }
}

/// A slot that a waiting request holds; goes back when the request does not use it.
#[derive(Debug)]
pub(crate) struct Reservation {
    provider: Arc<ProviderHealth>,
    slot: Option<Slot>,
}

impl Reservation {
    /// Takes the next slot if it is not later than `latest`; otherwise says when it is.
    pub(crate) fn take(
        provider: &Arc<ProviderHealth>,
        pace: &Pace,
        now: Tick,
        latest: Tick,
    ) -> Result<(Tick, Reservation), Tick> {
        let slot = provider.reserve(pace, now, latest)?;
        Ok((
            slot.at,
            Reservation {
                provider: Arc::clone(provider),
                slot: Some(slot),
            },
        ))
    }

    /// The request goes out: the slot is spent.
    pub(crate) fn spend(mut self) {
        self.slot = None;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            self.provider.give_back(slot);
        }
    }
}
