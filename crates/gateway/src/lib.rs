//! The data plane: authenticate → plan → attempt → relay → record.
//!
//! [`Gateway`] answers requests that arrive over hyper, or from any other service that can hand it an
//! [`http::Request`]. It serves one immutable snapshot of the configuration at a time; [`Gateway::publish`] exchanges
//! it, and requests in flight finish on the one they began with.
//!
//! What this crate does not do: it reads no files but certificates, keeps no database, and serves no administration.

pub mod clock;
pub mod keys;
pub mod listener;
pub mod upstream;

mod attempt;
mod call;
mod catalog;
mod client;
mod count;
mod entry;
mod error;
mod events;
mod exchange;
mod failure;
mod gateway;
mod handle;
mod intake;
mod patience;
mod probe;
mod relay;
mod respond;
mod response;
mod resume;
mod runtime;
mod source;
mod translation;

mod waiting;

pub use catalog::{compile, with_catalog};
pub use error::errors_reference;
pub use gateway::{BuildError, Gateway, Options, Peer};
pub use response::ResponseBody;
