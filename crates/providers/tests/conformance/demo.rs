//! The demo provider's answers, looked at as the vendors' SDKs look at them.

use aigw_protocol::{Dialect, Endpoint, Framer, Inspector, Verdict, read_answer};
use aigw_providers::demo::{DemoAnswer, answer};
use proptest::prelude::*;
use serde_json::{Value, json};

const SPOKEN: [Endpoint; 3] = [
    Endpoint::ChatCompletions,
    Endpoint::Responses,
    Endpoint::Messages,
];

fn request(endpoint: Endpoint, question: &str) -> Value {
    let turns = json!([
        {"role": "user", "content": "An earlier question"},
        {"role": "assistant", "content": "An earlier answer"},
        {"role": "user", "content": [{"type": "text", "text": question}]},
    ]);
    match endpoint {
        Endpoint::Responses => {
            json!({"model": "demo", "input": question, "instructions": "Be kind."})
        }
        Endpoint::Messages => json!({"model": "demo", "max_tokens": 1024, "messages": turns}),
        _ => json!({"model": "demo", "messages": turns}),
    }
}

fn ask(endpoint: Endpoint, request: &Value, stream: bool) -> DemoAnswer {
    answer(endpoint, request.to_string().as_bytes(), stream, 7)
}

fn body(answer: &DemoAnswer) -> Value {
    assert_eq!(answer.events.len(), 1);
    assert_eq!(answer.content_type, "application/json");
    serde_json::from_slice(&answer.events[0]).unwrap()
}

/// The events of a stream: name (empty when it has none) and data.
fn events(answer: &DemoAnswer) -> Vec<(String, Value)> {
    assert_eq!(
        (answer.status, answer.content_type),
        (200, "text/event-stream; charset=utf-8")
    );
    answer
        .events
        .iter()
        .map(|event| one_event(std::str::from_utf8(event).unwrap()))
        .collect()
}

fn one_event(text: &str) -> (String, Value) {
    let lines = text.strip_suffix("\n\n").unwrap();
    let (name, data) = match lines.split_once('\n') {
        Some((name, data)) => (name.strip_prefix("event: ").unwrap(), data),
        None => ("", lines),
    };
    let data = data.strip_prefix("data: ").unwrap();
    let data = if data == "[DONE]" {
        json!("[DONE]")
    } else {
        serde_json::from_str(data).unwrap()
    };
    (name.to_owned(), data)
}

fn text_of(endpoint: Endpoint, body: &Value) -> String {
    let place = match endpoint {
        Endpoint::Responses => "/output/0/content/0/text",
        Endpoint::Messages => "/content/0/text",
        _ => "/choices/0/message/content",
    };
    body.pointer(place)
        .and_then(Value::as_str)
        .unwrap()
        .to_owned()
}

#[test]
fn whole_answers_say_back_the_last_question_and_count() {
    for endpoint in SPOKEN {
        let answered = ask(endpoint, &request(endpoint, "What is the time?"), false);
        assert_eq!(answered.status, 200);
        let body = body(&answered);
        assert!(
            text_of(endpoint, &body).contains("“What is the time?”"),
            "{body}"
        );
        assert_eq!(body["model"], "demo");
        let seen = read_answer(endpoint, &answered.events[0]).unwrap();
        assert!(seen.error.is_none(), "{body}");
        assert!(
            seen.usage.input.unwrap() >= 4 && seen.usage.output.unwrap() > 10,
            "{:?}",
            seen.usage
        );
        assert_eq!(seen.usage.cached, Some(0));
    }
}

#[test]
fn streams_are_whole_in_the_eyes_of_the_inspector() {
    let dialects = [
        Dialect::OpenaiChat,
        Dialect::OpenaiResponses,
        Dialect::AnthropicMessages,
    ];
    for (endpoint, dialect) in SPOKEN.into_iter().zip(dialects) {
        let mut request = request(endpoint, "Hello?");
        request["stream_options"] = json!({"include_usage": true});
        let streamed = ask(endpoint, &request, true);
        let mut framer = Framer::new(1 << 20);
        let mut inspector = Inspector::new(dialect, false);
        let mut verdicts = Vec::new();
        for event in &streamed.events {
            framer.push(event.clone());
            let frame = framer.next().unwrap().unwrap();
            verdicts.push(inspector.inspect(&frame));
            assert!(
                framer.next().is_none(),
                "an element holds more than one event"
            );
        }
        assert_eq!(verdicts.last(), Some(&Verdict::Terminal), "{dialect}");
        assert_eq!(verdicts.first(), Some(&Verdict::Lifecycle), "{dialect}");
        assert!(verdicts.contains(&Verdict::Content), "{dialect}");
        let strange = |verdict: &Verdict| {
            matches!(
                verdict,
                Verdict::Error(_) | Verdict::Malformed | Verdict::Comment
            )
        };
        assert!(!verdicts.iter().any(strange), "{dialect} {verdicts:?}");
        assert!(
            inspector.finished() && inspector.terminated() && inspector.completion().is_none(),
            "{dialect}"
        );
        let whole = read_answer(endpoint, &ask(endpoint, &request, false).events[0]).unwrap();
        assert_eq!(inspector.usage(), whole.usage, "{dialect}");
    }
}

#[test]
fn chat_streams_go_from_role_to_done() {
    let mut request = request(Endpoint::ChatCompletions, "Hello?");
    let plain = events(&ask(Endpoint::ChatCompletions, &request, true));
    assert_eq!(plain[0].1["choices"][0]["delta"]["role"], "assistant");
    assert_eq!(plain[plain.len() - 1].1, "[DONE]");
    assert_eq!(
        plain[plain.len() - 2].1["choices"][0]["finish_reason"],
        "stop"
    );
    assert!(
        plain
            .iter()
            .all(|(name, data)| name.is_empty() && data.get("usage").is_none())
    );
    let text: String = plain
        .iter()
        .filter_map(|(_, data)| data["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert_eq!(
        text,
        text_of(
            Endpoint::ChatCompletions,
            &body(&ask(Endpoint::ChatCompletions, &request, false))
        )
    );

    request["stream_options"] = json!({"include_usage": true});
    let counted = events(&ask(Endpoint::ChatCompletions, &request, true));
    assert_eq!(counted.len(), plain.len() + 1);
    let usage = &counted[counted.len() - 2].1;
    assert_eq!(usage["choices"], json!([]));
    assert_eq!(usage["usage"]["completion_tokens"], counted.len() - 4);
    assert!(
        counted[..counted.len() - 2]
            .iter()
            .all(|(_, data)| data["usage"].is_null() && data.get("usage").is_some())
    );
}

#[test]
fn responses_streams_have_every_event_in_its_place_and_numbered() {
    let request = request(Endpoint::Responses, "Hello?");
    let events = events(&ask(Endpoint::Responses, &request, true));
    let mut names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    names.dedup();
    let order = [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ];
    assert_eq!(names, order);
    for (number, (name, data)) in events.iter().enumerate() {
        assert_eq!(data["type"], *name);
        assert_eq!(data["sequence_number"], number);
    }
    let (id, item) = (&events[0].1["response"]["id"], &events[2].1["item"]["id"]);
    let last = &events[events.len() - 1].1["response"];
    assert_eq!(
        (&last["id"], &last["output"][0]["id"], &last["status"]),
        (id, item, &json!("completed"))
    );
    assert!(
        events[4..events.len() - 2]
            .iter()
            .all(|(_, data)| data["item_id"] == *item && data["content_index"] == 0)
    );
    assert_eq!(last, &body(&ask(Endpoint::Responses, &request, false)));
    assert_eq!(last["instructions"], "Be kind.");
    let text: String = events
        .iter()
        .filter_map(|(_, data)| data["delta"].as_str())
        .collect();
    assert_eq!(text, text_of(Endpoint::Responses, last));
}

#[test]
fn messages_streams_open_and_close_what_they_hold() {
    let request = request(Endpoint::Messages, "Hello?");
    let events = events(&ask(Endpoint::Messages, &request, true));
    let mut names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    names.dedup();
    let order = [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ];
    assert_eq!(names, order);
    assert!(events.iter().all(|(name, data)| data["type"] == *name));
    let start = &events[0].1["message"];
    assert_eq!(
        (&start["content"], &start["stop_reason"]),
        (&json!([]), &Value::Null)
    );
    let whole = body(&ask(Endpoint::Messages, &request, false));
    assert_eq!(
        start["usage"]["input_tokens"],
        whole["usage"]["input_tokens"]
    );
    let delta = &events[events.len() - 2].1;
    assert_eq!(
        (&delta["delta"]["stop_reason"], &delta["usage"]),
        (&json!("end_turn"), &whole["usage"])
    );
    let text: String = events
        .iter()
        .filter_map(|(_, data)| data["delta"]["text"].as_str())
        .collect();
    assert_eq!(text, text_of(Endpoint::Messages, &whole));
}

#[test]
fn the_callers_limit_cuts_the_answer_and_says_so() {
    let limited = |endpoint: Endpoint, member: &str| {
        let mut request = request(endpoint, "Hello?");
        request[member] = json!(3);
        request
    };
    let chat = body(&ask(
        Endpoint::ChatCompletions,
        &limited(Endpoint::ChatCompletions, "max_completion_tokens"),
        false,
    ));
    assert_eq!(chat["choices"][0]["finish_reason"], "length");
    assert_eq!(chat["choices"][0]["message"]["content"], "Hello from the");
    let messages = body(&ask(
        Endpoint::Messages,
        &limited(Endpoint::Messages, "max_tokens"),
        false,
    ));
    assert_eq!(
        (
            &messages["stop_reason"],
            &messages["usage"]["output_tokens"]
        ),
        (&json!("max_tokens"), &json!(3))
    );
    let request = limited(Endpoint::Responses, "max_output_tokens");
    let responses = body(&ask(Endpoint::Responses, &request, false));
    assert_eq!(responses["status"], "incomplete");
    assert_eq!(
        responses["incomplete_details"]["reason"],
        "max_output_tokens"
    );
    assert_eq!(
        events(&ask(Endpoint::Responses, &request, true))
            .last()
            .unwrap()
            .0,
        "response.incomplete"
    );
}

#[test]
fn the_same_request_has_the_same_answer_and_another_seed_another_id() {
    for endpoint in SPOKEN {
        let request = request(endpoint, "Hello?");
        assert_eq!(ask(endpoint, &request, true), ask(endpoint, &request, true));
        let bytes = request.to_string();
        let id = |seed: u64| {
            body(&answer(endpoint, bytes.as_bytes(), false, seed))["id"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        assert_ne!(id(1), id(2));
    }
}

#[test]
fn token_counters_agree_with_the_answers() {
    let chat = body(&ask(
        Endpoint::Messages,
        &request(Endpoint::Messages, "Hello?"),
        false,
    ));
    let mut counted = request(Endpoint::Messages, "Hello?");
    counted.as_object_mut().unwrap().remove("max_tokens");
    assert_eq!(
        body(&ask(Endpoint::CountTokens, &counted, false)),
        json!({"input_tokens": chat["usage"]["input_tokens"]})
    );
    let response = body(&ask(
        Endpoint::Responses,
        &request(Endpoint::Responses, "Hello?"),
        false,
    ));
    let counted = body(&ask(
        Endpoint::InputTokens,
        &request(Endpoint::Responses, "Hello?"),
        false,
    ));
    assert_eq!(counted["object"], "response.input_tokens");
    assert_eq!(counted["input_tokens"], response["usage"]["input_tokens"]);
}

proptest! {
    #[test]
    fn any_question_is_said_back_whole_and_streamed_alike(question in "\\PC{1,300}", seed: u64) {
        for endpoint in SPOKEN {
            let bytes = request(endpoint, &question).to_string();
            let whole = body(&answer(endpoint, bytes.as_bytes(), false, seed));
            let text = text_of(endpoint, &whole);
            prop_assert!(text.contains(question.trim()));
            let streamed = events(&answer(endpoint, bytes.as_bytes(), true, seed));
            let pieces = ["/delta", "/delta/text", "/choices/0/delta/content"];
            let said: String = streamed
                .iter()
                .filter_map(|(_, data)| pieces.iter().find_map(|place| data.pointer(place)?.as_str()))
                .collect();
            prop_assert_eq!(said, text);
        }
    }
}
