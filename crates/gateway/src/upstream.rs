//! The way to the upstreams: connections, their reuse, HTTP/1.1 and HTTP/2, TLS, and the egress policy.
//!
//! One [`Origin`] exists per provider base. [`Origin::send`] takes a request and gives back the response as soon as its head is there; the
//! body is then polled by the caller. Redirects are not followed, proxies of the environment are not used.

mod connect;
mod egress;
mod error;
mod http1;
mod http2;
mod incoming;
mod outgoing;
mod pool;
mod stream;
mod tls;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aigw_protocol::Body;
use tokio::time::{Instant, timeout};

use connect::{Connected, Connector};
use error::Failure;
use http1::Outgoing;
use http2::Http2;
use pool::Pool;
use stream::Stream;

pub use egress::{EgressGuard, EgressRefusal};
pub use error::{BodyError, OriginError, SendError};
pub use incoming::{Incoming, IncomingBody, Timing};
pub use outgoing::{Deadlines, FixedHeaders, OutgoingHead, is_framing};

/// Where an origin is and how to reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginSpec {
    /// Whether to speak TLS. HTTP/2 is used if the upstream offers it by ALPN; without TLS it is always HTTP/1.1.
    pub tls: bool,
    /// DNS name or IP address; an IPv6 address with or without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Which addresses may be connected to.
    pub guard: EgressGuard,
    /// PEM file of certificates to trust beside those of the machine.
    pub ca_file: Option<PathBuf>,
    /// Limit for name resolution, TCP and TLS handshake together.
    pub connect_timeout: Duration,
}

/// One upstream endpoint with its open connections.
#[derive(Debug)]
pub struct Origin {
    connector: Connector,
    pool: Arc<Pool>,
    http2: Http2,
}

/// What a caller asks for.
struct Request<'a> {
    head: OutgoingHead<'a>,
    body: &'a Body,
    deadlines: Deadlines,
}

/// A connection for one request.
enum Lease {
    Http1(Stream),
    Http2(http2::Lease),
}

impl Origin {
    /// Sets up an origin; opens no connection.
    ///
    /// # Errors
    /// A host that is none, certificates that cannot be used.
    pub fn new(spec: OriginSpec) -> Result<Arc<Self>, OriginError> {
        let connector = Connector::new(spec)?;
        Ok(Arc::new(Self {
            connector,
            pool: Arc::default(),
            http2: Http2::default(),
        }))
    }

    /// Sends a request and waits for the head of its response.
    ///
    /// A kept-alive connection that turns out to be closed before the request is written is replaced by a fresh one, once.
    /// Dropping the future cancels the request.
    ///
    /// # Errors
    /// No connection, or no usable response head in time; see [`SendError`].
    pub async fn send(
        &self,
        head: OutgoingHead<'_>,
        body: &Body,
        deadlines: Deadlines,
    ) -> Result<Incoming, SendError> {
        let request = Request {
            head,
            body,
            deadlines,
        };
        if let Some(lease) = self.kept() {
            match self.exchange(lease, &request, None).await {
                Err(Failure { unsent: true, .. }) => {}
                done => return done.map_err(|failure| failure.error),
            }
        }
        let began = Instant::now();
        // Boxed, because it is large and most requests never need it.
        let lease = Box::pin(self.fresh()).await?;
        let done = self.exchange(lease, &request, Some(began.elapsed())).await;
        done.map_err(|failure| failure.error)
    }

    /// What the origin was made from.
    pub fn spec(&self) -> &OriginSpec {
        self.connector.spec()
    }

    /// Number of open connections that carry no request.
    pub fn idle(&self) -> usize {
        self.pool.len() + self.http2.idle()
    }

    /// Closes connections that have been idle for over 90 s at `now`, and those that the upstream has closed.
    pub fn sweep(&self, now: Instant) {
        self.pool.sweep(now);
        self.http2.sweep(now);
    }

    fn kept(&self) -> Option<Lease> {
        self.http2
            .take()
            .map(Lease::Http2)
            .or_else(|| self.pool.take().map(Lease::Http1))
    }

    /// Opens a connection within the connect timeout. Where HTTP/2 is spoken, one is opened for all who need one.
    async fn fresh(&self) -> Result<Lease, SendError> {
        let limit = self.connector.limit();
        let open = async {
            let _turn = if self.http2.is_chosen() {
                Some(self.http2.opening.lock().await)
            } else {
                None
            };
            if let Some(lease) = self.http2.take() {
                return Ok(Lease::Http2(lease));
            }
            let connected = self.connector.connect().await?;
            self.http2
                .note_choice(matches!(connected, Connected::Http2(_)));
            Ok(match connected {
                Connected::Http1(stream) => Lease::Http1(stream),
                Connected::Http2(stream) => Lease::Http2(self.http2.add(stream).await?),
            })
        };
        timeout(limit, open).await.unwrap_or_else(|_| {
            let source = io::Error::new(
                io::ErrorKind::TimedOut,
                format!("no connection within {limit:?}"),
            );
            Err(SendError::Connect {
                timeout: true,
                source,
            })
        })
    }

    /// One attempt on one connection; `connect` says how long that took to open, if it is fresh.
    async fn exchange(
        &self,
        lease: Lease,
        request: &Request<'_>,
        connect: Option<Duration>,
    ) -> Result<Incoming, Failure> {
        let Request {
            head,
            body,
            deadlines,
        } = request;
        let after = deadlines.first_byte;
        let reused = connect.is_none();
        let sent_at = Instant::now();
        let answered = match lease {
            Lease::Http1(stream) => {
                let outgoing = Outgoing::new(head, body);
                let exchange = http1::exchange(stream, outgoing, head.method, &self.pool, reused);
                timeout(after, exchange).await
            }
            Lease::Http2(lease) => timeout(after, lease.exchange(head, body, reused)).await,
        };
        let too_late = SendError::FirstByteTimeout { after };
        let answer = answered.unwrap_or(Err(Failure {
            error: too_late,
            unsent: false,
        }))?;
        let first_byte = answer.first_byte.saturating_duration_since(sent_at);
        Ok(Incoming {
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
            timing: Timing {
                connect,
                sent_at,
                first_byte,
            },
        })
    }
}

#[cfg(test)]
mod tests;
