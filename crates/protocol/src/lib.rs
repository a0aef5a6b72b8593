//! The wire formats of LLM APIs, as far as a gateway must know them: which path asks for what, what
//! of a request decides where it goes, how to change one member of it and nothing else, where one
//! event of a stream ends and what it says, how errors are written and read, and how requests,
//! answers and streams of one dialect are told in another.
//!
//! # What it promises
//!
//! - **Bytes go through.** [`splice`] changes the values it was told to change; every other byte of
//!   the result is the byte of the input, and large bodies share its memory. [`Frame::raw`] of all
//!   frames, one after the other, is the stream.
//! - **Any split is the same.** [`Scanner`], [`Framer`], [`Inspector`] and [`multipart`] answer alike
//!   however the input is cut into pieces, between the bytes of a character too.
//! - **Everything is validated.** A request or event that is let through is UTF-8 and JSON to its
//!   last byte, and means the same to every reader where that matters: a second `model`, escaped or
//!   in another case of letters, is refused.
//! - **Nothing is lost in silence.** What [`codec`] translates passes through one representation
//!   ([`hub`]), and what a target cannot say, or must be told beyond what was said, is reported.
//! - **Bounds.** Depth, members, the headers of a form part and the size of an event are limited;
//!   no input makes it panic, recurse, or hold more than one event.
//!
//! # What it does not do
//!
//! It does not build trees, decompress, or read headers other than a
//! multipart content type. It knows no socket, clock, randomness, environment or log, and no target:
//! what a verdict leads to is decided by its caller.
//!
//! # Example
//!
//! A request is read, sent under another model name, and its stream watched:
//!
//! ```
//! use aigw_protocol::{
//!     Body, Dialect, Edits, Endpoint, Envelope, Framer, Inspector, Route, Verdict, resolve, splice,
//! };
//!
//! let route = resolve("/v1/chat/completions");
//! let endpoint = Endpoint::ChatCompletions;
//! assert_eq!(route, Some(Route::Call { endpoint, tail: "" }));
//!
//! let body = Body::from(br#"{"model": "fast", "stream": true}"#.to_vec());
//! let envelope = Envelope::scan(&body)?;
//! assert_eq!((envelope.model(), envelope.stream()), ("fast", true));
//! let sent = splice(&body, Edits::new(&envelope).model("gpt-4o-mini"));
//! assert_eq!(sent.to_bytes(), r#"{"model": "gpt-4o-mini", "stream": true}"#);
//!
//! let mut framer = Framer::new(8 << 20);
//! let mut inspector = Inspector::new(Dialect::OpenaiChat, false);
//! let mut text = 0;
//! for chunk in ["data: {\"choices\":[{\"delta\":{\"content\":", "\"Hi\"}}]}\n\ndata: [DONE]\n\n"] {
//!     framer.push(chunk.into());
//!     while let Some(frame) = framer.next() {
//!         if inspector.inspect(&frame?) == Verdict::Content {
//!             text += 1;
//!         }
//!     }
//! }
//! assert_eq!((text, inspector.terminated(), framer.rest()), (1, true, 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod codec;
pub mod hub;
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
