//! Translation between dialects: every fixture against its goldens, and what holds for all of them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what cannot be read or parsed here is a failure of the test"
)]

mod accounting;
mod adversarial;
mod carried;
mod fixtures;
mod golden;
mod google;
mod grammar;
mod lessons;
mod shapes;
mod stream_shapes;
mod streams;
