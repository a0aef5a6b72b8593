//! Chunks of the Gemini dialect: each is a whole answer of its own.

use super::{Event, State, Verdict};
use crate::json::value::Value;

pub(super) fn inspect(state: &mut State, event: &Event<'_>) -> Verdict {
    if let Some(error) = event.error() {
        return Verdict::Error(error);
    }
    state.read_usage(event.member("usageMetadata"));
    let candidates = event.member("candidates");
    let mut verdict = Verdict::Lifecycle;
    for candidate in candidates
        .iter()
        .flat_map(|candidates| candidates.elements())
    {
        if candidate
            .member("finishReason")
            .and_then(Value::raw_text)
            .is_some()
        {
            state.terminal();
            verdict = Verdict::Finish;
        }
        let parts = candidate
            .member("content")
            .and_then(|content| content.member("parts"));
        for part in parts.iter().flat_map(|parts| parts.elements()) {
            if let Some(is_text) = part_content(part) {
                verdict = state.content(is_text);
            }
        }
    }
    let feedback = event.member("promptFeedback");
    if feedback.is_some_and(|feedback| feedback.member("blockReason").is_some()) {
        state.terminal();
        return Verdict::Finish;
    }
    verdict
}

/// Whether a part is plain text or something else; `None` when it says nothing.
fn part_content(part: Value<'_>) -> Option<bool> {
    let thought = part
        .member("thought")
        .is_some_and(|thought| thought.raw() == b"true");
    match part.member("text") {
        Some(text) => (!text.is_blank()).then_some(!thought),
        None => (!part.is_blank()).then_some(false),
    }
}
