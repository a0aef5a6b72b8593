//! Framing of server-sent events: where one event ends and what it says.

mod frame;

use std::fmt;

use bytes::{Bytes, BytesMut};
use memchr::memchr2;

pub use self::frame::Frame;

/// What an emptied buffer may keep, so that thousands of idle streams stay small.
const KEPT_CAPACITY: usize = 4 * 1024;

/// Cuts a stream of bytes into events.
///
/// The frames' [`Frame::raw`] bytes, one after the other, are the input. An event that lies within
/// one chunk is not copied; only the unfinished tail of a chunk is kept.
///
/// ```
/// use aigw_protocol::Framer;
///
/// let mut framer = Framer::new(1 << 20);
/// framer.push("data: hel".into());
/// assert!(framer.next().is_none());
/// framer.push("lo\n\nevent: e".into());
/// let frame = framer.next().expect("a whole event")?;
/// assert_eq!(&*frame.data(), b"hello");
/// assert!(framer.next().is_none());
/// assert_eq!(framer.rest(), 8);
/// # Ok::<(), aigw_protocol::EventTooLarge>(())
/// ```
#[derive(Debug)]
pub struct Framer {
    max_event: usize,
    chunk: Bytes,
    /// Where in `chunk` the next event begins or goes on.
    at: usize,
    /// What earlier chunks held of the event, or the event handed out last.
    tail: BytesMut,
    tail_is_out: bool,
    line: Line,
    /// Bytes of the event so far that belong to the line end of the one before: 0 or 1.
    lead: usize,
    first: bool,
    failed: bool,
}

/// Where in a line the scan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// At its start.
    Start,
    /// At its start, behind a carriage return: a line feed still belongs to the line before.
    AfterReturn,
    /// Within it.
    Within,
}

impl Framer {
    /// A framer that refuses events of more than `max_event` bytes.
    pub fn new(max_event: usize) -> Self {
        Self {
            max_event,
            chunk: Bytes::new(),
            at: 0,
            tail: BytesMut::new(),
            tail_is_out: false,
            line: Line::Start,
            lead: 0,
            first: true,
            failed: false,
        }
    }

    /// Takes the next chunk. Without a copy when [`Framer::next`] was called until it returned
    /// `None`. Ignored after an error.
    pub fn push(&mut self, chunk: Bytes) {
        if self.failed {
            return;
        }
        if self.at == self.chunk.len() {
            self.chunk = chunk;
        } else {
            self.chunk = Bytes::from([&self.chunk[self.at..], &chunk[..]].concat());
        }
        self.at = 0;
    }

    /// The next whole event. An event ends with its blank line; blank lines and comments outside of
    /// events are frames of their own, without data.
    ///
    /// # Errors
    /// When an event is larger than allowed. Nothing more comes after that.
    #[expect(
        clippy::should_implement_trait,
        reason = "a frame borrows from the framer, which `Iterator` cannot express"
    )]
    pub fn next(&mut self) -> Option<Result<Frame<'_>, EventTooLarge>> {
        self.release_tail();
        let start = self.at;
        let end = self.scan();
        self.at = end.unwrap_or(self.chunk.len());
        if self.tail.len() + self.at - start > self.max_event + self.lead {
            self.fail();
            return Some(Err(EventTooLarge));
        }
        let Some(end) = end else {
            self.tail.extend_from_slice(&self.chunk[start..]);
            self.chunk = Bytes::new();
            self.at = 0;
            return None;
        };
        self.lead = 0;
        let first = std::mem::replace(&mut self.first, false);
        if self.tail.is_empty() {
            return Some(Ok(Frame::within(&self.chunk, start..end, first)));
        }
        self.tail.extend_from_slice(&self.chunk[start..end]);
        self.tail_is_out = true;
        Some(Ok(Frame::new(&self.tail, first)))
    }

    /// The number of bytes of an event that is not complete. Zero where a stream may end.
    pub fn rest(&self) -> usize {
        let tail = if self.tail_is_out { 0 } else { self.tail.len() };
        tail + self.chunk.len() - self.at - self.lead
    }

    /// Forgets the event that the last call handed out of the tail.
    fn release_tail(&mut self) {
        if !std::mem::take(&mut self.tail_is_out) {
            return;
        }
        self.tail.clear();
        if self.tail.capacity() > KEPT_CAPACITY {
            self.tail = BytesMut::new();
        }
    }

    fn fail(&mut self) {
        self.failed = true;
        self.chunk = Bytes::new();
        self.at = 0;
        self.lead = 0;
        self.tail = BytesMut::new();
    }

    /// The end of the event that begins or goes on at `self.at`, if this chunk holds it.
    fn scan(&mut self) -> Option<usize> {
        let bytes = &self.chunk[..];
        let mut at = self.at;
        if self.line == Line::AfterReturn && at < bytes.len() {
            self.line = Line::Start;
            if bytes[at] == b'\n' {
                // Within an event it ends a line of the event itself.
                if self.tail.is_empty() {
                    self.lead = 1;
                }
                at += 1;
            }
        }
        loop {
            let found = memchr2(b'\n', b'\r', &bytes[at..]);
            let Some(length) = found else {
                if at < bytes.len() {
                    self.line = Line::Within;
                }
                return None;
            };
            let blank = length == 0 && self.line != Line::Within;
            at += length + 1;
            self.line = Line::Start;
            if bytes[at - 1] == b'\r' {
                match bytes.get(at) {
                    Some(b'\n') => at += 1,
                    Some(_) => {}
                    None => self.line = Line::AfterReturn,
                }
            }
            if blank {
                return Some(at);
            }
        }
    }
}

/// An event is larger than the framer allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventTooLarge;

impl fmt::Display for EventTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event of the stream is too large")
    }
}

impl std::error::Error for EventTooLarge {}

#[cfg(test)]
mod tests;
