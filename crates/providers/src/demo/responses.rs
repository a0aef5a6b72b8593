//! Answers to `openai_responses` requests.

use bytes::Bytes;
use serde_json::{Value, json};

use super::reply::Reply;
use super::{CREATED, typed_event};

/// The answer as one object.
pub(super) fn whole(reply: &Reply<'_>, id_seed: u64) -> Value {
    let mut response = response(reply, id_seed, status(reply));
    response["output"] = json!([item(id_seed, status(reply), &json!([part(&reply.text())]))]);
    response["usage"] = usage(reply);
    if reply.cut {
        response["incomplete_details"] = json!({"reason": "max_output_tokens"});
    }
    response
}

/// The answer as a stream, in the order in which the API sends its events, numbered from 0.
pub(super) fn stream(reply: &Reply<'_>, id_seed: u64) -> Vec<Bytes> {
    let begun = response(reply, id_seed, "in_progress");
    let item_id = item_id(id_seed);
    let in_part = |name: &str, member: &str, value: Value| {
        let mut event =
            json!({"type": name, "item_id": item_id, "output_index": 0, "content_index": 0});
        event[member] = value;
        event
    };
    let in_item = |name: &str, item: Value| json!({"type": name, "output_index": 0, "item": item});
    let mut events = vec![
        json!({"type": "response.created", "response": begun.clone()}),
        json!({"type": "response.in_progress", "response": begun}),
        in_item(
            "response.output_item.added",
            item(id_seed, "in_progress", &json!([])),
        ),
        in_part("response.content_part.added", "part", part("")),
    ];
    for piece in &reply.pieces {
        events.push(in_part(
            "response.output_text.delta",
            "delta",
            piece.as_str().into(),
        ));
    }
    let text = reply.text();
    events.push(in_part(
        "response.output_text.done",
        "text",
        text.as_str().into(),
    ));
    events.push(in_part("response.content_part.done", "part", part(&text)));
    events.push(in_item(
        "response.output_item.done",
        item(id_seed, status(reply), &json!([part(&text)])),
    ));
    let last = if reply.cut {
        "response.incomplete"
    } else {
        "response.completed"
    };
    events.push(json!({"type": last, "response": whole(reply, id_seed)}));
    events.into_iter().enumerate().map(numbered).collect()
}

fn numbered((number, mut event): (usize, Value)) -> Bytes {
    event["sequence_number"] = number.into();
    if matches!(
        event["type"].as_str(),
        Some("response.output_text.delta" | "response.output_text.done")
    ) {
        event["logprobs"] = json!([]);
    }
    typed_event(&event)
}

/// The response without its output.
fn response(reply: &Reply<'_>, id_seed: u64, status: &str) -> Value {
    json!({
        "id": format!("resp_demo{id_seed:016x}"),
        "object": "response",
        "created_at": CREATED,
        "status": status,
        "background": false,
        "error": null,
        "incomplete_details": null,
        "instructions": reply.ask.instructions,
        "max_output_tokens": reply.ask.limit,
        "metadata": {},
        "model": reply.ask.model,
        "output": [],
        "parallel_tool_calls": true,
        "previous_response_id": null,
        "reasoning": {"effort": null, "summary": null},
        "service_tier": "default",
        "store": false,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": null,
        "user": null,
    })
}

fn item_id(id_seed: u64) -> String {
    format!("msg_demo{id_seed:016x}")
}

fn item(id_seed: u64, status: &str, content: &Value) -> Value {
    json!({
        "id": item_id(id_seed),
        "type": "message",
        "status": status,
        "role": "assistant",
        "content": content,
    })
}

fn part(text: &str) -> Value {
    json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []})
}

fn status(reply: &Reply<'_>) -> &'static str {
    if reply.cut { "incomplete" } else { "completed" }
}

fn usage(reply: &Reply<'_>) -> Value {
    json!({
        "input_tokens": reply.ask.input_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": reply.output_tokens(),
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": reply.total_tokens(),
    })
}
