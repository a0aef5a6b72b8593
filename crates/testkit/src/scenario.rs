//! What a fake upstream answers: a content and any number of faults, named by words joined with `+`.

mod catalogue;
mod parse;

use std::time::Duration;

pub use catalogue::{CATALOGUE, Entry};
pub use parse::UnknownScenario;

/// One answer: what it says and what goes wrong with it.
///
/// Parsed from names such as `text+status-429-after-2` or `tools+cut-after-3`; [`CATALOGUE`] lists every word.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scenario {
    /// What the answer says when no fault replaces it.
    pub content: Content,
    /// What goes wrong, in the order of the words.
    pub faults: Vec<Fault>,
}

/// What an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Content {
    /// A few words of text that name the upstream and the model.
    #[default]
    Text,
    /// Four hundred text deltas with line breaks and escapes.
    Long,
    /// Exactly so many small text deltas.
    Events(u32),
    /// One text of so many KiB.
    Size(u32),
    /// Text of several scripts and emoji, with escapes, cut at awkward places.
    Unicode,
    /// One tool call.
    Tool,
    /// Two parallel tool calls with their arguments in fragments.
    Tools,
    /// Reasoning (with signature or encrypted content), then text.
    Thinking,
    /// A refusal.
    Refusal,
    /// No content at all, with a regular finish.
    Empty,
    /// Text that ends at the token limit.
    MaxTokens,
    /// What a model that calls no tool answers to the conversation: text, or JSON of the wanted schema.
    Talk,
    /// The same of one that calls the declared tools first, and then says what they gave.
    Agent,
    /// An agent that reasons and wants its reasoning back as it was.
    Reasoner,
}

/// What an upstream's error says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCase {
    /// 400, a request the vendor does not take.
    BadRequest,
    /// 400, more tokens than the model's window.
    ContextLength,
    /// 400, refused by the vendor's content policy.
    ContentFilter,
    /// 401, wrong key.
    Unauthorized,
    /// 402, no credit.
    PaymentRequired,
    /// 403, key without permission.
    Forbidden,
    /// 429 with the code `insufficient_quota` (Anthropic: 400 about the credit balance).
    InsufficientQuota,
    /// 404, the model does not exist.
    ModelNotFound,
    /// 404, anything but a model.
    NotFound,
    /// 413, body too large.
    TooLarge,
    /// 422, valid JSON, wrong values.
    Unprocessable,
    /// 429, too many requests.
    RateLimited,
    /// 500.
    ServerError,
    /// 502 with an HTML body of some proxy.
    BadGateway,
    /// 503, overloaded.
    Unavailable,
    /// 529, overloaded the Anthropic way.
    Overloaded,
}

/// How long an error asks callers to wait, and how it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// `retry-after: N` seconds.
    Seconds(u32),
    /// `retry-after-ms: N` milliseconds.
    Millis(u32),
    /// `retry-after:` an HTTP date so many seconds ahead.
    Date(u32),
}

/// What goes wrong with an answer. `after` counts content events of the stream; a buffered answer breaks half way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// An error status in the vendor's shape.
    Status(ErrorCase, Option<RetryAfter>),
    /// The same error body, but with status 200.
    Error200(ErrorCase),
    /// A stream whose only event is an error.
    ErrorAlone(ErrorCase),
    /// An in-band error event after so many content events; the stream then ends.
    ErrorAfter(u32, ErrorCase),
    /// The same, told with `response.failed` where the dialect has it.
    FailedAfter(u32, ErrorCase),
    /// TCP reset instead of an answer.
    Reset,
    /// Clean close instead of an answer.
    Hangup,
    /// The request is read, nothing is ever answered.
    Silence,
    /// Time before the first byte of the answer.
    SlowFirstByte(Duration),
    /// Headers and lifecycle events at once, content so much later.
    SlowFirstToken(Duration),
    /// Time between events.
    Drip(Duration),
    /// TCP reset mid-stream.
    CutAfter(u32),
    /// The stream ends early, but as a complete HTTP body.
    EofAfter(u32),
    /// The connection is closed cleanly inside an unfinished HTTP body.
    RawEofAfter(u32),
    /// Silence mid-stream, the connection stays open.
    StallAfter(u32),
    /// A data line that is not JSON, then the stream goes on.
    MalformedAfter(u32),
    /// A finish reason, but neither `[DONE]` nor `message_stop` nor `response.completed`.
    NoTerminator,
    /// The body is gzip-encoded, though nobody asked.
    Gzip,
    /// The right body with the content type `text/html`.
    WrongType,
    /// An HTML page with status 200.
    Html200,
    /// Status 200 with an empty body.
    Empty200,
    /// A buffered JSON answer to a streaming request.
    JsonForStream,
    /// A body of 1 GiB, generated while it is written.
    Huge,
    /// Response headers that never end.
    EndlessHeaders,
    /// Something that is not an HTTP status line.
    BadStatusLine,
    /// Lines end with CRLF.
    Crlf,
    /// Comment lines between the events.
    Comments,
    /// Every byte of the first `KiB`s in its own write.
    Split1,
    /// The whole answer in one write.
    OneWrite,
    /// A `103 Early Hints` before the answer.
    EarlyHints,
    /// `connection: close`, and the connection is closed after the answer.
    Close,
    /// The connection is closed after the answer without a word about it.
    Stale,
    /// Neither content-length nor chunks: the body ends with the connection.
    NoLength,
    /// Chat: usage in the finish chunk instead of a chunk of its own.
    UsageInLast,
}

impl Scenario {
    /// An answer of this content without faults.
    pub fn new(content: Content) -> Self {
        Self {
            content,
            faults: Vec::new(),
        }
    }

    /// The same with one more fault.
    #[must_use]
    pub fn with(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Whether this very fault is part of it.
    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }
}

impl From<Content> for Scenario {
    fn from(content: Content) -> Self {
        Self::new(content)
    }
}

impl From<&str> for Scenario {
    /// Reads a scenario's name.
    ///
    /// # Panics
    ///
    /// When the name has an unknown word: a test that misspells its fault must not pass.
    #[expect(
        clippy::panic,
        reason = "names are literals in tests; a wrong one is a mistake of the test"
    )]
    fn from(name: &str) -> Self {
        name.parse().unwrap_or_else(|error| panic!("{error}"))
    }
}
