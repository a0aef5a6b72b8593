//! Errors as callers and upstreams write them.

mod body;
mod kind;
mod read;

use crate::json::value::Value;

pub use self::body::{ErrorText, error_body, error_event, keep_alive};
pub use self::kind::{ErrorKind, error_kind};
pub use self::read::{UpstreamError, read_error};

/// An error that an upstream reports inside of an answer that began as a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InBandError {
    /// What it means; [`ErrorKind::ServerError`] when nothing tells.
    pub kind: ErrorKind,
    /// The HTTP status that it names, if it does.
    pub status: Option<u16>,
    /// Its code, or else its type.
    pub code: Option<String>,
    /// Its message; empty when it has none.
    pub message: String,
}

impl InBandError {
    /// Reads an error object or text. `outer` is the document around it.
    pub(crate) fn read(outer: &[u8], error: Option<Value<'_>>) -> Self {
        let found = error.map_or_else(|| UpstreamError::of(Value::of(outer)), UpstreamError::of);
        let status = found.status();
        let kind =
            error_kind(status.unwrap_or(200), Some(&found)).unwrap_or(ErrorKind::ServerError);
        Self {
            kind,
            status,
            code: found.code.or(found.kind_text),
            message: found.message.unwrap_or_default(),
        }
    }
}
