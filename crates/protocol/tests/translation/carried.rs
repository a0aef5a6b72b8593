//! Reasoning of other upstreams survives callers that send back calls and no thoughts.

use aigw_protocol::codec::{self, Capabilities, StreamDecoder, StreamEncoder, Target, View};
use aigw_protocol::hub::Document;
use aigw_protocol::{Dialect, Framer};
use serde_json::{Value, json};

use crate::fixtures::{cases, view};

const GEMINI: Dialect = Dialect::GeminiGenerate;

/// What a caller gets of a stream that arrives in pieces of this size.
fn streamed(from: Dialect, stream: &[u8], size: usize, view: View) -> Vec<u8> {
    let mut decoder = StreamDecoder::new(from);
    let mut encoder = StreamEncoder::new(view);
    let mut framer = Framer::new(1 << 20);
    let mut out = Vec::new();
    for piece in stream.chunks(size) {
        framer.push(piece.to_vec().into());
        while let Some(frame) = framer.next() {
            decoder
                .push_frame(&frame.unwrap(), &mut |event| encoder.event(event, &mut out))
                .unwrap();
        }
    }
    decoder
        .finish(&mut |event| encoder.event(event, &mut out))
        .unwrap();
    out
}

fn parts_of(answer: &Value) -> Vec<Value> {
    let parts = &answer["candidates"][0]["content"]["parts"];
    parts.as_array().into_iter().flatten().cloned().collect()
}

fn parts_of_stream(stream: &[u8]) -> Vec<Value> {
    let events = std::str::from_utf8(stream).unwrap().lines();
    let events = events.filter_map(|line| line.strip_prefix("data: "));
    events
        .flat_map(|event| parts_of(&serde_json::from_str(event).unwrap()))
        .collect()
}

fn whole(from: Dialect, body: &[u8], view: &View) -> Vec<Value> {
    let response = codec::decode_response(from, Document::check(body).unwrap()).unwrap();
    let mut out = Vec::new();
    let _lost = codec::encode_response(response, view, &mut out);
    parts_of(&serde_json::from_slice(&out).unwrap())
}

fn fixture(kind: &str, dialect: Dialect, name: &str) -> Vec<u8> {
    let found = |case: &crate::fixtures::Case| case.dialect == dialect && case.name == name;
    cases(kind).into_iter().find(found).unwrap().content
}

/// The next request to the upstream, from a caller who keeps these parts and answers the calls.
fn next(to: Dialect, scope: &str, parts: &[Value]) -> (Value, String) {
    let results = parts.iter().filter_map(|part| {
        let call = part.get("functionCall")?;
        let result = json!({"id": call["id"], "name": call["name"], "response": {"output": "ok"}});
        Some(json!({"functionResponse": result}))
    });
    let results: Vec<Value> = results.collect();
    let body = json!({"contents": [
        {"role": "user", "parts": [{"text": "Go."}]},
        {"role": "model", "parts": parts},
        {"role": "user", "parts": results},
    ]});
    let body = body.to_string();
    let request = codec::decode_request(GEMINI, Document::check(body.as_bytes()).unwrap());
    let mut target = Target {
        scope,
        ..Target::new(to, "m")
    };
    target.capabilities = target.capabilities.with(Capabilities::REASONING_HISTORY);
    let mut out = Vec::new();
    let loss = codec::encode_request(&request.unwrap(), &target, &mut out).unwrap();
    let report = loss.report(body.as_bytes()).to_string();
    (serde_json::from_slice(&out).unwrap(), report)
}

fn without_thoughts(parts: &[Value]) -> Vec<Value> {
    let thought = |part: &Value| part["thought"] == true || part["text"] == "";
    parts
        .iter()
        .filter(|part| !thought(part))
        .cloned()
        .collect()
}

/// Answers with reasoning before calls, as their callers get them: whole and streamed.
fn answers(upstream: Dialect) -> Vec<(&'static str, Vec<Value>)> {
    let names = match upstream {
        Dialect::AnthropicMessages => ("thinking-and-tools", "thinking-then-parallel-calls"),
        _ => ("reasoning-and-calls", "reasoning-then-parallel-calls"),
    };
    let answer = fixture("response", upstream, names.0);
    let stream = fixture("stream", upstream, names.1);
    vec![
        ("whole", whole(upstream, &answer, &view(GEMINI))),
        (
            "streamed",
            parts_of_stream(&streamed(upstream, &stream, 4096, view(GEMINI))),
        ),
    ]
}

#[test]
fn thinking_comes_back_first_and_once_whether_thoughts_are_kept_or_not() {
    let upstream = Dialect::AnthropicMessages;
    for (form, parts) in answers(upstream) {
        for kept in [parts.clone(), without_thoughts(&parts)] {
            let (sent, report) = next(upstream, "s1", &kept);
            let content = sent["messages"][1]["content"].as_array().unwrap();
            let kinds: Vec<_> = content.iter().map(|block| &block["type"]).collect();
            assert_eq!(
                kinds,
                ["thinking", "text", "tool_use", "tool_use"],
                "{form}: {sent}"
            );
            assert_eq!(content[0]["thinking"], "Hm.", "{form}: {sent}");
            assert_eq!(content[0]["signature"], "SIG+/=", "{form}: {sent}");
            assert_eq!(report.matches("thought").count(), 0, "{form}: {report}");
        }
    }
}

#[test]
fn encrypted_reasoning_comes_back_with_its_id() {
    let upstream = Dialect::OpenaiResponses;
    for (form, parts) in answers(upstream) {
        let (sent, report) = next(upstream, "s1", &without_thoughts(&parts));
        let items = sent["input"].as_array().unwrap();
        let reasoning = items.iter().position(|item| item["type"] == "reasoning");
        let call = items
            .iter()
            .position(|item| item["type"] == "function_call");
        assert!(reasoning.unwrap() < call.unwrap(), "{form}: {sent}");
        let item = &items[reasoning.unwrap()];
        assert_eq!(item["id"], "rs_1", "{form}: {sent}");
        assert_eq!(item["encrypted_content"], "gAAAsealed", "{form}: {sent}");
        assert_eq!(report.matches("thought").count(), 0, "{form}: {report}");
    }
}

#[test]
fn reasoning_in_plain_words_comes_back_seen_or_not() {
    let chunk = |delta: &Value, reason: &Value| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": reason});
        format!("data: {}\n\n", json!({"id": "c", "choices": [choice]}))
    };
    let call =
        json!({"index": 0, "id": "call_1", "function": {"name": "f", "arguments": "{\"a\":1}"}});
    let stream = chunk(&json!({"reasoning_content": "I th"}), &Value::Null)
        + &chunk(&json!({"reasoning_content": "ink ü."}), &Value::Null)
        + &chunk(&json!({"tool_calls": [call]}), &Value::Null)
        + &chunk(&json!({}), &json!("tool_calls"))
        + "data: [DONE]\n\n";
    for hide_reasoning in [false, true] {
        let view = View {
            hide_reasoning,
            ..view(GEMINI)
        };
        let once = streamed(Dialect::OpenaiChat, stream.as_bytes(), 4096, view.clone());
        for size in 1..40 {
            let again = streamed(Dialect::OpenaiChat, stream.as_bytes(), size, view.clone());
            assert_eq!(again, once, "in pieces of {size}");
        }
        let parts = parts_of_stream(&once);
        assert_eq!(
            parts.iter().any(|part| part["thought"] == true),
            !hide_reasoning
        );
        let (sent, _) = next(Dialect::OpenaiChat, "s1", &without_thoughts(&parts));
        assert_eq!(
            sent["messages"][1]["reasoning_content"], "I think ü.",
            "{sent}"
        );
    }
}

#[test]
fn another_upstream_or_credential_gets_none_of_it_and_that_is_told() {
    let (_, parts) = answers(Dialect::AnthropicMessages).remove(0);
    let kept = without_thoughts(&parts);
    for (to, scope) in [
        (Dialect::AnthropicMessages, "s2"),
        (Dialect::OpenaiResponses, "s1"),
        (Dialect::OpenaiChat, "s1"),
        (GEMINI, "s1"),
    ] {
        let (sent, report) = next(to, scope, &kept);
        assert!(!sent.to_string().contains("SIG+"), "{to}: {sent}");
        assert!(!sent.to_string().contains("YWlndzEu"), "{to}: {sent}");
        let told = "dropped contents[1].parts[1].thoughtSignature: ";
        assert!(report.contains(told), "{to}: {report}");
    }
}

#[test]
fn a_signature_of_the_calls_own_stays() {
    let answer = fixture("response", GEMINI, "thoughts-and-calls");
    let own = whole(GEMINI, &answer, &view(GEMINI));
    assert!(!json!(own).to_string().contains("YWlndzEu"), "{own:?}");
}

/// What a caller of each dialect must not get: a call that looks complete and was cut off.
#[test]
fn a_call_that_is_cut_off_is_told_to_nobody_as_complete() {
    for name in ["length-in-call", "length-before-arguments"] {
        let stream = fixture("stream", Dialect::OpenaiChat, name);
        let out = streamed(Dialect::OpenaiChat, &stream, 4096, view(GEMINI));
        let text = String::from_utf8(out.clone()).unwrap();
        let calls = parts_of_stream(&out);
        let calls: Vec<_> = calls.iter().filter_map(|p| p.get("functionCall")).collect();
        assert_eq!(calls.len(), 1, "{name}: {text}");
        assert_eq!(calls[0]["name"], "f", "{name}: {text}");
        assert!(text.contains(r#""finishReason":"MAX_TOKENS""#), "{text}");

        let out = streamed(
            Dialect::OpenaiChat,
            &stream,
            4096,
            view(Dialect::AnthropicMessages),
        );
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(r#""stop_reason":"max_tokens""#), "{text}");

        let out = streamed(
            Dialect::OpenaiChat,
            &stream,
            4096,
            view(Dialect::OpenaiResponses),
        );
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("event: response.incomplete"), "{text}");
        let last = text.rsplit("data: ").next().unwrap();
        let last: Value = serde_json::from_str(last.trim()).unwrap();
        let cut = &last["response"]["output"][1];
        assert!(
            name != "length-in-call" || cut["status"] == "incomplete",
            "{cut}"
        );
    }
    let answer = fixture("response", Dialect::OpenaiChat, "length-in-call");
    for (client, calls, word) in [
        (GEMINI, "functionCall", "MAX_TOKENS"),
        (Dialect::AnthropicMessages, "\"tool_use\"", "max_tokens"),
    ] {
        let body = Document::check(&answer).unwrap();
        let response = codec::decode_response(Dialect::OpenaiChat, body).unwrap();
        let mut out = Vec::new();
        let loss = codec::encode_response(response, &view(client), &mut out);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.matches(calls).count(), 1, "{text}");
        assert!(text.contains(word) && !text.contains("/tm"), "{text}");
        let report = loss.report(&answer).to_string();
        let told = "tool_calls[1].arguments: ";
        assert!(report.contains(told), "{report}");
    }
}

#[test]
fn a_call_that_is_no_json_ends_a_google_stream_as_malformed() {
    let stream = fixture("stream", Dialect::OpenaiChat, "length-in-call");
    let stream = String::from_utf8(stream).unwrap();
    let stream = stream.replace("\"length\"", "\"tool_calls\"").into_bytes();
    let out = streamed(Dialect::OpenaiChat, &stream, 4096, view(GEMINI));
    let text = String::from_utf8(out).unwrap();
    assert!(!text.contains("/tm"), "{text}");
    assert!(
        text.contains(r#""finishReason":"MALFORMED_FUNCTION_CALL""#),
        "{text}"
    );
}
