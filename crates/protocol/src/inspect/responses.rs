//! Events of the `OpenAI` Responses dialect.

use super::{Event, State, Verdict};
use crate::json::value::Value;

pub(super) fn inspect(state: &mut State, event: &Event<'_>) -> Verdict {
    if let Some(number) = event.member("sequence_number").and_then(Value::integer) {
        state.next_sequence = number.saturating_add(1);
    }
    let kind = event.kind();
    match kind {
        b"response.output_text.delta" if event.given("delta").is_some() => state.content(true),
        b"response.output_text.delta"
        | b"response.created"
        | b"response.queued"
        | b"response.in_progress"
        | b"response.content_part.added"
        | b"response.reasoning_summary_part.added" => Verdict::Lifecycle,
        b"response.output_text.done" | b"response.content_part.done" => state.content(true),
        b"response.output_item.added" => item(state, event, Verdict::Lifecycle),
        b"response.output_item.done" => item(state, event, Verdict::Content),
        b"response.completed" | b"response.incomplete" => {
            state.read_usage(event.member("response").and_then(|r| r.member("usage")));
            state.terminal()
        }
        b"response.failed" => {
            state.read_usage(event.member("response").and_then(|r| r.member("usage")));
            Verdict::Error(event.failure())
        }
        b"error" => Verdict::Error(event.failure()),
        _ if is_content(kind) => state.content(false),
        _ => event.error().map_or(Verdict::Lifecycle, Verdict::Error),
    }
}

/// An output item that begins or is complete. Messages and reasoning are `plain` then; what a tool
/// does is content from its first event on.
fn item(state: &mut State, event: &Event<'_>, plain: Verdict) -> Verdict {
    let item = event.member("item").and_then(|item| item.member("type"));
    match item.and_then(Value::raw_text) {
        Some(b"message") => plain,
        Some(b"reasoning") => {
            state.beyond_text = true;
            plain
        }
        _ => state.content(false),
    }
}

/// The other parts of an answer: every delta, what becomes complete, and the progress of tools.
fn is_content(kind: &[u8]) -> bool {
    kind.starts_with(b"response.")
        && (kind.ends_with(b".delta")
            || kind.ends_with(b".done")
            || kind.ends_with(b".added")
            || memchr::memmem::find(kind, b"_call.").is_some())
}
