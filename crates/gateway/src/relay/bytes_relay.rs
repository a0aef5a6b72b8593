//! Answers that are passed on unseen, such as audio.

use std::io;
use std::task::{Context, Poll};
use std::time::Instant;

use aigw_routing::FailureClass;
use aigw_telemetry::Outcome;
use bytes::Bytes;

use super::timers::{Due, Timers};
use crate::error::ErrorKind;
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::source::Source;

/// Relays the bytes of one answer. A break ends the caller's connection: there is no place for an error in such a body.
#[derive(Debug)]
pub(crate) struct BytesRelay {
    exchange: Option<Box<Exchange>>,
    first: Option<Bytes>,
    source: Source,
    timers: Timers,
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
        Self {
            exchange: Some(exchange),
            first: Some(first),
            source,
            timers,
        }
    }

    /// The next bytes for the caller; an error ends the connection.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if self.exchange.is_none() {
            return Poll::Ready(None);
        }
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        match self.source.poll_chunk(cx) {
            Poll::Ready(Some(Ok(chunk))) => {
                self.timers.received();
                Poll::Ready(Some(Ok(chunk)))
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
        if let Some(mut exchange) = self.exchange.take() {
            exchange.broke(failure, outcome);
        }
        Poll::Ready(Some(Err(io::Error::other(failure.text.clone()))))
    }
}
