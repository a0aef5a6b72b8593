//! Requests: reading them, and the order in which they are written.

use super::{DIALECT, blocks, plan, settings, tools, turns};
use crate::codec::{CodecError, Target, read};
use crate::hub::{
    Document, Effort, Extra, Format, JsonSchema, Loss, Place, Placed, Raw, ReasoningMode, Request,
    Role, Text, Turn,
};
use crate::json::value::Value;
use crate::json::writer::Writer;

/// Reads a request.
pub(in crate::codec) fn decode_request(body: Document<'_>) -> Result<Request<'_>, CodecError> {
    let root = body.root();
    let mut request = Request::new(DIALECT, body.text());
    let mut messages = None;
    let mut extras = Vec::new();
    read::members(root, &mut extras, |key, value| match key.0 {
        b"messages" if value.is_array() => read::fill(&mut messages, Some(value)),
        b"system" => system(&mut request, value),
        name => setting(&mut request, name, value),
    });
    request.extras = extras;
    let messages = messages.ok_or(CodecError::Invalid {
        place: read::place_of(root, "messages"),
        what: "an array `messages`",
    })?;
    for message in messages.elements() {
        request.turns.push(turn(message)?);
    }
    Ok(request)
}

/// Top-level instructions, which come before the messages wherever they stand.
fn system<'a>(request: &mut Request<'a>, value: Value<'a>) -> bool {
    let turn = Turn {
        preamble: true,
        ..Turn::new(Place::of(value), Role::System)
    };
    request.turns = vec![turn.with(blocks::parts(value))];
    value.is_array() || value.raw_text().is_some()
}

fn turn(message: Value<'_>) -> Result<Turn<'_>, CodecError> {
    let role = match message.member("role").and_then(Value::raw_text) {
        Some(b"user") => Role::User,
        Some(b"assistant") => Role::Assistant,
        Some(b"system") => Role::System,
        _ => {
            return Err(CodecError::Invalid {
                place: read::place_of(message, "role"),
                what: "a role `user`, `assistant` or `system`",
            });
        }
    };
    let mut turn = Turn::new(Place::of(message), role);
    let mut extras = Vec::new();
    read::members(message, &mut extras, |key, value| match key.0 {
        b"role" => true,
        b"content" if value.is_array() || value.raw_text().is_some() => {
            turn.parts = blocks::parts(value);
            true
        }
        _ => false,
    });
    turn.extras = extras;
    Ok(turn)
}

fn setting<'a>(request: &mut Request<'a>, name: &[u8], value: Value<'a>) -> bool {
    match name {
        b"model" => match Text::of(value) {
            Some(model) => {
                request.model = model;
                true
            }
            None => false,
        },
        b"stream" => read::boolean(&mut request.stream, value),
        b"max_tokens" => read::integer(&mut request.max_output_tokens, value),
        b"temperature" => read::number(&mut request.sampling.temperature, value),
        b"top_p" => read::number(&mut request.sampling.top_p, value),
        b"top_k" => read::number(&mut request.sampling.top_k, value),
        b"stop_sequences" => read::texts(&mut request.sampling.stop, value),
        b"service_tier" => read::text(&mut request.service_tier, value),
        b"cache_control" => read::cache(&mut request.cache.marker, value),
        b"context_management" => read::object(&mut request.session.context_management, value),
        b"thread" => read::object(&mut request.session.conversation, value),
        b"tools" if value.is_array() => {
            request.tools = value.elements().map(tools::tool).collect();
            true
        }
        b"tool_choice" => tools::choice(request, value),
        b"thinking" if value.is_object() => thinking(request, value),
        b"output_config" if value.is_object() => output(request, value),
        b"output_format" => format(request, value),
        b"metadata" if value.is_object() => metadata(request, value),
        _ => false,
    }
}

fn thinking<'a>(request: &mut Request<'a>, value: Value<'a>) -> bool {
    let reasoning = &mut request.reasoning;
    let mut extras = Vec::new();
    read::members(value, &mut extras, |key, value| match key.0 {
        b"type" => {
            let mode = Text::of(value).map(|name| match value.raw_text() {
                Some(b"enabled") => ReasoningMode::Enabled,
                Some(b"adaptive") => ReasoningMode::Adaptive,
                Some(b"disabled") => ReasoningMode::Disabled,
                _ => ReasoningMode::Other(name),
            });
            read::fill(
                &mut reasoning.mode,
                mode.map(|mode| Placed::new(value, mode)),
            )
        }
        b"budget_tokens" => read::signed(&mut reasoning.budget, value),
        b"display" => read::text(&mut reasoning.display, value),
        _ => false,
    });
    reasoning.extras = extras;
    true
}

fn output<'a>(request: &mut Request<'a>, value: Value<'a>) -> bool {
    for (key, member) in value.members() {
        let taken = match key.0 {
            _ if member.is_null() => true,
            b"effort" => {
                let effort = Placed::<Effort<'_>>::effort(member);
                read::fill(&mut request.reasoning.effort, effort)
            }
            b"format" => format(request, member),
            _ => false,
        };
        if !taken {
            request.output.extras.push(Extra::new(key, member));
        }
    }
    true
}

fn format<'a>(request: &mut Request<'a>, value: Value<'a>) -> bool {
    if !value.is_object() {
        return false;
    }
    let format = if read::kind(value) == b"json_schema" {
        Format::JsonSchema(Box::new(JsonSchema {
            name: None,
            description: None,
            schema: value
                .member("schema")
                .filter(|schema| !schema.is_null())
                .map(Placed::raw),
            strict: None,
        }))
    } else {
        Format::Other(Raw::of(value))
    };
    request.output.format = Some(Placed::new(value, format));
    true
}

fn metadata<'a>(request: &mut Request<'a>, value: Value<'a>) -> bool {
    let caller = &mut request.caller;
    let mut others = Vec::new();
    read::members(value, &mut others, |key, value| match key.0 {
        b"user_id" => read::text(&mut caller.user, value),
        _ => false,
    });
    caller.metadata = others;
    true
}

/// Writes a request.
pub(in crate::codec) fn encode_request(
    request: &Request<'_>,
    target: &Target<'_>,
    out: &mut Vec<u8>,
) -> Result<Loss, CodecError> {
    let mut loss = Loss::default();
    settings::refuse(request, target)?;
    out.reserve(request.source.len() + 512);
    let mut json = Writer::new(out);
    json.open(b'{');
    json.key("model").string(target.model);
    let plan = plan::plan(request, target, &mut loss);
    json.key("max_tokens").number(plan.max_tokens);
    turns::encode(request, target, &mut json, &mut loss);
    tools::encode(request, target, &mut json, &mut loss)?;
    settings::encode(request, (target, &plan), &mut json, &mut loss);
    json.close(b'}');
    Ok(loss)
}
