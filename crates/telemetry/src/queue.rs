//! The bounded hand-over between the request path and whoever writes records.

use std::sync::{Mutex, PoisonError};

use crate::{Recorder, RequestRecord};

/// Records that a [`RecordQueue`] holds at most; at 5,000 requests a second more than a second of them.
pub const QUEUE_RECORDS: usize = 8192;

/// A bounded queue of finished records.
///
/// Records are boxed where they are made, so that handing one over moves a pointer and not its hundreds of bytes.
///
/// The request path pushes and goes on; nobody is woken, because a wake-up costs more than the record itself. A
/// writer calls [`RecordQueue::take`] every few tens of milliseconds. When the writer falls behind, new records are
/// dropped and counted.
#[derive(Debug, Default)]
pub struct RecordQueue {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
#[expect(
    clippy::vec_box,
    reason = "records are boxed where they are made; the queue moves pointers, also when it grows"
)]
struct State {
    waiting: Vec<Box<RequestRecord>>,
    dropped: u64,
}

impl RecordQueue {
    /// Exchanges the waiting records, oldest first, with an empty `spare` whose capacity is used again, and returns
    /// how many records were dropped since the queue was made.
    pub fn take(&self, spare: &mut Vec<Box<RequestRecord>>) -> u64 {
        spare.clear();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut state.waiting, spare);
        state.dropped
    }
}

impl Recorder for RecordQueue {
    fn record(&self, record: Box<RequestRecord>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.waiting.len() < QUEUE_RECORDS {
            state.waiting.push(record);
        } else {
            state.dropped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_and_counts_what_does_not_fit() {
        let queue = RecordQueue::default();
        for _ in 0..QUEUE_RECORDS + 3 {
            queue.record(Box::default());
        }
        let mut batch = Vec::new();
        assert_eq!(queue.take(&mut batch), 3);
        assert_eq!(batch.len(), QUEUE_RECORDS);
        assert_eq!(queue.take(&mut batch), 3);
        assert!(batch.is_empty());
    }
}
