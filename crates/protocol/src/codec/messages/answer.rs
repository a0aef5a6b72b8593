//! Buffered answers.

use super::{DIALECT, blocks, turns};
use crate::codec::{CodecError, View, read, usage};
use crate::hub::opaque::tag_id;
use crate::hub::{
    Document, Loss, Opaque, OpaqueKind, Part, PartKind, Reason, Reasoning, Response, StopReason,
    Text, TextPart, ToolCall,
};
use crate::json::value::Value;
use crate::json::writer::Writer;
use crate::usage::Usage;

/// Reads an answer.
pub(in crate::codec) fn decode_response(body: Document<'_>) -> Result<Response<'_>, CodecError> {
    let root = body.root();
    let mut response = Response::new(DIALECT, body.text());
    let (mut reason, mut sequence, mut details) = (None, None, None);
    let mut content = None;
    let mut extras = Vec::new();
    read::members(root, &mut extras, |key, value| match key.0 {
        b"type" | b"role" => true,
        b"id" => text(&mut response.id, value),
        b"model" => text(&mut response.model, value),
        b"content" if value.is_array() => read::fill(&mut content, Some(value)),
        b"stop_reason" => read::text(&mut reason, value),
        b"stop_sequence" => read::text(&mut sequence, value),
        b"stop_details" if value.is_object() => read::fill(&mut details, Some(value)),
        b"usage" if value.is_object() => {
            response.usage = usage::read(DIALECT, value);
            response.service_tier = value.member("service_tier").and_then(Text::of);
            true
        }
        _ => false,
    });
    response.extras = extras;
    let content = content.ok_or(CodecError::Invalid {
        place: read::place_of(root, "content"),
        what: "an array `content`",
    })?;
    response.parts = content
        .elements()
        .map(|block| blocks::part(block, blocks::From::Upstream))
        .collect();
    let calls = response
        .parts
        .iter()
        .any(|part| matches!(part.kind, PartKind::ToolCall(_)));
    let sequence = sequence.map(|sequence| sequence.value);
    response.stop =
        reason.map(|reason| stop_reason(reason.value, sequence, details).borne_out(calls));
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

/// A `stop_reason` with what explains it.
pub(super) fn stop_reason<'a>(
    reason: Text<'a>,
    sequence: Option<Text<'a>>,
    details: Option<Value<'a>>,
) -> StopReason<'a> {
    let plain = reason.resolve();
    match &*plain {
        "end_turn" => StopReason::EndTurn,
        "max_tokens" => StopReason::MaxTokens,
        "stop_sequence" => StopReason::StopSequence(sequence),
        "tool_use" => StopReason::ToolUse,
        "refusal" => {
            let words = details.and_then(|details| details.member("explanation"));
            StopReason::Refusal(words.and_then(Text::of))
        }
        "pause_turn" => StopReason::PauseTurn,
        "model_context_window_exceeded" => StopReason::ContextExceeded,
        _ => {
            drop(plain);
            StopReason::Other(reason)
        }
    }
}

/// The word of this dialect for why an answer ends.
pub(super) fn stop_word(stop: Option<&StopReason<'_>>, refused: bool) -> &'static str {
    match stop {
        Some(StopReason::EndTurn | StopReason::Other(_)) if refused => "refusal",
        Some(StopReason::EndTurn | StopReason::Other(_)) | None => "end_turn",
        Some(StopReason::MaxTokens) => "max_tokens",
        Some(StopReason::StopSequence(_)) => "stop_sequence",
        Some(StopReason::ToolUse) => "tool_use",
        Some(StopReason::Refusal(_) | StopReason::ContentFilter) => "refusal",
        Some(StopReason::PauseTurn) => "pause_turn",
        Some(StopReason::ContextExceeded) => "model_context_window_exceeded",
    }
}

/// Writes `stop_reason` and what explains it.
pub(super) fn write_stop(stop: Option<&StopReason<'_>>, refused: bool, o: &mut Writer<'_>) {
    o.key("stop_reason").string(stop_word(stop, refused));
    match stop {
        Some(StopReason::StopSequence(Some(sequence))) => o.key("stop_sequence").text(sequence),
        _ => o.key("stop_sequence").null(),
    }
    if let Some(StopReason::Refusal(Some(words))) = stop {
        o.key("stop_details").object(|o| {
            o.key("type").string("refusal");
            o.key("category").null();
            o.key("explanation").text(words);
        });
    }
}

/// Writes token counts. This dialect counts what is read from and written to the cache apart.
pub(super) fn write_usage(usage: &Usage, tier: Option<&Text<'_>>, o: &mut Writer<'_>) {
    let cached = usage.cached.unwrap_or(0);
    let written = usage.cache_write.unwrap_or(0);
    let input = usage.input.unwrap_or(0).saturating_sub(cached + written);
    o.key("usage").object(|o| {
        o.key("input_tokens").number(input);
        o.key("cache_creation_input_tokens").number(written);
        o.key("cache_read_input_tokens").number(cached);
        if let Some(hour) = usage.cache_write_1h {
            o.key("cache_creation").object(|o| {
                o.key("ephemeral_5m_input_tokens")
                    .number(written.saturating_sub(hour));
                o.key("ephemeral_1h_input_tokens").number(hour);
            });
        }
        o.key("output_tokens").number(usage.output.unwrap_or(0));
        if let Some(reasoning) = usage.reasoning {
            o.key("output_tokens_details")
                .object(|o| o.key("thinking_tokens").number(reasoning));
        }
        if let Some(tier) = tier {
            o.key("service_tier").text(tier);
        }
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
    let mut json = Writer::new(out);
    json.object(|o| {
        message_id(&response.id, own, view, o);
        o.key("type").string("message");
        o.key("role").string("assistant");
        o.key("model").string(&view.model);
        o.key("content").open(b'[');
        let mut refused = false;
        for (index, part) in response.parts.iter().enumerate() {
            refused |= matches!(part.kind, PartKind::Refusal(_));
            if response.is_cut(index) {
                // A caller would run it as if it were complete.
                loss.drop_member(part.place, "arguments", Reason::Invalid);
                continue;
            }
            block(part, index as u64, view, o, &mut loss);
        }
        o.close(b']');
        write_stop(response.stop.as_ref(), refused, o);
        write_usage(
            &response.usage,
            own_tier(response.service_tier.as_ref(), own),
            o,
        );
        loss.drop_value(response.logprobs.as_ref(), Reason::NotInDialect);
        for other in &response.others {
            loss.drop_at(*other, Reason::OneAnswer);
        }
        o.own_extras(&response.extras, own, &mut loss);
    });
    loss
}

fn own_tier<'t, 'a>(tier: Option<&'t Text<'a>>, own: bool) -> Option<&'t Text<'a>> {
    tier.filter(|_| own)
}

/// The id of the message: the upstream's own if it is one of this dialect.
pub(super) fn message_id(id: &Text<'_>, own: bool, view: &View, o: &mut Writer<'_>) {
    if own && !id.is_empty() {
        o.key("id").text(id);
    } else {
        o.key("id").string(&view.made_id("msg_", 0));
    }
}

fn block(part: &Part<'_>, index: u64, view: &View, json: &mut Writer<'_>, loss: &mut Loss) {
    match &part.kind {
        PartKind::Text(text) => text_block(text, json, loss),
        PartKind::Refusal(words) => json.object(|o| {
            o.key("type").string("text");
            o.key("text").text(words);
        }),
        PartKind::Reasoning(reasoning) => thinking(reasoning, view, json),
        PartKind::Redacted(state) => redacted(state, view, json),
        PartKind::ToolCall(call) => tool_use(part, call, (index, view), json, loss),
        PartKind::Server(item) if item.dialect == DIALECT => json.raw(item.raw.bytes()),
        PartKind::Foreign(foreign) if foreign.dialect == DIALECT => json.raw(foreign.raw.bytes()),
        PartKind::Server(_) => loss.drop_at(part.place, Reason::NoSuchServerTool),
        _ => loss.drop_at(part.place, Reason::NotInDialect),
    }
}

fn text_block(text: &TextPart<'_>, json: &mut Writer<'_>, loss: &mut Loss) {
    if text.text.is_empty() {
        return;
    }
    json.object(|o| {
        o.key("type").string("text");
        o.key("text").text(&text.text);
        match &text.citations {
            Some(citations) if citations.dialect == DIALECT => turns::citations_of(citations, o),
            Some(citations) => loss.drop_at(citations.place, Reason::NotInDialect),
            None => {}
        }
    });
}

fn thinking(reasoning: &Reasoning<'_>, view: &View, json: &mut Writer<'_>) {
    json.object(|o| {
        o.key("type").string("thinking");
        let text = if view.hide_reasoning {
            String::new()
        } else {
            reasoning.readable()
        };
        o.key("thinking").string(&text);
        match &reasoning.state {
            Some(state) => o
                .key("signature")
                .text(&state.for_client(DIALECT, &view.scope)),
            None if view.hide_reasoning => {
                o.key("signature")
                    .string(&hidden(&reasoning.readable(), view));
            }
            None => o.key("signature").string(""),
        }
    });
}

/// The signature of a block whose words the caller did not want to see: it brings them back for the
/// upstream, which may refuse a history without them. Empty when there are none.
pub(super) fn hidden(words: &str, view: &View) -> String {
    if words.is_empty() {
        return String::new();
    }
    Opaque::issued(DIALECT, OpaqueKind::Hidden, words.into()).seal(&view.scope)
}

/// A block that holds state and nothing to read. State that vouches for something goes where
/// signatures go.
pub(super) fn redacted(state: &Opaque<'_>, view: &View, json: &mut Writer<'_>) {
    let field = state.for_client(DIALECT, &view.scope);
    json.object(|o| {
        if state.kind == OpaqueKind::Encrypted {
            o.key("type").string("redacted_thinking");
            o.key("data").text(&field);
        } else {
            o.key("type").string("thinking");
            o.key("thinking").string("");
            o.key("signature").text(&field);
        }
    });
}

fn tool_use(
    part: &Part<'_>,
    call: &ToolCall<'_>,
    (index, view): (u64, &View),
    json: &mut Writer<'_>,
    loss: &mut Loss,
) {
    let input = crate::hub::wrap::arguments(call);
    if input.is_none() {
        loss.drop_member(part.place, "arguments", Reason::Invalid);
    }
    json.object(|o| {
        o.key("type").string("tool_use");
        o.key("id")
            .string(&call_id(&call.id, call.state.as_ref(), index, view));
        o.key("name").text(&call.name);
        match &input {
            Some(object) => o.key("input").raw(object),
            None => o
                .key("input")
                .object(|o| o.key("invalid_json").text(&call.arguments.encoded())),
        }
    });
}

/// The id of a call for a client of this dialect, which carries the state of the call.
pub(super) fn call_id(
    id: &Text<'_>,
    state: Option<&Opaque<'_>>,
    index: u64,
    view: &View,
) -> String {
    let own = if id.is_empty() {
        Text::plain(view.made_id("toolu_", index + 1))
    } else {
        id.borrow()
    };
    match state {
        Some(state) => tag_id(&own, state, &view.scope),
        None => own.into_resolved().into_owned(),
    }
}
