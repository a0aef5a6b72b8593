//! One event of a stream.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use memchr::memchr2;

/// One event as it stands in the stream, and what it says.
#[derive(Debug, Clone)]
pub struct Frame<'a> {
    raw: &'a [u8],
    chunk: Option<&'a Bytes>,
    event: Option<&'a [u8]>,
    data: Data,
}

/// The data lines of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Data {
    None,
    /// The one line: where its value lies.
    One(Range<usize>),
    /// Several lines: where the value of the first one lies.
    Many(Range<usize>),
}

impl<'a> Frame<'a> {
    /// Reads an event; what `raw` holds behind it is not looked at. `first`: a byte order mark may
    /// precede it.
    pub(super) fn new(raw: &'a [u8], first: bool) -> Self {
        let mut frame = Self {
            raw,
            chunk: None,
            event: None,
            data: Data::None,
        };
        for line in Lines::new(raw, first) {
            match field(&raw[line.clone()]) {
                (b"data", value) => {
                    let value = line.start + value..line.end;
                    frame.data = match frame.data {
                        Data::None => Data::One(value),
                        Data::One(first) | Data::Many(first) => Data::Many(first),
                    };
                }
                (b"event", value) => {
                    frame.event =
                        Some(&raw[line.start + value..line.end]).filter(|e| !e.is_empty());
                }
                _ => {}
            }
        }
        frame
    }

    /// Reads an event that lies within one chunk.
    pub(super) fn within(chunk: &'a Bytes, range: Range<usize>, first: bool) -> Self {
        let mut frame = Self::new(&chunk[range], first);
        frame.chunk = Some(chunk);
        frame
    }

    /// A whole event, its blank line included.
    pub fn read(raw: &'a [u8]) -> Self {
        Self::new(raw, true)
    }

    /// The bytes of the event as received, its blank line included.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The bytes of the event as received; shared, not copied, when one chunk held them.
    pub fn to_bytes(&self) -> Bytes {
        match self.chunk {
            Some(chunk) => chunk.slice_ref(self.raw),
            None => Bytes::copy_from_slice(self.raw),
        }
    }

    /// The name of the event; none when it is empty.
    pub fn event(&self) -> Option<&'a [u8]> {
        self.event
    }

    /// The data, several lines joined by `\n`; empty when there is none.
    pub fn data(&self) -> Cow<'a, [u8]> {
        match &self.data {
            Data::None => Cow::Borrowed(&[]),
            Data::One(line) => Cow::Borrowed(&self.raw[line.clone()]),
            Data::Many(first) => Cow::Owned(self.joined(first)),
        }
    }

    /// Where the data lies within [`Frame::raw`], if it is one line.
    pub fn data_span(&self) -> Option<Range<usize>> {
        match &self.data {
            Data::One(line) => Some(line.clone()),
            _ => None,
        }
    }

    /// Whether this says nothing: a comment, a blank line, or fields that are not known.
    pub fn is_comment(&self) -> bool {
        self.data == Data::None && self.event.is_none()
    }

    fn joined(&self, first: &Range<usize>) -> Vec<u8> {
        let mut joined = self.raw[first.clone()].to_vec();
        let after = &self.raw[first.end..];
        for line in Lines::new(after, false) {
            if let (b"data", value) = field(&after[line.clone()]) {
                joined.push(b'\n');
                joined.extend_from_slice(&after[line.start + value..line.end]);
            }
        }
        joined
    }
}

/// The name of a line's field, and where its value begins in the line.
fn field(line: &[u8]) -> (&[u8], usize) {
    let Some(colon) = memchr::memchr(b':', line) else {
        return (line, line.len());
    };
    let space = usize::from(line.get(colon + 1) == Some(&b' '));
    (&line[..colon], colon + 1 + space)
}

/// The lines of an event without their ends.
struct Lines<'a> {
    raw: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    fn new(raw: &'a [u8], first: bool) -> Self {
        let bom = first && raw.starts_with(b"\xEF\xBB\xBF");
        Self {
            raw,
            at: if bom { 3 } else { 0 },
        }
    }
}

impl Iterator for Lines<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        let end = start + memchr2(b'\n', b'\r', self.raw.get(start..)?)?;
        // The second half of a line end reads as one more, empty, line.
        self.at = end + 1;
        Some(start..end)
    }
}
