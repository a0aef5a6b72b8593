//! The thread that turns finished records into metrics and log lines.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use aigw_telemetry::{LineFormat, Metrics, RecordQueue, write_line};
use tracing::Level;

use super::log::Log;
use crate::cli::{LogFormat, ServeArgs};
use crate::failure::Failure;

/// How long a finished request waits at most until it is counted and logged.
const EVERY: Duration = Duration::from_millis(50);
/// Requests are logged when this target is, at info.
const TARGET: &str = "request";

/// A running thread.
#[derive(Debug)]
pub(super) struct RecordThread {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

struct Work {
    records: Arc<RecordQueue>,
    metrics: Arc<Metrics>,
    log: Log,
    /// `None`: requests are not logged.
    format: Option<LineFormat>,
}

impl RecordThread {
    pub(super) fn start(
        records: Arc<RecordQueue>,
        metrics: Arc<Metrics>,
        log: Log,
        args: &ServeArgs,
    ) -> Result<Self, Failure> {
        let format = match args.log_format {
            LogFormat::Text => LineFormat::Text,
            LogFormat::Json => LineFormat::Json,
        };
        let format = args
            .log_level
            .would_enable(TARGET, &Level::INFO)
            .then_some(format);
        let work = Work {
            records,
            metrics,
            log,
            format,
        };
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new()
            .name("aigw-records".to_owned())
            .stack_size(256 << 10)
            .spawn(move || work.run(&stopped))
            .map_err(|error| Failure::operation(format!("cannot start a thread: {error}")))?;
        Ok(Self { stop, thread })
    }

    /// Takes what is left, and ends.
    pub(super) fn finish(self) {
        drop(self.stop);
        // It never waits for anything but its clock.
        let _ = self.thread.join();
    }
}

impl Work {
    fn run(&self, stopped: &Receiver<()>) {
        let mut batch = Vec::new();
        let mut lines = String::new();
        loop {
            let last = stopped.recv_timeout(EVERY) != Err(RecvTimeoutError::Timeout);
            let dropped = self.records.take(&mut batch);
            self.metrics.set_dropped(dropped);
            lines.clear();
            for record in &batch {
                self.metrics.observe(record);
                if let Some(format) = self.format {
                    write_line(&mut lines, record, format);
                }
            }
            if !lines.is_empty() {
                self.log.append(lines.as_bytes());
            }
            if last {
                return;
            }
        }
    }
}
