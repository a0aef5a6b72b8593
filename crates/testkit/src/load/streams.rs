//! Many streams held open at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::connection::{Connection, SMALL, Taken};
use super::{Call, ErrorKind, Report};
use crate::clock;

/// Streams that are being opened, read and held until this value is closed or dropped.
#[derive(Debug)]
pub struct Streams {
    tasks: JoinSet<Held>,
    counts: Arc<Counts>,
    wanted: u64,
}

/// One stream that has ended: ten thousand of these are kept, but only one report.
#[derive(Debug)]
struct Held {
    begin: Instant,
    outcome: Result<Taken, ErrorKind>,
}

#[derive(Debug, Default)]
struct Counts {
    begun: AtomicU64,
    ended: AtomicU64,
    failed: AtomicU64,
    /// Those of the failed that never showed an event.
    stillborn: AtomicU64,
    events: AtomicU64,
}

impl Streams {
    /// Begins `count` streams, one connection each, at most `per_second` new ones every second, and returns at once.
    ///
    /// The call's patience must be longer than a stream lasts.
    pub fn open(call: &Call, count: u64, per_second: u64) -> Self {
        let counts = Arc::new(Counts::default());
        let gap = Duration::from_secs(1).div_f64(f64::from(
            u32::try_from(per_second.max(1)).unwrap_or(u32::MAX),
        ));
        let mut tasks = JoinSet::new();
        for number in 0..count {
            let (call, counts) = (call.clone(), Arc::clone(&counts));
            let delay = gap.saturating_mul(u32::try_from(number).unwrap_or(u32::MAX));
            tasks.spawn(async move {
                tokio::time::sleep(delay).await;
                hold(&call, &counts).await
            });
        }
        Self {
            tasks,
            counts,
            wanted: count,
        }
    }

    /// Streams that have shown their first event.
    pub fn begun(&self) -> u64 {
        self.counts.begun.load(Ordering::Relaxed)
    }

    /// Streams that have begun and not ended.
    pub fn live(&self) -> u64 {
        self.begun()
            .saturating_sub(self.counts.ended.load(Ordering::Relaxed))
    }

    /// Streams that failed, before or after their first event.
    pub fn failed(&self) -> u64 {
        self.counts.failed.load(Ordering::Relaxed)
    }

    /// Events seen on all of them.
    pub fn events(&self) -> u64 {
        self.counts.events.load(Ordering::Relaxed)
    }

    /// Waits until every stream has begun or failed; `false` when that takes longer than `limit`.
    pub async fn all_begun(&self, limit: Duration) -> bool {
        let begun = async {
            while self.begun() + self.counts.stillborn.load(Ordering::Relaxed) < self.wanted {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(limit, begun).await.is_ok()
    }

    /// Waits for the end of every stream.
    pub async fn finish(mut self) -> Report {
        let mut report = Report::default();
        let mut first = clock::now();
        while let Some(done) = self.tasks.join_next().await {
            let Ok(Held { begin, outcome }) = done else {
                continue;
            };
            first = first.min(begin);
            match outcome {
                Ok(answer) => report.success(
                    answer.events,
                    answer.bytes,
                    answer.first - begin,
                    answer.end - begin,
                ),
                Err(kind) => report.error(kind),
            }
        }
        report.elapsed = first.elapsed();
        report
    }

    /// Drops every connection now, as callers do who lose their patience.
    pub async fn close(mut self) {
        self.tasks.shutdown().await;
    }
}

async fn hold(call: &Call, counts: &Counts) -> Held {
    let begin = clock::now();
    let mut first = true;
    let outcome = Connection::new(call, SMALL)
        .exchange(|events| {
            counts.events.fetch_add(events, Ordering::Relaxed);
            if std::mem::take(&mut first) {
                counts.begun.fetch_add(1, Ordering::Relaxed);
            }
        })
        .await;
    if outcome.is_err() {
        counts.failed.fetch_add(1, Ordering::Relaxed);
    }
    if first {
        counts.stillborn.fetch_add(1, Ordering::Relaxed);
    } else {
        counts.ended.fetch_add(1, Ordering::Relaxed);
    }
    Held { begin, outcome }
}
