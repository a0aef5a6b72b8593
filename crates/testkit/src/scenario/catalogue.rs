//! The list of scenario words, for help texts and for tests that walk through all of them.

/// One word of scenario names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The word with example values, usable as it stands.
    pub example: &'static str,
    /// What the upstream then does.
    pub summary: &'static str,
    /// Whether a caller who waits long enough gets a whole and valid answer.
    pub sound: bool,
}

/// Every word, contents first.
pub const CATALOGUE: &[Entry] = &[
    sound("text", "a short text that names the upstream and the model"),
    sound(
        "long",
        "four hundred text deltas with line breaks and escapes",
    ),
    sound("events-50", "exactly so many small text deltas"),
    sound("size-64k", "one text of so many KiB"),
    sound("unicode", "several scripts, emoji and escapes"),
    sound("tool", "one tool call"),
    sound("tools", "two parallel tool calls, arguments in fragments"),
    sound(
        "thinking",
        "reasoning with signature or encrypted content, then text",
    ),
    sound("refusal", "a refusal"),
    sound("empty", "no content, regular finish"),
    sound("max-tokens", "text that ends at the token limit"),
    sound(
        "talk",
        "answers the conversation: text, JSON of the wanted schema, what pictures were seen",
    ),
    sound(
        "agent",
        "like talk, but calls declared tools first: two, or those of `[[call NAME INPUT]]` in the prompt",
    ),
    sound(
        "reasoner",
        "like agent, with reasoning whose signature must come back byte for byte",
    ),
    fault(
        "status-400",
        "an error; also 401 402 403 404 413 422 429 500 502 (HTML) 503 529",
    ),
    fault(
        "status-429-after-2",
        "with retry-after in seconds (any status)",
    ),
    fault("status-429-after-ms-200", "with retry-after-ms"),
    fault(
        "status-503-date",
        "with retry-after as an HTTP date 2 s ahead (`-date-30`: 30 s)",
    ),
    fault("context_length", "400, prompt longer than the window"),
    fault("content_filter", "400, refused by policy"),
    fault("insufficient_quota", "429 (Anthropic: 400), no credit left"),
    fault("model_not_found", "404, no such model"),
    fault(
        "error-200",
        "an error body with status 200 (`error-200-429`: another error)",
    ),
    fault(
        "error-alone",
        "a stream whose only event is an error (`-429` …: another error)",
    ),
    fault(
        "error-first",
        "in-band error before any content (`-429` …: another error)",
    ),
    fault(
        "error-after-2",
        "in-band error after so many content events (`-429` …)",
    ),
    fault(
        "failed-first",
        "like error-first, as response.failed on Responses",
    ),
    fault(
        "failed-after-2",
        "like error-after, as response.failed on Responses",
    ),
    fault("reset", "TCP reset before the headers"),
    fault("hangup", "clean close before the headers"),
    fault("silence", "never answers"),
    sound("slow-first-byte-300ms", "the whole answer late"),
    sound(
        "slow-first-token-300ms",
        "headers and lifecycle events at once, content late",
    ),
    sound("drip-20ms", "so much time between events"),
    fault("cut-after-3", "TCP reset after so many content events"),
    fault("eof-after-3", "stream ends early, HTTP body complete"),
    fault(
        "raw-eof-after-3",
        "connection closed inside an unfinished HTTP body",
    ),
    fault("stall-after-3", "silence after so many content events"),
    fault(
        "malformed-after-2",
        "one data line that is not JSON, then goes on",
    ),
    fault("no-terminator", "finish reason, but no end marker"),
    sound("gzip", "gzip-encoded though not asked"),
    fault("wrong-type", "right body, content type text/html"),
    fault("html-200", "an HTML page with status 200"),
    fault("empty-200", "status 200, empty body"),
    fault("json-for-stream", "buffered JSON though a stream was asked"),
    fault("huge", "a body of 1 GiB"),
    fault("endless-headers", "headers that never end"),
    fault("bad-status-line", "not HTTP"),
    sound("crlf", "CRLF line ends"),
    sound("comments", "comment lines between events"),
    sound("split-1", "every byte its own write"),
    sound("one-write", "everything in one write"),
    sound("early-hints", "103 before the answer"),
    sound("close", "connection: close"),
    sound("stale", "closes after the answer without saying so"),
    sound("no-length", "body ends with the connection"),
    sound("usage-in-last", "chat usage inside the finish chunk"),
];

const fn sound(example: &'static str, summary: &'static str) -> Entry {
    Entry {
        example,
        summary,
        sound: true,
    }
}

const fn fault(example: &'static str, summary: &'static str) -> Entry {
    Entry {
        example,
        summary,
        sound: false,
    }
}
