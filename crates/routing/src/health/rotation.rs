//! Whose turn it is among the members of a model or a credential pool.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::locked;

/// Smooth weighted round robin, and a plain turn counter.
#[derive(Debug)]
pub(crate) struct Rotation {
    /// What each member is owed.
    owed: Mutex<Box<[i64]>>,
    turn: AtomicUsize,
}

impl Rotation {
    pub(super) fn new(members: usize) -> Rotation {
        Rotation {
            owed: Mutex::new(vec![0; members].into()),
            turn: AtomicUsize::new(0),
        }
    }

    /// The next turn.
    pub(crate) fn turn(&self) -> usize {
        self.turn.fetch_add(1, Ordering::Relaxed)
    }

    /// The turn that would be next.
    pub(crate) fn peek_turn(&self) -> usize {
        self.turn.load(Ordering::Relaxed)
    }

    /// Picks among members, given with their weights: each is owed its weight, the one that is owed most is picked
    /// and pays what all were given. Tells each member's claim afterwards, the picked one's as `i64::MAX`.
    pub(crate) fn pick(
        &self,
        members: impl Iterator<Item = (usize, u32)> + Clone,
        mut claim: impl FnMut(usize, i64),
    ) -> Option<usize> {
        let mut owed = locked(&self.owed);
        let mut total = 0;
        let mut best: Option<(usize, i64)> = None;
        for (member, weight) in members.clone() {
            let share = owed.get_mut(member)?;
            *share += i64::from(weight);
            total += i64::from(weight);
            if best.is_none_or(|(_, most)| *share > most) {
                best = Some((member, *share));
            }
        }
        let (picked, _) = best?;
        owed[picked] -= total;
        for (member, _) in members {
            claim(
                member,
                if member == picked {
                    i64::MAX
                } else {
                    owed[member]
                },
            );
        }
        Some(picked)
    }

    /// Each member's claim if one were picked now; changes nothing.
    pub(crate) fn peek(
        &self,
        members: impl Iterator<Item = (usize, u32)>,
        mut claim: impl FnMut(usize, i64),
    ) {
        let owed = locked(&self.owed);
        for (member, weight) in members {
            claim(
                member,
                owed.get(member)
                    .map_or(0, |share| share + i64::from(weight)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picks(rotation: &Rotation, members: &[(usize, u32)], count: usize) -> Vec<usize> {
        (0..count)
            .filter_map(|_| rotation.pick(members.iter().copied(), |_, _| {}))
            .collect()
    }

    #[test]
    fn turns_are_spread_in_proportion_to_the_weights() {
        let rotation = Rotation::new(3);
        let members = [(0, 5), (1, 1), (2, 1)];
        assert_eq!(picks(&rotation, &members, 7), [0, 0, 1, 0, 2, 0, 0]);
    }

    #[test]
    fn the_share_of_a_missing_member_goes_to_the_others() {
        let rotation = Rotation::new(3);
        assert_eq!(picks(&rotation, &[(1, 1), (2, 1)], 4), [1, 2, 1, 2]);
        assert_eq!(picks(&rotation, &[], 1), []);
    }
}
