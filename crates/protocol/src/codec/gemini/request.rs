//! Requests: reading them, and the order in which they are written.

use super::names::{camel, member};
use super::{DIALECT, blocks, carried, config, settings, tools, turns, write_tools};
use crate::codec::{CodecError, Target, read};
use crate::hub::{Document, Extra, Loss, Place, Request, Role, Text, Turn};
use crate::json::value::Value;
use crate::json::writer::Writer;

/// Reads a request.
pub(in crate::codec) fn decode_request(body: Document<'_>) -> Result<Request<'_>, CodecError> {
    decode_object(body.root(), body)
}

/// Reads the object of a request, which may stand within another one.
pub(super) fn decode_object<'a>(
    root: Value<'a>,
    body: Document<'a>,
) -> Result<Request<'a>, CodecError> {
    let mut request = Request::new(DIALECT, body.text());
    let (mut contents, mut system) = (None, None);
    let mut extras = Vec::new();
    read::members(root, &mut extras, |key, value| match &*camel(key) {
        b"contents" => read::fill(&mut contents, Some(value)),
        b"systemInstruction" => read::fill(&mut system, Some(value)),
        name => setting(&mut request, name, value),
    });
    request.extras.extend(extras);
    if let Some(system) = system {
        instructions(&mut request, system);
    }
    let contents = contents.ok_or(CodecError::Invalid {
        place: Place::of(root),
        what: "an array `contents`",
    })?;
    let mut ids = blocks::Ids::default();
    let single = contents.is_object().then_some(contents);
    for (index, value) in contents.elements().chain(single).enumerate() {
        request.turns.push(turn(value, index, &mut ids)?);
    }
    Ok(request)
}

fn instructions<'a>(request: &mut Request<'a>, value: Value<'a>) {
    let mut turn = Turn {
        preamble: true,
        ..Turn::new(Place::of(value), Role::System)
    };
    if let Some(text) = Text::of(value) {
        turn.parts = vec![crate::hub::Part::text(Place::of(value), text)];
    } else {
        turn_members(&mut turn, value, &mut |part| {
            blocks::part(part, &mut |_| Text::default())
        });
    }
    request.turns.push(turn);
}

fn turn<'a>(
    content: Value<'a>,
    index: usize,
    ids: &mut blocks::Ids<'a>,
) -> Result<Turn<'a>, CodecError> {
    let role = member(content, "role");
    let role = match role.and_then(Value::raw_text) {
        None | Some(b"" | b"user") if role.is_none_or(|role| role.raw_text().is_some()) => {
            Role::User
        }
        Some(b"function" | b"tool") => Role::User,
        Some(b"model" | b"assistant") => Role::Assistant,
        Some(b"system") => Role::System,
        _ => {
            return Err(CodecError::Invalid {
                place: role.map_or(Place::of(content), Place::of),
                what: "a role `user` or `model`",
            });
        }
    };
    let mut turn = Turn::new(Place::of(content), role);
    let mut at = 0;
    turn_members(&mut turn, content, &mut |part| {
        at += 1;
        blocks::part(part, &mut |call| ids.id(call, index, at - 1))
    });
    let result =
        |part: &crate::hub::Part<'_>| matches!(part.kind, crate::hub::PartKind::ToolResult(_));
    if turn.role == Role::User && !turn.parts.is_empty() && turn.parts.iter().all(result) {
        turn.role = Role::Tool;
    }
    Ok(turn)
}

fn turn_members<'a>(
    turn: &mut Turn<'a>,
    content: Value<'a>,
    part: &mut dyn FnMut(Value<'a>) -> crate::hub::Part<'a>,
) {
    let mut extras = Vec::new();
    let parts = &mut turn.parts;
    read::members(content, &mut extras, |key, value| match key.0 {
        b"role" => value.raw_text().is_some(),
        b"parts" if value.is_array() => {
            for element in value.elements() {
                carried::push(parts, part(element), element);
            }
            true
        }
        b"parts" if value.is_object() => {
            carried::push(parts, part(value), value);
            true
        }
        _ => false,
    });
    turn.extras = extras;
}

fn setting<'a>(request: &mut Request<'a>, name: &[u8], value: Value<'a>) -> bool {
    match name {
        b"model" => match Text::of(value) {
            Some(model) => {
                request.model = match model.into_resolved() {
                    std::borrow::Cow::Borrowed(name) => {
                        Text::plain(name.strip_prefix("models/").unwrap_or(name))
                    }
                    std::borrow::Cow::Owned(name) => {
                        Text::plain(name.strip_prefix("models/").unwrap_or(&name).to_owned())
                    }
                };
                true
            }
            None => false,
        },
        b"generationConfig" if value.is_object() => config::decode(request, value),
        b"tools" if value.is_array() => {
            request.tools = value.elements().flat_map(tools::tools).collect();
            true
        }
        b"toolConfig" if value.is_object() => tools::choice(request, value),
        b"cachedContent" => read::text(&mut request.cache.content, value),
        b"labels" if value.is_object() => {
            let labels = value.members().map(|(key, value)| Extra::new(key, value));
            request.caller.metadata = labels.collect();
            true
        }
        _ => false,
    }
}

/// Writes a request.
pub(in crate::codec) fn encode_request(
    request: &Request<'_>,
    target: &Target<'_>,
    out: &mut Vec<u8>,
) -> Result<Loss, CodecError> {
    out.reserve(request.source.len() + 512);
    let mut loss = Loss::default();
    let mut json = Writer::new(out);
    json.open(b'{');
    encode_members(request, target, &mut json, &mut loss)?;
    json.close(b'}');
    Ok(loss)
}

/// Writes the members of a request.
pub(super) fn encode_members(
    request: &Request<'_>,
    target: &Target<'_>,
    json: &mut Writer<'_>,
    loss: &mut Loss,
) -> Result<(), CodecError> {
    settings::refuse(request)?;
    turns::encode(request, target, json, loss);
    write_tools::encode(request, target, json, loss)?;
    config::encode(request, target, json, loss);
    settings::encode(request, json, loss);
    Ok(())
}
