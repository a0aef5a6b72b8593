//! Answers that are not streamed.

use std::collections::HashMap;

use super::carried::Carried;
use super::grounding::Reference;
use super::names::{camel, member};
use super::pen::{Pen, Side};
use super::{DIALECT, blocks, extras, grounding, logprobs, stop, usage};
use crate::codec::{CodecError, View, read};
use crate::hub::wrap::arguments;
use crate::hub::{
    Document, Extra, Loss, Part, PartKind, Place, Placed, Reason, Response, StopReason, Text,
};
use crate::json::value::Value;
use crate::json::writer::Writer;

/// Reads an answer.
pub(in crate::codec) fn decode_response(body: Document<'_>) -> Result<Response<'_>, CodecError> {
    let root = body.root();
    let mut response = Response::new(DIALECT, body.text());
    let (mut candidates, mut feedback) = (None, None);
    let mut extras = Vec::new();
    read::members(root, &mut extras, |key, value| match &*camel(key) {
        b"candidates" => read::fill(&mut candidates, value.is_array().then_some(value)),
        b"usageMetadata" => {
            response.usage = crate::codec::usage::read(DIALECT, value);
            true
        }
        b"modelVersion" => fill(&mut response.model, value),
        b"responseId" => fill(&mut response.id, value),
        b"promptFeedback" => {
            feedback = Some(value);
            false
        }
        _ => false,
    });
    response.extras = extras;
    let blocked = feedback.is_some_and(is_block);
    let mut all = candidates.into_iter().flat_map(Value::elements);
    match all.next() {
        Some(first) => candidate(&mut response, first),
        None if blocked => {}
        None => {
            return Err(CodecError::Invalid {
                place: Place::of(root),
                what: "an array `candidates` with an answer",
            });
        }
    }
    if blocked {
        response.stop = Some(StopReason::ContentFilter);
    }
    response.others = all.map(Place::of).collect();
    Ok(response)
}

fn fill<'a>(slot: &mut Text<'a>, value: Value<'a>) -> bool {
    match Text::of(value) {
        Some(text) => {
            *slot = text;
            true
        }
        None => false,
    }
}

/// Whether a `promptFeedback` says that the prompt was refused.
pub(super) fn is_block(feedback: Value<'_>) -> bool {
    let reason = member(feedback, "blockReason").and_then(Value::raw_text);
    reason.is_some_and(|reason| !matches!(reason, b"" | b"BLOCK_REASON_UNSPECIFIED"))
}

fn candidate<'a>(response: &mut Response<'a>, candidate: Value<'a>) {
    let mut reason = None;
    let mut grounded = None;
    let mut extras: Vec<Extra<'a>> = Vec::new();
    read::members(candidate, &mut extras, |key, value| match &*camel(key) {
        b"content" => {
            let parts = member(value, "parts").into_iter().flat_map(Value::elements);
            for part in parts {
                push(&mut response.parts, blocks::part(part, &mut given_id));
            }
            true
        }
        b"finishReason" => {
            reason = Text::of(value).as_ref().and_then(stop::reason);
            true
        }
        b"logprobsResult" => {
            let place = Place::of(value);
            response.logprobs = logprobs::read(value).map(|value| Placed { place, value });
            response.logprobs.is_some()
        }
        b"groundingMetadata" => {
            grounded = Some(value);
            false
        }
        b"index" => true,
        _ => false,
    });
    if let Some(metadata) = grounded {
        ground(&mut response.parts, metadata);
    }
    let is_call = |part: &Part<'_>| matches!(part.kind, PartKind::ToolCall(_));
    let calls = response.parts.iter().any(is_call);
    response.stop = reason.map(|reason| reason.borne_out(calls));
    response.extras.append(&mut extras);
}

/// The id that a call has, if any.
pub(super) fn given_id<'a>(named: blocks::Named<'_, 'a>) -> Text<'a> {
    match named {
        blocks::Named::Known(_, id) | blocks::Named::Answered(id) => id.clone(),
        blocks::Named::Call(_) | blocks::Named::Result(_) => Text::default(),
    }
}

/// Adds a part. Texts and thoughts that only follow each other are one, as they are in streams; what
/// is signed stays as it is.
fn push<'a>(parts: &mut Vec<Part<'a>>, part: Part<'a>) {
    let joins = part.extras.is_empty() && parts.last().is_some_and(|last| last.extras.is_empty());
    let last = parts.last_mut().map(|last| &mut last.kind);
    match (last, &part.kind) {
        (Some(PartKind::Text(last)), PartKind::Text(more)) if joins && last.state.is_none() => {
            last.text = joined(&last.text, &more.text);
            last.state.clone_from(&more.state);
        }
        (Some(PartKind::Reasoning(last)), PartKind::Reasoning(more))
            if joins && last.state.is_none() =>
        {
            match (&mut last.summary[..], &more.summary[..]) {
                ([last], [more]) => *last = joined(last, more),
                (_, more) => last.summary.extend(more.iter().cloned()),
            }
            last.state.clone_from(&more.state);
        }
        // What has nothing to say is not worth a part.
        (_, PartKind::Text(text)) if text.text.is_empty() && text.state.is_none() => {}
        _ => parts.push(part),
    }
}

fn joined<'a>(first: &Text<'a>, second: &Text<'a>) -> Text<'a> {
    if second.is_empty() {
        return first.clone();
    }
    if first.is_empty() {
        return second.clone();
    }
    let mut all = first.resolve().into_owned();
    all.push_str(&second.resolve());
    Text::plain(all)
}

/// Puts references to the last text.
fn ground<'a>(parts: &mut [Part<'a>], metadata: Value<'a>) {
    let texts = parts
        .iter_mut()
        .rev()
        .filter_map(|part| match &mut part.kind {
            PartKind::Text(text) => Some(text),
            _ => None,
        });
    for text in texts.take(1) {
        text.citations = grounding::citations(metadata, &text.text.resolve());
    }
}

/// Writes an answer.
pub(in crate::codec) fn encode_response(
    response: &Response<'_>,
    view: &View,
    out: &mut Vec<u8>,
) -> Loss {
    let mut loss = Loss::default();
    let mut json = Writer::new(out);
    let own = response.dialect == DIALECT;
    let blocked = own && response.parts.is_empty() && feedback(response).is_some_and(is_block);
    json.open(b'{');
    if !blocked {
        json.key("candidates").open(b'[');
        encode_candidate(response, view, &mut json, &mut loss);
        json.close(b']');
    }
    usage::write(&response.usage, &mut json);
    json.key("modelVersion").string(&view.model);
    json.key("responseId");
    if response.id.is_empty() {
        json.string(&view.made_id("", 0));
    } else {
        json.text(&response.id);
    }
    extras::write(&response.extras, own, &mut json, |extra| {
        !extras::is_of_candidate(extra)
    });
    json.close(b'}');
    extras::report(&response.extras, own, &mut loss);
    for other in &response.others {
        loss.drop_at(*other, Reason::OneAnswer);
    }
    loss
}

fn feedback<'r>(response: &'r Response<'_>) -> Option<Value<'r>> {
    let found = response
        .extras
        .iter()
        .find(|extra| extra.key.is("promptFeedback"));
    found.map(|extra| extra.value.value())
}

fn encode_candidate(response: &Response<'_>, view: &View, json: &mut Writer<'_>, loss: &mut Loss) {
    let own = response.dialect == DIALECT;
    json.open(b'{');
    json.key("content").open(b'{');
    json.key("parts").open(b'[');
    let empty = json.len();
    let calls = HashMap::new();
    let mut pen = Pen {
        side: Side::Client(view),
        from: response.dialect,
        own,
        calls: &calls,
        contents: 0,
        carried: None,
        json: json.reborrow(),
        loss,
    };
    let (mut carried, mut malformed) = (Carried::default(), false);
    for (index, part) in response.parts.iter().enumerate() {
        if !own {
            pen.carried = carried.part(part, &view.scope);
        }
        if response.is_cut(index) {
            pen.loss
                .drop_member(part.place, "arguments", Reason::Invalid);
        } else if is_shown(part, view) {
            malformed |= is_malformed(part);
            pen.part(part);
        }
    }
    if json.len() == empty {
        json.object(|o| o.key("text").string(""));
    }
    json.close(b']');
    json.key("role").string("model");
    json.close(b'}');
    if let Some(reason) = &response.stop {
        let word = stop::word(reason, own);
        json.key("finishReason")
            .string(if malformed { stop::MALFORMED } else { &word });
        if let Some(message) = stop::message(reason) {
            json.key("finishMessage").text(message);
        }
    }
    json.key("index").number(0);
    if let Some(logprobs) = &response.logprobs {
        logprobs::write(logprobs.value.value(), json);
    }
    if !own {
        grounding::write(&references(response, loss), json);
    }
    extras::write(&response.extras, own, json, extras::is_of_candidate);
    json.close(b'}');
}

/// Whether it is a call whose arguments are no JSON.
pub(super) fn is_malformed(part: &Part<'_>) -> bool {
    matches!(&part.kind, PartKind::ToolCall(call) if arguments(call).is_none())
}

/// Thoughts are shown to callers who asked for them; what is signed goes to all.
fn is_shown(part: &Part<'_>, view: &View) -> bool {
    match &part.kind {
        PartKind::Reasoning(reasoning) => !view.hide_reasoning || reasoning.state.is_some(),
        _ => true,
    }
}

fn references(response: &Response<'_>, loss: &mut Loss) -> Vec<Reference> {
    let mut found = Vec::new();
    for part in &response.parts {
        let PartKind::Text(text) = &part.kind else {
            continue;
        };
        let plain = text.text.resolve();
        for item in text.citations.iter().flat_map(|citations| &citations.items) {
            match Reference::of(item, &plain) {
                Some(reference) => found.push(reference),
                None => loss.drop_at(item.place, Reason::NotInDialect),
            }
        }
    }
    found
}
