//! Conversations of two turns in every dialect, right and wrong.

use serde_json::{Value, json};

use super::*;
use crate::reply::{Payload, Reply};
use crate::scenario::Scenario;

/// What the model answers, whole; or its complaint.
fn asked(endpoint: Endpoint, content: Content, body: &Value) -> Result<Value, String> {
    let mut call = Call::new(endpoint, "m".to_owned());
    call.talk = Talk::read(&call, content, body.to_string().as_bytes())
        .map_err(|complaint| complaint.message)?;
    assert!(call.talk.is_some());
    match Reply::to(&call, &Scenario::new(content)).payload {
        Payload::Whole(text) => Ok(serde_json::from_slice(&text).unwrap()),
        Payload::Events(_) => unreachable!("nobody asked for a stream"),
    }
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]})
}

fn chat_body(more: &[Value]) -> Value {
    let mut messages = vec![json!({"role": "user", "content": "What now?"})];
    messages.extend_from_slice(more);
    let tool = |name: &str| json!({"type": "function", "function": {"name": name, "parameters": schema()}});
    json!({"model": "m", "messages": messages, "tools": [tool("weather"), tool("clock")]})
}

#[test]
fn a_chat_agent_calls_two_tools_and_then_says_what_they_gave() {
    let first = asked(Endpoint::Chat, Content::Agent, &chat_body(&[])).unwrap();
    let message = &first["choices"][0]["message"];
    let calls = message["tool_calls"].as_array().unwrap();
    assert_eq!(calls.len(), 2);
    let result = |call: &Value, text: &str| json!({"role": "tool", "tool_call_id": call["id"], "content": text});
    let both = [
        message.clone(),
        result(&calls[0], "sunny"),
        result(&calls[1], "noon"),
    ];
    let second = asked(Endpoint::Chat, Content::Agent, &chat_body(&both)).unwrap();
    let text = second["choices"][0]["message"]["content"].as_str().unwrap();
    assert_eq!(text, "The tools said: \"sunny\" and \"noon\".");
    for (wrong, complaint) in [
        (
            vec![message.clone(), both[1].clone()],
            "did not have response messages: call_fake0001",
        ),
        (
            vec![both[1].clone()],
            "must be a response to a preceeding message",
        ),
        (
            vec![json!({"role": "robot", "content": "x"})],
            "Invalid value: 'robot'",
        ),
        (
            vec![json!({"role": "assistant", "content": null})],
            "got null",
        ),
    ] {
        let error = asked(Endpoint::Chat, Content::Agent, &chat_body(&wrong)).unwrap_err();
        assert!(error.contains(complaint), "{error}");
    }
}

#[test]
fn directives_say_what_is_called_and_talkers_call_nothing() {
    let body = json!({"messages": [{"role": "user", "content": "[[call clock {\"city\":\"Bern\"}]] now"}], "tools": chat_body(&[])["tools"]});
    let answer = asked(Endpoint::Chat, Content::Agent, &body).unwrap();
    let calls = &answer["choices"][0]["message"]["tool_calls"];
    assert_eq!(
        calls[0]["function"],
        json!({"name": "clock", "arguments": "{\"city\":\"Bern\"}"})
    );
    assert_eq!(calls.as_array().unwrap().len(), 1);
    let text = json!({"messages": [{"role": "user", "content": "[[call clock in Bern]]"}], "tools": chat_body(&[])["tools"]});
    let answer = asked(Endpoint::Chat, Content::Agent, &text).unwrap();
    let function = &answer["choices"][0]["message"]["tool_calls"][0]["function"];
    assert_eq!(function["arguments"], "{\"input\":\"in Bern\"}");
    let answer = asked(Endpoint::Chat, Content::Talk, &body).unwrap();
    assert!(answer["choices"][0]["message"]["tool_calls"].is_null());
}

fn messages_body(more: &[Value]) -> Value {
    let mut messages = vec![json!({"role": "user", "content": "What now?"})];
    messages.extend_from_slice(more);
    json!({
        "model": "m", "max_tokens": 4096, "messages": messages,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "tools": [{"name": "weather", "input_schema": schema()}],
    })
}

#[test]
fn anthropic_wants_its_thinking_back_as_it_was() {
    let ask = |more: &[Value]| asked(Endpoint::Messages, Content::Reasoner, &messages_body(more));
    let first = ask(&[]).unwrap();
    let content = first["content"].clone();
    assert_eq!(content[0]["type"], "thinking");
    let results = json!({"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": content[1]["id"], "content": "sunny"},
        {"type": "tool_result", "tool_use_id": content[2]["id"], "content": [{"type": "text", "text": "noon"}]},
    ]});
    let answer = |content: &Value| json!({"role": "assistant", "content": content});
    let second = ask(&[answer(&content), results.clone()]).unwrap();
    let text = second["content"][1]["text"].as_str().unwrap();
    assert!(text.contains("\"sunny\" and \"noon\""), "{text}");
    assert!(text.contains("came back as it was"), "{text}");
    let mut harmed = content.clone();
    harmed[0]["thinking"] = "something else".into();
    let error = ask(&[answer(&harmed), results.clone()]).unwrap_err();
    assert_eq!(
        error,
        "messages.1.content.0: Invalid `signature` in `thinking` block"
    );
    let bare = json!([content[1], content[2]]);
    let error = ask(&[answer(&bare), results.clone()]).unwrap_err();
    assert!(error.contains("Expected `thinking`"), "{error}");
    let error = ask(&[answer(&content)]).unwrap_err();
    assert!(error.contains("without `tool_result` blocks"), "{error}");
    let error = ask(&[results]).unwrap_err();
    assert!(error.contains("unexpected `tool_use_id`"), "{error}");
}

#[test]
fn responses_want_encrypted_reasoning_and_matching_calls() {
    let ask = |more: &[Value]| {
        let mut input =
            vec![json!({"role": "user", "content": [{"type": "input_text", "text": "What now?"}]})];
        input.extend_from_slice(more);
        let body = json!({
            "model": "m", "input": input, "include": ["reasoning.encrypted_content"],
            "reasoning": {"effort": "low", "summary": "auto"},
            "tools": [{"type": "function", "name": "weather", "parameters": schema()}, {"type": "custom", "name": "patch"}],
        });
        asked(Endpoint::Responses, Content::Reasoner, &body)
    };
    let first = ask(&[]).unwrap();
    let items = first["output"].as_array().unwrap().clone();
    let kinds: Vec<_> = items
        .iter()
        .map(|item| item["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["reasoning", "function_call", "custom_tool_call"]);
    let results = [
        json!({"type": "function_call_output", "call_id": items[1]["call_id"], "output": "sunny"}),
        json!({"type": "custom_tool_call_output", "call_id": items[2]["call_id"], "output": "done"}),
    ];
    let all = [items.clone(), results.to_vec()].concat();
    let second = ask(&all).unwrap();
    let text = second["output"][1]["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("\"sunny\" and \"done\""), "{text}");
    assert!(text.contains("came back as it was"), "{text}");
    let mut harmed = all.clone();
    harmed[0]["encrypted_content"] = "gAAAA".into();
    assert!(ask(&harmed).unwrap_err().contains("could not be verified"));
    assert!(ask(&items).unwrap_err().contains("No tool output found"));
    assert!(ask(&results).unwrap_err().contains("No tool call found"));
}

#[test]
fn google_wants_signatures_and_as_many_results_as_calls() {
    let ask = |more: &[Value]| {
        let mut contents = vec![json!({"role": "user", "parts": [{"text": "What now?"}]})];
        contents.extend_from_slice(more);
        let body = json!({
            "contents": contents, "generationConfig": {"thinkingConfig": {"includeThoughts": true}},
            "tools": [{"functionDeclarations": [{"name": "weather", "parameters": schema()}, {"name": "clock", "parametersJsonSchema": schema()}]}],
        });
        asked(Endpoint::Generate, Content::Reasoner, &body)
    };
    let content = ask(&[]).unwrap()["candidates"][0]["content"].clone();
    assert_eq!(content["parts"][0]["thought"], true);
    assert!(content["parts"][1]["thoughtSignature"].is_string());
    let result =
        |name: &str| json!({"functionResponse": {"name": name, "response": {"result": name}}});
    let results = json!({"role": "user", "parts": [result("weather"), result("clock")]});
    let second = ask(&[content.clone(), results.clone()]).unwrap();
    let text = second["candidates"][0]["content"]["parts"][1]["text"]
        .as_str()
        .unwrap();
    assert!(text.contains("\"weather\" and \"clock\""), "{text}");
    let mut bare = content.clone();
    bare["parts"][1]
        .as_object_mut()
        .unwrap()
        .remove("thoughtSignature");
    let error = ask(&[bare, results]).unwrap_err();
    assert!(error.contains("missing a thought_signature"), "{error}");
    let one = json!({"role": "user", "parts": [result("weather")]});
    let error = ask(&[content, one]).unwrap_err();
    assert!(
        error.contains("equal to the number of function call parts"),
        "{error}"
    );
}

#[test]
fn unknown_members_and_envelopes_are_refused_everywhere() {
    let bodies = [
        (
            Endpoint::Chat,
            json!({"messages": [{"role": "user", "content": "x"}]}),
        ),
        (Endpoint::Responses, json!({"input": "x"})),
        (
            Endpoint::Messages,
            json!({"max_tokens": 1, "messages": [{"role": "user", "content": "x"}]}),
        ),
        (
            Endpoint::Generate,
            json!({"contents": [{"parts": [{"text": "x"}]}]}),
        ),
    ];
    for (endpoint, body) in bodies {
        assert!(
            asked(endpoint, Content::Talk, &body).is_ok(),
            "{endpoint:?}"
        );
        let mut foreign = body.clone();
        foreign["foreign_member"] = 1.into();
        let error = asked(endpoint, Content::Talk, &foreign).unwrap_err();
        assert!(error.contains("foreign_member"), "{error}");
        let sealed = body.to_string().replace("\"x\"", "\"aigw1.ms.\"");
        let sealed = serde_json::from_str(&sealed).unwrap();
        assert!(
            asked(endpoint, Content::Talk, &sealed).is_err(),
            "{endpoint:?}"
        );
    }
}

#[test]
fn pictures_and_schemas_change_the_answer() {
    let picture = json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}});
    let body = json!({"messages": [{"role": "user", "content": [{"type": "text", "text": "Look."}, picture]}]});
    let answer = asked(Endpoint::Chat, Content::Talk, &body).unwrap();
    let text = answer["choices"][0]["message"]["content"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        text.contains("I see a picture of type image/png in 4 characters."),
        "{text}"
    );
    let body = json!({"max_tokens": 9, "messages": [{"role": "user", "content": "x"}], "output_config": {"format": {"type": "json_schema", "schema": schema()}}});
    let answer = asked(Endpoint::Messages, Content::Talk, &body).unwrap();
    let value: Value =
        serde_json::from_str(answer["content"][0]["text"].as_str().unwrap()).unwrap();
    assert!(value["city"].is_string());
}
