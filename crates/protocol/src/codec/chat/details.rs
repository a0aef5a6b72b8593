//! Reasoning in messages: `reasoning_content`, `reasoning`, and the `reasoning_details` that carry
//! state.

use super::DIALECT;
use crate::codec::{View, read};
use crate::dialect::Dialect;
use crate::hub::{Opaque, OpaqueKind, Part, PartKind, Place, Placed, Raw, Reasoning, Text, opaque};
use crate::json::value::Value;
use crate::json::writer::Writer;

/// What of a message tells about reasoning.
#[derive(Debug, Default)]
pub(super) struct Told<'a> {
    pub(super) text: Option<Placed<Text<'a>>>,
    pub(super) details: Option<Value<'a>>,
}

impl<'a> Told<'a> {
    /// The parts of the reasoning. `own`: it comes from the upstream itself, so that the details are
    /// its state; else from a caller, who sends back what a gateway or an upstream gave.
    pub(super) fn into_parts(self, own: bool) -> Vec<Part<'a>> {
        let Some(details) = self.details else {
            return self.text.into_iter().map(readable).collect();
        };
        if own {
            return vec![issued(self.text, details)];
        }
        let mut parts: Vec<Part<'a>> = details.elements().map(detail).collect();
        let silent = |part: &&mut Part<'a>| match &part.kind {
            PartKind::Reasoning(reasoning) => {
                reasoning.text.is_empty() && reasoning.summary.is_empty()
            }
            _ => false,
        };
        let told = parts.iter().any(|part| match &part.kind {
            PartKind::Reasoning(reasoning) => {
                !reasoning.text.is_empty() || !reasoning.summary.is_empty()
            }
            _ => false,
        });
        if let (Some(text), false) = (self.text, told) {
            match parts.iter_mut().find(silent).map(|part| &mut part.kind) {
                Some(PartKind::Reasoning(reasoning)) => reasoning.text.push(text.value),
                _ => parts.insert(0, readable(text)),
            }
        }
        parts
    }
}

fn readable(text: Placed<Text<'_>>) -> Part<'_> {
    let reasoning = Reasoning {
        text: vec![text.value],
        ..Reasoning::default()
    };
    Part::new(text.place, PartKind::Reasoning(reasoning))
}

fn issued<'a>(text: Option<Placed<Text<'a>>>, details: Value<'a>) -> Part<'a> {
    let data = Text::plain(String::from_utf8_lossy(details.raw()));
    let place = text.as_ref().map_or(Place::of(details), |text| text.place);
    let text = match text {
        Some(text) => vec![text.value],
        None => details
            .elements()
            .filter_map(|d| Text::of(d.member("text")?))
            .collect(),
    };
    let reasoning = Reasoning {
        text,
        summary: Vec::new(),
        state: Some(Opaque::issued(DIALECT, OpaqueKind::Details, data)),
    };
    Part::new(place, PartKind::Reasoning(reasoning))
}

fn detail(value: Value<'_>) -> Part<'_> {
    let place = Place::of(value);
    let member = |name| {
        value
            .member(name)
            .and_then(Text::of)
            .filter(|text| !text.is_empty())
    };
    let kind = match read::kind(value) {
        b"reasoning.encrypted" => match member("data") {
            Some(data) => returned(data, OpaqueKind::Encrypted),
            None => PartKind::Reasoning(Reasoning::default()),
        },
        b"reasoning.summary" => PartKind::Reasoning(Reasoning {
            summary: member("summary").into_iter().collect(),
            ..Reasoning::default()
        }),
        _ => {
            let state = member("signature")
                .map(|field| Opaque::returned(DIALECT, OpaqueKind::Signature, field));
            PartKind::Reasoning(Reasoning {
                text: member("text").into_iter().collect(),
                summary: Vec::new(),
                state: state.map(|state| whole(state, value)),
            })
        }
    };
    Part::new(place, kind)
}

/// State that was issued by a chat upstream is all of its details.
fn whole<'a>(state: Opaque<'a>, value: Value<'a>) -> Opaque<'a> {
    if state.issuer != DIALECT || state.kind == OpaqueKind::Details {
        return state;
    }
    let data = format!("[{}]", String::from_utf8_lossy(value.raw()));
    Opaque::issued(DIALECT, OpaqueKind::Details, Text::plain(data))
}

fn returned(field: Text<'_>, kind: OpaqueKind) -> PartKind<'_> {
    let state = Opaque::returned(DIALECT, kind, field);
    of_state(state)
}

/// A part that is nothing but state.
fn of_state(state: Opaque<'_>) -> PartKind<'_> {
    if state.kind == OpaqueKind::Encrypted && state.issuer == Dialect::AnthropicMessages {
        return PartKind::Redacted(state);
    }
    PartKind::Reasoning(Reasoning {
        state: Some(state),
        ..Reasoning::default()
    })
}

/// State that came back within the id of a tool call: Google's belongs to the call, any other to the
/// reasoning before it. It is not needed when the reasoning came back with its own.
pub(super) fn from_id<'a>(state: Opaque<'a>, parts: &mut Vec<Part<'a>>) -> Option<Opaque<'a>> {
    if state.issuer == Dialect::GeminiGenerate {
        return Some(state);
    }
    let has_state = |part: &Part<'_>| match &part.kind {
        PartKind::Reasoning(reasoning) => reasoning.state.is_some(),
        PartKind::Redacted(_) => true,
        _ => false,
    };
    if parts.iter().any(has_state) {
        return None;
    }
    let kind = of_state(state);
    let readable = parts.iter_mut().find_map(|part| match &mut part.kind {
        PartKind::Reasoning(reasoning) => Some(reasoning),
        _ => None,
    });
    match (readable, kind) {
        (Some(reasoning), PartKind::Reasoning(found)) => reasoning.state = found.state,
        (_, kind) => parts.insert(0, Part::new(Place::NONE, kind)),
    }
    None
}

/// The longest state that is put into ids.
const LONGEST_IN_ID: usize = 16 << 10;

/// The id of a call for a client of this dialect. It carries the state of the call, or of the
/// reasoning that led to it, for clients that send back nothing else.
pub(super) fn call_id(
    id: &Text<'_>,
    state: Option<&Opaque<'_>>,
    number: u64,
    view: &View,
) -> String {
    let own = if id.is_empty() {
        Text::plain(view.made_id("call_", number))
    } else {
        id.borrow()
    };
    match state.filter(|state| state.data.size() <= LONGEST_IN_ID && state.issuer != DIALECT) {
        Some(state) => opaque::tag_id(&own, state, &view.scope),
        None => own.into_resolved().into_owned(),
    }
}

/// Writes one element of `reasoning_details`.
pub(super) fn write(
    text: &str,
    state: &Opaque<'_>,
    index: u64,
    view: &View,
    json: &mut Writer<'_>,
) {
    if state.issuer == DIALECT {
        for element in Raw::written(state.data.resolve().into_owned().into_bytes())
            .value()
            .elements()
        {
            json.raw(element.raw());
        }
        return;
    }
    let sealed = state.seal(&view.scope);
    json.object(|o| {
        if text.is_empty() && state.kind == OpaqueKind::Encrypted {
            o.key("type").string("reasoning.encrypted");
            o.key("data").string(&sealed);
        } else {
            o.key("type").string("reasoning.text");
            o.key("text").string(text);
            o.key("signature").string(&sealed);
        }
        o.key("index").number(index);
    });
}
