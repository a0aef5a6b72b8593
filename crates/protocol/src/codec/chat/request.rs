//! Requests: reading them, and the order in which they are written.

use super::{DIALECT, messages, settings, tools, turns};
use crate::codec::{CodecError, Target, read};
use crate::hub::{Document, Effort, Extra, Format, JsonSchema, Loss, Placed, Raw, Request, Text};
use crate::json::value::Value;
use crate::json::writer::Writer;

/// Reads a request.
pub(in crate::codec) fn decode_request(body: Document<'_>) -> Result<Request<'_>, CodecError> {
    let root = body.root();
    let mut request = Request::new(DIALECT, body.text());
    let (mut list, mut older) = (None, None);
    let mut extras = Vec::new();
    read::members(root, &mut extras, |key, value| match key.0 {
        b"max_tokens" if value.integer().is_some() => read::fill(&mut older, Some((key, value))),
        b"messages" if value.is_array() => read::fill(&mut list, Some(value)),
        name => {
            sampling(&mut request, name, value)
                || setting(&mut request, name, value)
                || tools::setting(&mut request, name, value)
        }
    });
    // The newer of the two names wins, in whatever order they come.
    match older {
        Some((_, value)) if request.max_output_tokens.is_none() => {
            read::integer(&mut request.max_output_tokens, value);
        }
        Some((key, value)) => extras.push(Extra::new(key, value)),
        None => {}
    }
    request.extras = extras;
    let list = list.ok_or(CodecError::Invalid {
        place: read::place_of(root, "messages"),
        what: "an array `messages`",
    })?;
    for message in list.elements() {
        request.turns.push(messages::turn(message)?);
    }
    Ok(request)
}

fn sampling<'a>(request: &mut Request<'a>, name: &[u8], value: Value<'a>) -> bool {
    let sampling = &mut request.sampling;
    match name {
        b"temperature" => read::number(&mut sampling.temperature, value),
        b"top_p" => read::number(&mut sampling.top_p, value),
        b"top_k" => read::number(&mut sampling.top_k, value),
        b"seed" => read::number(&mut sampling.seed, value),
        b"presence_penalty" => read::number(&mut sampling.presence_penalty, value),
        b"frequency_penalty" => read::number(&mut sampling.frequency_penalty, value),
        b"stop" => read::texts(&mut sampling.stop, value),
        b"n" => read::number(&mut sampling.n, value),
        b"logit_bias" => read::object(&mut sampling.logit_bias, value),
        b"logprobs" => read::boolean(&mut sampling.logprobs, value),
        b"top_logprobs" => read::number(&mut sampling.top_logprobs, value),
        _ => false,
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
        b"stream_options" if value.is_object() => {
            let options = &mut request.stream_options;
            let mut extras = Vec::new();
            read::members(value, &mut extras, |key, value| match key.0 {
                b"include_usage" => read::boolean(&mut options.include_usage, value),
                _ => false,
            });
            options.extras = extras;
            true
        }
        b"max_completion_tokens" => read::integer(&mut request.max_output_tokens, value),
        b"reasoning_effort" => {
            let effort = Placed::<Effort<'_>>::effort(value);
            read::fill(&mut request.reasoning.effort, effort)
        }
        b"response_format" if value.is_object() => {
            request.output.format = Some(Placed::new(value, format(value)));
            true
        }
        b"verbosity" => read::text(&mut request.output.verbosity, value),
        b"modalities" => read::array(&mut request.output.modalities, value),
        b"audio" => read::object(&mut request.output.audio, value),
        b"prediction" => read::object(&mut request.output.prediction, value),
        b"prompt_cache_key" => read::text(&mut request.cache.key, value),
        b"prompt_cache_retention" => read::text(&mut request.cache.retention, value),
        b"prompt_cache_options" => read::object(&mut request.cache.options, value),
        b"cache_control" => read::cache(&mut request.cache.marker, value),
        b"store" => read::boolean(&mut request.session.store, value),
        b"user" => read::text(&mut request.caller.user, value),
        b"safety_identifier" => read::text(&mut request.caller.safety_identifier, value),
        b"metadata" if value.is_object() => {
            read::members(value, &mut request.caller.metadata, |_, _| false);
            true
        }
        b"service_tier" => read::text(&mut request.service_tier, value),
        _ => false,
    }
}

fn format(value: Value<'_>) -> Format<'_> {
    match read::kind(value) {
        b"text" => Format::Text,
        b"json_object" => Format::JsonObject,
        b"json_schema" => {
            let Some(inner) = value.member("json_schema") else {
                return Format::Other(Raw::of(value));
            };
            let mut schema = JsonSchema {
                name: None,
                description: None,
                schema: None,
                strict: None,
            };
            let mut others = Vec::new();
            read::members(inner, &mut others, |key, value| match key.0 {
                b"name" => read::text(&mut schema.name, value),
                b"description" => read::text(&mut schema.description, value),
                b"schema" => read::object(&mut schema.schema, value),
                b"strict" => read::boolean(&mut schema.strict, value),
                _ => false,
            });
            if others.is_empty() {
                Format::JsonSchema(Box::new(schema))
            } else {
                Format::Other(Raw::of(value))
            }
        }
        _ => Format::Other(Raw::of(value)),
    }
}

/// Writes a request.
pub(in crate::codec) fn encode_request(
    request: &Request<'_>,
    target: &Target<'_>,
    out: &mut Vec<u8>,
) -> Result<Loss, CodecError> {
    let mut loss = Loss::default();
    settings::refuse(request)?;
    out.reserve(request.source.len() + 512);
    let mut json = Writer::new(out);
    json.open(b'{');
    json.key("model").string(target.model);
    turns::encode(request, target, &mut json, &mut loss);
    tools::encode(request, target, &mut json, &mut loss)?;
    settings::encode(request, target, &mut json, &mut loss);
    json.close(b'}');
    Ok(loss)
}
