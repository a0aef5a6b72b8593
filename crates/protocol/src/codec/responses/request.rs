//! Requests: reading them, and the order in which they are written.

use super::{DIALECT, choice, input, items, settings, tools, turns};
use crate::codec::{CodecError, Target, read};
use crate::hub::{
    Document, Effort, Extra, Format, JsonSchema, Loss, Place, Placed, Raw, Request, Role, Text,
    Tool, Turn,
};
use crate::json::value::Value;
use crate::json::writer::Writer;

/// Reads a request.
pub(in crate::codec) fn decode_request(body: Document<'_>) -> Result<Request<'_>, CodecError> {
    let root = body.root();
    let mut request = Request::new(DIALECT, body.text());
    let (mut asked, mut instructions) = (None, None);
    let mut extras = Vec::new();
    read::members(root, &mut extras, |key, value| match key.0 {
        b"input" => read::fill(&mut asked, Some(value)),
        b"instructions" => read::text(&mut instructions, value),
        name => setting(&mut request, name, value),
    });
    request.extras = extras;
    if let Some(words) = &instructions {
        let text = crate::hub::Part::text(words.place, words.value.clone());
        request.turns.push(Turn {
            preamble: true,
            ..Turn::new(words.place, Role::System).with(vec![text])
        });
    }
    let Some(asked) = asked else {
        let session = &request.session;
        let goes_on = session.previous_response_id.is_some() || session.conversation.is_some();
        if goes_on || session.prompt.is_some() || instructions.is_some() {
            return Ok(request);
        }
        return Err(expected_input(root));
    };
    if asked.raw_text().is_none() && !asked.is_array() {
        return Err(expected_input(asked));
    }
    read_input(&mut request, asked);
    Ok(request)
}

fn expected_input(value: Value<'_>) -> CodecError {
    CodecError::Invalid {
        place: Place::of(value),
        what: "a string or an array `input`",
    }
}

fn read_input<'a>(request: &mut Request<'a>, value: Value<'a>) {
    if value.raw_text().is_some() {
        request.turns.push(items::turn(value));
    }
    for item in value.elements() {
        if let Some(list) = input::brought_tools(item) {
            let mut brought = Vec::new();
            tools::tools(list, &mut brought);
            for tool in brought {
                offer(&mut request.tools, tool);
            }
        }
        request.turns.push(items::turn(item));
    }
}

/// Adds a tool unless it is on offer already: the same one may be found more than once.
fn offer<'a>(tools: &mut Vec<Tool<'a>>, tool: Tool<'a>) {
    let space = |tool: &Tool<'a>| tool.namespace.as_ref().map(|space| space.name.clone());
    let same = |known: &Tool<'a>| {
        !tool.name.is_empty() && known.name == tool.name && space(known) == space(&tool)
    };
    if !tools.iter().any(same) {
        tools.push(tool);
    }
}

fn setting<'a>(request: &mut Request<'a>, name: &[u8], value: Value<'a>) -> bool {
    match name {
        b"model" => {
            let model = Text::of(value);
            let taken = model.is_some();
            request.model = model.unwrap_or_default();
            taken
        }
        b"stream" => read::boolean(&mut request.stream, value),
        b"max_output_tokens" => read::integer(&mut request.max_output_tokens, value),
        b"max_tool_calls" => read::number(&mut request.max_tool_calls, value),
        b"parallel_tool_calls" => read::boolean(&mut request.parallel_tool_calls, value),
        b"temperature" => read::number(&mut request.sampling.temperature, value),
        b"top_p" => read::number(&mut request.sampling.top_p, value),
        b"top_logprobs" => read::number(&mut request.sampling.top_logprobs, value),
        b"service_tier" => read::text(&mut request.service_tier, value),
        b"user" => read::text(&mut request.caller.user, value),
        b"safety_identifier" => read::text(&mut request.caller.safety_identifier, value),
        b"prompt_cache_key" => read::text(&mut request.cache.key, value),
        b"prompt_cache_retention" => read::text(&mut request.cache.retention, value),
        b"prompt_cache_options" => read::object(&mut request.cache.options, value),
        b"tools" if value.is_array() => {
            request.tools.clear();
            tools::tools(value, &mut request.tools);
            true
        }
        b"tool_choice" => read::fill(&mut request.tool_choice, tools::choice(value)),
        b"reasoning" if value.is_object() => reasoning(request, value),
        b"text" if value.is_object() => text(request, value),
        b"metadata" if value.is_object() => {
            read::members(value, &mut request.caller.metadata, |_, _| false);
            true
        }
        b"stream_options" if value.is_object() => {
            let options = &mut request.stream_options;
            read::members(value, &mut options.extras, |_, _| false);
            true
        }
        _ => session(request, name, value),
    }
}

fn session<'a>(request: &mut Request<'a>, name: &[u8], value: Value<'a>) -> bool {
    let session = &mut request.session;
    match name {
        b"store" => read::boolean(&mut session.store, value),
        b"previous_response_id" => read::text(&mut session.previous_response_id, value),
        b"conversation" => read::any(&mut session.conversation, value),
        b"include" => include(request, value),
        b"truncation" => read::text(&mut session.truncation, value),
        b"background" => read::boolean(&mut session.background, value),
        b"context_management" => read::any(&mut session.context_management, value),
        b"prompt" => read::object(&mut session.prompt, value),
        _ => false,
    }
}

/// What the answer is to contain besides. Log probabilities are a member of their own elsewhere.
fn include<'a>(request: &mut Request<'a>, value: Value<'a>) -> bool {
    let mut wanted = Vec::new();
    if !value.is_array() || !read::texts(&mut wanted, value) {
        return false;
    }
    for name in wanted {
        if name.is(settings::LOGPROBS) {
            request.sampling.logprobs = Some(Placed {
                place: name.place,
                value: true,
            });
        } else {
            request.session.include.push(name);
        }
    }
    true
}

fn reasoning<'a>(request: &mut Request<'a>, value: Value<'a>) -> bool {
    let reasoning = &mut request.reasoning;
    let mut extras = Vec::new();
    read::members(value, &mut extras, |key, value| match key.0 {
        b"effort" => read::fill(&mut reasoning.effort, Placed::<Effort<'_>>::effort(value)),
        b"summary" => read::text(&mut reasoning.summary, value),
        b"context" => read::text(&mut reasoning.context, value),
        _ => false,
    });
    reasoning.extras = extras;
    true
}

fn text<'a>(request: &mut Request<'a>, value: Value<'a>) -> bool {
    let output = &mut request.output;
    let mut extras = Vec::new();
    read::members(value, &mut extras, |key, value| match key.0 {
        b"verbosity" => read::text(&mut output.verbosity, value),
        b"format" if value.is_object() => {
            let format = format(value, &mut output.extras);
            read::fill(&mut output.format, Some(Placed::new(value, format)))
        }
        _ => false,
    });
    output.extras.extend(extras);
    true
}

fn format<'a>(value: Value<'a>, extras: &mut Vec<Extra<'a>>) -> Format<'a> {
    match read::kind(value) {
        b"text" => return Format::Text,
        b"json_object" => return Format::JsonObject,
        b"json_schema" => {}
        _ => return Format::Other(Raw::of(value)),
    }
    let (mut name, mut description, mut schema, mut strict) = (None, None, None, None);
    read::members(value, extras, |key, value| match key.0 {
        b"type" => true,
        b"name" => read::text(&mut name, value),
        b"description" => read::text(&mut description, value),
        b"schema" => read::object(&mut schema, value),
        b"strict" => read::boolean(&mut strict, value),
        _ => false,
    });
    Format::JsonSchema(Box::new(JsonSchema {
        name,
        description,
        schema,
        strict,
    }))
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
    turns::encode(request, target, &mut json, &mut loss);
    choice::encode(request, target, &mut json, &mut loss)?;
    settings::encode(request, target, &mut json, &mut loss);
    json.close(b'}');
    Ok(loss)
}
