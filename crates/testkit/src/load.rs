//! A load generator for HTTP/1.1: closed loop, fixed rate without coordinated omission, and many open streams.

mod closed;
mod connection;
mod fixed_rate;
mod report;
mod streams;

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

pub use closed::closed;
pub use fixed_rate::fixed_rate;
pub use report::{ErrorKind, Report};
pub use streams::Streams;

/// The request that is sent again and again.
#[derive(Debug, Clone)]
pub struct Call {
    /// Where to.
    pub addr: SocketAddr,
    /// The whole HTTP/1.1 request, head and body.
    pub request: Bytes,
    /// How long an answer may take before it counts as a timeout and its connection is given up.
    pub patience: Duration,
}

/// When a closed loop ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// After so many requests over all connections.
    Requests(u64),
    /// After so much time; requests under way are finished.
    Elapsed(Duration),
}

impl Call {
    /// A JSON POST with ten seconds of patience.
    pub fn post(addr: SocketAddr, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let request = crate::raw::request("POST", path, &addr.to_string(), headers, body).into();
        Self {
            addr,
            request,
            patience: Duration::from_secs(10),
        }
    }

    /// The same call with another patience.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}

#[cfg(test)]
mod tests;
