//! The data plane: authenticate → plan → attempt → relay → record.
//!
//! [`Gateway`] answers requests that arrive over hyper, or from any other service that can hand it an
//! [`http::Request`]. It serves one immutable snapshot of the configuration at a time; [`Gateway::publish`] exchanges
//! it, and requests in flight finish on the one they began with.
//!
//! What this crate does not do: it reads no files but certificates, keeps no database, and serves no administration.

pub mod clock;
mod gateway;
pub mod keys;
pub mod listener;
mod response;


pub use gateway::{BuildError, Gateway, Options, Peer};
pub use response::ResponseBody;
