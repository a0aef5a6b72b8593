//! The open loop: requests are due at fixed times, whether or not earlier ones have been answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Barrier, OnceCell, Semaphore};
use tokio::task::JoinSet;

use super::connection::{Connection, LARGE};
use super::{Call, Report};
use crate::clock;

/// What the connections share.
#[derive(Debug)]
struct Schedule {
    start: OnceCell<Instant>,
    rate: f64,
    total: u64,
    /// The next request that nobody has taken.
    turn: AtomicU64,
    /// Requests that are due and not taken.
    due: Semaphore,
    /// Whether the caller has lost interest.
    dropped: AtomicBool,
}

/// Stops the pacing thread when the run is dropped.
struct Interest(Arc<Schedule>);

/// Sends `rate` requests per second for `time` over at most `connections` connections.
///
/// Latency counts from the time a request was due. A request that finds every connection busy waits, and its waiting
/// counts (no coordinated omission). Connections are made before the first request is due.
pub async fn fixed_rate(call: &Call, rate: f64, time: Duration, connections: usize) -> Report {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive count of requests"
    )]
    let total = (rate * time.as_secs_f64()).round().max(0.0) as u64;
    let schedule = Arc::new(Schedule {
        start: OnceCell::new(),
        rate,
        total,
        turn: AtomicU64::new(0),
        due: Semaphore::new(0),
        dropped: AtomicBool::new(false),
    });
    let _interest = Interest(Arc::clone(&schedule));
    let ready = Arc::new(Barrier::new(connections + 1));
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (call, schedule, ready) = (call.clone(), Arc::clone(&schedule), Arc::clone(&ready));
        tasks.spawn(async move {
            let mut connection = Connection::new(&call, LARGE);
            // An address that refuses shows up again, counted, with the first request.
            let _connected = connection.connect().await;
            ready.wait().await;
            one(&mut connection, &schedule).await
        });
    }
    ready.wait().await;
    let start = *schedule.start.get_or_init(|| async { clock::now() }).await;
    let pace = Arc::clone(&schedule);
    tasks.spawn_blocking(move || {
        pace.run(start);
        Report::default()
    });
    let mut report = Report::default();
    while let Some(done) = tasks.join_next().await {
        if let Ok(part) = done {
            report.merge(&part);
        }
    }
    report.elapsed = start.elapsed();
    report
}

impl Schedule {
    /// When a request is due.
    fn due(&self, start: Instant, number: u64) -> Instant {
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of a run are far below 2^52"
        )]
        let after = number as f64 / self.rate;
        start + Duration::from_secs_f64(after)
    }

    /// Hands requests out when they are due: a thread of its own, because its sleep is finer than the runtime's timer.
    fn run(&self, start: Instant) {
        for number in 0..self.total {
            let left = self
                .due(start, number)
                .saturating_duration_since(clock::now());
            if !left.is_zero() {
                std::thread::sleep(left);
            }
            if self.dropped.load(Ordering::Relaxed) {
                return;
            }
            self.due.add_permits(1);
        }
        self.due.close();
    }
}

impl Drop for Interest {
    fn drop(&mut self) {
        self.0.dropped.store(true, Ordering::Relaxed);
    }
}

async fn one(connection: &mut Connection<'_>, schedule: &Schedule) -> Report {
    let mut report = Report::default();
    // A closed semaphore refuses even permits that are left: the last requests are taken by number.
    while schedule
        .due
        .acquire()
        .await
        .map(tokio::sync::SemaphorePermit::forget)
        .is_ok()
        || schedule.turn.load(Ordering::Relaxed) < schedule.total
    {
        let number = schedule.turn.fetch_add(1, Ordering::Relaxed);
        if number >= schedule.total {
            break;
        }
        let due = schedule
            .start
            .get()
            .map_or_else(clock::now, |start| schedule.due(*start, number));
        match connection.exchange(|_| ()).await {
            Ok(answer) => report.success(
                answer.events,
                answer.bytes,
                answer.first - due,
                answer.end - due,
            ),
            Err(kind) => report.error(kind),
        }
    }
    report
}
