//! The provider table, and what follows from it for a call to an upstream: its URL, the headers of its credential, the
//! headers that go on, and what its answer means. Also the built-in [`demo`] provider.
//!
//! A provider is a row of data. What sets vendors apart is in the row ([`Kind`]) or, where code has to act on it, a [`Quirk`]
//! with its one match. Nothing here opens a socket, reads a clock or an environment, or sends anything; the same arguments
//! always give the same answer.
//!
//! ```
//! use aigw_protocol::Endpoint;
//! use aigw_providers::{kind, parse_base};
//!
//! let deepseek = kind("deepseek").ok_or("no such kind")?;
//! let base = parse_base(deepseek, "https://api.deepseek.com/v1")?;
//! assert_eq!(base.url(Endpoint::ChatCompletions, ""), "https://api.deepseek.com/v1/chat/completions");
//! assert_eq!(base.url(Endpoint::Messages, ""), "https://api.deepseek.com/anthropic/v1/messages");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod demo;

mod auth;
mod base;
mod capabilities;
mod classify;
mod headers;
mod kind;
mod quirk;
mod reference;
mod retry_after;
mod table;

pub use auth::{credential_headers, probe_headers};
pub use base::{Base, BaseError, parse_base};
pub use capabilities::capabilities;
pub use classify::{Classified, classify};
pub use headers::{
    forward_request_header, forward_response_header, forward_translated_header, required_header,
    upstream_request_id,
};
pub use kind::{Auth, KeyRule, Kind, Mount};
pub use quirk::{Quirk, Rules};
pub use reference::reference;
pub use retry_after::{LONGEST, retry_after};
pub use table::{kind, kinds};
