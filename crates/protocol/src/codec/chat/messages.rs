//! Messages, read: those of histories, and the one of an answer.

use super::{DIALECT, details, parts};
use crate::codec::{CodecError, read};
use crate::hub::{
    Arguments, CallKind, Extra, Foreign, Part, PartKind, Place, Placed, Raw, Role, Text, TextPart,
    ToolCall, ToolResult, Turn, opaque,
};
use crate::json::value::Value;

/// Reads a message of the history.
pub(super) fn turn(message: Value<'_>) -> Result<Turn<'_>, CodecError> {
    let place = Place::of(message);
    let role = message.member("role").and_then(Value::raw_text);
    Ok(match role {
        Some(b"system") => plain(message, Role::System),
        Some(b"developer") => plain(message, Role::Developer),
        Some(b"user") => plain(message, Role::User),
        Some(b"assistant") => {
            let mut turn = Turn::new(place, Role::Assistant);
            let said = said(message, false);
            turn.parts = said.parts;
            turn.name = said.name;
            turn.extras = said.extras;
            turn
        }
        Some(b"tool" | b"function") => result(message),
        _ => {
            return Err(CodecError::Invalid {
                place: read::place_of(message, "role"),
                what: "a role `system`, `developer`, `user`, `assistant` or `tool`",
            });
        }
    })
}

fn plain(message: Value<'_>, role: Role) -> Turn<'_> {
    let mut turn = Turn::new(Place::of(message), role);
    let mut extras = Vec::new();
    read::members(message, &mut extras, |key, value| match key.0 {
        b"role" => true,
        b"content" if is_content(value) => {
            turn.parts = parts::parts(value);
            true
        }
        b"name" => read::text(&mut turn.name, value),
        _ => false,
    });
    turn.extras = extras;
    turn
}

fn is_content(value: Value<'_>) -> bool {
    value.is_array() || value.raw_text().is_some()
}

/// The result of a tool call, or of a function in the way before tools.
fn result(message: Value<'_>) -> Turn<'_> {
    let mut turn = Turn::new(Place::of(message), Role::Tool);
    let (mut id, mut name) = (None, None);
    let mut content = Vec::new();
    let mut extras = Vec::new();
    let mut cache = None;
    read::members(message, &mut extras, |key, value| match key.0 {
        b"role" => true,
        b"content" if is_content(value) => {
            content = parts::parts(value);
            true
        }
        b"tool_call_id" => read::text(&mut id, value),
        b"name" => read::text(&mut name, value),
        b"cache_control" => read::cache(&mut cache, value),
        _ => false,
    });
    let id = match id {
        Some(id) => opaque::untag_id(id.value).0,
        None => function_id(name.as_ref().map(|name: &Placed<Text<'_>>| &name.value)),
    };
    let result = ToolResult {
        name,
        ..ToolResult::new(id, content)
    };
    let mut part = Part::new(turn.place, PartKind::ToolResult(Box::new(result)));
    part.cache = cache;
    turn.parts = vec![part];
    turn.extras = extras;
    turn
}

/// Functions, in the way before tools, have no ids.
fn function_id(name: Option<&Text<'_>>) -> Text<'static> {
    let name = name
        .map(|name| name.resolve().into_owned())
        .unwrap_or_default();
    Text::plain(format!("function_{name}"))
}

/// What an assistant said.
#[derive(Debug, Default)]
pub(super) struct Said<'a> {
    pub(super) parts: Vec<Part<'a>>,
    pub(super) name: Option<Placed<Text<'a>>>,
    pub(super) extras: Vec<Extra<'a>>,
}

/// Reads a message of an assistant. `own`: it is the upstream's answer.
pub(super) fn said(message: Value<'_>, own: bool) -> Said<'_> {
    let mut said = Said::default();
    let mut told = details::Told::default();
    let mut content = Vec::new();
    let mut refusal = None;
    let mut audio = None;
    let mut calls = Vec::new();
    let mut annotations = None;
    read::members(message, &mut said.extras, |key, value| match key.0 {
        b"role" => true,
        b"content" if is_content(value) => {
            content = parts::parts(value);
            true
        }
        b"name" => read::text(&mut said.name, value),
        b"refusal" => read::text(&mut refusal, value),
        b"reasoning_content" | b"reasoning" => {
            told.text.is_some() && value.raw_text().is_some() || read::text(&mut told.text, value)
        }
        b"reasoning_details" if value.is_array() => read::fill(&mut told.details, Some(value)),
        b"audio" if value.is_object() => read::fill(&mut audio, parts::spoken(value)),
        b"annotations" if value.is_array() => read::fill(&mut annotations, Some(value)),
        b"tool_calls" if value.is_array() => {
            calls.extend(value.elements());
            true
        }
        b"function_call" if value.is_object() => {
            calls.push(value);
            true
        }
        _ => false,
    });
    told.text = told.text.filter(|text| !text.is_empty());
    let reasoning = told.into_parts(own);
    said.parts = reasoning;
    said.parts
        .extend(content.into_iter().filter(|part| !is_empty(part)));
    cite(&mut said.parts, annotations);
    if let Some(words) = refusal.filter(|words: &Placed<Text<'_>>| !words.is_empty()) {
        said.parts
            .push(Part::new(words.place, PartKind::Refusal(words.value)));
    }
    said.parts.extend(audio);
    for value in calls {
        let mut part = call(value);
        // Ids that the upstream gave are its own, whatever they hold.
        if let (PartKind::ToolCall(call), false) = (&mut part.kind, own) {
            let (id, state) = opaque::untag_id(std::mem::take(&mut call.id));
            call.id = id;
            call.state = state.and_then(|state| details::from_id(state, &mut said.parts));
        }
        said.parts.push(part);
    }
    said
}

fn is_empty(part: &Part<'_>) -> bool {
    matches!(&part.kind, PartKind::Text(text) if text.text.is_empty() && part.cache.is_none())
}

/// References belong to the text of the message.
fn cite<'a>(parts: &mut [Part<'a>], annotations: Option<Value<'a>>) {
    let Some(annotations) = annotations.filter(|value| !value.is_blank()) else {
        return;
    };
    for part in parts.iter_mut().rev() {
        if let PartKind::Text(TextPart { citations, .. }) = &mut part.kind {
            *citations = Some(parts::citations(annotations));
            return;
        }
    }
}

/// A tool call, or a function call in the way before tools.
fn call(value: Value<'_>) -> Part<'_> {
    let mut part = Part::new(Place::of(value), PartKind::Text(TextPart::default()));
    let mut id = None;
    let mut call = ToolCall {
        id: Text::default(),
        item_id: None,
        namespace: None,
        name: Text::default(),
        kind: CallKind::Function,
        arguments: Arguments::Encoded(Text::default()),
        state: None,
    };
    let mut inner = Vec::new();
    let mut named = false;
    read::members(value, &mut part.extras, |key, value| match key.0 {
        b"type" | b"index" => true,
        b"id" => read::text(&mut id, value),
        b"function" | b"custom" if value.is_object() => {
            read::members(value, &mut inner, |key, value| {
                called(&mut call, key.0, value)
            });
            named = true;
            true
        }
        name => called(&mut call, name, value),
    });
    if call.name.is_empty() && !named {
        let raw = Raw::of(value);
        let dialect = DIALECT;
        part.extras.clear();
        part.kind = PartKind::Foreign(Foreign { dialect, raw });
        return part;
    }
    part.extras.append(&mut inner);
    call.id = match id {
        Some(id) => (id as Placed<Text<'_>>).value,
        None => function_id(Some(&call.name)),
    };
    part.kind = PartKind::ToolCall(Box::new(call));
    part
}

fn called<'a>(call: &mut ToolCall<'a>, name: &[u8], value: Value<'a>) -> bool {
    let text = Text::of(value);
    match (name, text) {
        (b"name", Some(text)) => call.name = text,
        (b"arguments", Some(text)) => call.arguments = Arguments::Encoded(text),
        // Some upstreams give an object in place of its text.
        (b"arguments", None) if value.is_object() => {
            call.arguments = Arguments::Object(Raw::of(value));
        }
        (b"input", Some(text)) => {
            call.kind = CallKind::Custom;
            call.arguments = Arguments::Free(text);
        }
        _ => return false,
    }
    true
}
