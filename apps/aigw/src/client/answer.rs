//! What the admin API answered.

use std::fmt::Write;

use http::StatusCode;
use serde_json::Value;

use super::Address;
use super::credential::Credential;
use crate::failure::Failure;
use crate::output::{problem, visible};

/// It was done.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The JSON document; `null` if there is none.
    pub(crate) body: Value,
    /// Entity tag, to be sent back when changing it.
    pub(crate) etag: Option<String>,
}

/// It was not done.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// Stable word for the kind of refusal.
    pub(crate) code: String,
    message: String,
    /// What else the server said about it.
    pub(crate) details: Value,
    /// Seconds to wait before trying again.
    retry_after: Option<u64>,
}

impl Answer {
    pub(super) const fn empty() -> Self {
        Self {
            body: Value::Null,
            etag: None,
        }
    }
}

impl Refusal {
    pub(super) fn new(status: StatusCode, body: &Value, retry_after: Option<u64>) -> Self {
        let error = &body["error"];
        let message = error["message"].as_str().map(visible);
        Self {
            status,
            code: error["code"].as_str().unwrap_or_default().to_owned(),
            message: message.unwrap_or_else(|| format!("the server answered {status}")),
            details: error["details"].clone(),
            retry_after,
        }
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Whether the document that was sent has to be changed first. Anything else that could not be done with it, such as
    /// taking it over, is no mistake of whoever sent it.
    fn blames_document(&self) -> bool {
        matches!(&*self.code, "invalid_config" | "redacted")
    }

    pub(super) fn failure(&self, address: &Address, credential: &Credential) -> Failure {
        let message = &self.message;
        match self.status {
            StatusCode::UNAUTHORIZED if credential.is_some() => Failure::not_allowed(format_args!(
                "{address} does not accept the token {credential}: {message}"
            )),
            StatusCode::UNAUTHORIZED => Failure::not_allowed(format_args!(
                "{address} wants a token, and there is none {credential}; \
                 it was shown when the gateway was first started"
            )),
            StatusCode::FORBIDDEN => Failure::not_allowed(format_args!(
                "{address} does not allow this with the token {credential}: {message}"
            )),
            StatusCode::BAD_REQUEST => Failure::usage(message),
            StatusCode::UNPROCESSABLE_ENTITY if self.blames_document() => {
                Failure::usage(self.with_problems(None))
            }
            StatusCode::TOO_MANY_REQUESTS => Failure::operation(format_args!(
                "{address}: {message}; try again in {} s",
                self.retry_after.unwrap_or(1)
            )),
            status if status.is_server_error() => {
                Failure::operation(format_args!("{address} answered {status}: {message}"))
            }
            _ => Failure::operation(message),
        }
    }

    /// The message, and the problems of the document `name` one a line.
    pub(crate) fn with_problems(&self, name: Option<&str>) -> String {
        let mut text = self.message.clone();
        for found in self.details["problems"].as_array().into_iter().flatten() {
            // Writing into a String cannot fail.
            let _ = write!(text, "\n{}", problem(found, name));
        }
        text
    }
}
