//! The wire formats of LLM APIs: which path asks for what, what of a request and an answer a gateway
//! must know, and how to change one member and nothing else.

pub mod json;
pub mod multipart;

mod body;
mod dialect;
mod endpoint;
mod envelope;
mod error;
mod inspect;
mod splice;
mod sse;
mod usage;

pub use self::body::Body;
pub use self::dialect::{Dialect, Family, UnknownDialect};
pub use self::endpoint::{Endpoint, Route, family_of_path, resolve};
pub use self::envelope::{Envelope, EnvelopeError};
pub use self::error::{
    ErrorKind, ErrorText, InBandError, UpstreamError, error_body, error_event, error_kind,
    keep_alive, read_error,
};
pub use self::inspect::{Answer, Inspector, TextDelta, Verdict, read_answer, text_delta};
pub use self::json::{JsonError, Member, Members, Scanner, ValueKind};
pub use self::splice::{Edits, JOIN_LIMIT, model_json, replace, splice};
pub use self::sse::{EventTooLarge, Frame, Framer};
pub use self::usage::Usage;
