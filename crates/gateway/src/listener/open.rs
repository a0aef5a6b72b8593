//! The open connections of one listener, and how they are told to end.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;

use tokio::sync::Notify;

use super::DrainReport;

// Phases of a listener; it serves before the first of them.
const DRAINING: u8 = 1;
const CUTTING: u8 = 2;

/// How long cut connections get to notice.
const CUT_GRACE: Duration = Duration::from_secs(1);

/// The open connections of one listener.
#[derive(Debug, Default)]
pub(super) struct Open {
    connections: Mutex<HashMap<u64, Arc<State>>>,
    next: AtomicU64,
    count: AtomicUsize,
    phase: AtomicU8,
    none_left: Notify,
}

/// What is known of one connection. All of it is advisory, so relaxed ordering is enough; the phase and the waker are
/// ordered by the locks around the waker.
#[derive(Debug)]
pub(super) struct State {
    open: Arc<Open>,
    waker: Mutex<Option<Waker>>,
    active: AtomicU32,
    requests: AtomicU32,
    received: AtomicU64,
    written: AtomicU64,
    head: AtomicBool,
    body: AtomicBool,
    blocked: AtomicBool,
    ended: AtomicBool,
}

/// Holds the place of one connection among the open ones.
#[derive(Debug)]
pub(super) struct Place {
    id: u64,
    state: Arc<State>,
}

/// Counts one request as being served, until dropped.
#[derive(Debug)]
pub(super) struct Active(Arc<State>);

/// Numbers that change whenever a connection makes progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Progress {
    requests: u32,
    written: u64,
}

impl Open {
    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// A place for one more connection.
    pub(super) fn enter(self: &Arc<Self>) -> Place {
        let state = Arc::new(State {
            open: Arc::clone(self),
            waker: Mutex::new(None),
            active: AtomicU32::new(0),
            requests: AtomicU32::new(0),
            received: AtomicU64::new(0),
            written: AtomicU64::new(0),
            head: AtomicBool::new(false),
            body: AtomicBool::new(false),
            blocked: AtomicBool::new(false),
            ended: AtomicBool::new(false),
        });
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.lock().insert(id, Arc::clone(&state));
        self.count.fetch_add(1, Ordering::Relaxed);
        Place { id, state }
    }

    /// Tells every connection to end after its requests in flight, waits for at most `timeout`, then cuts.
    pub(super) async fn drain(&self, timeout: Duration) -> DrainReport {
        let before = self.active();
        self.tell(DRAINING);
        if tokio::time::timeout(timeout, self.empty()).await.is_ok() {
            return DrainReport {
                finished: before,
                cut: 0,
            };
        }
        let cut = self.active();
        self.tell(CUTTING);
        // A connection that does not notice hangs in its service; the caller of `serve` ends the process.
        let _ = tokio::time::timeout(CUT_GRACE, self.empty()).await;
        DrainReport {
            finished: before.saturating_sub(cut),
            cut,
        }
    }

    async fn empty(&self) {
        loop {
            let notified = self.none_left.notified();
            if self.lock().is_empty() {
                return;
            }
            notified.await;
        }
    }

    fn active(&self) -> usize {
        self.lock()
            .values()
            .map(|state| state.active() as usize)
            .sum()
    }

    fn tell(&self, phase: u8) {
        self.phase.store(phase, Ordering::SeqCst);
        let states: Vec<_> = self.lock().values().cloned().collect();
        for state in states {
            if let Some(waker) = &*state.waker.lock().unwrap_or_else(PoisonError::into_inner) {
                waker.wake_by_ref();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<State>>> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Has the task of `cx` woken when the listener drains and when it cuts. To be called before the phase is read.
    pub(super) fn register(&self, cx: &Context<'_>) {
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(cx.waker().clone());
    }

    pub(super) fn is_draining(&self) -> bool {
        self.open.phase.load(Ordering::SeqCst) >= DRAINING
    }

    pub(super) fn is_cut(&self) -> bool {
        self.open.phase.load(Ordering::SeqCst) >= CUTTING
    }

    /// Requests being served.
    pub(super) fn active(&self) -> u32 {
        self.active.load(Ordering::Relaxed)
    }

    /// Requests begun so far, wrapping.
    pub(super) fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Bytes received so far.
    pub(super) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Whether part of a request head has arrived while no request is being served.
    pub(super) fn in_head(&self) -> bool {
        self.head.load(Ordering::Relaxed) && self.active() == 0
    }

    /// Whether the other end takes no more bytes at the moment.
    pub(super) fn is_blocked(&self) -> bool {
        self.blocked.load(Ordering::Relaxed)
    }

    /// Whether the other end has said that it sends no more.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    pub(super) fn progress(&self) -> Progress {
        Progress {
            requests: self.requests(),
            written: self.written.load(Ordering::Relaxed),
        }
    }

    // Only the connection's own task reads and writes, so the counters below need no atomic addition.

    pub(super) fn note_read(&self, bytes: usize) {
        if bytes == 0 {
            self.ended.store(true, Ordering::Relaxed);
            return;
        }
        self.received.store(
            self.received().wrapping_add(bytes as u64),
            Ordering::Relaxed,
        );
        if self.active() == 0 {
            self.head.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn note_write(&self, bytes: Option<usize>) {
        self.blocked.store(bytes.is_none(), Ordering::Relaxed);
        let written = self
            .written
            .load(Ordering::Relaxed)
            .wrapping_add(bytes.unwrap_or(0) as u64);
        self.written.store(written, Ordering::Relaxed);
    }

    /// Whether the last request had a body, of which some may still be on its way.
    pub(super) fn had_body(&self) -> bool {
        self.body.load(Ordering::Relaxed)
    }

    /// Counts a request as being served.
    pub(super) fn begin(self: &Arc<Self>, body: bool) -> Active {
        self.head.store(false, Ordering::Relaxed);
        self.body.store(body, Ordering::Relaxed);
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.active.fetch_add(1, Ordering::Relaxed);
        Active(Arc::clone(self))
    }
}

impl Place {
    pub(super) fn state(&self) -> &Arc<State> {
        &self.state
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let open = &self.state.open;
        let empty = {
            let mut connections = open.lock();
            connections.remove(&self.id);
            connections.is_empty()
        };
        open.count.fetch_sub(1, Ordering::Relaxed);
        if empty && self.state.is_draining() {
            open.none_left.notify_waiters();
        }
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.0.active.fetch_sub(1, Ordering::Relaxed);
    }
}
