//! Where the bytes of an upstream's answer come from.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncBufRead, AsyncRead, ReadBuf};

use crate::intake::Coding;
use crate::upstream::{BodyError, IncomingBody};

/// Decoded bytes handed out at once.
const PIECE: usize = 16 * 1024;

/// The body of an upstream's answer. Dropping it before its end cancels the upstream.
#[derive(Debug)]
pub(crate) enum Source {
    /// As it came from the network.
    Network(IncomingBody),
    /// From the network, compressed although nobody asked for that.
    Compressed(Box<Decoding>),
    /// Made in this process.
    Local(VecDeque<Bytes>),
}

/// Why an answer ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    #[error(transparent)]
    Network(#[from] BodyError),
    #[error("the answer does not decompress: {0}")]
    Decompress(io::Error),
}

impl Source {
    /// A source that undoes `coding`.
    pub(crate) fn decoding(body: IncomingBody, coding: Coding) -> Self {
        let reader = Reader {
            body,
            chunk: Bytes::new(),
        };
        Self::Compressed(Box::new(Decoding {
            decoder: coding.decoder(reader),
            piece: BytesMut::new(),
        }))
    }

    /// The next bytes, everything that has arrived before this is pending; `None` at the end.
    pub(crate) fn poll_chunk(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, SourceError>>> {
        match self {
            Self::Network(body) => body.poll_chunk(cx).map_err(SourceError::Network),
            Self::Compressed(decoding) => decoding.poll_chunk(cx),
            Self::Local(chunks) => Poll::Ready(chunks.pop_front().map(Ok)),
        }
    }

    /// [`Source::poll_chunk`] as a future that loses nothing when dropped.
    pub(crate) async fn chunk(&mut self) -> Option<Result<Bytes, SourceError>> {
        std::future::poll_fn(|cx| self.poll_chunk(cx)).await
    }
}

/// An answer that is decompressed on its way.
pub(crate) struct Decoding {
    decoder: Box<dyn AsyncRead + Send + Unpin>,
    piece: BytesMut,
}

impl std::fmt::Debug for Decoding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoding").finish_non_exhaustive()
    }
}

impl Decoding {
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, SourceError>>> {
        self.piece.resize(PIECE, 0);
        let mut buffer = ReadBuf::new(&mut self.piece);
        let result = ready!(Pin::new(&mut self.decoder).poll_read(cx, &mut buffer));
        let filled = buffer.filled().len();
        Poll::Ready(match result {
            Err(error) => Some(Err(unwrap_network(error))),
            Ok(()) if filled == 0 => None,
            Ok(()) => {
                self.piece.truncate(filled);
                Some(Ok(self.piece.split().freeze()))
            }
        })
    }
}

/// The decoder reports errors of the connection below it as its own; they are told apart again here.
fn unwrap_network(error: io::Error) -> SourceError {
    match error.downcast::<BodyError>() {
        Ok(network) => SourceError::Network(network),
        Err(error) => SourceError::Decompress(error),
    }
}

/// The network body as the byte stream that decoders read from.
#[derive(Debug)]
struct Reader {
    body: IncomingBody,
    chunk: Bytes,
}

impl AsyncBufRead for Reader {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        while this.chunk.is_empty() {
            match ready!(this.body.poll_chunk(cx)) {
                Some(Ok(chunk)) => this.chunk = chunk,
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
                None => break,
            }
        }
        Poll::Ready(Ok(&this.chunk))
    }

    fn consume(mut self: Pin<&mut Self>, amount: usize) {
        self.chunk.advance(amount);
    }
}

impl AsyncRead for Reader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let available = ready!(self.as_mut().poll_fill_buf(cx))?;
        let amount = available.len().min(buffer.remaining());
        buffer.put_slice(&available[..amount]);
        self.consume(amount);
        Poll::Ready(Ok(()))
    }
}
