//! What a run measured.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

/// Counts and times of one run.
#[derive(Debug, Clone)]
pub struct Report {
    /// Answers with a 2xx status, read to their proper end.
    pub ok: u64,
    /// Server-sent events in them.
    pub events: u64,
    /// Payload bytes in them.
    pub bytes: u64,
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// What went wrong, by kind.
    pub errors: BTreeMap<ErrorKind, u64>,
    whole: Histogram<u64>,
    first: Histogram<u64>,
}

/// Why an answer does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// The connection could not be made.
    Connect,
    /// Writing or reading failed.
    Transport,
    /// The answer ended before its framing said so.
    Truncated,
    /// The answer was not HTTP.
    Malformed,
    /// It took longer than the call's patience.
    Timeout,
    /// A status other than 2xx.
    Status(u16),
    /// A stream without a single event, or JSON without a body.
    Empty,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            ok: 0,
            events: 0,
            bytes: 0,
            elapsed: Duration::ZERO,
            errors: BTreeMap::new(),
            whole: times(),
            first: times(),
        }
    }
}

impl Report {
    /// Answers per second.
    pub fn rate(&self) -> f64 {
        let seconds = self.elapsed.as_secs_f64();
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of a run are far below 2^52"
        )]
        let ok = self.ok as f64;
        if seconds > 0.0 { ok / seconds } else { 0.0 }
    }

    /// The time to the end of the answer at a quantile from 0 to 1, in steps of microseconds.
    pub fn latency(&self, quantile: f64) -> Duration {
        Duration::from_micros(self.whole.value_at_quantile(quantile))
    }

    /// The time to the first byte of the body at a quantile from 0 to 1.
    pub fn first_byte(&self, quantile: f64) -> Duration {
        Duration::from_micros(self.first.value_at_quantile(quantile))
    }

    /// The mean time to the end of the answer.
    pub fn mean(&self) -> Duration {
        Duration::from_secs_f64(self.whole.mean() / 1e6)
    }

    /// All errors together.
    pub fn failed(&self) -> u64 {
        self.errors.values().sum()
    }

    /// Adds another connection's or round's figures; `elapsed` becomes the longer of both.
    pub fn merge(&mut self, other: &Self) {
        self.ok += other.ok;
        self.events += other.events;
        self.bytes += other.bytes;
        self.elapsed = self.elapsed.max(other.elapsed);
        for (kind, count) in &other.errors {
            *self.errors.entry(*kind).or_default() += count;
        }
        // Both have the same bounds, so adding cannot fail.
        let _added = self.whole.add(&other.whole);
        let _added = self.first.add(&other.first);
    }

    pub(super) fn success(&mut self, events: u64, bytes: u64, first: Duration, whole: Duration) {
        self.ok += 1;
        self.events += events;
        self.bytes += bytes;
        self.first.saturating_record(micros(first));
        self.whole.saturating_record(micros(whole));
    }

    pub(super) fn error(&mut self, kind: ErrorKind) {
        *self.errors.entry(kind).or_default() += 1;
    }
}

/// From one microsecond to ten minutes, three digits.
#[expect(
    clippy::expect_used,
    reason = "the bounds are constants that the histogram accepts"
)]
fn times() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 600_000_000, 3).expect("valid bounds")
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
