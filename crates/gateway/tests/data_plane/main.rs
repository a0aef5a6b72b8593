//! The data plane from outside: real sockets on both sides, fake upstreams, and the records that remain.

mod admission;
mod canned;
mod endpoints;
mod faults;
mod harness;
mod headers;
mod pass_through;
mod routing;
mod streams;
