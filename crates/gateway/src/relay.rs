//! Streams after the commit point: relayed as they come, and ended honestly.

mod bytes_relay;
mod drain;
mod timers;

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use aigw_protocol::{Dialect, error_event, keep_alive};
use aigw_routing::{FailureClass, OnBreak};
use aigw_telemetry::Outcome;
use bytes::Bytes;

use crate::error::{Error, ErrorKind};
use crate::events::{Closing, End, Events};
use crate::exchange::{Exchange, Refusal};
use crate::failure::Failure;
use crate::resume::{Resumed, resume};

pub(crate) use bytes_relay::BytesRelay;
pub(crate) use timers::KEEP_ALIVE;
use timers::{Due, Timers};

/// Relays the events of one answer to the caller.
#[derive(Debug)]
pub(crate) struct EventRelay {
    /// Goes to the caller before anything else.
    pending: Bytes,
    state: State,
    dialect: Dialect,
    timers: Timers,
}

/// Where the relay stands.
enum State {
    /// Events come from the upstream.
    Live(Live),
    /// The upstream broke; another target is being asked for the same answer.
    Resuming(Pin<Box<dyn Future<Output = Result<Resumed, Box<Lost>>> + Send>>),
    /// Last bytes, then the end.
    Last(Bytes),
    Over,
}

struct Live {
    exchange: Box<Exchange>,
    events: Box<Events>,
}

/// A stream that could not be continued elsewhere.
pub(crate) struct Lost {
    pub(crate) exchange: Box<Exchange>,
    /// The break that began it.
    pub(crate) failure: Failure,
    pub(crate) outcome: Outcome,
    /// Sequence number for the error event.
    pub(crate) sequence: u64,
    /// Why no other target could go on, if one was asked.
    pub(crate) refusal: Option<Refusal>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Live(_) => "Live",
            Self::Resuming(_) => "Resuming",
            Self::Last(_) => "Last",
            Self::Over => "Over",
        })
    }
}

impl EventRelay {
    pub(crate) fn new(
        mut exchange: Box<Exchange>,
        events: Box<Events>,
        dialect: Dialect,
        total_until: Instant,
    ) -> Self {
        let timers = Timers::new(exchange.idle_timeout(), total_until);
        exchange.entry.first_token();
        if exchange.on_break() == OnBreak::Error {
            exchange.call.release();
        }
        Self {
            pending: Bytes::new(),
            state: State::Live(Live { exchange, events }),
            dialect,
            timers,
        }
    }

    /// Whether the last byte has been handed out.
    pub(crate) const fn is_over(&self) -> bool {
        matches!(self.state, State::Over) && self.pending.is_empty()
    }

    /// The next bytes for the caller; `None` at the end.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            if !self.pending.is_empty() {
                self.timers.sent();
                return Poll::Ready(Some(std::mem::take(&mut self.pending)));
            }
            match &mut self.state {
                State::Live(live) => match ready!(live.poll(cx, &mut self.timers, self.dialect)) {
                    Progress::Bytes(bytes) => self.pending = bytes,
                    Progress::Ended(ended) => self.end(ended),
                },
                State::Resuming(future) => match future.as_mut().poll(cx) {
                    Poll::Pending => {
                        ready!(self.timers.poll_keep_alive(cx));
                        self.pending = Bytes::from_static(keep_alive(self.dialect));
                    }
                    Poll::Ready(Ok(resumed)) => {
                        self.timers =
                            Timers::new(resumed.exchange.idle_timeout(), resumed.total_until);
                        self.state = State::Live(Live {
                            exchange: resumed.exchange,
                            events: resumed.events,
                        });
                    }
                    Poll::Ready(Err(lost)) => {
                        self.state = State::Last(lost.into_event(self.dialect));
                    }
                },
                State::Last(bytes) => {
                    self.pending = std::mem::take(bytes);
                    self.state = State::Over;
                }
                State::Over => return Poll::Ready(None),
            }
        }
    }

    /// Leaves the live state for what the end asks for.
    fn end(&mut self, ended: Ended) {
        let State::Live(Live {
            mut exchange,
            mut events,
            ..
        }) = std::mem::replace(&mut self.state, State::Over)
        else {
            return;
        };
        exchange.entry.record.usage = events.usage();
        exchange.entry.record.malformed_events += events.malformed();
        if let Some(loss) = events.loss() {
            exchange.entry.add_loss(&loss);
        }
        self.pending = events.take();
        match ended {
            Ended::Complete => {
                exchange.complete();
                drain::drain(events.into_source());
            }
            Ended::Reported(failure, event) => {
                exchange.broke(&failure, Outcome::Cut);
                self.state = State::Last(event);
            }
            Ended::Broken(failure, outcome) => {
                let sequence = events.next_sequence();
                let lost = Box::new(Lost {
                    exchange,
                    failure,
                    outcome,
                    sequence,
                    refusal: None,
                });
                let can_resume = lost.exchange.on_break() == OnBreak::Continue;
                self.state = match events.text().filter(|_| can_resume) {
                    Some(text) => {
                        State::Resuming(Box::pin(resume(lost, self.dialect, text.to_owned())))
                    }
                    None => State::Last(lost.into_event(self.dialect)),
                };
            }
        }
    }
}

/// What a look at the live stream gave.
enum Progress {
    Bytes(Bytes),
    Ended(Ended),
}

enum Ended {
    Complete,
    /// The upstream's own error event is passed on.
    Reported(Failure, Bytes),
    Broken(Failure, Outcome),
}

impl Live {
    /// Takes in everything that has arrived, then hands out one batch.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        timers: &mut Timers,
        dialect: Dialect,
    ) -> Poll<Progress> {
        loop {
            self.events.pump();
            if let Some(closing) = self.events.take_closing() {
                return Poll::Ready(Progress::Ended(self.closed(closing)));
            }
            if self.events.is_full() {
                return Poll::Ready(Progress::Bytes(self.events.take()));
            }
            match self.events.poll_fill(cx) {
                Poll::Ready(None) => timers.received(),
                Poll::Ready(Some(end)) => return Poll::Ready(self.finished(end)),
                Poll::Pending if self.events.waiting() > 0 => {
                    return Poll::Ready(Progress::Bytes(self.events.take()));
                }
                Poll::Pending => {
                    let finished = self.events.finished();
                    return timers
                        .poll_due(cx, finished)
                        .map(|due| self.late(due, dialect));
                }
            }
        }
    }

    fn closed(&self, closing: Closing) -> Ended {
        match closing {
            Closing::Terminal => Ended::Complete,
            Closing::Error(reported)
                if self.exchange.on_break() == OnBreak::Continue
                    && self.events.text().is_some() =>
            {
                Ended::Broken(in_band(&reported.error), Outcome::Cut)
            }
            Closing::Error(reported) => Ended::Reported(in_band(&reported.error), reported.event),
            Closing::Differs => {
                let text = "the continuation began differently";
                let failure = Failure::own(FailureClass::Network, ErrorKind::StreamCut, text);
                Ended::Broken(failure.blameless(), Outcome::Cut)
            }
            Closing::Unreadable(error) => {
                let text = error.to_string();
                let failure = Failure::own(FailureClass::ServerError, ErrorKind::StreamCut, text);
                Ended::Broken(failure, Outcome::Cut)
            }
            Closing::TooLarge => Ended::Broken(
                Failure::own(
                    FailureClass::ServerError,
                    ErrorKind::UpstreamTooLarge,
                    "one event of the provider's stream is too large",
                ),
                Outcome::Cut,
            ),
        }
    }

    /// The upstream's side is over without a terminal event.
    fn finished(&mut self, end: End) -> Progress {
        if self.events.complete() {
            return Progress::Ended(Ended::Complete);
        }
        let text = match end {
            End::Eof => "the provider's stream ended before its terminal event".to_owned(),
            End::Broken(error) => error.to_string(),
        };
        let failure = Failure::own(FailureClass::Network, ErrorKind::StreamCut, text);
        Progress::Ended(Ended::Broken(failure, Outcome::Cut))
    }

    fn late(&mut self, due: Due, dialect: Dialect) -> Progress {
        let what = match due {
            Due::KeepAlive => return Progress::Bytes(Bytes::from_static(keep_alive(dialect))),
            Due::Idle if self.events.complete() => return Progress::Ended(Ended::Complete),
            Due::Idle => "idle",
            Due::Total => "total",
        };
        let text = format!("the provider exceeded the {what} timeout within its stream");
        let failure = Failure::own(FailureClass::Timeout, ErrorKind::StreamStalled, text);
        Progress::Ended(Ended::Broken(failure, Outcome::Stalled))
    }
}

/// An in-band error after content.
fn in_band(error: &aigw_protocol::InBandError) -> Failure {
    let class = crate::failure::class_of(error.kind);
    Failure::own(class, ErrorKind::StreamCut, error.message.clone())
}

impl Lost {
    /// Closes the record and makes the dialect's error event.
    pub(crate) fn into_event(mut self, dialect: Dialect) -> Bytes {
        let kind = self.failure.kind();
        let mut message = match kind {
            ErrorKind::StreamStalled => {
                "the provider's stream fell silent; the answer is incomplete".to_owned()
            }
            ErrorKind::StreamCut => {
                "the provider's stream broke off; the answer is incomplete".to_owned()
            }
            _ => format!("the answer is incomplete: {}", self.failure.text),
        };
        if self.refusal.is_some() {
            message.push_str("; no other target could continue it");
        }
        self.exchange.broke(&self.failure, self.outcome);
        let error = Error::new(kind, message);
        let event = error_event(
            dialect,
            &error.text(self.exchange.request_id()),
            self.sequence,
        );
        event.into()
    }
}
