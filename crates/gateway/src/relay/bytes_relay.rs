//! Answers that are passed on unseen, such as audio.

use std::io;
use std::task::{Context, Poll};
use std::time::Instant;

use aigw_protocol::{Dialect, Endpoint, error_event};
use aigw_routing::FailureClass;
use aigw_telemetry::Outcome;
use bytes::Bytes;

use super::timers::{Due, Timers};
use crate::error::{Error, ErrorKind};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::source::Source;

/// Relays the bytes of one answer. A break ends the caller's connection: there is no place for an error in such a body,
/// except in a stream of legacy completions, which has an error event and a terminator that shows whether it is whole.
#[derive(Debug)]
pub(crate) struct BytesRelay {
    exchange: Option<Box<Exchange>>,
    first: Option<Bytes>,
    source: Source,
    timers: Timers,
    tail: Option<Tail>,
}

/// The last bytes of a stream of legacy completions.
#[derive(Debug, Default)]
struct Tail(Vec<u8>);

impl Tail {
    /// Room for the terminator and the blank lines around it.
    const KEPT: usize = 32;

    fn note(&mut self, chunk: &[u8]) {
        let new = &chunk[chunk.len().saturating_sub(Self::KEPT)..];
        self.0.extend_from_slice(new);
        self.0.drain(..self.0.len().saturating_sub(Self::KEPT));
    }

    fn is_whole(&self) -> bool {
        memchr::memmem::find(&self.0, b"[DONE]").is_some()
    }

    /// The error as an event of its own, also behind an event that broke off.
    fn error_event(&self, error: &Error, request_id: &str) -> Bytes {
        let mut event = error_event(Dialect::OpenaiChat, &error.text(request_id), 0);
        if !self.0.is_empty() && !self.0.ends_with(b"\n\n") {
            event.splice(..0, *b"\n\n");
        }
        event.into()
    }
}

impl BytesRelay {
    pub(crate) fn new(
        mut exchange: Box<Exchange>,
        first: Bytes,
        source: Source,
        total_until: Instant,
    ) -> Self {
        let timers = Timers::new(exchange.idle_timeout(), total_until);
        exchange.entry.first_token();
        exchange.call.release();
        let ends_with_done =
            exchange.call.stream && exchange.call.head.endpoint == Endpoint::Completions;
        Self {
            exchange: Some(exchange),
            first: Some(first),
            source,
            timers,
            tail: ends_with_done.then(Tail::default),
        }
    }

    /// The next bytes for the caller; an error ends the connection.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if self.exchange.is_none() {
            return Poll::Ready(None);
        }
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(self.seen(first))));
        }
        match self.source.poll_chunk(cx) {
            Poll::Ready(Some(Ok(chunk))) => {
                self.timers.received();
                Poll::Ready(Some(Ok(self.seen(chunk))))
            }
            Poll::Ready(None) if self.tail.as_ref().is_some_and(|tail| !tail.is_whole()) => {
                let failure = Failure::own(
                    FailureClass::Network,
                    ErrorKind::StreamCut,
                    "the provider's stream ended before its terminal event",
                );
                self.broke(&failure, Outcome::Cut)
            }
            Poll::Ready(None) => {
                if let Some(mut exchange) = self.exchange.take() {
                    exchange.complete();
                }
                Poll::Ready(None)
            }
            Poll::Ready(Some(Err(error))) => {
                let failure = Failure::own(
                    FailureClass::Network,
                    ErrorKind::StreamCut,
                    error.to_string(),
                );
                self.broke(&failure, Outcome::Cut)
            }
            Poll::Pending => self.poll_late(cx),
        }
    }

    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            match std::task::ready!(self.timers.poll_due(cx, false)) {
                // Nothing can be slipped in between these bytes.
                Due::KeepAlive => self.timers.sent(),
                Due::Idle | Due::Total => {
                    let failure = Failure::own(
                        FailureClass::Timeout,
                        ErrorKind::StreamStalled,
                        "the provider's answer stalled",
                    );
                    return self.broke(&failure, Outcome::Stalled);
                }
            }
        }
    }

    fn broke(&mut self, failure: &Failure, outcome: Outcome) -> Poll<Option<io::Result<Bytes>>> {
        let Some(mut exchange) = self.exchange.take() else {
            return Poll::Ready(None);
        };
        exchange.broke(failure, outcome);
        let Some(tail) = &self.tail else {
            return Poll::Ready(Some(Err(io::Error::other(failure.text.clone()))));
        };
        let error = Error::new(
            failure.kind(),
            "the provider's stream broke off; the answer is incomplete",
        );
        Poll::Ready(Some(Ok(tail.error_event(&error, exchange.request_id()))))
    }

    fn seen(&mut self, chunk: Bytes) -> Bytes {
        if let Some(tail) = &mut self.tail {
            tail.note(&chunk);
        }
        chunk
    }
}
