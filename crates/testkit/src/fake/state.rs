//! What the connections of one fake upstream share.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::Recorded;
use super::plan::Plan;
use super::request::Facts;
use crate::Scenario;

/// Counters, records and the script.
#[derive(Debug)]
pub(super) struct Shared {
    /// The name that answers carry.
    pub(super) name: String,
    recording: AtomicBool,
    /// Whether `Rules` holds anything that a request has to look at.
    ruled: AtomicBool,
    rules: Mutex<Rules>,
    requests: Mutex<Vec<Recorded>>,
    known: Mutex<VecDeque<Arc<Known>>>,
    open: AtomicUsize,
    connections: AtomicU64,
    count: AtomicU64,
    ids: AtomicU64,
    arrived: watch::Sender<u64>,
    cancelled: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Rules {
    script: VecDeque<Scenario>,
    keys: HashMap<String, Scenario>,
    always: Option<Scenario>,
}

/// A request whose answer has been made, with the steps that write it.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) facts: Facts,
    pub(super) body: Vec<u8>,
    pub(super) plan: Plan,
}

/// Requests whose answers are kept.
const KNOWN: usize = 16;

/// Counts a connection as open while it lives.
#[derive(Debug)]
pub(super) struct Open {
    shared: Arc<Shared>,
    number: u64,
}

impl Shared {
    pub(super) fn new(name: String, recording: bool) -> Self {
        Self {
            name,
            recording: AtomicBool::new(recording),
            ruled: AtomicBool::new(false),
            rules: Mutex::default(),
            requests: Mutex::default(),
            known: Mutex::default(),
            open: AtomicUsize::new(0),
            connections: AtomicU64::new(0),
            count: AtomicU64::new(0),
            ids: AtomicU64::new(0),
            arrived: watch::Sender::new(0),
            cancelled: watch::Sender::new(0),
        }
    }

    /// Counts a new connection.
    pub(super) fn opened(self: &Arc<Self>) -> Open {
        self.open.fetch_add(1, Ordering::Relaxed);
        let number = self.connections.fetch_add(1, Ordering::Relaxed) + 1;
        Open {
            shared: Arc::clone(self),
            number,
        }
    }

    /// The number of the next request, which never repeats.
    pub(super) fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Counts a request, after its record is there, and tells those who wait for it.
    pub(super) fn arrived(&self) {
        let count = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        if self.arrived.receiver_count() > 0 {
            self.arrived.send_replace(count);
        }
    }

    /// Counts an answer whose peer went away.
    pub(super) fn cancel(&self) {
        self.cancelled.send_modify(|count| *count += 1);
    }

    /// Whether a request's answer depends on more than the request.
    pub(super) fn ruled(&self) -> bool {
        self.ruled.load(Ordering::Acquire)
    }

    /// The scenario that script, keys or `always` have for a request.
    pub(super) fn rule(&self, post: bool, key: &str) -> Option<Scenario> {
        let mut rules = lock(&self.rules);
        let scripted = if post { rules.script.pop_front() } else { None };
        scripted
            .or_else(|| rules.keys.get(key).cloned())
            .or_else(|| rules.always.clone())
    }

    /// The answer to this very request, if it came lately.
    pub(super) fn known(&self, facts: &Facts, body: &[u8]) -> Option<Arc<Known>> {
        lock(&self.known)
            .iter()
            .find(|known| known.is_of(facts, body))
            .cloned()
    }

    /// Keeps an answer for other connections.
    pub(super) fn learn(&self, known: Arc<Known>) {
        let mut all = lock(&self.known);
        all.truncate(KNOWN - 1);
        all.push_front(known);
    }

    pub(super) fn extend_script(&self, scenarios: impl Iterator<Item = Scenario>) {
        let mut rules = lock(&self.rules);
        rules.script.extend(scenarios);
        self.ruled.store(true, Ordering::Release);
    }

    pub(super) fn script_left(&self) -> usize {
        lock(&self.rules).script.len()
    }

    pub(super) fn set_always(&self, scenario: Option<Scenario>) {
        let mut rules = lock(&self.rules);
        rules.always = scenario;
        self.ruled.store(true, Ordering::Release);
    }

    pub(super) fn set_key(&self, key: &str, scenario: Scenario) {
        let mut rules = lock(&self.rules);
        rules.keys.insert(key.to_owned(), scenario);
        self.ruled.store(true, Ordering::Release);
    }

    pub(super) fn set_recording(&self, on: bool) {
        self.recording.store(on, Ordering::Relaxed);
    }

    pub(super) fn recording(&self) -> bool {
        self.recording.load(Ordering::Relaxed)
    }

    pub(super) fn push(&self, request: Recorded) {
        lock(&self.requests).push(request);
    }

    pub(super) fn requests(&self) -> Vec<Recorded> {
        lock(&self.requests).clone()
    }

    pub(super) fn take_requests(&self) -> Vec<Recorded> {
        std::mem::take(&mut *lock(&self.requests))
    }

    pub(super) fn last_request(&self) -> Option<Recorded> {
        lock(&self.requests).last().cloned()
    }

    pub(super) fn clear(&self) {
        let mut rules = lock(&self.rules);
        *rules = Rules::default();
        self.ruled.store(false, Ordering::Release);
        lock(&self.requests).clear();
        self.count.store(0, Ordering::SeqCst);
        self.cancelled.send_replace(0);
    }

    pub(super) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    pub(super) fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    pub(super) fn cancelled(&self) -> u64 {
        *self.cancelled.borrow()
    }

    pub(super) async fn wait_cancelled(&self, count: u64) {
        // The sender lives in `self`, so the channel cannot close while this waits.
        let mut cancelled = self.cancelled.subscribe();
        let _seen = cancelled.wait_for(|seen| *seen >= count).await;
    }

    pub(super) async fn wait_requests(&self, count: u64) {
        let mut arrived = self.arrived.subscribe();
        // Counted before this subscription existed.
        if self.count() < count {
            let _seen = arrived.wait_for(|_| self.count() >= count).await;
        }
    }
}

impl Known {
    /// Whether it answers this request.
    pub(super) fn is_of(&self, facts: &Facts, body: &[u8]) -> bool {
        self.facts == *facts && self.body == body
    }
}

impl Open {
    /// The connection's number, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.shared.open.fetch_sub(1, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
