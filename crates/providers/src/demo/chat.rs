//! Answers to `openai_chat` requests.

use bytes::Bytes;
use serde_json::{Value, json};

use super::reply::Reply;
use super::{CREATED, data_event};

/// The answer as one object.
pub(super) fn whole(reply: &Reply<'_>, id_seed: u64) -> Value {
    json!({
        "id": id(id_seed),
        "object": "chat.completion",
        "created": CREATED,
        "model": reply.ask.model,
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": reply.text(), "refusal": null, "annotations": []},
            "logprobs": null,
            "finish_reason": finish_reason(reply),
        }],
        "usage": usage(reply),
        "service_tier": "default",
        "system_fingerprint": "fp_demo",
    })
}

/// The answer as a stream: role, text, finish reason, the usage when it was asked for, `[DONE]`.
pub(super) fn stream(reply: &Reply<'_>, id_seed: u64) -> Vec<Bytes> {
    let choice = |delta: Value, finish: Value| json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]);
    let chunk = |choices: Value| data_event(&chunk(reply, id_seed, choices, Value::Null));
    let mut events = vec![chunk(choice(
        json!({"role": "assistant", "content": "", "refusal": null}),
        Value::Null,
    ))];
    events.extend(
        reply
            .pieces
            .iter()
            .map(|piece| chunk(choice(json!({"content": piece}), Value::Null))),
    );
    events.push(chunk(choice(json!({}), finish_reason(reply).into())));
    if reply.ask.include_usage {
        events.push(data_event(&self::chunk(
            reply,
            id_seed,
            json!([]),
            usage(reply),
        )));
    }
    events.push(Bytes::from_static(b"data: [DONE]\n\n"));
    events
}

/// One chunk. Every chunk has a `usage` member when usage was asked for, and none has it otherwise.
fn chunk(reply: &Reply<'_>, id_seed: u64, choices: Value, usage: Value) -> Value {
    let mut chunk = json!({
        "id": id(id_seed),
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": reply.ask.model,
        "service_tier": "default",
        "system_fingerprint": "fp_demo",
    });
    chunk["choices"] = choices;
    if reply.ask.include_usage {
        chunk["usage"] = usage;
    }
    chunk
}

fn id(id_seed: u64) -> String {
    format!("chatcmpl-demo{id_seed:016x}")
}

fn finish_reason(reply: &Reply<'_>) -> &'static str {
    if reply.cut { "length" } else { "stop" }
}

fn usage(reply: &Reply<'_>) -> Value {
    json!({
        "prompt_tokens": reply.ask.input_tokens,
        "completion_tokens": reply.output_tokens(),
        "total_tokens": reply.total_tokens(),
        "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    })
}
