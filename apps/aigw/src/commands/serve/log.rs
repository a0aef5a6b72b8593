//! The log on stderr.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::cli::{LogFormat, ServeArgs};
use crate::failure::Failure;

/// Text that waits to be written; more is dropped and counted.
const WAITING_BYTES: usize = 1 << 20;
/// How long the end of the process waits for stderr.
const FLUSH: Duration = Duration::from_secs(2);

/// Text on its way to stderr. Whoever logs never waits for it: a thread of its own writes, so that a pipe that nobody
/// reads stops neither requests nor metrics.
#[derive(Debug, Clone)]
pub(super) struct Log(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<u8>,
    dropped: u64,
    writing: bool,
}

impl Log {
    /// Starts the thread, and sends everything there that is traced.
    pub(super) fn install(args: &ServeArgs) -> Result<Self, Failure> {
        let log = Self(Arc::default());
        let writer = log.clone();
        std::thread::Builder::new()
            .name("aigw-log".to_owned())
            .stack_size(64 << 10)
            .spawn(move || writer.write_on())
            .map_err(|error| Failure::operation(format!("cannot start a thread: {error}")))?;
        let registry = tracing_subscriber::registry().with(args.log_level.clone());
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(log.clone())
            .with_ansi(io::stderr().is_terminal());
        match args.log_format {
            LogFormat::Text => registry.with(layer).try_init(),
            LogFormat::Json => registry.with(layer.json().flatten_event(true)).try_init(),
        }
        .map_err(Failure::operation)?;
        Ok(log)
    }

    /// Adds whole lines.
    pub(super) fn append(&self, lines: &[u8]) {
        let mut state = self.lock();
        if state.waiting.len() + lines.len() > WAITING_BYTES {
            state.dropped += 1;
            return;
        }
        state.waiting.extend_from_slice(lines);
        drop(state);
        self.0.changed.notify_all();
    }

    /// Waits until everything is written, or stderr takes no more.
    pub(super) fn flush(&self) {
        let pending = |state: &mut State| state.writing || !state.waiting.is_empty();
        let waited = self
            .0
            .changed
            .wait_timeout_while(self.lock(), FLUSH, pending);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    fn write_on(&self) {
        let mut text = Vec::new();
        loop {
            let dropped = {
                let mut state = self.lock();
                state.writing = false;
                self.0.changed.notify_all();
                while state.waiting.is_empty() {
                    state = self
                        .0
                        .changed
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                }
                text.clear();
                std::mem::swap(&mut state.waiting, &mut text);
                state.writing = true;
                std::mem::take(&mut state.dropped)
            };
            if dropped > 0 {
                let _ = writeln!(
                    text,
                    "log entries dropped because stderr was not read: {dropped}"
                );
            }
            // A closed stderr is the operator's choice; records and metrics go on.
            let _ = io::stderr().lock().write_all(&text);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One event, which is written as a whole.
#[derive(Debug)]
pub(super) struct Line(Log);

impl Write for Line {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.append(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_reads_is_bounded_and_counted() {
        let log = Log(Arc::default());
        let line = vec![b'x'; 1000];
        for _ in 0..2 * WAITING_BYTES / line.len() {
            log.append(&line);
        }
        let state = log.lock();
        assert!(state.waiting.len() <= WAITING_BYTES);
        assert!(state.dropped > 0);
    }
}
