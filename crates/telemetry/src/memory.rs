//! A recorder that keeps the last records in memory.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::{Recorder, RequestRecord};

/// Keeps the newest `capacity` records; older ones are dropped and counted.
#[derive(Debug)]
pub struct MemoryRecorder {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    records: VecDeque<RequestRecord>,
    dropped: u64,
}

impl MemoryRecorder {
    /// A recorder for at most `capacity` records.
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            state: Mutex::default(),
        }
    }

    /// The records kept, oldest first.
    pub fn records(&self) -> Vec<RequestRecord> {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .records
            .iter()
            .cloned()
            .collect()
    }

    /// How many records had to make room.
    pub fn dropped(&self) -> u64 {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .dropped
    }
}

impl Recorder for MemoryRecorder {
    fn record(&self, record: Box<RequestRecord>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.records.len() >= self.capacity {
            state.records.pop_front();
            state.dropped += 1;
        }
        state.records.push_back(*record);
    }
}
