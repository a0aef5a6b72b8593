//! Answers of `kind: demo`.

use aigw_protocol::Endpoint;
use bytes::Bytes;

/// An answer made in process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The media type of the answer.
    pub content_type: &'static str,
    /// The body: for a stream one element per SSE event, else exactly one element.
    pub events: Vec<Bytes>,
}

/// Answers the request `body` on `endpoint`.
pub fn answer(endpoint: Endpoint, body: &[u8], stream: bool, id_seed: u64) -> DemoAnswer {
    let _ = (endpoint, body, stream, id_seed);
    DemoAnswer { status: 501, content_type: "application/json", events: Vec::new() }
}
