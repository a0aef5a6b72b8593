//! What an upstream's error answer says.

mod vendor;

use std::time::Duration;

use aigw_protocol::{ErrorKind, UpstreamError, error_kind, read_error};
use http::HeaderMap;
use memchr::memmem;

use crate::headers::upstream_request_id;
use crate::retry_after::number;

/// An upstream's answer, classified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classified {
    /// What kind of failure it is; `None` when the answer is no failure. Redirects are failures: they are not followed.
    pub kind: Option<ErrorKind>,
    /// The upstream's own code, or its type when it gives no code.
    pub code: Option<String>,
    /// The upstream's own words.
    pub message: Option<String>,
    /// The upstream's id of the answer.
    pub request_id: Option<String>,
    /// How long the body asks to wait, for vendors that say it there; what the headers say
    /// ([`retry_after`](crate::retry_after())) goes first.
    pub retry_after: Option<Duration>,
}

/// Classifies an answer with `status` and `headers`, and the `body` or as much of it as was read.
///
/// What the body says goes before what the status says: vendors put exhausted accounts under 400, 403 and 429, and missing
/// models under 400.
pub fn classify(status: u16, headers: &HeaderMap, body: &[u8]) -> Classified {
    let failed = !(100..300).contains(&status);
    let error = if failed { read_error(body) } else { None };
    let kind = if failed {
        Some(failure(status, error.as_ref()))
    } else {
        None
    };
    let retry_after = if failed { retry_info(body) } else { None };
    let error = error.unwrap_or_default();
    Classified {
        kind,
        code: error.code.or(error.kind_text),
        message: error.message,
        request_id: upstream_request_id(headers).map(str::to_owned),
        retry_after,
    }
}

fn failure(status: u16, error: Option<&UpstreamError>) -> ErrorKind {
    let said = vendor::kind(status, error).or_else(|| error_kind(status, error));
    said.unwrap_or(ErrorKind::ServerError)
}

/// Google's `"retryDelay": "34.5s"` among the details of an error.
fn retry_info(body: &[u8]) -> Option<Duration> {
    const MEMBER: &[u8] = b"\"retryDelay\"";
    let after = &body[memmem::find(body, MEMBER)? + MEMBER.len()..];
    let value = after
        .trim_ascii_start()
        .strip_prefix(b":")?
        .trim_ascii_start()
        .strip_prefix(b"\"")?;
    let seconds = value
        .split(|byte| *byte == b'"')
        .next()?
        .strip_suffix(b"s")?;
    number(std::str::from_utf8(seconds).ok()?, 1.0)
}
