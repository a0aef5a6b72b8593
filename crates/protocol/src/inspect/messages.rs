//! Events of the Anthropic Messages dialect.

use super::{Event, State, Verdict};
use crate::json::value::Value;

pub(super) fn inspect(state: &mut State, event: &Event<'_>) -> Verdict {
    match event.kind() {
        b"content_block_delta" => delta(state, event),
        b"content_block_start" => block(state, event),
        b"message_start" => {
            let usage = event
                .member("message")
                .and_then(|message| message.member("usage"));
            state.read_usage(usage);
            Verdict::Lifecycle
        }
        b"message_delta" => {
            state.read_usage(event.member("usage"));
            let reason = event
                .member("delta")
                .and_then(|delta| delta.member("stop_reason"));
            match reason.and_then(Value::raw_text) {
                Some(_) => state.finish(),
                None => Verdict::Lifecycle,
            }
        }
        b"message_stop" => state.terminal(),
        b"error" => Verdict::Error(event.failure()),
        _ => event.error().map_or(Verdict::Lifecycle, Verdict::Error),
    }
}

fn block(state: &mut State, event: &Event<'_>) -> Verdict {
    let Some(block) = event.member("content_block") else {
        return Verdict::Lifecycle;
    };
    let says = |name| block.member(name).is_some_and(|text| !text.is_blank());
    match block.member("type").and_then(Value::raw_text) {
        Some(b"text") if says("text") => state.content(true),
        Some(b"text") => Verdict::Lifecycle,
        Some(b"thinking") => {
            state.beyond_text = true;
            if says("thinking") {
                Verdict::Content
            } else {
                Verdict::Lifecycle
            }
        }
        _ => state.content(false),
    }
}

fn delta(state: &mut State, event: &Event<'_>) -> Verdict {
    let Some(delta) = event.member("delta") else {
        return Verdict::Lifecycle;
    };
    let empty = |name| delta.member(name).is_none_or(Value::is_blank);
    match delta.member("type").and_then(Value::raw_text) {
        Some(b"text_delta") if empty("text") => Verdict::Lifecycle,
        Some(b"text_delta") => state.content(true),
        Some(b"thinking_delta") if empty("thinking") => Verdict::Lifecycle,
        _ => state.content(false),
    }
}
