//! Accepting connections, and letting them end.
//!
//! One task per connection: HTTP/1.1, HTTP/2 over TLS by ALPN, and HTTP/2 in clear text with prior knowledge. A
//! connection costs no timer work while requests flow: one timer looks after it, and is re-armed only when a request
//! head arrives in pieces or a check period ends.

mod accept;
mod caller;
mod connection;
mod meter;
mod open;
mod tls;
mod watch;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use tokio::net::{TcpListener, TcpSocket};

use crate::gateway::{Gateway, Peer};
use crate::response::ResponseBody;
use connection::Shared;
use open::Open;
use tls::Tls;

/// Connections waiting to be accepted.
const BACKLOG: u32 = 4096;

/// A bound address that does not accept yet.
#[derive(Debug)]
pub struct Listener {
    tcp: TcpListener,
    address: SocketAddr,
    tls: Option<Tls>,
    open: Arc<Open>,
}

/// Certificate chain and private key, both PEM. Read again when either file changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate chain, leaf first.
    pub cert: PathBuf,
    /// The private key: PKCS #8, PKCS #1 or SEC 1.
    pub key: PathBuf,
}

/// Bounds of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// How long a caller may take to send a request head, and to finish the TLS handshake.
    pub header_read: Duration,
    /// Connections open at once; one more is closed as soon as it is accepted.
    pub connections: usize,
    /// How long requests in flight may take to finish after the shutdown began.
    pub drain: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            header_read: Duration::from_secs(10),
            connections: 65_536,
            drain: Duration::from_secs(30),
        }
    }
}

/// How a drain went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DrainReport {
    /// Requests that were in flight when the shutdown began and came to their end.
    pub finished: usize,
    /// Requests that were still in flight when the time was up, and were cut.
    pub cut: usize,
}

/// Why a listener could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Address {
        /// The address asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The TLS certificate or key cannot be used.
    #[error("cannot use the TLS files: {0}")]
    Tls(#[from] TlsError),
}

pub use tls::TlsError;

/// Counts the open connections of a listener. Clones count the same ones.
#[derive(Debug, Clone)]
pub struct ConnectionGauge(Arc<Open>);

impl ConnectionGauge {
    /// Connections open now.
    pub fn open(&self) -> usize {
        self.0.count()
    }
}

/// What answers the requests of a listener.
pub trait Serve: Clone + Send + Sync + Unpin + 'static {
    /// The body of the answers.
    type Body: http_body::Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>>
        + Send
        + Unpin
        + 'static;

    /// Answers one request. Dropped when the caller leaves before the answer's head.
    fn serve(
        self,
        request: Request<Incoming>,
        peer: Peer,
    ) -> impl Future<Output = Response<Self::Body>> + Send + 'static;
}

impl Serve for Gateway {
    type Body = ResponseBody;

    async fn serve(self, request: Request<Incoming>, peer: Peer) -> Response<ResponseBody> {
        self.handle(request, peer).await
    }
}

impl Listener {
    /// Binds `address`; port 0 takes a free one. Must run within a tokio runtime.
    pub fn bind(address: SocketAddr, tls: Option<TlsFiles>) -> Result<Self, BindError> {
        let tls = tls.map(Tls::load).transpose()?;
        let failed = |source| BindError::Address { address, source };
        let tcp = listen(address).map_err(failed)?;
        let address = tcp.local_addr().map_err(failed)?;
        Ok(Self {
            tcp,
            address,
            tls,
            open: Arc::default(),
        })
    }

    /// The address bound, with the port that was taken.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Whether callers have to speak TLS.
    pub fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// A counter of the connections that [`Listener::serve`] will hold.
    pub fn connections(&self) -> ConnectionGauge {
        ConnectionGauge(Arc::clone(&self.open))
    }

    /// Accepts connections and answers their requests until `shutdown` completes; then accepts no more, lets the
    /// requests in flight finish within `limits.drain`, and cuts what is left.
    pub async fn serve<S: Serve>(
        self,
        service: S,
        limits: ConnectionLimits,
        shutdown: impl Future<Output = ()>,
    ) -> DrainReport {
        let open = Arc::clone(&self.open);
        let shared = Arc::new(Shared::new(service, limits, self.tls, Arc::clone(&open)));
        accept::accept_until(&self.tcp, &shared, shutdown).await;
        drop(self.tcp);
        open.drain(limits.drain).await
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // Without it a restart has to wait until the old connections have left TIME_WAIT. On Windows it would mean that
    // two processes can share the port.
    if cfg!(unix) {
        socket.set_reuseaddr(true)?;
    }
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

#[cfg(test)]
mod tests;
