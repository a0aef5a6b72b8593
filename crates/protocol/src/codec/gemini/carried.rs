//! Reasoning that goes to callers with the call it comes before.
//!
//! Callers of this dialect leave thoughts out of the conversation that they send back; what they keep
//! is the signature of a call. A call without one therefore carries the reasoning before it, as base64
//! of envelopes one after the other. Behind each stands what it is: a tab behind words whose state
//! follows, a space at the end of reasoning, a line end where text came between it and the call.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::DIALECT;
use super::names::member;
use crate::hub::{Opaque, OpaqueKind, Part, PartKind, Place, Reasoning, Text};
use crate::json::value::Value;

/// Words whose state follows.
const WORDS: char = '\t';
/// The end of reasoning that stands right before the call.
const NEAR: char = ' ';
/// The end of reasoning with text between it and the call.
const FAR: char = '\n';

/// The reasoning since the last call.
#[derive(Debug, Default)]
pub(super) struct Carried(String);

impl Carried {
    /// Takes up a part of an answer of another dialect; what a call is to carry comes back at the call.
    pub(super) fn part(&mut self, part: &Part<'_>, scope: &str) -> Option<Text<'static>> {
        match &part.kind {
            PartKind::Reasoning(reasoning) => {
                self.reasoning(
                    &super::pen::joined(reasoning),
                    reasoning.state.as_ref(),
                    scope,
                );
            }
            PartKind::Redacted(state) => self.reasoning("", Some(state), scope),
            PartKind::Text(text) if !text.text.is_empty() => self.text(),
            PartKind::Refusal(_) => self.text(),
            PartKind::ToolCall(call) => {
                let carried = self.call();
                return carried.filter(|_| call.state.is_none());
            }
            _ => {}
        }
        None
    }

    /// Reasoning; what this dialect has issued itself needs no carrier.
    pub(super) fn reasoning(&mut self, words: &str, state: Option<&Opaque<'_>>, scope: &str) {
        if state.is_some_and(|state| state.issuer == DIALECT) {
            return;
        }
        if !words.is_empty() {
            let words = Opaque::issued(DIALECT, OpaqueKind::Hidden, words.into());
            self.0.push_str(&words.seal(scope));
            self.0.push(if state.is_some() { WORDS } else { NEAR });
        }
        if let Some(state) = state {
            self.0.push_str(&state.seal(scope));
            self.0.push(NEAR);
        }
    }

    /// Text, which comes between the reasoning so far and the next call.
    pub(super) fn text(&mut self) {
        if self.0.contains(NEAR) {
            self.0 = self.0.replace(NEAR, &FAR.to_string());
        }
    }

    /// The signature of a call that has none of its own.
    pub(super) fn call(&mut self) -> Option<Text<'static>> {
        let carried = std::mem::take(&mut self.0);
        (!carried.is_empty()).then(|| Text::plain(STANDARD.encode(carried)))
    }
}

/// Adds a part of a content, and before a call the reasoning that it carries.
pub(super) fn push<'a>(parts: &mut Vec<Part<'a>>, mut part: Part<'a>, value: Value<'a>) {
    if let PartKind::ToolCall(call) = &mut part.kind
        && let Some(carried) = call.state.as_ref().and_then(opened)
    {
        call.state = None;
        let place = member(value, "thoughtSignature").map_or(Place::NONE, Place::of);
        insert(parts, carried, place);
    }
    parts.push(part);
}

/// Puts reasoning where it stood. Thoughts that the caller has sent back as well are the same.
fn insert(parts: &mut Vec<Part<'_>>, carried: Vec<(Reasoning<'static>, bool)>, place: Place) {
    let call = |part: &Part<'_>| matches!(part.kind, PartKind::ToolCall(_));
    let start = parts.iter().rposition(call).map_or(0, |last| last + 1);
    let since = parts.split_off(start);
    let mut near = Vec::new();
    let twice = |part: &Part<'_>| carried.iter().any(|(known, _)| says(known, part));
    let rest: Vec<_> = since.into_iter().filter(|part| !twice(part)).collect();
    for (reasoning, far) in carried {
        let part = Part::new(place, PartKind::Reasoning(reasoning));
        if far {
            parts.push(part);
        } else {
            near.push(part);
        }
    }
    parts.extend(rest);
    parts.append(&mut near);
}

/// Whether reasoning says all that a part says.
fn says(known: &Reasoning<'_>, part: &Part<'_>) -> bool {
    let PartKind::Reasoning(thought) = &part.kind else {
        return false;
    };
    let words = known.readable();
    let same = thought.state.is_none() || known.state == thought.state;
    same && part.extras.is_empty() && words.contains(&thought.readable())
}

/// The reasoning within the signature of a call, and whether text came after it; `None` for any other
/// signature.
fn opened(state: &Opaque<'_>) -> Option<Vec<(Reasoning<'static>, bool)>> {
    if state.issuer != DIALECT || state.scope.is_some() {
        return None;
    }
    let list = String::from_utf8(STANDARD.decode(&*state.data.resolve()).ok()?).ok()?;
    if !list.ends_with([NEAR, FAR]) {
        return None;
    }
    let mut found = Vec::new();
    let mut reasoning = Reasoning::default();
    for piece in list.split_inclusive([WORDS, NEAR, FAR]) {
        let envelope = Opaque::open(piece.trim_end_matches([WORDS, NEAR, FAR]))?;
        if envelope.kind == OpaqueKind::Hidden {
            reasoning.summary = vec![envelope.data];
        } else {
            reasoning.state = Some(envelope);
        }
        if !piece.ends_with(WORDS) {
            found.push((std::mem::take(&mut reasoning), piece.ends_with(FAR)));
        }
    }
    Some(found)
}
