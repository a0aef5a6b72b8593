//! Chat completion chunks, and the streams of older and neighbouring endpoints that look alike.

use super::{Event, State, Verdict};
use crate::json::value::Value;

pub(super) fn inspect(state: &mut State, event: &Event<'_>, strip_usage: bool) -> Verdict {
    let [choices, usage, error] = event.pick(["choices", "usage", "error"]);
    if let Some(error) = event.error_in(error) {
        return Verdict::Error(error);
    }
    let usage = usage.filter(|usage| usage.is_object());
    if let Some(usage) = usage {
        state.counts.read(usage);
    }
    let Some(choices) = choices else {
        return media(state, event);
    };
    let mut seen = Seen::default();
    let mut empty = true;
    for choice in choices.elements() {
        empty = false;
        read_choice(choice, &mut seen);
    }
    state.finished |= seen.finish;
    match seen {
        Seen {
            beyond_text: true, ..
        } => state.content(false),
        Seen { text: true, .. } => state.content(true),
        Seen { finish: true, .. } => Verdict::Finish,
        _ if empty && usage.is_some() && strip_usage => Verdict::AddedUsage,
        _ if empty && usage.is_some() => Verdict::Finish,
        _ => Verdict::Lifecycle,
    }
}

#[derive(Default)]
struct Seen {
    text: bool,
    beyond_text: bool,
    finish: bool,
}

fn read_choice(choice: Value<'_>, seen: &mut Seen) {
    for (key, value) in choice.members() {
        match key.0 {
            b"delta" | b"message" => read_delta(value, seen),
            b"text" => seen.text |= is_text(value),
            b"finish_reason" => seen.finish |= is_text(value),
            _ => {}
        }
    }
}

/// Every member but the role that says something is a part of the answer: vendors put reasoning,
/// images and more under names of their own.
fn read_delta(delta: Value<'_>, seen: &mut Seen) {
    for (key, value) in delta.members() {
        let first = value.raw().first();
        match (key.0, first) {
            (b"role", _) => {}
            (b"content", Some(b'"')) => seen.text |= is_text(value),
            (_, Some(b'"' | b'[' | b'{')) => seen.beyond_text |= !value.is_blank(),
            _ => {}
        }
    }
}

fn is_text(value: Value<'_>) -> bool {
    value.raw_text().is_some_and(|text| !text.is_empty())
}

/// Events of image and audio streams, which are named by their `type`.
fn media(state: &mut State, event: &Event<'_>) -> Verdict {
    let kind = event.kind();
    if kind == b"error" {
        return Verdict::Error(event.failure());
    }
    if kind.ends_with(b".delta") || kind.ends_with(b".partial_image") {
        return state.content(false);
    }
    if kind.ends_with(b".done") || kind.ends_with(b".completed") {
        return state.terminal();
    }
    Verdict::Lifecycle
}
