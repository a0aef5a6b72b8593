//! The body of an HTTP/1.1 response, read as the caller asks for it.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;

use super::decode::{Decoded, Decoder};
use super::write::Outgoing;
use crate::upstream::error::BodyError;
use crate::upstream::pool::Pool;
use crate::upstream::stream::Stream;

/// From this many bytes a read is worth a buffer of its own instead of a copy out of the shared one.
const BULK: usize = 16 * 1024;
/// Largest such buffer.
const BULK_BUFFER: usize = 64 * 1024;

/// A body that is being received. Holds no bytes while it waits.
#[derive(Debug)]
pub(crate) struct Http1Body {
    /// `None` once the body has ended, well or badly.
    stream: Option<Stream>,
    decoder: Decoder,
    /// What came with the head.
    first: Bytes,
    fault: Option<&'static str>,
    /// Where the connection goes at a clean end; `None` if it cannot be used again.
    home: Option<Arc<Pool>>,
    /// The rest of the request, when the upstream has begun to answer before reading all of it.
    outgoing: Option<Box<Outgoing>>,
    /// Whether the last read was a large one.
    bulk: bool,
}

impl Http1Body {
    pub(super) fn new(stream: Stream, decoder: Decoder, home: Option<Arc<Pool>>) -> Self {
        let stream = Some(stream);
        Self {
            stream,
            decoder,
            first: Bytes::new(),
            fault: None,
            home,
            outgoing: None,
            bulk: false,
        }
    }

    pub(super) fn starting_with(mut self, first: Bytes, fault: Option<&'static str>) -> Self {
        self.first = first;
        self.fault = fault;
        self.settle(false);
        self
    }

    pub(super) fn still_sending(mut self, outgoing: Option<Box<Outgoing>>) -> Self {
        self.outgoing = outgoing.filter(|_| self.stream.is_some());
        self
    }

    pub(crate) fn is_end(&self) -> bool {
        self.stream.is_none() && self.first.is_empty() && self.fault.is_none()
    }

    pub(crate) fn poll_chunk(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        if !self.first.is_empty() {
            return Poll::Ready(Some(Ok(std::mem::take(&mut self.first))));
        }
        loop {
            if let Some(fault) = self.fault.take() {
                return Poll::Ready(Some(Err(BodyError::BadChunk(fault))));
            }
            if self.stream.is_none() {
                return Poll::Ready(None);
            }
            self.send_more(cx);
            match self.poll_read(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(bytes)) if bytes.is_empty() => {}
                Poll::Ready(Ok(bytes)) => return Poll::Ready(Some(Ok(bytes))),
                Poll::Ready(Err(error)) => {
                    self.stream = None;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }

    /// One read. Empty when it held framing only, or ended the body.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, BodyError>> {
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(Ok(Bytes::new()));
        };
        let decoder = &mut self.decoder;
        let bulk = self.bulk && matches!(stream, Stream::Plain(_)) && decoder.run() >= BULK as u64;
        let read = if bulk {
            // The framing behind the run, or bytes that should not be there, are best seen in the same read.
            let wanted = decoder.run().saturating_add(64);
            let size = usize::try_from(wanted)
                .unwrap_or(BULK_BUFFER)
                .min(BULK_BUFFER);
            stream.poll_read_owned(cx, size).map_ok(|mut buffer| {
                let length = buffer.len();
                let decoded = decoder.decode(&mut buffer);
                let bytes = buffer.freeze().slice(decoded.data.clone());
                (length, decoded, bytes)
            })
        } else {
            stream.poll_read_with(cx, |buffer| {
                let decoded = decoder.decode(buffer);
                let bytes = Bytes::copy_from_slice(&buffer[decoded.data.clone()]);
                (buffer.len(), decoded, bytes)
            })
        };
        read.map(|read| match read {
            Ok((0, ..)) => self.closed().map(|()| Bytes::new()),
            Ok((length, Decoded { used, fault, .. }, bytes)) => {
                self.bulk = length >= BULK;
                self.fault = fault;
                self.settle(used < length);
                Ok(bytes)
            }
            Err(error) => Err(body_error(error)),
        })
    }

    /// Lets go of the connection once the body is complete or broken.
    fn settle(&mut self, left_over: bool) {
        let ended = self.decoder.is_end();
        if !ended && self.fault.is_none() {
            return;
        }
        let stream = self.stream.take();
        self.outgoing = None;
        if let (Some(stream), Some(pool), true, false) =
            (stream, self.home.take(), ended, left_over)
        {
            pool.put(stream);
        }
    }

    /// The connection has ended.
    fn closed(&mut self) -> Result<(), BodyError> {
        self.stream = None;
        if self.decoder.may_end() {
            Ok(())
        } else {
            Err(BodyError::Truncated)
        }
    }

    /// An upstream that no longer takes the request may still finish its answer, so errors are left to the reading.
    fn send_more(&mut self, cx: &mut Context<'_>) {
        if let (Some(outgoing), Some(stream)) = (&mut self.outgoing, &mut self.stream)
            && outgoing.poll_write(stream, cx).is_ready()
        {
            self.outgoing = None;
        }
    }
}

fn body_error(error: io::Error) -> BodyError {
    match error.kind() {
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::ConnectionAborted => BodyError::Reset,
        // TLS says so when the connection ends without its closing message.
        io::ErrorKind::UnexpectedEof => BodyError::Truncated,
        _ => BodyError::Io(error),
    }
}
