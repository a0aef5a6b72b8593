//! What an upstream's error means.

use super::read::UpstreamError;

/// What an upstream's error says, whatever its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request is wrong; no upstream would take it.
    InvalidRequest,
    /// The prompt is longer than the model's context.
    ContextLength,
    /// A content policy refused prompt or answer.
    ContentFilter,
    /// The credential is wrong or lacks a permission.
    Auth,
    /// The account has no credit left.
    Billing,
    /// The upstream has no such model.
    ModelMissing,
    /// Too many requests or tokens for now.
    RateLimited,
    /// The upstream has no capacity for now.
    Overloaded,
    /// The upstream failed.
    ServerError,
}

use ErrorKind::{
    Auth, Billing, ContentFilter, ContextLength, InvalidRequest, ModelMissing, Overloaded,
    RateLimited, ServerError,
};

/// Codes and types that mean one thing under any status.
const PRECISE: &[(&str, ErrorKind)] = &[
    ("context_length_exceeded", ContextLength),
    ("context_window_exceeded", ContextLength),
    ("model_max_prompt_tokens_exceeded", ContextLength),
    ("insufficient_quota", Billing),
    ("billing_hard_limit_reached", Billing),
    ("billing_not_active", Billing),
    ("billing_error", Billing),
    ("insufficient_balance", Billing),
    ("exceeded_current_quota_error", Billing),
    ("model_not_found", ModelMissing),
    ("content_filter", ContentFilter),
    ("content_filter_error", ContentFilter),
    ("content_policy_violation", ContentFilter),
    ("responsibleaipolicyviolation", ContentFilter),
    ("overloaded_error", Overloaded),
    ("server_overloaded", Overloaded),
    ("server_is_overloaded", Overloaded),
    ("engine_overloaded_error", Overloaded),
];

/// Wordings, in lower case, that mean one thing where no code does. All parts must be there.
const WORDINGS: &[(&[&str], ErrorKind)] = &[
    (&["prompt is too long"], ContextLength),
    (&["maximum context length"], ContextLength),
    (&["context window"], ContextLength),
    (&["context length", "exceed"], ContextLength),
    (&["context size", "exceed"], ContextLength),
    (&["input token count", "exceeds the maximum"], ContextLength),
    (&["exceed context limit"], ContextLength),
    (&["maximum prompt length"], ContextLength),
    (&["input token count", "only supports up to"], ContextLength),
    (
        &["too large for model with", "context length"],
        ContextLength,
    ),
    (&["too many tokens", "cannot exceed"], ContextLength),
    (&["exceeded model token limit"], ContextLength),
    (&["input is too long for requested model"], ContextLength),
    (&["credit balance is too low"], Billing),
    (&["insufficient balance"], Billing),
    (&["exceeded your current quota", "billing"], Billing),
    (&["content management policy"], ContentFilter),
    (&["blocked by content filter"], ContentFilter),
];

/// Wordings that mean a missing model where the status allows it.
const MISSING: &[&[&str]] = &[
    &["model", "does not exist"],
    &["model", "not found"],
    &["model", "not exist"],
    &["no such model"],
];

/// Types and codes that say only what a status would say; of use where there is none.
const BROAD: &[(&str, ErrorKind)] = &[
    ("rate_limit_error", RateLimited),
    ("rate_limit_exceeded", RateLimited),
    ("rate_limit_reached_error", RateLimited),
    ("too_many_requests", RateLimited),
    ("resource_exhausted", RateLimited),
    ("overloaded", Overloaded),
    ("unavailable", Overloaded),
    ("service_unavailable", Overloaded),
    ("slow_down", Overloaded),
    ("authentication_error", Auth),
    ("permission_error", Auth),
    ("invalid_api_key", Auth),
    ("unauthenticated", Auth),
    ("permission_denied", Auth),
    ("not_found_error", InvalidRequest),
    ("invalid_request_error", InvalidRequest),
    ("invalid_argument", InvalidRequest),
    ("invalid_prompt", InvalidRequest),
    ("failed_precondition", InvalidRequest),
    ("request_too_large", InvalidRequest),
    ("server_error", ServerError),
    ("api_error", ServerError),
    ("internal", ServerError),
    ("internal_error", ServerError),
    ("internal_server_error", ServerError),
    ("timeout_error", ServerError),
];

/// What an error means, from its codes, its wording and its status, in this order of trust.
///
/// `status` is the HTTP status; 200 for errors within a stream or an answer that began as a success.
/// `None` when nothing tells: only possible below 400.
///
/// ```
/// use aigw_protocol::{ErrorKind, error_kind, read_error};
///
/// let error = read_error(br#"{"error":{"message":"prompt is too long: 9 tokens > 8 maximum"}}"#);
/// assert_eq!(error_kind(400, error.as_ref()), Some(ErrorKind::ContextLength));
/// assert_eq!(error_kind(529, None), Some(ErrorKind::Overloaded));
/// ```
pub fn error_kind(status: u16, error: Option<&UpstreamError>) -> Option<ErrorKind> {
    let said = error.and_then(|error| precise(status, error));
    said.or_else(|| by_status(status))
        .or_else(|| named(BROAD, error?))
}

fn precise(status: u16, error: &UpstreamError) -> Option<ErrorKind> {
    if let Some(kind) = named(PRECISE, error) {
        return Some(kind);
    }
    let message = error.message.as_deref()?.to_ascii_lowercase();
    let says = |parts: &[&str]| parts.iter().all(|part| message.contains(part));
    if let Some((_, kind)) = WORDINGS.iter().find(|(parts, _)| says(parts)) {
        return Some(*kind);
    }
    let missing = matches!(status, 200 | 400 | 404)
        && (MISSING.iter().any(|parts| says(parts)) || message.starts_with("model:"));
    missing.then_some(ModelMissing)
}

/// Looks the code, then the type, up in a table.
fn named(table: &[(&str, ErrorKind)], error: &UpstreamError) -> Option<ErrorKind> {
    [&error.code, &error.kind_text]
        .into_iter()
        .flatten()
        .find_map(|name| {
            let row = table
                .iter()
                .find(|(known, _)| name.eq_ignore_ascii_case(known))?;
            Some(row.1)
        })
}

fn by_status(status: u16) -> Option<ErrorKind> {
    Some(match status {
        0..400 => return None,
        401 | 403 => Auth,
        402 => Billing,
        408 => ServerError,
        429 => RateLimited,
        400..500 => InvalidRequest,
        503 | 529 => Overloaded,
        _ => ServerError,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::read_error;

    fn kind(status: u16, body: &str) -> Option<ErrorKind> {
        error_kind(status, read_error(body.as_bytes()).as_ref())
    }

    #[test]
    fn codes_and_wordings_come_before_the_status() {
        for (status, body, expected) in [
            (
                400,
                r#"{"error":{"code":"context_length_exceeded","type":"invalid_request_error"}}"#,
                ContextLength,
            ),
            (
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}}"#,
                ContextLength,
            ),
            (
                400,
                r#"{"message":"This model's maximum context length is 4096 tokens."}"#,
                ContextLength,
            ),
            (
                400,
                r#"{"error":{"message":"The input token count (9) exceeds the maximum number of tokens allowed (8).","status":"INVALID_ARGUMENT","code":400}}"#,
                ContextLength,
            ),
            (
                429,
                r#"{"error":{"code":"insufficient_quota","type":"insufficient_quota"}}"#,
                Billing,
            ),
            (
                400,
                r#"{"error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API."}}"#,
                Billing,
            ),
            (404, r#"{"error":{"code":"model_not_found"}}"#, ModelMissing),
            (
                404,
                r#"{"type":"error","error":{"type":"not_found_error","message":"model: claude-x"}}"#,
                ModelMissing,
            ),
            (
                404,
                r#"{"error":"model 'x' not found, try pulling it first"}"#,
                ModelMissing,
            ),
            (
                400,
                r#"{"error":{"code":"content_filter","innererror":{}}}"#,
                ContentFilter,
            ),
            (
                400,
                r#"{"error":{"code":"content_policy_violation"}}"#,
                ContentFilter,
            ),
            (500, r#"{"error":{"type":"overloaded_error"}}"#, Overloaded),
            (404, r#"{"detail":"Not Found"}"#, InvalidRequest),
            (
                429,
                r#"{"error":{"message":"model not found in cache, slow down"}}"#,
                RateLimited,
            ),
        ] {
            assert_eq!(kind(status, body), Some(expected), "{body}");
        }
    }

    #[test]
    fn the_status_decides_where_nothing_else_does() {
        for (status, expected) in [
            (400, InvalidRequest),
            (401, Auth),
            (402, Billing),
            (403, Auth),
            (404, InvalidRequest),
            (408, ServerError),
            (413, InvalidRequest),
            (422, InvalidRequest),
            (429, RateLimited),
            (500, ServerError),
            (502, ServerError),
            (503, Overloaded),
            (529, Overloaded),
        ] {
            assert_eq!(error_kind(status, None), Some(expected), "{status}");
        }
    }

    #[test]
    fn types_decide_where_there_is_no_status() {
        assert_eq!(
            kind(200, r#"{"error":{"type":"rate_limit_error"}}"#),
            Some(RateLimited)
        );
        assert_eq!(
            kind(200, r#"{"error":{"status":"PERMISSION_DENIED"}}"#),
            Some(Auth)
        );
        assert_eq!(kind(200, r#"{"error":{"type":"strange"}}"#), None);
        assert_eq!(error_kind(200, None), None);
    }
}
