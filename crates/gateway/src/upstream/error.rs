//! What can go wrong between the gateway and an upstream.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::egress::EgressRefusal;

/// Why an origin cannot be set up. All of them are mistakes of the configuration or of the machine, found at publish time.
#[derive(Debug, thiserror::Error)]
pub enum OriginError {
    /// The host is neither a DNS name nor an IP address.
    #[error("`{host}` is not a host name or an IP address")]
    Host {
        /// The host as given.
        host: String,
    },
    /// The certificate file cannot be read or holds no certificate.
    #[error("certificates of `{}` cannot be used: {reason}", path.display())]
    CaFile {
        /// The file as given.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The machine has no trusted root certificates and the origin names none of its own.
    #[error("no trusted root certificates were found on this machine and no `ca_file` is set")]
    NoRoots,
    /// The TLS library refuses the settings.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

/// Why a request got no response.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The egress policy refuses every address of the host; nothing was sent.
    #[error("connecting to `{host}` is refused: {refusal}")]
    Egress {
        /// The host of the origin.
        host: String,
        /// The first address that was refused, and why.
        refusal: EgressRefusal,
    },
    /// The host name has no address.
    #[error("`{host}` cannot be resolved: {source}")]
    Resolve {
        /// The host of the origin.
        host: String,
        /// What the resolver says.
        source: io::Error,
    },
    /// No address accepted a connection.
    #[error("connecting failed: {source}")]
    Connect {
        /// True when the connect timeout ended the attempt (name resolution, TCP and TLS together).
        timeout: bool,
        /// The error of the last address tried.
        source: io::Error,
    },
    /// TLS failed: an untrusted certificate, a wrong name, no common version, a client certificate asked for.
    #[error("TLS failed: {source}")]
    Tls {
        /// What the TLS library says.
        source: io::Error,
    },
    /// The request could not be written and no response was there either.
    #[error("writing the request failed: {source}")]
    Write {
        /// Whether the connection had served a request before.
        reused: bool,
        /// The error of the socket.
        source: io::Error,
    },
    /// No complete response head within the deadline.
    #[error("no response head within {after:?}")]
    FirstByteTimeout {
        /// The deadline that passed.
        after: Duration,
    },
    /// The response head is over 64 KiB, has over 100 headers, or follows too many interim responses.
    #[error("the response head is too large")]
    HeadTooLarge,
    /// The response head is not valid HTTP, or its framing is ambiguous.
    #[error("the response head is invalid: {reason}")]
    BadHead {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The connection ended before a response head.
    #[error("the connection was closed before a response")]
    Closed {
        /// Whether the connection had served a request before.
        reused: bool,
    },
}

impl SendError {
    /// True for the connect timeout and the first-byte timeout.
    pub fn is_timeout(&self) -> bool {
        matches!(
            self,
            Self::Connect { timeout: true, .. } | Self::FirstByteTimeout { .. }
        )
    }

    /// True when a kept-alive connection turned out to be closed and nothing of a response arrived.
    /// [`Origin::send`](super::Origin::send) has already sent the request again where that is safe; seen from outside, this means that the
    /// request had been written completely, so that the upstream may have read it.
    pub fn stale(&self) -> bool {
        matches!(
            self,
            Self::Write { reused: true, .. } | Self::Closed { reused: true }
        )
    }
}

/// Why one exchange on one connection gave no response.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: SendError,
    /// Nothing of a response arrived and the request was not sent completely: the upstream cannot have acted on it.
    pub(super) unsent: bool,
}

/// Why a response body ended early. Bytes that were handed out before stay valid; the connection is closed.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The upstream reset the connection or the stream.
    #[error("the upstream reset the response")]
    Reset,
    /// The body ended before its declared length or its last chunk.
    #[error("the response ended before its end")]
    Truncated,
    /// The chunked encoding is malformed or over its bounds.
    #[error("the response has an invalid chunk: {0}")]
    BadChunk(&'static str),
    /// Any other error of the socket or of TLS.
    #[error("reading the response failed: {0}")]
    Io(#[source] io::Error),
}
