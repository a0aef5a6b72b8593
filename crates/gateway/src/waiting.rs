//! Streams whose caller got a sign of life before any target answered.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use aigw_protocol::codec::translate_error_event;
use aigw_protocol::{Dialect, ErrorText, error_event, keep_alive, read_error};
use bytes::Bytes;

use crate::attempt::{Committed, Content};
use crate::exchange::{Exchange, Refusal};
use crate::failure::{Failure, Reply};
use crate::relay::{EventRelay, KEEP_ALIVE};

/// How a request ended its way through the targets.
pub(crate) type Served = (Box<Exchange>, Result<Committed, Refusal>);
/// A request on its way through the targets.
pub(crate) type Serving = Pin<Box<dyn Future<Output = Served> + Send>>;

/// The status line has gone out, and keep-alives go out, but which target answers is still open.
pub(crate) struct Waiting {
    state: State,
    dialect: Dialect,
    timer: Pin<Box<tokio::time::Sleep>>,
}

enum State {
    Serving(Serving),
    Relaying(Box<EventRelay>),
    Over,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiting").finish_non_exhaustive()
    }
}

impl Waiting {
    pub(crate) fn new(serving: Serving, dialect: Dialect) -> Self {
        // The first sign of life goes out at once: it is overdue.
        Self {
            state: State::Serving(serving),
            dialect,
            timer: Box::pin(tokio::time::sleep(Duration::ZERO)),
        }
    }

    /// The next bytes for the caller.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            match &mut self.state {
                State::Serving(serving) => {
                    let Poll::Ready(served) = serving.as_mut().poll(cx) else {
                        ready!(self.timer.as_mut().poll(cx));
                        self.timer.set(tokio::time::sleep(KEEP_ALIVE));
                        return Poll::Ready(Some(Ok(Bytes::from_static(keep_alive(self.dialect)))));
                    };
                    if let Some(last) = self.served(served) {
                        return Poll::Ready(Some(Ok(last)));
                    }
                }
                State::Relaying(relay) => return relay.poll_next(cx).map(|bytes| bytes.map(Ok)),
                State::Over => return Poll::Ready(None),
            }
        }
    }

    /// Begins to relay, or gives the error event that ends the stream.
    fn served(&mut self, (mut exchange, result): Served) -> Option<Bytes> {
        self.state = State::Over;
        // The head went out before any target answered.
        exchange.entry.record.status = 200;
        match result {
            Ok(Committed {
                content: Content::Events(events),
                total_until,
                ..
            }) => {
                self.state = State::Relaying(Box::new(EventRelay::new(
                    exchange,
                    events,
                    self.dialect,
                    total_until,
                )));
                None
            }
            Ok(_) => {
                let failure =
                    Failure::invalid("the provider answered a stream with something else");
                let text = ErrorText {
                    status: failure.kind().row().status,
                    code: failure.kind().row().code,
                    message: &failure.text,
                    param: None,
                    request_id: exchange.request_id(),
                };
                let event = error_event(self.dialect, &text, 0);
                exchange.broke(&failure, aigw_telemetry::Outcome::Failed);
                Some(event.into())
            }
            Err(refusal) => {
                let said = refusal.said(self.dialect.family());
                exchange.entry.failed(
                    refusal.class.map(aigw_routing::FailureClass::as_str),
                    Some(said.code),
                    &said.message,
                );
                exchange.entry.close(aigw_telemetry::Outcome::Failed);
                if let Reply::Upstream(answer) = &refusal.reply {
                    let body = answer.body.to_bytes();
                    if read_error(&body).is_some_and(|error| error.message.is_some()) {
                        let id = exchange.request_id();
                        let event = translate_error_event(self.dialect, said.status, &body, id);
                        return Some(event.into());
                    }
                }
                let text = ErrorText {
                    status: said.status,
                    code: said.code,
                    message: &said.message,
                    param: None,
                    request_id: exchange.request_id(),
                };
                Some(error_event(self.dialect, &text, 0).into())
            }
        }
    }
}
