//! The body of an answer.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::relay::{BytesRelay, EventRelay};
use crate::waiting::Waiting;

/// The body of an answer: complete, or relayed as it arrives.
///
/// Dropping it before its end cancels the upstream call behind it.
#[derive(Debug)]
pub struct ResponseBody(Kind);

#[derive(Debug)]
enum Kind {
    Empty,
    One(Bytes),
    Many {
        segments: VecDeque<Bytes>,
        left: u64,
    },
    Events(Box<EventRelay>),
    Bytes(Box<BytesRelay>),
    Waiting(Box<Waiting>),
}

impl ResponseBody {
    /// A body known in full.
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self(if bytes.is_empty() {
            Kind::Empty
        } else {
            Kind::One(bytes)
        })
    }

    pub(crate) fn whole(body: &aigw_protocol::Body) -> Self {
        match body.segments() {
            [] => Self(Kind::Empty),
            [only] => Self::full(only.clone()),
            segments => Self(Kind::Many {
                segments: segments.iter().cloned().collect(),
                left: body.len() as u64,
            }),
        }
    }

    pub(crate) const fn events(relay: Box<EventRelay>) -> Self {
        Self(Kind::Events(relay))
    }

    pub(crate) const fn bytes(relay: Box<BytesRelay>) -> Self {
        Self(Kind::Bytes(relay))
    }

    pub(crate) const fn waiting(waiting: Box<Waiting>) -> Self {
        Self(Kind::Waiting(waiting))
    }

    fn next(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        match &mut self.0 {
            Kind::Empty => Poll::Ready(None),
            Kind::One(_) => match std::mem::replace(&mut self.0, Kind::Empty) {
                Kind::One(bytes) => Poll::Ready(Some(Ok(bytes))),
                _ => Poll::Ready(None),
            },
            Kind::Many { segments, left } => Poll::Ready(segments.pop_front().map(|segment| {
                *left -= segment.len() as u64;
                Ok(segment)
            })),
            Kind::Events(relay) => relay.poll_next(cx).map(|bytes| bytes.map(Ok)),
            Kind::Bytes(relay) => relay.poll_next(cx),
            Kind::Waiting(waiting) => waiting.poll_next(cx),
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.next(cx)
            .map(|next| next.map(|bytes| bytes.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Empty => true,
            Kind::Many { segments, .. } => segments.is_empty(),
            Kind::One(_) | Kind::Bytes(_) | Kind::Waiting(_) => false,
            Kind::Events(relay) => relay.is_over(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Empty => SizeHint::with_exact(0),
            Kind::One(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Many { left, .. } => SizeHint::with_exact(*left),
            Kind::Events(_) | Kind::Bytes(_) | Kind::Waiting(_) => SizeHint::default(),
        }
    }
}
