//! Bodies of requests.

use std::time::Duration;

use axum::extract::{FromRequest, Request};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::json;

use super::Api;
use super::failure::{Answer, Failure};

/// Longest body of a request without document, in bytes: a sealed secret of 64 KiB, escaped.
const SMALL: usize = 512 * 1024;
/// Longest body of a request with a document, in bytes: a document escaped.
const LARGE: usize = 16 * 1024 * 1024;
/// Longest document, in bytes.
const DOCUMENT: usize = 10 * 1024 * 1024;
/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// A JSON body. Keys that the type does not have are errors.
#[derive(Debug)]
pub(super) struct Json<T, const LIMIT: usize = SMALL>(pub(super) T);

/// A JSON body that has a document.
pub(super) type WithDocument<T> = Json<T, LARGE>;

impl<T: DeserializeOwned, const LIMIT: usize> FromRequest<Api> for Json<T, LIMIT> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &Api) -> Answer<Self> {
        if !is_json(request.headers()) {
            let message = "send JSON, and say so: `content-type: application/json`";
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(Failure::new(status, "not_json", message));
        }
        let read = Limited::new(request.into_body(), LIMIT).collect();
        let read = tokio::time::timeout(PATIENCE, read).await;
        let Ok(read) = read else {
            let message = "the body did not arrive within 30 s";
            return Err(Failure::new(
                StatusCode::REQUEST_TIMEOUT,
                "timeout",
                message,
            ));
        };
        match read {
            Ok(body) => parse(&body.to_bytes()).map(Self),
            Err(error) if error.is::<LengthLimitError>() => Err(too_large(LIMIT)),
            Err(_) => Err(Failure::bad("invalid_body", "the body was cut off")),
        }
    }
}

/// Refuses documents that are too long.
pub(super) fn check_document(text: &str) -> Answer<()> {
    if text.len() > DOCUMENT {
        return Err(too_large(DOCUMENT));
    }
    Ok(())
}

fn too_large(limit: usize) -> Failure {
    let message = format!("more than {limit} bytes, which is the limit here");
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
        .details(json!({"limit": limit}))
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Answer<T> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut json);
    let value = read.map_err(|error| {
        let path = error.path().to_string();
        invalid(&path, error.inner())
    })?;
    json.end().map_err(|error| invalid("", &error))?;
    Ok(value)
}

/// Says where, and what belongs there; never what is there, since it may be a secret.
fn invalid(path: &str, error: &serde_json::Error) -> Failure {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let harmless = ["missing field", "duplicate field", "unknown field"];
    let what = match error.classify() {
        Category::Data if harmless.iter().any(|start| text.starts_with(start)) => text.to_owned(),
        Category::Data => match text.rsplit_once(", expected ") {
            Some((_, expected)) => format!("expected {expected}"),
            None => "this value does not belong here".to_owned(),
        },
        Category::Eof => "the JSON is cut off".to_owned(),
        Category::Syntax | Category::Io => "this is not JSON".to_owned(),
    };
    let message = match path {
        "" | "." => format!("line {line}, column {column}: {what}"),
        path => format!("`{path}` (line {line}, column {column}): {what}"),
    };
    Failure::bad("invalid_body", message)
        .details(json!({"path": path, "line": line, "column": column}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code, reason = "only whether it is read matters")]
        value: Vec<u32>,
    }

    fn problem(body: &str) -> String {
        parse::<Sample>(body.as_bytes())
            .unwrap_err()
            .message()
            .to_owned()
    }

    #[test]
    fn problems_say_where_and_never_what_was_there() {
        assert_eq!(
            problem(r#"{"value": [1, "canary"]}"#),
            "`value[1]` (line 1, column 22): expected u32"
        );
        assert_eq!(
            problem(r#"{"value": [1], "more": 1}"#),
            "`more` (line 1, column 21): unknown field `more`, expected `value`"
        );
        assert!(problem("{}").ends_with("missing field `value`"));
        assert!(problem(r#"{"value": canary}"#).ends_with("this is not JSON"));
        assert!(problem(r#"{"value": ["#).ends_with("the JSON is cut off"));
        assert!(problem(r#"{"value": []} canary"#).ends_with("this is not JSON"));
    }
}
