//! Writing a request: its head and the segments of its body, several per system call.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use aigw_protocol::Body;
use bytes::Bytes;
use http::Method;
use tokio::io::AsyncWrite;

use crate::upstream::outgoing::{OutgoingHead, is_framing, push_line};
use crate::upstream::stream::Stream;

/// Most slices in one vectored write.
const SLICES: usize = 16;

/// A request on its way out.
#[derive(Debug)]
pub(crate) struct Outgoing {
    head: Vec<u8>,
    body: Body,
    /// 0 is the head, then the segments of the body.
    part: usize,
    /// Bytes of `part` that are written.
    offset: usize,
    flushed: bool,
}

impl Outgoing {
    /// Encodes the head. `content-length` is set for every method that has a body, even an empty one.
    pub(crate) fn new(head: &OutgoingHead<'_>, body: &Body) -> Self {
        let mut out = Vec::with_capacity(1024);
        out.extend_from_slice(head.method.as_str().as_bytes());
        out.push(b' ');
        out.extend_from_slice(head.path_and_query.as_str().as_bytes());
        out.extend_from_slice(b" HTTP/1.1\r\n");
        out.extend_from_slice(&head.fixed.encoded);
        for (name, value) in head.forwarded {
            if !is_framing(name) && (head.keep)(name) {
                push_line(&mut out, name.as_str(), value.as_bytes());
            }
        }
        if !body.is_empty() || !matches!(*head.method, Method::GET | Method::HEAD) {
            push_line(
                &mut out,
                "content-length",
                body.len().to_string().as_bytes(),
            );
        }
        out.extend_from_slice(b"\r\n");
        Self {
            head: out,
            body: body.clone(),
            part: 0,
            offset: 0,
            flushed: false,
        }
    }

    /// Whether everything is with the operating system.
    pub(crate) fn is_written(&self) -> bool {
        self.flushed
    }

    /// Writes as much as the connection takes.
    pub(crate) fn poll_write(
        &mut self,
        stream: &mut Stream,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while self.part <= self.body.segments().len() {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let count = self.slices(&mut slices);
            let written = ready!(Pin::new(&mut *stream).poll_write_vectored(cx, &slices[..count]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.advance(written);
        }
        ready!(Pin::new(stream).poll_flush(cx))?;
        self.flushed = true;
        Poll::Ready(Ok(()))
    }

    fn slices<'s>(&'s self, slices: &mut [IoSlice<'s>; SLICES]) -> usize {
        let parts = std::iter::once(&self.head[..])
            .chain(self.body.segments().iter().map(|segment| &segment[..]));
        let mut count = 0;
        for (slot, part) in slices.iter_mut().zip(parts.skip(self.part)) {
            let offset = if count == 0 { self.offset } else { 0 };
            *slot = IoSlice::new(&part[offset..]);
            count += 1;
        }
        count
    }

    fn advance(&mut self, written: usize) {
        let segments = self.body.segments();
        let mut left = self.offset + written;
        loop {
            let length = match self.part {
                0 => self.head.len(),
                part => segments.get(part - 1).map_or(usize::MAX, Bytes::len),
            };
            if left < length || self.part > segments.len() {
                break;
            }
            left -= length;
            self.part += 1;
        }
        self.offset = left;
    }
}
