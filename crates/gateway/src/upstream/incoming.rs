//! The response as the caller of the transport sees it.

use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;

use super::error::BodyError;
use super::http1::Http1Body;
use super::http2::Http2Body;

/// A response whose head has arrived.
#[derive(Debug)]
pub struct Incoming {
    /// The final status, never 1xx.
    pub status: StatusCode,
    /// All headers as received, hop-by-hop ones too; names in lower case, values may hold bytes over 0x7f.
    pub headers: HeaderMap,
    /// The body, decoded from its transfer coding.
    pub body: IncomingBody,
    /// How long it took.
    pub timing: Timing,
}

/// What one exchange on one connection gave.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: IncomingBody,
    /// When the first byte of the response was seen.
    pub(super) first_byte: Instant,
}

/// Times of one exchange.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Name resolution, TCP and TLS together; `None` when a kept-alive connection was used.
    pub connect: Option<Duration>,
    /// When the request began to be written.
    pub sent_at: Instant,
    /// From `sent_at` until the first byte of the response (HTTP/2: until its head).
    pub first_byte: Duration,
}

impl Timing {
    /// Whether a kept-alive connection was used.
    pub fn reused(&self) -> bool {
        self.connect.is_none()
    }
}

/// The body of a response. Dropping it before its end cancels the request: an HTTP/1.1 connection is closed at once, an HTTP/2 stream is
/// reset. At a clean end the connection goes back to its origin by itself.
#[derive(Debug)]
pub struct IncomingBody(Protocol);

#[derive(Debug)]
enum Protocol {
    Http1(Http1Body),
    Http2(Http2Body),
}

impl IncomingBody {
    /// The next piece: as many bytes as one read yields, without their chunk framing. Everything that has already arrived is handed out
    /// before this is pending. `None` after the end, and after an error.
    pub fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        match &mut self.0 {
            Protocol::Http1(body) => body.poll_chunk(cx),
            Protocol::Http2(body) => body.poll_chunk(cx),
        }
    }

    /// [`poll_chunk`](Self::poll_chunk) as a future; may be dropped at any time without losing bytes.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, BodyError>> {
        std::future::poll_fn(|cx| self.poll_chunk(cx)).await
    }

    /// True once nothing more comes, neither bytes nor an error. May become true together with the last piece, or only
    /// when `None` has been polled.
    pub fn is_end(&self) -> bool {
        match &self.0 {
            Protocol::Http1(body) => body.is_end(),
            Protocol::Http2(body) => body.is_end(),
        }
    }
}

impl From<Http1Body> for IncomingBody {
    fn from(body: Http1Body) -> Self {
        Self(Protocol::Http1(body))
    }
}

impl From<Http2Body> for IncomingBody {
    fn from(body: Http2Body) -> Self {
        Self(Protocol::Http2(body))
    }
}
