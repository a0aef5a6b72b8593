//! Requests as they come off a connection.

use std::io;

use bytes::{Bytes, BytesMut};

use crate::wire::{Framing, invalid};

/// The longest head that is read.
const HEAD: usize = 256 * 1024;

/// What has to be known to read a request to its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Length of the head with its blank line.
    pub(super) head: usize,
    pub(super) framing: Framing,
    /// Whether the peer waits for `100 Continue`.
    pub(super) expects: bool,
    /// Whether the peer wants the connection closed afterwards.
    pub(super) close: bool,
}

/// A whole request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) head: BytesMut,
    pub(super) body: Body,
    pub(super) close: bool,
}

/// A body, in the connection's buffer where that was possible.
#[derive(Debug)]
pub(super) enum Body {
    Whole(BytesMut),
    Joined(Vec<u8>),
}

/// What of a head matters for the answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Facts {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) key: String,
    pub(super) content_type: String,
    /// Whether `anthropic-version` was sent.
    pub(super) anthropic: bool,
}

impl Frame {
    /// Reads the head; `None` while it is not whole.
    pub(super) fn of(input: &[u8]) -> io::Result<Option<Self>> {
        let mut headers = [httparse::EMPTY_HEADER; 256];
        let mut request = httparse::Request::new(&mut headers);
        let head = match request
            .parse(input)
            .map_err(|error| invalid(error.to_string()))?
        {
            httparse::Status::Complete(head) => head,
            httparse::Status::Partial if input.len() > HEAD => {
                return Err(invalid("an endless head"));
            }
            httparse::Status::Partial => return Ok(None),
        };
        let mut frame = Self {
            head,
            framing: Framing::Length(0),
            expects: false,
            close: request.version == Some(0),
        };
        for header in request.headers.iter() {
            frame.read(header)?;
        }
        Ok(Some(frame))
    }

    fn read(&mut self, header: &httparse::Header<'_>) -> io::Result<()> {
        if header.name.eq_ignore_ascii_case("transfer-encoding") {
            self.framing = Framing::Chunked;
        } else if header.name.eq_ignore_ascii_case("content-length")
            && self.framing != Framing::Chunked
        {
            let text = std::str::from_utf8(header.value).unwrap_or_default();
            self.framing =
                Framing::Length(text.trim().parse().map_err(|_| invalid("content-length"))?);
        } else if header.name.eq_ignore_ascii_case("expect") {
            self.expects = true;
        } else if header.name.eq_ignore_ascii_case("connection") {
            self.close |= header.value.eq_ignore_ascii_case(b"close");
        }
        Ok(())
    }
}

impl Request {
    pub(super) fn body(&self) -> &[u8] {
        match &self.body {
            Body::Whole(bytes) => bytes,
            Body::Joined(bytes) => bytes,
        }
    }

    /// A copy of the body that outlives the connection's buffer.
    pub(super) fn body_copy(&self) -> Bytes {
        Bytes::copy_from_slice(self.body())
    }

    /// Method, path and the headers that the answer depends on.
    pub(super) fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        self.each_header(
            |method, path| {
                method.clone_into(&mut facts.method);
                path.clone_into(&mut facts.path);
            },
            |name, value| {
                let text = || String::from_utf8_lossy(value).into_owned();
                if name.eq_ignore_ascii_case("authorization") {
                    let value = text();
                    value
                        .strip_prefix("Bearer ")
                        .unwrap_or(&value)
                        .clone_into(&mut facts.key);
                } else if name.eq_ignore_ascii_case("x-api-key")
                    || name.eq_ignore_ascii_case("x-goog-api-key")
                {
                    facts.key = text();
                } else if name.eq_ignore_ascii_case("content-type") {
                    facts.content_type = text();
                } else if name.eq_ignore_ascii_case("anthropic-version") {
                    facts.anthropic = true;
                }
            },
        );
        facts
    }

    /// All headers in order.
    pub(super) fn headers(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        self.each_header(
            |_, _| (),
            |name, value| all.push((name.to_owned(), text(value))),
        );
        all
    }

    fn each_header(&self, line: impl FnOnce(&str, &str), mut header: impl FnMut(&str, &[u8])) {
        let mut headers = [httparse::EMPTY_HEADER; 256];
        let mut request = httparse::Request::new(&mut headers);
        // The head has been parsed once before, to find its end.
        if request.parse(&self.head).is_ok() {
            line(
                request.method.unwrap_or_default(),
                request.path.unwrap_or_default(),
            );
            for one in request.headers.iter() {
                header(one.name, one.value);
            }
        }
    }
}
