//! Dialects into the hub and out of it.
//!
//! One codec per dialect, in a folder of its own; none knows of another. What is decoded from one
//! and encoded to another is translated:
//!
//! ```
//! use aigw_protocol::Dialect;
//! use aigw_protocol::codec::{self, Target};
//! use aigw_protocol::hub::Document;
//!
//! let body = br#"{"model":"fast","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#;
//! let request = codec::decode_request(Dialect::AnthropicMessages, Document::check(body)?)?;
//! let mut out = Vec::new();
//! let target = Target::new(Dialect::OpenaiChat, "gpt-4o-mini");
//! let loss = codec::encode_request(&request, &target, &mut out)?;
//! assert!(loss.is_empty());
//! let written = String::from_utf8(out)?;
//! assert!(written.contains(r#""messages":[{"role":"user","content":"Hi"}]"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chat;
mod error;
mod gemini;
mod history;
mod messages;
mod read;
mod responses;
mod schema;
mod sse;
mod stream;
mod target;
mod usage;
mod view;
mod write;

use std::fmt;

use crate::dialect::Dialect;
use crate::hub::wrap::unwrap_part;
use crate::hub::{Document, Loss, Place, Reason, Request, Response, StopReason};

pub use self::error::{translate_error, translate_error_event};
pub use self::gemini::count as gemini_count;
pub use self::stream::{StreamDecoder, StreamEncoder};
pub use self::target::{Capabilities, Target};
pub use self::view::View;

/// Why something cannot be translated at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodecError {
    /// The document is not what its dialect asks for.
    Invalid {
        /// Where.
        place: Place,
        /// What is expected there.
        what: &'static str,
    },
    /// Leaving something out would change what is asked for.
    Unsupported {
        /// Where it is asked for.
        place: Place,
        /// What the target cannot do.
        what: &'static str,
    },
}

impl CodecError {
    /// Where it is, as a path in the source (`messages[2].role`); empty for the whole document.
    pub fn path(&self, source: &[u8]) -> String {
        let (Self::Invalid { place, .. } | Self::Unsupported { place, .. }) = self;
        let mut loss = Loss::default();
        loss.drop_at(*place, Reason::Invalid);
        let mut report = loss.report(source);
        report
            .dropped
            .pop()
            .map(|entry| entry.path)
            .unwrap_or_default()
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { what, .. } => write!(f, "expected {what}"),
            Self::Unsupported { what, .. } => write!(f, "the target cannot do this: {what}"),
        }
    }
}

impl std::error::Error for CodecError {}

/// Reads a request.
///
/// # Errors
/// [`CodecError::Invalid`] when its shape leaves no meaning to translate.
pub fn decode_request(dialect: Dialect, body: Document<'_>) -> Result<Request<'_>, CodecError> {
    match dialect {
        Dialect::OpenaiChat => chat::decode_request(body),
        Dialect::OpenaiResponses => responses::decode_request(body),
        Dialect::AnthropicMessages => messages::decode_request(body),
        Dialect::GeminiGenerate => gemini::decode_request(body),
    }
}

/// Writes a request for a target, behind what `out` already holds, which must be nothing or end with
/// a space or line end.
///
/// # Errors
/// [`CodecError::Unsupported`] when leaving something out would change what is asked for, such as a
/// tool that must be called; `out` may hold a part of the request then.
pub fn encode_request(
    request: &Request<'_>,
    target: &Target<'_>,
    out: &mut Vec<u8>,
) -> Result<Loss, CodecError> {
    history::told(request, target.dialect)?;
    match target.dialect {
        Dialect::OpenaiChat => chat::encode_request(request, target, out),
        Dialect::OpenaiResponses => responses::encode_request(request, target, out),
        Dialect::AnthropicMessages => messages::encode_request(request, target, out),
        Dialect::GeminiGenerate => gemini::encode_request(request, target, out),
    }
}

/// Reads a buffered answer (not an error).
///
/// # Errors
/// [`CodecError::Invalid`] when its shape leaves no meaning to translate.
pub fn decode_response(dialect: Dialect, body: Document<'_>) -> Result<Response<'_>, CodecError> {
    match dialect {
        Dialect::OpenaiChat => chat::decode_response(body),
        Dialect::OpenaiResponses => responses::decode_response(body),
        Dialect::AnthropicMessages => messages::decode_response(body),
        Dialect::GeminiGenerate => gemini::decode_response(body),
    }
}

/// Writes a buffered answer for a caller, behind what `out` already holds.
pub fn encode_response(mut response: Response<'_>, view: &View, out: &mut Vec<u8>) -> Loss {
    if !view.tools.is_empty() {
        let parts = std::mem::take(&mut response.parts).into_iter();
        response.parts = parts.map(|part| unwrap_part(part, &view.tools)).collect();
    }
    let mut loss = match view.dialect {
        Dialect::OpenaiChat => chat::encode_response(&response, view, out),
        Dialect::OpenaiResponses => responses::encode_response(&response, view, out),
        Dialect::AnthropicMessages => messages::encode_response(&response, view, out),
        Dialect::GeminiGenerate => gemini::encode_response(&response, view, out),
    };
    if matches!(response.stop, Some(StopReason::Other(_))) && response.dialect != view.dialect {
        loss.drop_member(Place::NONE, "stop_reason", Reason::NotInDialect);
    }
    loss
}
