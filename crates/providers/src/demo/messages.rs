//! Answers to `anthropic_messages` requests.

use bytes::Bytes;
use serde_json::{Value, json};

use super::reply::Reply;
use super::typed_event;

/// The answer as one object.
pub(super) fn whole(reply: &Reply<'_>, id_seed: u64) -> Value {
    let mut message = message(reply, id_seed, reply.output_tokens());
    message["content"] = json!([{"type": "text", "text": reply.text(), "citations": null}]);
    message["stop_reason"] = stop_reason(reply).into();
    message
}

/// The answer as a stream, in the order in which the API sends its events.
pub(super) fn stream(reply: &Reply<'_>, id_seed: u64) -> Vec<Bytes> {
    let delta = |piece: &String| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}});
    let mut events = vec![
        json!({"type": "message_start", "message": message(reply, id_seed, 1)}),
        json!({
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "text", "text": "", "citations": null},
        }),
        json!({"type": "ping"}),
    ];
    events.extend(reply.pieces.iter().map(delta));
    events.push(json!({"type": "content_block_stop", "index": 0}));
    events.push(json!({
        "type": "message_delta",
        "delta": {
            "stop_reason": stop_reason(reply),
            "stop_sequence": null,
            "stop_details": null,
            "container": null,
        },
        "usage": usage(reply, reply.output_tokens()),
    }));
    events.push(json!({"type": "message_stop"}));
    events.iter().map(typed_event).collect()
}

/// The message before anything was said.
fn message(reply: &Reply<'_>, id_seed: u64, output_tokens: u64) -> Value {
    json!({
        "id": format!("msg_demo{id_seed:016x}"),
        "type": "message",
        "role": "assistant",
        "model": reply.ask.model,
        "content": [],
        "container": null,
        "diagnostics": null,
        "stop_reason": null,
        "stop_sequence": null,
        "stop_details": null,
        "usage": usage(reply, output_tokens),
    })
}

fn stop_reason(reply: &Reply<'_>) -> &'static str {
    if reply.cut { "max_tokens" } else { "end_turn" }
}

fn usage(reply: &Reply<'_>, output_tokens: u64) -> Value {
    json!({
        "input_tokens": reply.ask.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": null,
        "output_tokens": output_tokens,
        "output_tokens_details": null,
        "inference_geo": null,
        "server_tool_use": null,
        "service_tier": "standard",
        "speed": null,
    })
}
