//! Bodies of HTTP/2 requests and responses.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use aigw_protocol::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::Slot;
use crate::upstream::error::BodyError;

/// A request body, sent segment by segment.
#[derive(Debug)]
pub(crate) struct RequestBody {
    body: Body,
    next: usize,
    left: usize,
}

impl RequestBody {
    pub(super) fn new(body: Body) -> Self {
        let left = body.len();
        Self {
            body,
            next: 0,
            left,
        }
    }
}

impl http_body::Body for RequestBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        let segment = this.body.segments().get(this.next).cloned();
        this.next += 1;
        this.left -= segment.as_ref().map_or(0, Bytes::len);
        Poll::Ready(segment.map(|segment| Ok(Frame::data(segment))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left as u64)
    }
}

/// A response body; dropping it before its end resets the stream.
#[derive(Debug)]
pub(crate) struct Http2Body {
    /// `None` once the body has ended, well or badly.
    receiving: Option<(hyper::body::Incoming, Slot)>,
}

impl Http2Body {
    pub(super) fn new(body: hyper::body::Incoming, slot: Slot) -> Self {
        let ended = http_body::Body::is_end_stream(&body);
        Self {
            receiving: (!ended).then_some((body, slot)),
        }
    }

    pub(crate) fn is_end(&self) -> bool {
        self.receiving.is_none()
    }

    pub(crate) fn poll_chunk(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        while let Some((body, _)) = &mut self.receiving {
            match ready!(http_body::Body::poll_frame(Pin::new(body), cx)) {
                // Trailers carry nothing for the caller.
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if !data.is_empty() => return Poll::Ready(Some(Ok(data))),
                    _ => {}
                },
                Some(Err(error)) => {
                    self.receiving = None;
                    return Poll::Ready(Some(Err(body_error(&error))));
                }
                None => self.receiving = None,
            }
        }
        Poll::Ready(None)
    }
}

/// An error of the connection says so somewhere in its chain; everything else is a reset of the stream.
fn body_error(error: &hyper::Error) -> BodyError {
    let mut cause = error.source();
    while let Some(inner) = cause {
        match inner.downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(io::ErrorKind::UnexpectedEof) => return BodyError::Truncated,
            Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => {
                return BodyError::Reset;
            }
            Some(kind) => return BodyError::Io(io::Error::new(kind, inner.to_string())),
            None => cause = inner.source(),
        }
    }
    BodyError::Reset
}
