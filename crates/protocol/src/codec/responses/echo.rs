//! What an answer repeats of its request.

use crate::hub::Request;
use crate::json::value::Value;
use crate::json::writer::Writer;

/// The members that an answer repeats, and what they are when the request does not say.
const REPEATED: &[(&str, &str)] = &[
    ("background", "false"),
    ("instructions", "null"),
    ("max_output_tokens", "null"),
    ("max_tool_calls", "null"),
    ("metadata", "{}"),
    ("parallel_tool_calls", "true"),
    ("previous_response_id", "null"),
    ("prompt_cache_key", "null"),
    ("prompt_cache_retention", "null"),
    ("reasoning", "{\"effort\":null,\"summary\":null}"),
    ("safety_identifier", "null"),
    ("store", "false"),
    ("temperature", "1.0"),
    ("text", "{\"format\":{\"type\":\"text\"}}"),
    ("tool_choice", "\"auto\""),
    ("tools", "[]"),
    ("top_logprobs", "0"),
    ("top_p", "1.0"),
    ("truncation", "\"disabled\""),
    // It is left out where it is not given.
    ("user", ""),
];

/// The members of a request that its answer repeats, as `"key":value` pairs.
pub(in crate::codec) fn echo(request: &Request<'_>) -> Vec<u8> {
    repeated(request.source)
}

/// What an answer repeats of a request that says nothing.
pub(super) fn defaults() -> Vec<u8> {
    repeated(b"{}")
}

fn repeated(source: &[u8]) -> Vec<u8> {
    let mut given: Vec<Option<Value<'_>>> = vec![None; REPEATED.len()];
    for (key, value) in Value::of_document(source).members() {
        let known = REPEATED.iter().position(|(name, _)| key.is(name));
        if let Some(slot) = known.and_then(|at| given.get_mut(at)) {
            *slot = Some(value).filter(|value| !value.is_null());
        }
    }
    let length = |value: &Option<Value<'_>>| value.map_or(32, |value| value.raw().len() + 32);
    let mut out = Vec::with_capacity(given.iter().map(length).sum());
    for ((name, default), value) in REPEATED.iter().zip(given) {
        let value = value.map_or(default.as_bytes(), Value::raw);
        if value.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(b',');
        }
        out.push(b'"');
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        match *name {
            "text" => with_format(value, &mut out),
            _ => out.extend_from_slice(value),
        }
    }
    out
}

/// A `text` member with the format that holds when none is named.
fn with_format(text: &[u8], out: &mut Vec<u8>) {
    let value = Value::of(text);
    let mut own = Vec::new();
    Writer::new(&mut own).object(|o| {
        if value.member("format").is_none_or(Value::is_null) {
            o.key("format").object(|o| o.key("type").string("text"));
        }
        for (key, member) in value.members().filter(|(_, member)| !member.is_null()) {
            o.raw_key(key.0).raw(member.raw());
        }
    });
    out.extend_from_slice(&own);
}
