//! What a caller understands of an answer, whole or streamed, in each dialect.

use aigw_testkit::raw::{Answer, Event};
use serde_json::{Value, json};

/// The pieces of an answer that callers put together: text, tool arguments, and why it ended.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Heard {
    pub(super) text: String,
    pub(super) reasoning: String,
    pub(super) tools: Vec<(String, String)>,
    pub(super) stop: String,
}

pub(super) fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    value
        .pointer(path)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Reads a whole answer of a dialect.
pub(super) fn heard(dialect: &str, body: &Value) -> Heard {
    let mut heard = match dialect {
        "chat" => chat(body),
        "responses" => responses(body),
        _ => messages(body),
    };
    for (_, arguments) in &mut heard.tools {
        *arguments = serde_json::from_str::<Value>(arguments)
            .unwrap()
            .to_string();
    }
    heard
}

fn chat(body: &Value) -> Heard {
    let message = &body["choices"][0]["message"];
    let call = |call: &Value| {
        let function = &call["function"];
        (
            text(function, "/name").to_owned(),
            text(function, "/arguments").to_owned(),
        )
    };
    Heard {
        text: text(message, "/content").to_owned(),
        reasoning: text(message, "/reasoning_content").to_owned(),
        tools: list(&message["tool_calls"]).map(call).collect(),
        stop: text(body, "/choices/0/finish_reason").to_owned(),
    }
}

fn responses(body: &Value) -> Heard {
    let mut heard = Heard {
        stop: text(body, "/status").to_owned(),
        ..Heard::default()
    };
    for item in list(&body["output"]) {
        match text(item, "/type") {
            "message" => heard.text.push_str(text(item, "/content/0/text")),
            "function_call" => heard.tools.push((
                text(item, "/name").to_owned(),
                text(item, "/arguments").to_owned(),
            )),
            "reasoning" => {
                heard.reasoning.push_str(text(item, "/summary/0/text"));
                heard.reasoning.push_str(text(item, "/content/0/text"));
            }
            _ => {}
        }
    }
    heard
}

fn messages(body: &Value) -> Heard {
    let mut heard = Heard {
        stop: text(body, "/stop_reason").to_owned(),
        ..Heard::default()
    };
    for block in list(&body["content"]) {
        match text(block, "/type") {
            "text" => heard.text.push_str(text(block, "/text")),
            "tool_use" => {
                let name = text(block, "/name").to_owned();
                heard.tools.push((name, block["input"].to_string()));
            }
            "thinking" => heard.reasoning.push_str(text(block, "/thinking")),
            _ => {}
        }
    }
    heard
}

/// The whole answer that a stream tells, put together as the vendors' SDKs do it.
pub(super) fn collected(dialect: &str, answer: &Answer) -> Value {
    let mut events = answer.events();
    events.retain(|event| !event.data.is_empty());
    match dialect {
        "chat" => collected_chat(&events),
        "responses" => collected_responses(&events),
        _ => collected_messages(&events),
    }
}

fn collected_responses(events: &[Event]) -> Value {
    for (number, event) in events.iter().enumerate() {
        assert_eq!(event.json()["sequence_number"], number);
        assert_eq!(event.name.as_deref(), event.json()["type"].as_str());
    }
    let last = events.last().unwrap().json();
    assert_eq!(last["type"], "response.completed");
    last["response"].clone()
}

fn collected_chat(events: &[Event]) -> Value {
    let (last, events) = events.split_last().unwrap();
    assert_eq!(last.data, "[DONE]");
    let (mut content, mut reasoning, mut stop) = (String::new(), String::new(), Value::Null);
    let mut calls: Vec<Value> = Vec::new();
    for event in events {
        let choice = &event.json()["choices"][0];
        content.push_str(text(choice, "/delta/content"));
        reasoning.push_str(text(choice, "/delta/reasoning_content"));
        for call in list(&choice["delta"]["tool_calls"]) {
            let index = usize::try_from(call["index"].as_u64().unwrap()).unwrap();
            if calls.len() <= index {
                let name = &call["function"]["name"];
                calls.push(json!({"function": {"name": name, "arguments": ""}}));
            }
            let arguments = text(&calls[index], "/function/arguments").to_owned()
                + text(call, "/function/arguments");
            calls[index]["function"]["arguments"] = arguments.into();
        }
        if choice["finish_reason"].is_string() {
            stop = choice["finish_reason"].clone();
        }
    }
    let message = json!({"content": content, "reasoning_content": reasoning, "tool_calls": calls});
    json!({"choices": [{"finish_reason": stop, "message": message}]})
}

fn collected_messages(events: &[Event]) -> Value {
    assert_eq!(events[0].name.as_deref(), Some("message_start"));
    let last = events.last().unwrap();
    assert_eq!(last.name.as_deref(), Some("message_stop"));
    let (mut blocks, mut stop): (Vec<Value>, _) = (Vec::new(), Value::Null);
    let mut input = String::new();
    for event in events {
        let data = event.json();
        match text(&data, "/type") {
            "content_block_start" => {
                assert_eq!(data["index"], blocks.len());
                blocks.push(data["content_block"].clone());
                input.clear();
            }
            "content_block_delta" => {
                let block = blocks.last_mut().unwrap();
                input.push_str(text(&data, "/delta/partial_json"));
                for member in ["text", "thinking"] {
                    if let Some(more) = data["delta"][member].as_str() {
                        let so_far = text(block, &format!("/{member}")).to_owned();
                        block[member] = (so_far + more).into();
                    }
                }
            }
            "content_block_stop" if !input.is_empty() => {
                blocks.last_mut().unwrap()["input"] = serde_json::from_str(&input).unwrap();
            }
            "message_delta" => stop = data["delta"]["stop_reason"].clone(),
            _ => {}
        }
    }
    json!({"content": blocks, "stop_reason": stop})
}
