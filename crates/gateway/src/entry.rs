//! The record of one request while it is being made.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aigw_protocol::hub::LossReport;
use aigw_telemetry::{AttemptRecord, Outcome, Recorder, RequestRecord};

use crate::clock::{monotonic, unix_us};

/// Status of a request whose caller left before the head of the answer, as proxies write it.
const LEFT: u16 = 499;

/// A record that is handed to the recorder exactly once: when it is closed, or, as `cancelled`, when it is dropped
/// because the caller left.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) record: Box<RequestRecord>,
    recorder: Arc<dyn Recorder>,
    arrived: Instant,
    /// When the attempt that is under way was begun.
    attempt_began: Option<Instant>,
    closed: bool,
}

impl Entry {
    pub(crate) fn new(recorder: Arc<dyn Recorder>, request_id: &str) -> Self {
        let record = Box::new(RequestRecord {
            request_id: request_id.into(),
            at_us: unix_us(),
            endpoint: "other",
            ..RequestRecord::default()
        });
        Self {
            record,
            recorder,
            arrived: monotonic(),
            attempt_began: None,
            closed: false,
        }
    }

    /// When the request arrived.
    pub(crate) const fn arrived(&self) -> Instant {
        self.arrived
    }

    /// An upstream call begins.
    pub(crate) fn begin_attempt(&mut self, attempt: AttemptRecord) {
        let now = monotonic();
        let started_us = micros(now - self.arrived);
        self.attempt_began = Some(now);
        if self.record.attempts.is_empty() {
            self.record.overhead_us = started_us.saturating_sub(self.record.queue_us);
        }
        self.record.attempts.push(AttemptRecord {
            started_us,
            ..attempt
        });
    }

    /// Time spent on the upstream calls that have ended.
    pub(crate) fn upstream_time(&self) -> Duration {
        let ended = self.record.attempts.iter().map(|attempt| attempt.total_us);
        Duration::from_micros(ended.sum())
    }

    /// Notes what was lost in translation.
    pub(crate) fn add_loss(&mut self, report: &LossReport) {
        let loss = self.record.loss.get_or_insert_default();
        for dropped in &report.dropped {
            loss.add_dropped(&dropped.path, dropped.reason.text());
        }
        for assumed in &report.assumed {
            loss.add_assumed(&assumed.path, &assumed.value);
        }
    }

    /// Nothing worth a record: checks of health and readiness.
    pub(crate) fn discard(&mut self) {
        self.closed = true;
    }

    /// The upstream call under way, if there is one.
    pub(crate) fn attempt(&mut self) -> Option<&mut AttemptRecord> {
        self.attempt_began
            .and_then(|_| self.record.attempts.last_mut())
    }

    /// The upstream call ended; `failure` is its class and what went wrong.
    pub(crate) fn end_attempt(&mut self, failure: Option<(&'static str, &str)>) {
        let Some(began) = self.attempt_began.take() else {
            return;
        };
        if let Some(attempt) = self.record.attempts.last_mut() {
            attempt.total_us = micros(monotonic() - began);
            if let Some((class, text)) = failure {
                attempt.class = Some(class);
                attempt.error = Some(text.into());
            }
        }
    }

    /// The first content for the caller is there.
    pub(crate) fn first_token(&mut self) {
        if self.record.first_token_us.is_none() {
            self.record.first_token_us = Some(micros(monotonic() - self.arrived));
        }
    }

    /// The caller got an error, or a stream that ended with one.
    pub(crate) fn failed(
        &mut self,
        class: Option<&'static str>,
        code: Option<&'static str>,
        text: &str,
    ) {
        self.record.error_class = class;
        self.record.error_code = code;
        self.record.error = Some(text.into());
    }

    /// Hands the record over. Later calls do nothing.
    pub(crate) fn close(&mut self, outcome: Outcome) {
        if self.closed {
            return;
        }
        self.closed = true;
        self.end_attempt(None);
        self.record.outcome = outcome;
        self.record.total_us = micros(monotonic() - self.arrived);
        self.recorder.record(std::mem::take(&mut self.record));
    }

    pub(crate) const fn is_closed(&self) -> bool {
        self.closed
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if !self.closed {
            if self.record.status == 0 {
                self.record.status = LEFT;
            }
            self.record.error_class = Some("cancelled");
            self.close(Outcome::Cancelled);
        }
    }
}

/// Whole microseconds.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
