//! The data plane from outside: real sockets on both sides, fake upstreams, and the records that remain.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests; a test that cannot go on fails"
)]

mod admission;
mod bodies;
mod canned;
mod compressed;
mod continuation;
mod counts;
mod credentials;
mod endpoints;
mod forms;
mod harness;
mod headers;
mod hostile;
mod keep_alive;
mod lifecycle;
mod load;
mod memory;
mod pass_through;
mod routing;
mod selection;
mod smuggling;
mod streams;
mod translation;
