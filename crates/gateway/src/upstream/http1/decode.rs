//! Decoding of HTTP/1.1 message bodies: no input or output, no allocation, any split of the bytes.

use std::ops::Range;

/// Longest chunk extension, in bytes.
const MAX_EXTENSION: u16 = 256;
/// Longest trailer section, in bytes.
const MAX_TRAILERS: u16 = 8 * 1024;

/// How the end of a body is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// So many bytes.
    Length(u64),
    /// `transfer-encoding: chunked`.
    Chunked,
    /// The connection ends.
    UntilClose,
}

/// Takes bytes as they come off the connection and finds the body's own among them.
#[derive(Debug)]
pub(crate) struct Decoder {
    state: State,
}

/// What one call of [`Decoder::decode`] found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    /// Where the body's bytes are now: those of all chunks moved together.
    pub(crate) data: Range<usize>,
    /// How many bytes belonged to the message; fewer than given only when the body ended or is malformed.
    pub(crate) used: usize,
    /// Set when the chunked encoding is malformed after `data`; decoding is over.
    pub(crate) fault: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Length(u64),
    UntilClose,
    /// In the hexadecimal size of a chunk.
    Size {
        value: u64,
        digits: u8,
    },
    /// White space after the size.
    Pad {
        size: u64,
        length: u16,
    },
    Extension {
        size: u64,
        length: u16,
    },
    SizeLf(u64),
    Data(u64),
    DataCr,
    DataLf,
    /// At the beginning of a trailer line; `seen` bytes of trailers so far.
    Trailers {
        seen: u16,
    },
    TrailerLine {
        seen: u16,
    },
    TrailerLf {
        seen: u16,
    },
    LastLf,
    End,
    Fault(&'static str),
}

impl Decoder {
    pub(crate) fn new(framing: Framing) -> Self {
        let state = match framing {
            Framing::Length(0) => State::End,
            Framing::Length(left) => State::Length(left),
            Framing::Chunked => State::Size {
                value: 0,
                digits: 0,
            },
            Framing::UntilClose => State::UntilClose,
        };
        Self { state }
    }

    /// Decodes `buf` in place. Bytes of several chunks are moved together, so that one read gives one slice.
    pub(crate) fn decode(&mut self, buf: &mut [u8]) -> Decoded {
        let mut data = 0..0;
        let mut at = 0;
        while at < buf.len() {
            match self.state {
                State::End | State::Fault(_) => break,
                State::Length(left) => {
                    let taken = take(left, buf.len() - at);
                    self.state = match left - taken as u64 {
                        0 => State::End,
                        left => State::Length(left),
                    };
                    append(buf, &mut data, at..at + taken);
                    at += taken;
                }
                State::UntilClose => {
                    append(buf, &mut data, at..buf.len());
                    at = buf.len();
                }
                State::Data(left) => {
                    let taken = take(left, buf.len() - at);
                    self.state = match left - taken as u64 {
                        0 => State::DataCr,
                        left => State::Data(left),
                    };
                    append(buf, &mut data, at..at + taken);
                    at += taken;
                }
                framing => {
                    self.state = framing.after(buf[at]);
                    at += 1;
                }
            }
        }
        let fault = match self.state {
            State::Fault(what) => Some(what),
            _ => None,
        };
        Decoded {
            data,
            used: at,
            fault,
        }
    }

    /// Whether the whole body has been decoded.
    pub(crate) fn is_end(&self) -> bool {
        self.state == State::End
    }

    /// Whether the body is complete if the connection ends here.
    pub(crate) fn may_end(&self) -> bool {
        matches!(self.state, State::End | State::UntilClose)
    }

    /// Bytes of the body that surely follow, without further framing between them.
    pub(crate) fn run(&self) -> u64 {
        match self.state {
            State::Length(left) | State::Data(left) => left,
            State::UntilClose => u64::MAX,
            _ => 0,
        }
    }
}

impl State {
    /// The state after one byte of chunk framing.
    fn after(self, byte: u8) -> Self {
        match self {
            Self::Size { value, digits } => after_size(value, digits, byte),
            Self::Pad { size, length } => match byte {
                b' ' | b'\t' if length < MAX_EXTENSION => Self::Pad {
                    size,
                    length: length + 1,
                },
                b';' => Self::Extension { size, length },
                b'\r' => Self::SizeLf(size),
                _ => Self::Fault("chunk size"),
            },
            Self::Extension { size, length } => match byte {
                b'\r' => Self::SizeLf(size),
                _ if length >= MAX_EXTENSION => Self::Fault("chunk extension is too long"),
                _ if is_text(byte) => Self::Extension {
                    size,
                    length: length + 1,
                },
                _ => Self::Fault("chunk extension"),
            },
            Self::SizeLf(0) => expect(byte, b'\n', Self::Trailers { seen: 0 }),
            Self::SizeLf(size) => expect(byte, b'\n', Self::Data(size)),
            Self::DataCr => expect(byte, b'\r', Self::DataLf),
            Self::DataLf => expect(
                byte,
                b'\n',
                Self::Size {
                    value: 0,
                    digits: 0,
                },
            ),
            Self::Trailers { .. } if byte == b'\r' => Self::LastLf,
            Self::Trailers { seen } | Self::TrailerLine { seen } => match byte {
                b'\r' => Self::TrailerLf { seen },
                _ if seen >= MAX_TRAILERS => Self::Fault("trailers are too long"),
                _ if is_text(byte) => Self::TrailerLine { seen: seen + 1 },
                _ => Self::Fault("trailer"),
            },
            Self::TrailerLf { seen } => expect(byte, b'\n', Self::Trailers { seen }),
            Self::LastLf => expect(byte, b'\n', Self::End),
            Self::Length(_) | Self::UntilClose | Self::Data(_) | Self::End | Self::Fault(_) => self,
        }
    }
}

fn after_size(value: u64, digits: u8, byte: u8) -> State {
    let digit = match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        b'A'..=b'F' => byte - b'A' + 10,
        b'\r' if digits > 0 => return State::SizeLf(value),
        b';' if digits > 0 => {
            return State::Extension {
                size: value,
                length: 0,
            };
        }
        b' ' | b'\t' if digits > 0 => {
            return State::Pad {
                size: value,
                length: 1,
            };
        }
        _ => return State::Fault("chunk size"),
    };
    // Fifteen digits leave room for every sum made with the size, and no body has 2^60 bytes.
    if digits == 15 {
        return State::Fault("chunk size is too large");
    }
    State::Size {
        value: value << 4 | u64::from(digit),
        digits: digits + 1,
    }
}

fn expect(byte: u8, wanted: u8, next: State) -> State {
    if byte == wanted {
        next
    } else {
        State::Fault("line end")
    }
}

/// Visible characters, white space and bytes over 0x7f; no control characters.
fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

fn take(left: u64, there: usize) -> usize {
    usize::try_from(left).unwrap_or(usize::MAX).min(there)
}

/// Adds `piece` to the bytes found so far by moving it to their end.
fn append(buf: &mut [u8], data: &mut Range<usize>, piece: Range<usize>) {
    if data.start == data.end {
        *data = piece;
    } else {
        let length = piece.len();
        buf.copy_within(piece, data.end);
        data.end += length;
    }
}

#[cfg(test)]
mod tests;
