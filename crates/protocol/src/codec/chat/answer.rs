//! Buffered answers.

use super::turns::write_arguments;
use super::{DIALECT, details, messages};
use crate::codec::{CodecError, View, read, usage};
use crate::hub::{
    Audio, CallKind, Citations, Document, Loss, Opaque, Part, PartKind, Place, Placed, Reason,
    Response, Source, StopReason, Text, ToolCall,
};
use crate::json::value::Value;
use crate::json::writer::Writer;
use crate::usage::Usage;

/// Reads an answer.
pub(in crate::codec) fn decode_response(body: Document<'_>) -> Result<Response<'_>, CodecError> {
    let root = body.root();
    let mut response = Response::new(DIALECT, body.text());
    let mut choices = None;
    let mut extras = Vec::new();
    read::members(root, &mut extras, |key, value| match key.0 {
        b"object" => true,
        b"id" => text(&mut response.id, value),
        b"model" => text(&mut response.model, value),
        b"created" => {
            response.created = value.integer();
            response.created.is_some()
        }
        b"choices" if value.is_array() => read::fill(&mut choices, Some(value)),
        b"usage" if value.is_object() => {
            response.usage = usage::read(DIALECT, value);
            true
        }
        b"service_tier" => {
            response.service_tier = Text::of(value);
            response.service_tier.is_some()
        }
        _ => false,
    });
    response.extras = extras;
    let mut all = choices.into_iter().flat_map(Value::elements);
    let first = all.next().ok_or(CodecError::Invalid {
        place: read::place_of(root, "choices"),
        what: "an array `choices` with an answer in it",
    })?;
    response.others = all.map(Place::of).collect();
    choice(first, &mut response)?;
    Ok(response)
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

fn choice<'a>(choice: Value<'a>, response: &mut Response<'a>) -> Result<(), CodecError> {
    let mut reason = None;
    let mut extras = Vec::new();
    read::members(choice, &mut extras, |key, value| match key.0 {
        b"index" => true,
        b"message" if value.is_object() => {
            let said = messages::said(value, true);
            response.parts = said.parts;
            response.extras.extend(said.extras);
            true
        }
        b"finish_reason" => read::text(&mut reason, value),
        b"logprobs" => read::object(&mut response.logprobs, value),
        b"usage" if value.is_object() => {
            response.usage.merge(&usage::read(DIALECT, value));
            true
        }
        _ => false,
    });
    response.extras.extend(extras);
    let reason = reason.filter(|reason: &Placed<Text<'_>>| !reason.is_empty());
    if let Some(reason) = reason.as_ref().filter(|reason| is_failure(reason)) {
        return Err(CodecError::Invalid {
            place: reason.place,
            what: "an answer that did not break off",
        });
    }
    let calls = response
        .parts
        .iter()
        .any(|part| matches!(part.kind, PartKind::ToolCall(_)));
    response.stop = reason.map(|reason| stop_reason(reason.value).borne_out(calls));
    Ok(())
}

/// Whether a `finish_reason` says that the answer broke off on the upstream's side: vendors whose
/// dialect this is have such words in place of an error.
pub(super) fn is_failure(reason: &Text<'_>) -> bool {
    [
        "error",
        "abort",
        "network_error",
        "insufficient_system_resource",
    ]
    .iter()
    .any(|word| reason.is(word))
}

/// What a `finish_reason` means. Besides this dialect's own words there are those that vendors have
/// added to it.
pub(super) fn stop_reason(reason: Text<'_>) -> StopReason<'_> {
    let plain = reason.resolve();
    match &*plain {
        "stop" | "eos" | "end_turn" => StopReason::EndTurn,
        "stop_sequence" => StopReason::StopSequence(None),
        "length" | "max_tokens" => StopReason::MaxTokens,
        "tool_calls" | "function_call" | "tool_use" => StopReason::ToolUse,
        "content_filter" | "sensitive" => StopReason::ContentFilter,
        "refusal" => StopReason::Refusal(None),
        "model_length" | "model_context_window_exceeded" => StopReason::ContextExceeded,
        _ => {
            drop(plain);
            StopReason::Other(reason)
        }
    }
}

/// The word of this dialect for why an answer ends.
pub(super) fn stop_word(stop: Option<&StopReason<'_>>) -> &'static str {
    match stop {
        Some(StopReason::MaxTokens | StopReason::ContextExceeded) => "length",
        Some(StopReason::ToolUse) => "tool_calls",
        Some(StopReason::ContentFilter | StopReason::Refusal(_)) => "content_filter",
        Some(
            StopReason::EndTurn
            | StopReason::StopSequence(_)
            | StopReason::PauseTurn
            | StopReason::Other(_),
        )
        | None => "stop",
    }
}

/// Writes token counts.
pub(super) fn write_usage(usage: &Usage, o: &mut Writer<'_>) {
    o.key("usage").object(|o| {
        o.key("prompt_tokens").number(usage.input.unwrap_or(0));
        o.key("completion_tokens").number(usage.output.unwrap_or(0));
        o.key("total_tokens").number(usage.total().unwrap_or(0));
        let mut details = |key: &str, counts: &[(&str, Option<u64>)]| {
            if counts.iter().any(|(_, count)| count.is_some()) {
                o.key(key).object(|o| {
                    for (name, count) in counts {
                        if let Some(count) = count {
                            o.key(name).number(*count);
                        }
                    }
                });
            }
        };
        details(
            "prompt_tokens_details",
            &[
                ("cached_tokens", usage.cached),
                ("cache_write_tokens", usage.cache_write),
                ("audio_tokens", usage.audio_input),
            ],
        );
        details(
            "completion_tokens_details",
            &[
                ("reasoning_tokens", usage.reasoning),
                ("audio_tokens", usage.audio_output),
            ],
        );
    });
}

/// Writes an answer.
pub(in crate::codec) fn encode_response(
    response: &Response<'_>,
    view: &View,
    out: &mut Vec<u8>,
) -> Loss {
    let mut loss = Loss::default();
    let own = response.dialect == DIALECT;
    Writer::new(out).object(|o| {
        if own && !response.id.is_empty() {
            o.key("id").text(&response.id);
        } else {
            o.key("id").string(&view.made_id("chatcmpl-", 0));
        }
        o.key("object").string("chat.completion");
        o.key("created")
            .number(response.created.unwrap_or(view.created));
        o.key("model").string(&view.model);
        o.key("choices").array(|a| {
            a.object(|o| {
                o.key("index").number(0);
                o.key("message")
                    .object(|o| message(response, view, o, &mut loss));
                match &response.logprobs {
                    Some(raw) => o.key("logprobs").raw(raw.bytes()),
                    None => o.key("logprobs").null(),
                }
                o.key("finish_reason")
                    .string(stop_word(response.stop.as_ref()));
            });
        });
        write_usage(&response.usage, o);
        if let Some(tier) = response.service_tier.as_ref().filter(|_| own) {
            o.key("service_tier").text(tier);
        }
        for other in &response.others {
            loss.drop_at(*other, Reason::OneAnswer);
        }
        o.own_extras(&response.extras, own, &mut loss);
    });
    loss
}

fn message(response: &Response<'_>, view: &View, o: &mut Writer<'_>, loss: &mut Loss) {
    let parts = &response.parts;
    o.key("role").string("assistant");
    o.key("content");
    let texts = || {
        parts.iter().filter_map(|part| match &part.kind {
            PartKind::Text(text) => Some(&text.text),
            _ => None,
        })
    };
    if texts().next().is_some() {
        o.pieces(|p| texts().for_each(|text| p.push_text(text)));
    } else {
        o.null();
    }
    let refusal = parts.iter().find_map(|part| match &part.kind {
        PartKind::Refusal(words) => Some(words),
        _ => None,
    });
    let explained = match &response.stop {
        Some(StopReason::Refusal(words)) => words.as_ref(),
        _ => None,
    };
    match refusal.or(explained) {
        Some(words) => o.key("refusal").text(words),
        None => o.key("refusal").null(),
    }
    reasoning(parts, view, o);
    annotations(parts, o, loss);
    calls(parts, view, o);
    for part in parts {
        match &part.kind {
            PartKind::Audio(audio) => spoken(audio, view, o),
            PartKind::Server(_) => loss.drop_at(part.place, Reason::NoSuchServerTool),
            PartKind::Image(_) | PartKind::File(_) | PartKind::Video(_) | PartKind::Foreign(_) => {
                loss.drop_at(part.place, Reason::NotInDialect);
            }
            _ => {}
        }
    }
}

fn reasoning(parts: &[Part<'_>], view: &View, o: &mut Writer<'_>) {
    let all = || {
        parts.iter().filter_map(|part| match &part.kind {
            PartKind::Reasoning(reasoning) => {
                Some((reasoning.readable(), reasoning.state.as_ref()))
            }
            PartKind::Redacted(state) => Some((String::new(), Some(state))),
            _ => None,
        })
    };
    if all().any(|(text, _)| !text.is_empty()) {
        o.key("reasoning_content")
            .pieces(|p| all().for_each(|(text, _)| p.push(&text)));
    }
    if all().any(|(_, state)| state.is_some()) {
        o.key("reasoning_details").array(|a| {
            for (index, (text, state)) in all().enumerate() {
                if let Some(state) = state {
                    details::write(&text, state, index as u64, view, a);
                }
            }
        });
    }
}

fn annotations(parts: &[Part<'_>], o: &mut Writer<'_>, loss: &mut Loss) {
    let all = || {
        parts.iter().filter_map(|part| match &part.kind {
            PartKind::Text(text) => text.citations.as_ref(),
            _ => None,
        })
    };
    let sayable = |citations: &Citations<'_>| {
        citations.dialect == DIALECT || citations.items.iter().any(|item| item.url.is_some())
    };
    if all().any(sayable) {
        o.key("annotations").array(|a| {
            all()
                .flat_map(|citations| {
                    citations
                        .items
                        .iter()
                        .map(move |item| (citations.dialect, item))
                })
                .for_each(|(dialect, item)| {
                    write_citation(dialect, item, a);
                });
        });
    }
    for item in all()
        .flat_map(|citations| &citations.items)
        .filter(|item| item.url.is_none())
    {
        loss.drop_at(item.place, Reason::NotInDialect);
    }
}

/// Writes a reference, if it is one to a page.
pub(super) fn write_citation(
    dialect: crate::dialect::Dialect,
    item: &crate::hub::Citation<'_>,
    json: &mut Writer<'_>,
) -> bool {
    if dialect == DIALECT {
        json.raw(item.raw.bytes());
        return true;
    }
    let Some(url) = &item.url else {
        return false;
    };
    let (from, to) = item.range.unwrap_or((0, 0));
    json.object(|o| {
        o.key("type").string("url_citation");
        o.key("url_citation").object(|o| {
            o.key("start_index").number(from);
            o.key("end_index").number(to);
            o.key("url").text(url);
            match &item.title {
                Some(title) => o.key("title").text(title),
                None => o.key("title").string(""),
            }
        });
    });
    true
}

fn calls(parts: &[Part<'_>], view: &View, o: &mut Writer<'_>) {
    if !parts
        .iter()
        .any(|part| matches!(part.kind, PartKind::ToolCall(_)))
    {
        return;
    }
    let mut pending: Option<&Opaque<'_>> = None;
    o.key("tool_calls").array(|a| {
        let mut number = 0;
        for part in parts {
            match &part.kind {
                PartKind::Reasoning(reasoning) => pending = reasoning.state.as_ref(),
                PartKind::Redacted(state) => pending = Some(state),
                PartKind::ToolCall(call) => {
                    number += 1;
                    let state = call.state.as_ref().or(pending.take());
                    a.object(|o| {
                        write_call(call, &details::call_id(&call.id, state, number, view), o);
                    });
                }
                _ => {}
            }
        }
    });
}

fn write_call(call: &ToolCall<'_>, id: &str, o: &mut Writer<'_>) {
    o.key("id").string(id);
    if call.kind == CallKind::Custom {
        o.key("type").string("custom");
        o.key("custom").object(|o| {
            o.key("name").text(&call.name);
            o.key("input").text(&call.arguments.encoded());
        });
        return;
    }
    o.key("type").string("function");
    o.key("function").object(|o| {
        o.key("name").text(&call.name);
        o.key("arguments");
        write_arguments(call, o);
    });
}

/// Writes a spoken answer.
pub(super) fn spoken(audio: &Audio<'_>, view: &View, o: &mut Writer<'_>) {
    let Source::Base64 { data, .. } = &audio.source else {
        return;
    };
    o.key("audio").object(|o| {
        o.key("id").string(&view.made_id("audio_", 0));
        o.key("data").text(data);
        match &audio.expires_at {
            Some(time) => o.key("expires_at").raw(time.bytes()),
            None => o.key("expires_at").number(view.created),
        }
        match &audio.transcript {
            Some(transcript) => o.key("transcript").text(transcript),
            None => o.key("transcript").string(""),
        }
    });
}
