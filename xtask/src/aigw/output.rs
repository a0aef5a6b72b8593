//! What a running program says, line by line.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// The lines of both streams in the order of their arrival.
#[derive(Debug, Default)]
pub(crate) struct Output {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<String>,
    /// Streams that have ended.
    closed: usize,
}

impl Output {
    /// Reads both streams to their ends, on threads of their own.
    pub(crate) fn follow(
        out: Option<impl Read + Send + 'static>,
        err: Option<impl Read + Send + 'static>,
    ) -> Arc<Self> {
        let output = Arc::new(Self::default());
        output.read(out);
        output.read(err);
        output
    }

    fn read(self: &Arc<Self>, stream: Option<impl Read + Send + 'static>) {
        let output = Arc::clone(self);
        thread::spawn(move || {
            let lines = stream
                .into_iter()
                .flat_map(|stream| BufReader::new(stream).split(b'\n'));
            for line in lines.map_while(Result::ok) {
                output
                    .lock()
                    .lines
                    .push(String::from_utf8_lossy(&line).into_owned());
                output.changed.notify_all();
            }
            output.lock().closed += 1;
            output.changed.notify_all();
        });
    }

    /// Waits until `found` finds something in the lines; `None` when both streams end or the time is up before.
    pub(crate) fn wait_for<T>(
        &self,
        limit: Duration,
        found: impl Fn(&[String]) -> Option<T>,
    ) -> Option<T> {
        let end = Instant::now() + limit;
        let mut state = self.lock();
        loop {
            if let Some(result) = found(&state.lines) {
                return Some(result);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || state.closed == 2 {
                return None;
            }
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Waits until the program has closed both streams.
    pub(crate) fn wait_closed(&self, limit: Duration) {
        let end = Instant::now() + limit;
        let mut state = self.lock();
        while state.closed < 2 && Instant::now() < end {
            state = self
                .changed
                .wait_timeout(state, limit)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// The record of the request with this id, if it has been written.
    pub(crate) fn record(&self, request_id: &str) -> Option<Value> {
        self.lock()
            .lines
            .iter()
            .rev()
            .find_map(|line| record_of(line, request_id))
    }

    /// Everything so far.
    pub(crate) fn text(&self) -> String {
        self.lock().lines.join("\n")
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn record_of(line: &str, request_id: &str) -> Option<Value> {
    // Parsing every line for every request would be slow; most lines do not hold the id at all.
    if !line.contains(request_id) {
        return None;
    }
    let value: Value = serde_json::from_str(line).ok()?;
    (value["event"] == "request" && value["request_id"] == request_id).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_found_by_its_id_among_other_lines() {
        let lines = "starting\n{\"event\":\"request\",\"request_id\":\"a\",\"status\":1}\n{\"event\":\"other\",\"request_id\":\"b\"}\n";
        let output = Output::follow(Some(lines.as_bytes()), None::<&[u8]>);
        output.wait_closed(Duration::from_secs(30));
        assert_eq!(output.record("a").unwrap()["status"], 1);
        assert_eq!(output.record("b"), None);
    }
}
