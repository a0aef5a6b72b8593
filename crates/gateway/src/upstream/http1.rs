//! HTTP/1.1 to an upstream, polled inside the task of the caller: no task, channel or buffer per connection.

mod body;
mod decode;
mod head;
mod write;

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Method;
use tokio::time::Instant;

use super::error::{Failure, SendError};
use super::incoming::Answer;
use super::pool::Pool;
use super::stream::Stream;
use decode::Decoder;
use head::{Head, HeadReader};

pub(super) use body::Http1Body;
pub(super) use write::Outgoing;

/// One request on one connection until the head of its response.
struct Exchange<'a> {
    stream: Stream,
    outgoing: Outgoing,
    method: &'a Method,
    reused: bool,
    reader: HeadReader,
    /// Why writing ended early. The response may be there all the same: an upstream that refuses a large body answers
    /// and closes.
    write_error: Option<io::Error>,
    first_byte: Option<Instant>,
}

/// Sends `outgoing` over `stream` and reads the head of the response.
///
/// # Errors
/// See [`Failure`]; the connection is closed.
pub(super) async fn exchange(
    stream: Stream,
    outgoing: Outgoing,
    method: &Method,
    pool: &Arc<Pool>,
    reused: bool,
) -> Result<Answer, Failure> {
    let reader = HeadReader::default();
    let mut exchange = Exchange {
        stream,
        outgoing,
        method,
        reused,
        reader,
        write_error: None,
        first_byte: None,
    };
    match poll_fn(|cx| exchange.poll(cx)).await {
        Ok(received) => Ok(exchange.into_answer(received, pool)),
        Err(error) => {
            let unsent = !exchange.reader.started() && !exchange.outgoing.is_written();
            Err(Failure { error, unsent })
        }
    }
}

/// A head and the bytes of the body that came in the same read.
struct Received {
    head: Head,
    decoder: Decoder,
    first: Bytes,
    fault: Option<&'static str>,
    left_over: bool,
}

impl Exchange<'_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Received, SendError>> {
        if !self.outgoing.is_written()
            && self.write_error.is_none()
            && let Poll::Ready(Err(error)) = self.outgoing.poll_write(&mut self.stream, cx)
        {
            self.write_error = Some(error);
        }
        loop {
            let (reader, method) = (&mut self.reader, self.method);
            let step = self.stream.poll_read_with(cx, |bytes| match bytes {
                [] => None,
                bytes => Some(receive(reader, bytes, method)),
            });
            let step = match step {
                // After a failed write this ends soon: such a socket has nothing but what has already arrived.
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(step)) => step,
                // With TLS 1.3 a refused client learns so only now.
                Poll::Ready(Err(source)) if source.kind() == io::ErrorKind::InvalidData => {
                    return Poll::Ready(Err(SendError::Tls { source }));
                }
                Poll::Ready(Err(_)) => None,
            };
            let Some(received) = step else {
                return Poll::Ready(Err(self.closed()));
            };
            self.first_byte.get_or_insert_with(Instant::now);
            if let Some(received) = received? {
                return Poll::Ready(Ok(received));
            }
        }
    }

    fn closed(&mut self) -> SendError {
        if self.reader.started() {
            return SendError::BadHead {
                reason: "it ends in the middle",
            };
        }
        match self.write_error.take() {
            Some(source) => SendError::Write {
                reused: self.reused,
                source,
            },
            None => SendError::Closed {
                reused: self.reused,
            },
        }
    }

    fn into_answer(self, received: Received, pool: &Arc<Pool>) -> Answer {
        let Received {
            head,
            decoder,
            first,
            fault,
            left_over,
        } = received;
        let written = self.outgoing.is_written();
        let reusable = head.keep_alive && written && !left_over;
        // An answer that is no success does not need the rest of the request.
        let rest = (!written && self.write_error.is_none() && head.status.is_success())
            .then(|| Box::new(self.outgoing));
        let home = reusable.then(|| Arc::clone(pool));
        let body = Http1Body::new(self.stream, decoder, home)
            .starting_with(first, fault)
            .still_sending(rest);
        let first_byte = self.first_byte.unwrap_or_else(Instant::now);
        Answer {
            status: head.status,
            headers: head.headers,
            body: body.into(),
            first_byte,
        }
    }
}

/// Takes the bytes of one read: those of the head, then those of the body behind it.
fn receive(
    reader: &mut HeadReader,
    bytes: &mut [u8],
    method: &Method,
) -> Result<Option<Received>, SendError> {
    let Some((head, used)) = reader.push(bytes, method)? else {
        return Ok(None);
    };
    let mut decoder = Decoder::new(head.framing);
    let rest = &mut bytes[used..];
    let decoded = decoder.decode(rest);
    let left_over = decoded.used < rest.len();
    let first = Bytes::copy_from_slice(&rest[decoded.data]);
    Ok(Some(Received {
        head,
        decoder,
        first,
        fault: decoded.fault,
        left_over,
    }))
}
