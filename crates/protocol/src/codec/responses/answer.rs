//! Buffered answers.

use super::encoder::StreamEncoder;
use super::{DIALECT, items};
use crate::codec::view::Emit;
use crate::codec::{CodecError, View, read, usage};
use crate::hub::{
    Document, Event, Extra, Loss, Part, PartKind, Placed, Raw, Reason, Response, Start, StopReason,
    Text,
};
use crate::json::value::Value;
use crate::json::writer::Writer;

/// Members that repeat the request, say what goes without saying, or say again what others say.
const REPEATED: &[&[u8]] = &[
    b"object",
    b"completed_at",
    b"background",
    b"conversation",
    b"instructions",
    b"max_output_tokens",
    b"max_tool_calls",
    b"metadata",
    b"output_text",
    b"parallel_tool_calls",
    b"previous_response_id",
    b"presence_penalty",
    b"frequency_penalty",
    b"prompt",
    b"prompt_cache_key",
    b"prompt_cache_options",
    b"prompt_cache_retention",
    b"reasoning",
    b"safety_identifier",
    b"store",
    b"temperature",
    b"text",
    b"tool_choice",
    b"tools",
    b"top_logprobs",
    b"top_p",
    b"truncation",
    b"user",
];

/// Whether a member of an answer has a name here, or says nothing of its own.
pub(super) fn is_named(key: &[u8]) -> bool {
    let named: [&[u8]; 9] = [
        b"id",
        b"model",
        b"created_at",
        b"status",
        b"incomplete_details",
        b"output",
        b"service_tier",
        b"usage",
        b"error",
    ];
    named.contains(&key) || REPEATED.contains(&key)
}

/// Reads an answer.
pub(in crate::codec) fn decode_response(body: Document<'_>) -> Result<Response<'_>, CodecError> {
    let root = body.root();
    let mut response = Response::new(DIALECT, body.text());
    let (mut status, mut details, mut output, mut tier) = (None, None, None, None);
    let mut extras = Vec::new();
    read::members(root, &mut extras, |key, value| match key.0 {
        b"id" => text(&mut response.id, value),
        b"model" => text(&mut response.model, value),
        b"created_at" => {
            response.created = seconds(value);
            true
        }
        b"status" => read::text(&mut status, value),
        b"incomplete_details" => read::fill(&mut details, Some(value)),
        b"output" if value.is_array() => read::fill(&mut output, Some(value)),
        b"service_tier" => read::text(&mut tier, value),
        b"usage" if value.is_object() => {
            response.usage = usage::read(DIALECT, value);
            true
        }
        name => REPEATED.contains(&name),
    });
    response.extras = extras;
    response.service_tier = tier.map(|tier| tier.value);
    let output = output.ok_or(CodecError::Invalid {
        place: read::place_of(root, "output"),
        what: "an array `output`",
    })?;
    for item in output.elements() {
        response.parts.extend(item_parts(item));
    }
    response.logprobs = logprobs(&mut response.parts);
    let calls = calls(&response.parts);
    if let Some(status) = status.as_ref().filter(|status| !has_ended(status)) {
        return Err(CodecError::Invalid {
            place: status.place,
            what: "the `status` of an answer that has ended",
        });
    }
    let status = status.map(|status| status.value);
    response.stop = stop_reason(status, details).map(|stop| stop.borne_out(calls));
    Ok(response)
}

/// Whether an answer of that status is one: the others failed, or are still to come.
fn has_ended(status: &Text<'_>) -> bool {
    let not_ended = ["failed", "cancelled", "queued", "in_progress"];
    !not_ended.iter().any(|word| status.is(word))
}

fn text<'a>(slot: &mut Text<'a>, value: Value<'a>) -> bool {
    match Text::of(value) {
        Some(text) => {
            *slot = text;
            true
        }
        None => false,
    }
}

/// A time in seconds, which some upstreams write with a fraction.
pub(super) fn seconds(value: Value<'_>) -> Option<u64> {
    let whole = value.raw().split(|byte| *byte == b'.').next()?;
    std::str::from_utf8(whole).ok()?.parse().ok()
}

/// The parts of an item of an answer.
pub(super) fn item_parts(item: Value<'_>) -> Vec<Part<'_>> {
    let turn = items::turn(item);
    let mut parts = turn.parts;
    if let (Some(phase), [part]) = (turn.phase, &mut parts[..]) {
        let mut word = Vec::new();
        Writer::new(&mut word).text(&phase.value);
        part.extras.push(Extra {
            place: phase.place,
            key: Text::from("phase"),
            value: Raw::written(word),
        });
    }
    parts
}

/// Whether tools of the caller are called.
fn calls(parts: &[Part<'_>]) -> bool {
    parts
        .iter()
        .any(|part| matches!(part.kind, PartKind::ToolCall(_)))
}

/// Takes the log probabilities out of the texts that they stand at.
pub(super) fn logprobs<'a>(parts: &mut [Part<'a>]) -> Option<Placed<Raw<'a>>> {
    let mut found: Vec<Extra<'a>> = Vec::new();
    for part in parts {
        let at = part.extras.iter().position(|e| e.key.is("logprobs"));
        found.extend(at.map(|at| part.extras.remove(at)));
    }
    let place = found.first()?.place;
    let mut out = Vec::new();
    Writer::new(&mut out).object(|o| {
        o.key("content").array(|a| {
            for element in found.iter().flat_map(|e| e.value.value().elements()) {
                a.raw(element.raw());
            }
        });
        o.key("refusal").null();
    });
    Some(Placed {
        place,
        value: Raw::written(out),
    })
}

/// Why an answer of that status ends.
pub(super) fn stop_reason<'a>(
    status: Option<Text<'a>>,
    details: Option<Value<'a>>,
) -> Option<StopReason<'a>> {
    let status = status?;
    if status.is("completed") {
        return Some(StopReason::EndTurn);
    }
    if !status.is("incomplete") {
        return Some(StopReason::Other(status));
    }
    let reason = details.and_then(|details| details.member("reason"));
    Some(match reason.and_then(Text::of) {
        Some(reason) if reason.is("content_filter") => StopReason::ContentFilter,
        Some(reason) if reason.is("max_output_tokens") || reason.is("max_tokens") => {
            StopReason::MaxTokens
        }
        None => StopReason::MaxTokens,
        Some(reason) => StopReason::Other(reason),
    })
}

/// Writes an answer.
pub(in crate::codec) fn encode_response(
    response: &Response<'_>,
    view: &View,
    out: &mut Vec<u8>,
) -> Loss {
    let mut loss = Loss::default();
    let own = response.dialect == DIALECT;
    let mut encoder = StreamEncoder::silent(own);
    let mut unsent = Vec::new();
    let mut emit = Emit {
        view,
        loss: &mut loss,
        out: &mut unsent,
    };
    encoder.event(
        Event::Start(Start {
            id: response.id.borrow(),
            model: response.model.borrow(),
            created: response.created,
            usage: response.usage,
            service_tier: response.service_tier.as_ref().map(Text::borrow),
        }),
        &mut emit,
    );
    if let Some(logprobs) = &response.logprobs {
        encoder.event(Event::Logprobs(logprobs.value.borrow()), &mut emit);
    }
    for part in &response.parts {
        encoder.part(part, &mut emit);
    }
    if let Some(stop) = &response.stop {
        encoder.event(Event::Stop(stop.clone()), &mut emit);
    }
    encoder.event(Event::End, &mut emit);
    for other in &response.others {
        loss.drop_at(*other, Reason::OneAnswer);
    }
    let mut json = Writer::new(out);
    json.open(b'{');
    encoder.members(view, &mut json);
    json.own_extras(&response.extras, own, &mut loss);
    json.close(b'}');
    loss
}
