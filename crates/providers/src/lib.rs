//! The provider table and what follows from it: URLs, credential headers, header forwarding, classification of answers,
//! and the built-in demo provider. No socket, no clock, no environment.

mod auth;
mod base;
mod classify;
pub mod demo;
mod headers;
mod kind;
mod quirk;
mod reference;
mod retry_after;
mod table;

pub use auth::{credential_headers, probe_headers};
pub use base::{Base, BaseError, parse_base};
pub use classify::{Classified, classify};
pub use headers::{forward_request_header, forward_response_header, upstream_request_id};
pub use kind::{Auth, KeyRule, Kind, Mount};
pub use quirk::{Quirk, Rules};
pub use reference::reference;
pub use retry_after::{LONGEST, retry_after};
pub use table::{kind, kinds};
