//! What is answered instead: `{"error":{"code","message","details"}}`.

mod from;

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

pub(super) type Answer<T> = Result<T, Failure>;

/// Why a request was not answered as asked for.
#[derive(Debug, Clone)]
pub(super) struct Failure(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    status: StatusCode,
    code: &'static str,
    message: String,
    details: Value,
    header: Option<(HeaderName, HeaderValue)>,
}

/// The body of every answer that is not a success.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Error {
    /// What went wrong.
    error: ErrorBody,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ErrorBody {
    /// Stable word for the kind of error.
    code: String,
    /// What is wrong and what to do, for people.
    message: String,
    /// What programs may want to know, by code: `problems` of an invalid document, both sides of a conflict.
    #[schema(value_type = Object)]
    details: Value,
}

impl Failure {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            status,
            code,
            message: message.into(),
            details: json!({}),
            header: None,
        }))
    }

    pub(super) fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(super) fn missing(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    pub(super) fn unauthorized(code: &'static str, message: &str) -> Self {
        let realm = HeaderValue::from_static("Bearer realm=\"aigw\"");
        Self::new(StatusCode::UNAUTHORIZED, code, message).header(WWW_AUTHENTICATE, realm)
    }

    pub(super) fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    pub(super) fn wait(seconds: u64) -> Self {
        let message = format!(
            "too many failed logins from this address: try again in {seconds} s, with the right token"
        );
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_logins", message)
            .header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    pub(super) fn details(mut self, details: Value) -> Self {
        self.0.details = details;
        self
    }

    pub(super) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.header = Some((name, value));
        self
    }

    pub(super) fn code(&self) -> &'static str {
        self.0.code
    }

    pub(super) fn message(&self) -> &str {
        &self.0.message
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = json!({"error": {
            "code": self.0.code,
            "message": self.0.message,
            "details": self.0.details,
        }});
        let json = HeaderValue::from_static("application/json");
        let head = [(CONTENT_TYPE, json)];
        let mut answer = (self.0.status, head, body.to_string()).into_response();
        if let Some((name, value)) = self.0.header {
            answer.headers_mut().insert(name, value);
        }
        answer
    }
}

/// For paths without endpoint.
pub(super) async fn no_such_path() -> Failure {
    Failure::missing("there is nothing at this path: /api/admin/openapi.json lists what there is")
}

/// For methods that a path does not have; the router adds `allow`.
pub(super) async fn no_such_method() -> Failure {
    let message = "this path does not have this method: the header `allow` lists those that it has";
    Failure::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        message,
    )
}
