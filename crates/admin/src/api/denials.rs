//! Denials in the audit, bounded.
//!
//! Who is denied something is written down, but nobody can fill the store by being denied: the same denial of the same
//! caller is one row a minute, and all callers together make at most [`ROWS`] rows a minute. What is left out is counted,
//! and the next row says how many there were.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use aigw_store::Timestamp;

/// How long the same denial is not written again, in microseconds.
const WINDOW: u64 = 60_000_000;
/// Most rows in that time, all callers together.
const ROWS: u32 = 60;

#[derive(Debug, Default)]
pub(super) struct Denials(Mutex<Window>);

#[derive(Debug, Default)]
struct Window {
    began: Timestamp,
    rows: u32,
    seen: HashSet<Denied>,
    /// Denials that no row was written for.
    left_out: u64,
}

/// Who was denied what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Denied {
    pub(super) actor: String,
    pub(super) source: Option<IpAddr>,
    pub(super) resource: String,
    pub(super) code: &'static str,
}

impl Denials {
    /// Whether to write a row for this one now, and how many were left out before it.
    pub(super) fn admit(&self, denied: &Denied, now: Timestamp) -> Option<u64> {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that goes back begins a new minute as well.
        if now.0.abs_diff(window.began.0) >= WINDOW {
            window.began = now;
            window.rows = 0;
            window.seen.clear();
        }
        if window.rows >= ROWS || window.seen.contains(denied) {
            window.left_out += 1;
            return None;
        }
        window.rows += 1;
        window.seen.insert(denied.clone());
        Some(std::mem::take(&mut window.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(actor: &str) -> Denied {
        Denied {
            actor: actor.to_owned(),
            source: None,
            resource: "PUT /keys".to_owned(),
            code: "forbidden",
        }
    }

    #[test]
    fn the_same_denial_is_one_row_a_minute_and_the_next_row_counts_the_rest() {
        let denials = Denials::default();
        let now = Timestamp(1_000_000_000);
        assert_eq!(denials.admit(&denied("a"), now), Some(0));
        assert_eq!(denials.admit(&denied("a"), now), None);
        assert_eq!(denials.admit(&denied("a"), now.after_seconds(59)), None);
        assert_eq!(denials.admit(&denied("a"), now.after_seconds(60)), Some(2));
    }

    #[test]
    fn all_callers_together_are_bounded_too() {
        let denials = Denials::default();
        let now = Timestamp(1_000_000_000);
        let written = (0..10_000).filter(|n| denials.admit(&denied(&n.to_string()), now).is_some());
        assert_eq!(written.count(), 60);
        assert_eq!(denials.admit(&denied("b"), Timestamp(0)), Some(9_940));
    }
}
