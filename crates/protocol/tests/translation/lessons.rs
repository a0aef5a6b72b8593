//! What gateways got wrong before this one, case by case.

use aigw_protocol::codec::{self, CodecError, StreamDecoder, StreamEncoder, Target};
use aigw_protocol::hub::{Document, Event};
use aigw_protocol::{Dialect, Framer};
use serde_json::Value;

fn refusal(dialect: Dialect, body: &str) -> CodecError {
    let document = Document::check(body.as_bytes()).unwrap();
    codec::decode_response(dialect, document).unwrap_err()
}

#[test]
fn an_answer_that_broke_off_is_no_answer() {
    for reason in [
        "error",
        "abort",
        "network_error",
        "insufficient_system_resource",
    ] {
        let body = format!(
            r#"{{"choices":[{{"message":{{"role":"assistant","content":"Half"}},"finish_reason":"{reason}"}}]}}"#
        );
        let error = refusal(Dialect::OpenaiChat, &body);
        assert_eq!(error.path(body.as_bytes()), "choices[0].finish_reason");
    }
}

#[test]
fn a_response_that_failed_or_goes_on_is_no_answer() {
    for status in ["failed", "cancelled", "queued", "in_progress"] {
        let body = format!(r#"{{"id":"resp_1","status":"{status}","output":[]}}"#);
        let error = refusal(Dialect::OpenaiResponses, &body);
        assert_eq!(error.path(body.as_bytes()), "status");
    }
}

fn translated(from: Dialect, body: &str, to: Dialect) -> Value {
    let document = Document::check(body.as_bytes()).unwrap();
    let request = codec::decode_request(from, document).unwrap();
    let mut out = Vec::new();
    let _loss = codec::encode_request(&request, &Target::new(to, "m"), &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn names_that_others_do_not_take_stay_apart() {
    let body = r#"{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[
        {"type":"function","function":{"name":"a.b"}},{"type":"function","function":{"name":"a_b"}},
        {"type":"function","function":{"name":"a/b"}}]}"#;
    for (to, tools) in [
        (Dialect::AnthropicMessages, "/tools"),
        (Dialect::OpenaiResponses, "/tools"),
        (Dialect::GeminiGenerate, "/tools/0/functionDeclarations"),
    ] {
        let told = translated(Dialect::OpenaiChat, body, to);
        let tools = told.pointer(tools).and_then(Value::as_array).unwrap();
        let mut names: Vec<&str> = tools.iter().map(|t| t["name"].as_str().unwrap()).collect();
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        assert!(names.iter().all(|name| name.chars().all(fits)), "{names:?}");
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 3, "{names:?}");
    }
}

/// Whoever asks for results right after their calls gets them there, whatever stood in between.
#[test]
fn results_follow_their_calls() {
    let body = r#"{"model":"m","input":[
        {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},
        {"type":"function_call","call_id":"c2","name":"f","arguments":"{}"},
        {"role":"developer","content":"x"},
        {"type":"function_call_output","call_id":"c1","output":[{"type":"input_image","image_url":"data:image/png;base64,QUJD"}]},
        {"role":"user","content":"y"},
        {"type":"function_call_output","call_id":"c2","output":"z"}]}"#;
    let chat = translated(Dialect::OpenaiResponses, body, Dialect::OpenaiChat);
    let roles: Vec<&str> = chat["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    let expected = ["assistant", "tool", "tool", "user", "developer", "user"];
    assert_eq!(roles, expected);
    let messages = translated(Dialect::OpenaiResponses, body, Dialect::AnthropicMessages);
    let content = messages["messages"][1]["content"].as_array().unwrap();
    let kinds: Vec<&str> = content
        .iter()
        .map(|b| b["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["tool_result", "tool_result", "text", "text"]);
}

#[test]
fn long_ids_are_cut_alike_in_calls_and_results() {
    let id = "call_".repeat(20);
    let body = format!(
        r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"assistant","content":[{{"type":"tool_use","id":"{id}","name":"f","input":{{}}}}]}},{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"{id}","content":"x"}}]}}]}}"#
    );
    let from = Dialect::AnthropicMessages;
    let told = translated(from, &body, Dialect::OpenaiResponses);
    let call = told["input"][0]["call_id"].as_str().unwrap();
    assert!(call.len() <= 64 && told["input"][1]["call_id"] == call);
    let told = translated(from, &body, Dialect::OpenaiChat);
    let call = told["messages"][0]["tool_calls"][0]["id"].as_str().unwrap();
    assert!(call.len() <= 40 && told["messages"][1]["tool_call_id"] == call);
}

/// What Google's streams say besides the answer reaches its own callers at the end.
#[test]
fn members_without_a_name_go_out_to_their_own_dialect() {
    let case = crate::fixtures::cases("stream")
        .into_iter()
        .find(|case| case.name == "ratings-and-two-candidates")
        .unwrap();
    let mut decoder = StreamDecoder::new(case.dialect);
    let mut encoder = StreamEncoder::new(crate::fixtures::view(case.dialect));
    let mut framer = Framer::new(1 << 20);
    framer.push(case.content.into());
    let mut out = Vec::new();
    while let Some(frame) = framer.next() {
        let mut write = |event: Event<'_>| encoder.event(event, &mut out);
        decoder.push_frame(&frame.unwrap(), &mut write).unwrap();
    }
    decoder
        .finish(&mut |event| encoder.event(event, &mut out))
        .unwrap();
    let out = String::from_utf8(out).unwrap();
    let last = out.trim_end().rsplit("data: ").next().unwrap();
    let last: Value = serde_json::from_str(last).unwrap();
    assert_eq!(last["candidates"][0]["finishMessage"], "Done.");
    assert_eq!(
        last["candidates"][0]["safetyRatings"][0]["probability"],
        "LOW"
    );
    assert_eq!(last["createTime"], "2026-01-01T00:00:00Z");
    let lost = encoder.loss().report(b"{}");
    assert_eq!(lost.dropped.len(), 1);
    assert_eq!(lost.dropped[0].path, "candidates[1]");
}
