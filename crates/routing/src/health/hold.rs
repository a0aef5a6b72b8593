//! A hold: until when something is not to be used, and after which failure. One word, read without a lock.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::class::FailureClass;
use crate::tick::Tick;

const CLASS_BITS: u32 = 4;

/// A hold that passes with time.
#[derive(Debug, Default)]
pub(crate) struct Hold(AtomicU64);

impl Hold {
    /// Holds until then, unless a longer hold is in force: the answer to one request does not shorten what the
    /// answer to another one asked for.
    pub(crate) fn extend(&self, class: FailureClass, until: Tick) {
        self.0.fetch_max(pack(class, until), Ordering::AcqRel);
    }

    /// Replaces whatever was there; `None` is no hold.
    pub(super) fn set(&self, hold: Option<(FailureClass, Tick)>) {
        let word = hold.map_or(0, |(class, until)| pack(class, until));
        self.0.store(word, Ordering::Release);
    }

    /// The hold that was last set, in force or passed.
    pub(super) fn last(&self) -> Option<(FailureClass, Tick)> {
        unpack(self.0.load(Ordering::Acquire))
    }

    /// The hold, if it is in force.
    pub(crate) fn active(&self, now: Tick) -> Option<(FailureClass, Tick)> {
        self.last().filter(|(_, until)| *until > now)
    }
}

/// The time in the upper bits, so that the larger word is the longer hold; 0 is none.
fn pack(class: FailureClass, until: Tick) -> u64 {
    until.min(Tick::MAX).0 << CLASS_BITS | (class as u64 + 1)
}

fn unpack(word: u64) -> Option<(FailureClass, Tick)> {
    let code = (word & ((1 << CLASS_BITS) - 1)) as usize;
    let class = *FailureClass::ALL.get(code.checked_sub(1)?)?;
    Some((class, Tick(word >> CLASS_BITS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_and_time_is_read_back() {
        for class in FailureClass::ALL {
            for until in [Tick(0), Tick(1), Tick::MAX] {
                assert_eq!(unpack(pack(*class, until)), Some((*class, until)));
            }
        }
        assert_eq!(unpack(0), None);
    }

    #[test]
    fn a_shorter_hold_does_not_replace_a_longer_one() {
        let hold = Hold::default();
        hold.extend(FailureClass::Auth, Tick(100));
        hold.extend(FailureClass::RateLimited, Tick(50));
        assert_eq!(hold.active(Tick(99)), Some((FailureClass::Auth, Tick(100))));
        assert_eq!(hold.active(Tick(100)), None);
    }
}
