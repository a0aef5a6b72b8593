//! The closed loop: every connection sends its next request when the answer to the last one has ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tokio::task::JoinSet;

use super::connection::{Connection, LARGE};
use super::{Call, Report, Until};
use crate::clock;

/// Runs so many connections at once; latency counts from the moment of sending.
pub async fn closed(call: &Call, connections: usize, until: Until) -> Report {
    let taken = Arc::new(AtomicU64::new(0));
    let begin = clock::now();
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (call, taken) = (call.clone(), Arc::clone(&taken));
        tasks.spawn(async move { one(&call, &taken, begin, until).await });
    }
    let mut report = Report::default();
    while let Some(done) = tasks.join_next().await {
        if let Ok(part) = done {
            report.merge(&part);
        }
    }
    report.elapsed = begin.elapsed();
    report
}

async fn one(call: &Call, taken: &AtomicU64, begin: Instant, until: Until) -> Report {
    let mut report = Report::default();
    let mut connection = Connection::new(call, LARGE);
    loop {
        let over = match until {
            Until::Requests(total) => taken.fetch_add(1, Ordering::Relaxed) >= total,
            Until::Elapsed(time) => begin.elapsed() >= time,
        };
        if over {
            return report;
        }
        let sent = clock::now();
        match connection.exchange(|_| ()).await {
            Ok(answer) => {
                report.success(
                    answer.events,
                    answer.bytes,
                    answer.first - sent,
                    answer.end - sent,
                );
            }
            Err(kind) => report.error(kind),
        }
    }
}
