//! What an upstream's error answer says.

use std::time::Duration;

use aigw_protocol::{ErrorKind, UpstreamError, error_kind, read_error};
use http::HeaderMap;

/// An upstream's answer, classified.
#[derive(Debug, Clone, PartialEq)]
pub struct Classified {
    /// What kind of failure it is; `None` when the answer is no failure.
    pub kind: Option<ErrorKind>,
    /// The upstream's own code, or its type when it gives no code.
    pub code: Option<String>,
    /// The upstream's own words.
    pub message: Option<String>,
    /// How long the body asks to wait, for vendors that say it there; the headers' word ([`crate::retry_after`]) goes first.
    pub retry_after: Option<Duration>,
}

/// Classifies an answer with `status` and `headers`, and the `body` or as much of it as was read.
pub fn classify(status: u16, headers: &HeaderMap, body: &[u8]) -> Classified {
    let _ = headers;
    let error: Option<UpstreamError> = read_error(body);
    Classified { kind: error_kind(status, error.as_ref()), code: None, message: None, retry_after: None }
}
