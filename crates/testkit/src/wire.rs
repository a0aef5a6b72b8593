//! HTTP/1.1 framing shared by the fake upstream, the raw client and the load generator.

use std::io;

use memchr::memchr;

/// How a body's end is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// So many bytes.
    Length(u64),
    /// Chunks, the last one empty.
    Chunked,
    /// Everything until the connection closes.
    UntilClose,
}

/// Takes a body out of the bytes of a connection.
#[derive(Debug)]
pub(crate) struct BodyReader {
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Length(u64),
    UntilClose,
    /// Hex digits of a chunk size so far.
    Size(u64),
    /// The rest of a size line.
    Extension(u64),
    Data(u64),
    /// The line end after a chunk's data.
    DataEnd,
    /// A trailer line, and whether it has had a byte yet.
    Trailer(bool),
    Done,
}

impl BodyReader {
    /// Starts at the first byte of a body.
    pub(crate) fn new(framing: Framing) -> Self {
        let state = match framing {
            Framing::Length(0) => State::Done,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::Size(0),
            Framing::UntilClose => State::UntilClose,
        };
        Self { state }
    }

    /// Whether the body has ended by its own framing.
    pub(crate) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Whether the end of the connection is a proper end of the body.
    pub(crate) fn ends_with_connection(&self) -> bool {
        matches!(self.state, State::UntilClose | State::Done)
    }

    /// Hands the payload in `input` to `sink` and returns how many bytes belong to the body.
    pub(crate) fn take(&mut self, input: &[u8], mut sink: impl FnMut(&[u8])) -> io::Result<usize> {
        let mut at = 0;
        while at < input.len() && !self.is_done() {
            at += self.step(&input[at..], &mut sink)?;
        }
        Ok(at)
    }

    fn step(&mut self, input: &[u8], sink: &mut impl FnMut(&[u8])) -> io::Result<usize> {
        match self.state {
            State::Done => Ok(0),
            State::UntilClose => {
                sink(input);
                Ok(input.len())
            }
            State::Length(left) => {
                let taken = within(left, input.len());
                sink(&input[..taken]);
                let left = left - taken as u64;
                self.state = if left == 0 {
                    State::Done
                } else {
                    State::Length(left)
                };
                Ok(taken)
            }
            State::Data(left) => {
                let taken = within(left, input.len());
                sink(&input[..taken]);
                let left = left - taken as u64;
                self.state = if left == 0 {
                    State::DataEnd
                } else {
                    State::Data(left)
                };
                Ok(taken)
            }
            State::Size(_) | State::Extension(_) | State::DataEnd | State::Trailer(_) => {
                self.line(input)
            }
        }
    }

    fn line(&mut self, input: &[u8]) -> io::Result<usize> {
        let byte = input[0];
        self.state = match (self.state, byte) {
            (State::Size(size) | State::Extension(size), b'\n') => {
                if size == 0 {
                    State::Trailer(false)
                } else {
                    State::Data(size)
                }
            }
            (State::Size(size), _) => match char::from(byte).to_digit(16) {
                Some(digit) if size < u64::MAX >> 8 => State::Size(size << 4 | u64::from(digit)),
                None if matches!(byte, b'\r' | b';' | b' ') => State::Extension(size),
                _ => return Err(invalid("a chunk size that is not a number")),
            },
            (State::Extension(size), _) => {
                let skipped = memchr(b'\n', input).unwrap_or(input.len());
                self.state = State::Extension(size);
                return Ok(skipped);
            }
            (State::DataEnd, b'\r') => State::DataEnd,
            (State::DataEnd, b'\n') => State::Size(0),
            (State::Trailer(true), b'\n') => State::Trailer(false),
            (State::Trailer(false), b'\n') => State::Done,
            (State::Trailer(begun), b'\r') => State::Trailer(begun),
            (State::Trailer(_), _) => State::Trailer(true),
            _ => return Err(invalid("a chunk without its line end")),
        };
        Ok(1)
    }
}

/// Counts server-sent events: blank lines that follow at least one line.
#[derive(Debug, Default)]
pub(crate) struct EventCounter {
    /// Whether the line under way has a byte other than CR.
    in_line: bool,
    /// Whether the event under way has a line.
    in_event: bool,
    count: u64,
}

impl EventCounter {
    /// Events that have ended so far.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Reads on.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) {
        while let Some(end) = memchr(b'\n', bytes) {
            self.line(&bytes[..end]);
            if self.in_line {
                self.in_event = true;
            } else if self.in_event {
                self.count += 1;
                self.in_event = false;
            }
            self.in_line = false;
            bytes = &bytes[end + 1..];
        }
        self.line(bytes);
    }

    fn line(&mut self, bytes: &[u8]) {
        self.in_line |= !matches!(bytes, [] | [b'\r']);
    }
}

/// An error for bytes that are not HTTP.
pub(crate) fn invalid(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

/// An error for a peer that ends too early.
pub(crate) fn early_end(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, what.to_owned())
}

/// The smaller of a 64-bit rest and what is there.
fn within(left: u64, available: usize) -> usize {
    usize::try_from(left).map_or(available, |left| left.min(available))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(framing: Framing, pieces: &[&[u8]]) -> (Vec<u8>, usize, bool) {
        let mut reader = BodyReader::new(framing);
        let (mut out, mut taken) = (Vec::new(), 0);
        for piece in pieces {
            taken += reader
                .take(piece, |bytes| out.extend_from_slice(bytes))
                .unwrap();
        }
        (out, taken, reader.is_done())
    }

    #[test]
    fn chunks_join_whatever_the_split() {
        let whole = b"5;x=y\r\nhello\r\n01\r\n!\r\n0\r\ntrailer: 1\r\n\r\nNEXT";
        for split in 0..whole.len() - 4 {
            let (out, taken, done) = payload(Framing::Chunked, &[&whole[..split], &whole[split..]]);
            assert_eq!(
                (out.as_slice(), taken, done),
                (&b"hello!"[..], whole.len() - 4, true),
                "split at {split}"
            );
        }
    }

    #[test]
    fn a_length_ends_where_it_says() {
        assert_eq!(
            payload(Framing::Length(3), &[b"ab", b"cd"]),
            (b"abc".to_vec(), 3, true)
        );
        assert_eq!(
            payload(Framing::Length(9), &[b"ab"]),
            (b"ab".to_vec(), 2, false)
        );
    }

    #[test]
    fn broken_chunks_are_refused() {
        for bad in [&b"zz\r\n"[..], b"2\r\nabc\r\n", b"ffffffffffffffffff\r\n"] {
            assert!(
                BodyReader::new(Framing::Chunked).take(bad, |_| ()).is_err(),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn events_are_counted_over_every_split_and_line_end() {
        for text in [
            "data: 1\n\n: note\n\nevent: x\ndata: 2\n\n\n",
            "data: 1\r\n\r\n: note\r\n\r\nevent: x\r\ndata: 2\r\n\r\n\r\n",
        ] {
            for split in 0..text.len() {
                let mut counter = EventCounter::default();
                counter.push(&text.as_bytes()[..split]);
                counter.push(&text.as_bytes()[split..]);
                assert_eq!(counter.count(), 3, "{text:?} split at {split}");
            }
        }
    }
}
