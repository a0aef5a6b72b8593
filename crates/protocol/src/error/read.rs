//! Reading the errors of upstreams, in all the shapes they have.

use crate::json::Scanner;
use crate::json::value::Value;

/// What an upstream's error says, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpstreamError {
    /// Its type, such as `invalid_request_error`, or Google's `status`.
    pub kind_text: Option<String>,
    /// Its code, such as `context_length_exceeded`; numbers are given as text.
    pub code: Option<String>,
    /// Its message.
    pub message: Option<String>,
    /// The request member it is about.
    pub param: Option<String>,
}

/// Reads the body of an error: `OpenAI`'s, Anthropic's and Google's shapes, `{"error":"text"}`,
/// `{"message":…}` and `{"detail":…}`. `None` when it is no JSON, or says nothing.
pub fn read_error(body: &[u8]) -> Option<UpstreamError> {
    let document = unwrap_array(body.trim_ascii());
    Scanner::scan(document).ok()?;
    let outer = Value::of(document);
    let inner = outer.member("error").filter(|error| !error.is_blank());
    let error = UpstreamError::of(inner.unwrap_or(outer));
    (error != UpstreamError::default()).then_some(error)
}

impl UpstreamError {
    /// Reads the object, or the plain text, that is the error itself.
    pub(super) fn of(error: Value<'_>) -> Self {
        if let Some(message) = error.text() {
            return Self {
                message: Some(message.into_owned()),
                ..Self::default()
            };
        }
        let first = |names: &[&str]| names.iter().find_map(|name| words(error.member(name)?));
        let details = error.member("details");
        let detail_code = details.and_then(|details| words(details.member("error_code")?));
        Self {
            kind_text: first(&["type", "status"]).filter(|kind| kind != "error"),
            code: first(&["code"]).or(detail_code),
            message: first(&["message", "detail", "msg"]),
            param: first(&["param"]),
        }
    }

    /// The HTTP status that the code is, if it is one.
    pub(super) fn status(&self) -> Option<u16> {
        let status = self.code.as_deref()?.parse().ok()?;
        (400..600).contains(&status).then_some(status)
    }
}

/// A text that says something, a number as text, or the message within an object or the first
/// element of a list.
fn words(value: Value<'_>) -> Option<String> {
    match value.raw().first()? {
        b'"' => value
            .text()
            .map(std::borrow::Cow::into_owned)
            .filter(|text| !text.is_empty()),
        b'0'..=b'9' => Some(String::from_utf8_lossy(value.raw()).into_owned()),
        b'[' => inner_words(value.elements().next()?),
        b'{' => inner_words(value),
        _ => None,
    }
}

fn inner_words(object: Value<'_>) -> Option<String> {
    let text = object
        .member("message")
        .or_else(|| object.member("msg"))?
        .text()?;
    Some(text.into_owned()).filter(|text| !text.is_empty())
}

/// Google wraps the errors of streams that are not event streams into an array.
fn unwrap_array(document: &[u8]) -> &[u8] {
    match document {
        [b'[', ..] => Value::of(document)
            .elements()
            .next()
            .map_or(document, Value::raw),
        _ => document,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> [Option<String>; 4] {
        let error = read_error(body.as_bytes()).unwrap_or_default();
        [error.kind_text, error.code, error.message, error.param]
    }

    #[test]
    fn every_shape_is_read() {
        for (body, expected) in [
            (
                r#"{"error":{"message":"m","type":"t","param":"p","code":"c"}}"#,
                [Some("t"), Some("c"), Some("m"), Some("p")],
            ),
            (
                r#"{"type":"error","error":{"type":"t","message":"m","details":{"error_code":"c"}},"request_id":"r"}"#,
                [Some("t"), Some("c"), Some("m"), None],
            ),
            (
                r#"{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT","details":[{}]}}"#,
                [Some("INVALID_ARGUMENT"), Some("400"), Some("m"), None],
            ),
            (
                r#"[{"error":{"code":429,"message":"m"}}]"#,
                [None, Some("429"), Some("m"), None],
            ),
            (r#"{"error":"m"}"#, [None, None, Some("m"), None]),
            (
                r#"{"error":"","message":"m"}"#,
                [None, None, Some("m"), None],
            ),
            (
                r#"{"object":"error","message":"m","type":"t","code":404}"#,
                [Some("t"), Some("404"), Some("m"), None],
            ),
            (r#"{"detail":"m"}"#, [None, None, Some("m"), None]),
            (
                r#"{"detail":[{"loc":["body"],"msg":"m"}]}"#,
                [None, None, Some("m"), None],
            ),
            (
                r#"{"detail":{"message":"m"}}"#,
                [None, None, Some("m"), None],
            ),
        ] {
            assert_eq!(
                read(body),
                expected.map(|text| text.map(str::to_owned)),
                "{body}"
            );
        }
    }

    #[test]
    fn what_says_nothing_is_no_error() {
        for body in [
            "",
            "<html>",
            "{}",
            "[]",
            "{\"error\":null}",
            "{\"error\":{\"message\":\"m\"}",
        ] {
            assert_eq!(read_error(body.as_bytes()), None, "{body}");
        }
    }
}
