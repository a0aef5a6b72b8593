//! The request as the caller of the transport describes it.

use std::fmt;
use std::time::Duration;

use http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::uri::{Authority, PathAndQuery};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

/// Headers that are the same for every request of one provider credential: `host` and what authenticates.
/// Encoded once when a configuration is published; holds secrets, so `Debug` shows none of it.
#[derive(Clone)]
pub struct FixedHeaders {
    pub(super) authority: Authority,
    /// `host: ...\r\n` and the rest, ready to be written on an HTTP/1.1 connection.
    pub(super) encoded: Box<[u8]>,
    /// The same without `host`, for HTTP/2.
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

impl FixedHeaders {
    /// Encodes `host: authority` and `headers`. Framing headers (see [`is_framing`]) among them are left out.
    pub fn new(authority: Authority, headers: Vec<(HeaderName, HeaderValue)>) -> Self {
        let headers: Vec<_> = headers
            .into_iter()
            .filter(|(name, _)| !is_framing(name))
            .collect();
        let mut encoded = Vec::with_capacity(256);
        push_line(&mut encoded, "host", authority.as_str().as_bytes());
        for (name, value) in &headers {
            push_line(&mut encoded, name.as_str(), value.as_bytes());
        }
        Self {
            authority,
            encoded: encoded.into_boxed_slice(),
            headers,
        }
    }

    /// Whether `name` is among them, so that a caller's header of that name is not sent beside it.
    pub(crate) fn contains(&self, name: &HeaderName) -> bool {
        self.headers.iter().any(|(fixed, _)| fixed == name)
    }
}

impl fmt::Debug for FixedHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FixedHeaders")
            .field("authority", &self.authority)
            .finish_non_exhaustive()
    }
}

/// Everything of a request but its body.
pub struct OutgoingHead<'a> {
    /// `GET` and `POST` are what model APIs use; `CONNECT` is not supported.
    pub method: &'a Method,
    /// Path and query as the upstream shall see them.
    pub path_and_query: &'a PathAndQuery,
    /// `host`, credentials and other headers known beforehand.
    pub fixed: &'a FixedHeaders,
    /// Headers of this request, in their order; those that [`is_framing`] are never sent.
    pub forwarded: &'a HeaderMap,
    /// Which of `forwarded` are sent.
    pub keep: &'a (dyn Fn(&HeaderName) -> bool + Sync),
}

impl fmt::Debug for OutgoingHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingHead")
            .field("method", self.method)
            .field("path", &self.path_and_query.path())
            .finish_non_exhaustive()
    }
}

/// Time limits of one request, beside the connect timeout of the origin.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// From the first write on an open connection until the response head is complete. Interim (1xx) responses do not extend it.
    pub first_byte: Duration,
}

/// True for the headers that belong to one connection and that the transport alone decides: `host`, `content-length`,
/// `transfer-encoding`, `connection`, `keep-alive`, `proxy-connection`, `te`, `trailer`, `upgrade`, `expect`.
pub fn is_framing(name: &HeaderName) -> bool {
    const FRAMING: [HeaderName; 8] = [
        HOST,
        CONTENT_LENGTH,
        TRANSFER_ENCODING,
        CONNECTION,
        TE,
        TRAILER,
        UPGRADE,
        EXPECT,
    ];
    FRAMING.contains(name) || matches!(name.as_str(), "keep-alive" | "proxy-connection")
}

/// Writes `name: value\r\n`. Both are valid by their types, so no line can be smuggled in.
pub(super) fn push_line(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}
