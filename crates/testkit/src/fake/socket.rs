//! One accepted connection, plain or behind a caller's hook, that can be closed in both ways TCP knows.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

/// A byte stream of any kind.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Io for S {}

type Accepting = Pin<Box<dyn Future<Output = io::Result<Box<dyn Io>>> + Send>>;

/// The caller's function over accepted connections.
#[derive(Clone)]
pub(super) struct Hook(Arc<dyn Fn(TcpStream) -> Accepting + Send + Sync>);

/// A connection.
pub(super) enum Socket {
    /// As accepted.
    Plain(TcpStream),
    /// What the hook made of it, and a second handle of the socket beneath.
    Hooked(Box<dyn Io>, std::net::TcpStream),
}

impl Hook {
    /// Wraps a caller's function.
    pub(super) fn new<F, A, S>(accept: F) -> Self
    where
        F: Fn(TcpStream) -> A + Send + Sync + 'static,
        A: Future<Output = io::Result<S>> + Send + 'static,
        S: Io + 'static,
    {
        Self(Arc::new(move |tcp| {
            let accepting = accept(tcp);
            Box::pin(async move { Ok(Box::new(accepting.await?) as Box<dyn Io>) })
        }))
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Hook")
    }
}

impl Socket {
    /// Takes a connection over.
    pub(super) async fn accept(tcp: TcpStream, hook: Option<&Hook>) -> io::Result<Self> {
        tcp.set_nodelay(true)?;
        let Some(hook) = hook else {
            return Ok(Self::Plain(tcp));
        };
        let tcp = tcp.into_std()?;
        let beneath = tcp.try_clone()?;
        let io = (hook.0)(TcpStream::from_std(tcp)?).await?;
        Ok(Self::Hooked(io, beneath))
    }

    /// Appends what has arrived; 0 at the end.
    pub(super) async fn read(&mut self, into: &mut BytesMut) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.read_buf(into).await,
            Self::Hooked(io, _) => io.read_buf(into).await,
        }
    }

    /// Writes everything.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(tcp) => tcp.write_all(bytes).await,
            Self::Hooked(io, _) => {
                io.write_all(bytes).await?;
                io.flush().await
            }
        }
    }

    /// Closes the sending side in order.
    pub(super) async fn close(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(tcp) => tcp.shutdown().await,
            Self::Hooked(io, _) => io.shutdown().await,
        }
    }

    /// Resets the connection.
    pub(super) fn reset(self) -> io::Result<()> {
        match self {
            Self::Plain(tcp) => tcp.set_zero_linger(),
            Self::Hooked(_io, beneath) => TcpStream::from_std(beneath)?.set_zero_linger(),
        }
    }
}
