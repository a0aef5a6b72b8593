//! Which caller is bound to which target: a bounded map whose entries pass with time.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::locked;
use crate::table::Identity;
use crate::tick::Tick;

const SHARDS: usize = 16;
const MOST_BINDINGS: usize = 65_536;
/// Entries looked at for one that may go, so that an insertion takes bounded time.
const LOOKS: usize = 8;

/// What a key is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) target: Identity,
    pub(crate) credential: Option<Identity>,
}

#[derive(Debug)]
pub(crate) struct Bindings {
    shards: [Mutex<Shard>; SHARDS],
    most_per_shard: usize,
    evictions: AtomicU64,
}

#[derive(Debug, Default)]
struct Shard {
    entries: HashMap<u64, Entry>,
    /// Each key once, with its end as it was when it came here: the order in which entries are looked at.
    queue: VecDeque<(u64, Tick)>,
}

#[derive(Debug)]
struct Entry {
    bound: Bound,
    ends: Tick,
}

impl Default for Bindings {
    fn default() -> Bindings {
        Bindings::of(MOST_BINDINGS / SHARDS)
    }
}

impl Bindings {
    fn of(most_per_shard: usize) -> Bindings {
        Bindings {
            shards: Default::default(),
            most_per_shard,
            evictions: AtomicU64::new(0),
        }
    }

    fn shard(&self, key: u64) -> &Mutex<Shard> {
        // The key is a hash already; its upper bits choose the shard.
        &self.shards[(key >> 60) as usize % SHARDS]
    }

    pub(crate) fn find(&self, key: u64, now: Tick) -> Option<Bound> {
        let shard = locked(self.shard(key));
        shard
            .entries
            .get(&key)
            .filter(|entry| entry.ends > now)
            .map(|entry| entry.bound)
    }

    /// Binds the key until `ends`, or moves the end of its binding.
    pub(crate) fn bind(&self, key: u64, bound: Bound, ends: Tick, now: Tick) {
        let mut shard = locked(self.shard(key));
        let entry = Entry { bound, ends };
        if shard.entries.insert(key, entry).is_some() {
            return;
        }
        shard.queue.push_back((key, ends));
        let full = shard.entries.len() > self.most_per_shard;
        if shard.make_room(full, now) {
            self.evictions.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| locked(shard).entries.len())
            .sum()
    }

    pub(crate) fn evictions(&self) -> u64 {
        self.evictions.load(Ordering::Relaxed)
    }
}

impl Shard {
    /// Takes out entries whose time has passed from the front of the queue; if the shard is full and none has,
    /// one that was not refreshed lately. True if that one still had time.
    fn make_room(&mut self, full: bool, now: Tick) -> bool {
        let mut room = !full;
        for look in 1..=LOOKS {
            let Some((key, queued)) = self.queue.pop_front() else {
                return false;
            };
            let ends = self.entries.get(&key).map_or(queued, |entry| entry.ends);
            if ends <= now {
                self.entries.remove(&key);
                room = true;
            } else if room {
                self.queue.push_front((key, queued));
                return false;
            } else if ends > queued && look < LOOKS {
                self.queue.push_back((key, ends));
            } else {
                self.entries.remove(&key);
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(target: u64) -> Bound {
        Bound {
            target: Identity(target),
            credential: None,
        }
    }

    #[test]
    fn a_binding_is_found_until_its_end() {
        let bindings = Bindings::default();
        bindings.bind(7, bound(1), Tick(100), Tick(0));
        assert_eq!(bindings.find(7, Tick(99)), Some(bound(1)));
        assert_eq!(bindings.find(7, Tick(100)), None);
        bindings.bind(7, bound(2), Tick(200), Tick(100));
        assert_eq!(bindings.find(7, Tick(150)), Some(bound(2)));
        assert_eq!(bindings.len(), 1);
    }

    #[test]
    fn a_full_map_lets_go_of_what_was_not_refreshed() {
        let bindings = Bindings::of(2);
        bindings.bind(1, bound(1), Tick(100), Tick(0));
        bindings.bind(2, bound(2), Tick(100), Tick(0));
        bindings.bind(1, bound(1), Tick(150), Tick(50));
        bindings.bind(3, bound(3), Tick(160), Tick(60));
        assert_eq!((bindings.len(), bindings.evictions()), (2, 1));
        assert_eq!(bindings.find(1, Tick(60)), Some(bound(1)));
        assert_eq!(bindings.find(2, Tick(60)), None);
    }

    #[test]
    fn what_has_passed_makes_room_without_an_eviction() {
        let bindings = Bindings::of(2);
        for key in 0..100 {
            bindings.bind(key, bound(key), Tick(key + 2), Tick(key));
        }
        assert_eq!(bindings.evictions(), 0);
        assert!(bindings.len() <= 2);
    }

    #[test]
    fn the_map_never_grows_beyond_its_bound() {
        let bindings = Bindings::of(4);
        for key in 0..1000_u64 {
            bindings.bind(
                key.wrapping_mul(0x9e37_79b9_7f4a_7c15),
                bound(key),
                Tick::MAX,
                Tick(0),
            );
        }
        assert_eq!(bindings.len(), 4 * SHARDS);
        assert_eq!(bindings.evictions(), 1000 - 64);
        assert!(
            bindings
                .shards
                .iter()
                .all(|shard| locked(shard).queue.len() == 4)
        );
    }
}
