//! Errors in the caller's dialect.

use crate::dialect::{Dialect, Family};
use crate::json::write::{optional_string, string};

/// An error to be told to a caller.
#[derive(Debug, Clone, Copy)]
pub struct ErrorText<'a> {
    /// The HTTP status that it has, or would have had before the stream began.
    pub status: u16,
    /// Our stable code, such as `model_not_found`.
    pub code: &'a str,
    /// A sentence for the caller.
    pub message: &'a str,
    /// The request member it is about.
    pub param: Option<&'a str>,
    /// The id of the request; empty when there is none.
    pub request_id: &'a str,
}

/// The JSON body of an error answer.
pub fn error_body(family: Family, error: &ErrorText<'_>) -> Vec<u8> {
    let mut out = String::with_capacity(192 + error.message.len());
    match family {
        Family::Openai => openai(&mut out, error),
        Family::Anthropic => anthropic(&mut out, error),
        Family::Gemini => gemini(&mut out, error),
    }
    out.into_bytes()
}

/// The event that ends a stream with an error. `sequence` numbers it where the dialect does so.
///
/// No terminator follows: what ends like this did not end well.
pub fn error_event(dialect: Dialect, error: &ErrorText<'_>, sequence: u64) -> Vec<u8> {
    let mut out = String::with_capacity(320 + 2 * error.message.len());
    match dialect {
        Dialect::OpenaiChat => {
            out.push_str("data: ");
            openai(&mut out, error);
        }
        Dialect::OpenaiResponses => {
            out.push_str("event: error\ndata: {\"type\":\"error\",\"sequence_number\":");
            out.push_str(&sequence.to_string());
            out.push_str(",\"code\":");
            string(&mut out, error.code);
            out.push_str(",\"message\":");
            string(&mut out, error.message);
            out.push_str(",\"param\":");
            optional_string(&mut out, error.param);
            // The SDKs raise on a nested error; on the flat members alone some only hand it on.
            out.push_str(",\"error\":");
            openai_inner(&mut out, error);
            out.push('}');
        }
        Dialect::AnthropicMessages => {
            out.push_str("event: error\ndata: ");
            anthropic(&mut out, error);
        }
        Dialect::GeminiGenerate => {
            out.push_str("data: ");
            gemini(&mut out, error);
        }
    }
    out.push_str("\n\n");
    out.into_bytes()
}

/// What keeps an idle stream of that dialect alive: a comment, or Anthropic's `ping` event.
pub const fn keep_alive(dialect: Dialect) -> &'static [u8] {
    match dialect {
        Dialect::AnthropicMessages => b"event: ping\ndata: {\"type\": \"ping\"}\n\n",
        _ => b": keep-alive\n\n",
    }
}

fn openai(out: &mut String, error: &ErrorText<'_>) {
    out.push_str("{\"error\":");
    openai_inner(out, error);
    out.push('}');
}

fn openai_inner(out: &mut String, error: &ErrorText<'_>) {
    out.push_str("{\"message\":");
    string(out, error.message);
    out.push_str(",\"type\":\"");
    out.push_str(openai_type(error.status));
    out.push_str("\",\"param\":");
    optional_string(out, error.param);
    out.push_str(",\"code\":");
    string(out, error.code);
    out.push('}');
}

fn openai_type(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        403 => "permission_error",
        429 => "rate_limit_error",
        500.. => "server_error",
        _ => "invalid_request_error",
    }
}

fn anthropic(out: &mut String, error: &ErrorText<'_>) {
    out.push_str("{\"type\":\"error\",\"error\":{\"type\":\"");
    out.push_str(anthropic_type(error.status));
    out.push_str("\",\"message\":");
    string(out, error.message);
    out.push_str(",\"details\":{\"error_code\":");
    string(out, error.code);
    out.push_str("}},\"request_id\":");
    optional_string(out, Some(error.request_id).filter(|id| !id.is_empty()));
    out.push('}');
}

fn anthropic_type(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        408 | 504 => "timeout_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 | 529 => "overloaded_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    }
}

fn gemini(out: &mut String, error: &ErrorText<'_>) {
    out.push_str("{\"error\":{\"code\":");
    out.push_str(&error.status.to_string());
    out.push_str(",\"message\":");
    string(out, error.message);
    out.push_str(",\"status\":\"");
    out.push_str(gemini_status(error.status));
    out.push_str(
        "\",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":",
    );
    string(out, error.code);
    out.push_str(",\"domain\":\"aigw\"}]}}");
}

fn gemini_status(status: u16) -> &'static str {
    match status {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ABORTED",
        429 => "RESOURCE_EXHAUSTED",
        501 => "UNIMPLEMENTED",
        503 | 529 => "UNAVAILABLE",
        408 | 504 => "DEADLINE_EXCEEDED",
        500.. => "INTERNAL",
        _ => "INVALID_ARGUMENT",
    }
}

#[cfg(test)]
mod tests;
