//! What tests and measurements of the gateway stand on: fake upstreams that fail on request, a raw HTTP/1.1 client,
//! a load generator, the bare pass-through to compare with, and golden files.
//!
//! Nothing here parses or builds messages with the gateway's own code, so that a mistake there cannot hide itself.

pub mod agent;
mod clock;
pub mod fake;
pub mod golden;
pub mod load;
pub mod passthrough;
pub mod proc;
pub mod raw;
mod reply;
pub mod scenario;
mod wire;

pub use fake::{FakeUpstream, Recorded, Refusing};
pub use scenario::{Content, ErrorCase, Fault, RetryAfter, Scenario};
