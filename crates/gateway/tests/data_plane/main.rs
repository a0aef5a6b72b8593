//! The data plane from outside: real sockets on both sides, fake upstreams, and the records that remain.

mod admission;
mod faults;
mod harness;
mod pass_through;
mod routing;
mod streams;
