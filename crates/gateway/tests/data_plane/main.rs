//! The data plane from outside: real sockets on both sides, fake upstreams, and the records that remain.

mod admission;
mod bodies;
mod canned;
mod compressed;
mod continuation;
mod credentials;
mod endpoints;
mod faults;
mod forms;
mod harness;
mod headers;
mod hostile;
mod lifecycle;
mod load;
mod memory;
mod pass_through;
mod routing;
mod selection;
mod smuggling;
mod streams;
