//! Errors of upstreams in the words of the caller's dialect.

mod context;

use crate::dialect::{Dialect, Family};
use crate::error::{
    ErrorKind, ErrorText, InBandError, error_body, error_event, error_kind, read_error,
};

/// The body of an upstream's error in the form of another family: its message, and its meaning in the
/// type, code and status that clients of that family act on.
///
/// `request_id` is the id under which the caller may ask; empty for none.
pub fn translate_error(to: Family, status: u16, body: &[u8], request_id: &str) -> Vec<u8> {
    translated(to, status, body, request_id, |text| error_body(to, text))
}

/// The same as the event that ends a stream of that dialect, its first.
pub fn translate_error_event(to: Dialect, status: u16, body: &[u8], request_id: &str) -> Vec<u8> {
    translated(to.family(), status, body, request_id, |text| {
        error_event(to, text, 0)
    })
}

fn translated(
    to: Family,
    status: u16,
    body: &[u8],
    request_id: &str,
    write: impl FnOnce(&ErrorText<'_>) -> Vec<u8>,
) -> Vec<u8> {
    let read = read_error(body);
    let kind = error_kind(status, read.as_ref());
    let own = read
        .as_ref()
        .and_then(|error| error.code.clone().or_else(|| error.kind_text.clone()));
    let message = read.as_ref().and_then(|error| error.message.clone());
    let message = message.unwrap_or_else(|| format!("The upstream answered with status {status}."));
    let message = worded(to, kind, message);
    write(&ErrorText {
        status,
        code: code(kind, own.as_deref()),
        message: &message,
        param: read.as_ref().and_then(|error| error.param.as_deref()),
        request_id,
    })
}

/// Writes the event that ends a stream with an upstream's error.
pub(super) fn write_event(dialect: Dialect, error: &InBandError, sequence: u64, out: &mut Vec<u8>) {
    let kind = Some(error.kind);
    let message = if error.message.is_empty() {
        "The upstream reported an error.".to_owned()
    } else {
        error.message.clone()
    };
    let message = worded(dialect.family(), kind, message);
    let text = ErrorText {
        status: error.status.unwrap_or_else(|| status(error.kind)),
        code: code(kind, error.code.as_deref()),
        message: &message,
        param: None,
        request_id: "",
    };
    out.extend_from_slice(&error_event(dialect, &text, sequence));
}

/// The status that an error of that kind has when it does not name one.
pub(super) const fn status(kind: ErrorKind) -> u16 {
    match kind {
        ErrorKind::InvalidRequest | ErrorKind::ContextLength | ErrorKind::ContentFilter => 400,
        ErrorKind::Auth => 401,
        ErrorKind::Billing => 402,
        ErrorKind::ModelMissing => 404,
        ErrorKind::RateLimited => 429,
        ErrorKind::Overloaded => 529,
        ErrorKind::ServerError => 500,
    }
}

/// The code that clients act on, or else the upstream's own.
fn code(kind: Option<ErrorKind>, own: Option<&str>) -> &str {
    match kind {
        Some(ErrorKind::ContextLength) => "context_length_exceeded",
        Some(ErrorKind::ContentFilter) => "content_filter",
        Some(ErrorKind::Billing) => "insufficient_quota",
        Some(ErrorKind::ModelMissing) => "model_not_found",
        Some(ErrorKind::RateLimited) => "rate_limit_exceeded",
        Some(ErrorKind::Overloaded) => "overloaded",
        Some(ErrorKind::Auth) => own.unwrap_or("invalid_api_key"),
        Some(ErrorKind::ServerError) => own.unwrap_or("server_error"),
        Some(ErrorKind::InvalidRequest) | None => own.unwrap_or("invalid_request"),
    }
}

/// The message in the words that clients of a family look for: Anthropic's read the two numbers out
/// of `prompt is too long: N tokens > M maximum`; those of the others look for a phrase.
fn worded(to: Family, kind: Option<ErrorKind>, message: String) -> String {
    let phrase = match to {
        Family::Anthropic => "prompt is too long",
        Family::Gemini => "input token count",
        Family::Openai => "maximum context length",
    };
    if kind != Some(ErrorKind::ContextLength) || message.contains(phrase) {
        return message;
    }
    match (to, context::lengths(&message)) {
        (Family::Anthropic, Some((asked, limit))) => {
            format!("prompt is too long: {asked} tokens > {limit} maximum")
        }
        (Family::Gemini, Some((asked, limit))) => format!(
            "The input token count ({asked}) exceeds the maximum number of tokens allowed ({limit})."
        ),
        (Family::Openai, Some((asked, limit))) => format!(
            "This model's maximum context length is {limit} tokens. However, your messages resulted in {asked} tokens."
        ),
        (_, None) => format!("{phrase}: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_context_is_told_in_the_words_that_clients_parse() {
        let body = br#"{"error":{"message":"This model's maximum context length is 128,000 tokens. However, your messages resulted in 200123 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#;
        let told = translate_error(Family::Anthropic, 400, body, "req_1");
        assert_eq!(
            String::from_utf8(told).unwrap(),
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 200123 tokens > 128000 maximum","details":{"error_code":"context_length_exceeded"}},"request_id":"req_1"}"#
        );
        let back = br#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9000 tokens > 8000 maximum"}}"#;
        let told = translate_error(Family::Openai, 400, back, "");
        let told = String::from_utf8(told).unwrap();
        assert!(
            told.contains(r#""code":"context_length_exceeded""#),
            "{told}"
        );
        assert!(
            told.contains("maximum context length is 8000 tokens. However, your messages resulted in 9000 tokens."),
            "{told}"
        );
        let told = translate_error(Family::Gemini, 400, back, "");
        let told = String::from_utf8(told).unwrap();
        assert!(told.contains("The input token count (9000)"), "{told}");
    }

    #[test]
    fn without_numbers_none_are_made_up() {
        let body = br#"{"error":{"message":"Your input exceeds the context window of this model. Please adjust your input and try again.","type":"invalid_request_error","param":"input","code":"context_length_exceeded"}}"#;
        let told = String::from_utf8(translate_error(Family::Anthropic, 400, body, "")).unwrap();
        let expected = "prompt is too long: Your input exceeds the context window of this model.";
        assert!(told.contains(expected), "{told}");
        assert!(!told.contains("tokens >"), "{told}");
    }

    #[test]
    fn events_say_the_same_as_bodies() {
        let body = br#"{"error":{"code":400,"message":"The input token count (2097153) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}"#;
        for (dialect, expected) in [
            (
                Dialect::AnthropicMessages,
                "prompt is too long: 2097153 tokens > 1048576 maximum",
            ),
            (Dialect::OpenaiChat, r#""code":"context_length_exceeded""#),
            (
                Dialect::OpenaiResponses,
                r#""code":"context_length_exceeded""#,
            ),
        ] {
            let event = translate_error_event(dialect, 400, body, "");
            let event = String::from_utf8(event).unwrap();
            assert!(event.contains("data: "), "{event}");
            assert!(event.contains(expected), "{event}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_by_its_status() {
        let told = translate_error(Family::Openai, 502, b"<html>", "");
        let told = String::from_utf8(told).unwrap();
        assert!(told.contains("status 502"), "{told}");
    }
}
