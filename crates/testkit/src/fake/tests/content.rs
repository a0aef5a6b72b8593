use serde_json::{Value, json};

use super::{DIALECTS, ask, client, is_terminal, stream};
use crate::FakeUpstream;
use crate::raw::Event;
use crate::scenario::CATALOGUE;

/// The text that a stream adds up to.
fn text(events: &[Event]) -> String {
    let delta = |event: &Event| {
        let json = event.json();
        let text = match json["type"].as_str() {
            Some("response.output_text.delta") => json["delta"].as_str(),
            Some("content_block_delta") => json["delta"]["text"].as_str(),
            _ => json["choices"][0]["delta"]["content"].as_str(),
        };
        text.unwrap_or_default().to_owned()
    };
    events.iter().map(delta).collect()
}

/// The text of a buffered answer.
fn whole_text(json: &Value) -> &str {
    let places = [
        &json["choices"][0]["message"]["content"],
        &json["output"][0]["content"][0]["text"],
        &json["content"][0]["text"],
    ];
    places
        .into_iter()
        .find_map(Value::as_str)
        .unwrap_or_default()
}

#[tokio::test]
async fn every_sound_scenario_answers_every_dialect_to_its_end() {
    let upstream = FakeUpstream::start().await;
    for entry in CATALOGUE.iter().filter(|entry| entry.sound) {
        for path in DIALECTS {
            let answer = ask(&upstream, path, entry.example).await;
            assert_eq!(answer.status(), 200, "{} {path}", entry.example);
            let (_, events) = stream(&upstream, path, entry.example).await;
            if entry.example != "gzip" {
                assert!(answer.json().is_object(), "{} {path}", entry.example);
                let events: Vec<_> = events
                    .into_iter()
                    .filter(|event| !event.data.is_empty())
                    .collect();
                assert!(
                    events.last().is_some_and(is_terminal),
                    "{} {path}",
                    entry.example
                );
                let odd = events
                    .iter()
                    .find(|event| event.data != "[DONE]" && !event.json().is_object());
                assert_eq!(odd, None, "{} {path}", entry.example);
            }
        }
    }
}

#[tokio::test]
async fn streams_add_up_to_the_buffered_answer_that_names_upstream_and_model() {
    let upstream = FakeUpstream::named("primary").await;
    for model in [
        "a/text",
        "a/long",
        "a/unicode",
        "a/events-7",
        "a/max-tokens",
        "a/size-2k",
    ] {
        for path in DIALECTS {
            let answer = ask(&upstream, path, model).await.json();
            assert_eq!(answer["model"], model);
            let (_, events) = stream(&upstream, path, model).await;
            assert_eq!(text(&events), whole_text(&answer), "{model} {path}");
        }
    }
    let answer = ask(&upstream, DIALECTS[0], "a/text").await.text();
    assert!(
        answer.contains("Hello from the fake upstream primary, model a/text."),
        "{answer}"
    );
}

#[tokio::test]
async fn events_n_is_exactly_n_deltas() {
    let upstream = FakeUpstream::start().await;
    for path in DIALECTS {
        for count in [0, 1, 50] {
            let (_, events) = stream(&upstream, path, &format!("events-{count}")).await;
            assert_eq!(super::texts(&events), count, "{path}");
        }
    }
}

#[tokio::test]
async fn chat_streams_begin_with_the_role_and_show_usage_only_when_asked() {
    let upstream = FakeUpstream::start().await;
    let (head, events) = stream(&upstream, DIALECTS[0], "text").await;
    assert!(
        head.header("content-type")
            .is_some_and(|kind| kind.starts_with("text/event-stream"))
    );
    assert_eq!(events[0].json()["choices"][0]["delta"]["role"], "assistant");
    assert!(
        events
            .iter()
            .all(|event| event.json().get("usage").is_none() && event.name.is_none())
    );
    assert_eq!(
        events[events.len() - 2].json()["choices"][0]["finish_reason"],
        "stop"
    );
    let asked =
        r#"{"model":"text","stream":true,"stream_options":{"include_usage":true},"messages":[]}"#;
    let mut client = client(&upstream).await;
    client.open(DIALECTS[0], &[], asked).await.unwrap();
    let events = client.events().await.unwrap();
    let usage = events[events.len() - 2].json();
    assert_eq!(
        (&usage["choices"], &usage["usage"]["prompt_tokens"]),
        (&json!([]), &json!(25))
    );
    assert!(
        events[..events.len() - 2]
            .iter()
            .all(|event| event.json().get("usage") == Some(&Value::Null))
    );
}

#[tokio::test]
async fn parallel_tool_calls_come_in_fragments_that_join_to_json() {
    let upstream = FakeUpstream::start().await;
    let (_, chat) = stream(&upstream, DIALECTS[0], "tools").await;
    let mut arguments = [String::new(), String::new()];
    for event in &chat {
        let json = event.json();
        let call = &json["choices"][0]["delta"]["tool_calls"][0];
        if let (Some(index), Some(piece)) = (
            call["index"].as_u64(),
            call["function"]["arguments"].as_str(),
        ) {
            arguments[usize::try_from(index).unwrap()].push_str(piece);
        }
    }
    let (_, responses) = stream(&upstream, DIALECTS[1], "tools").await;
    let completed = responses.last().unwrap().json();
    let (_, messages) = stream(&upstream, DIALECTS[2], "tools").await;
    for (index, wanted) in [
        json!({"city": "Paris", "unit": "celsius"}),
        json!({"query": "opening \"hours\"", "limit": 3}),
    ]
    .iter()
    .enumerate()
    {
        assert_eq!(
            &serde_json::from_str::<Value>(&arguments[index]).unwrap(),
            wanted
        );
        let item = completed["response"]["output"][index]["arguments"]
            .as_str()
            .unwrap();
        assert_eq!(&serde_json::from_str::<Value>(item).unwrap(), wanted);
        let pieces = messages
            .iter()
            .map(Event::json)
            .filter(|json| json["index"] == index);
        let joined: String = pieces
            .filter_map(|json| json["delta"]["partial_json"].as_str().map(str::to_owned))
            .collect();
        assert_eq!(&serde_json::from_str::<Value>(&joined).unwrap(), wanted);
    }
    let buffered = ask(&upstream, DIALECTS[2], "tools").await.json();
    assert_eq!(
        (
            &buffered["content"][1]["input"]["limit"],
            &buffered["stop_reason"]
        ),
        (&json!(3), &json!("tool_use"))
    );
}

#[tokio::test]
async fn thinking_has_what_the_next_turn_needs_in_every_dialect() {
    let upstream = FakeUpstream::start().await;
    let (_, chat) = stream(&upstream, DIALECTS[0], "thinking").await;
    assert!(
        chat.iter()
            .any(|event| event.json()["choices"][0]["delta"]["reasoning_content"].is_string())
    );
    let (_, responses) = stream(&upstream, DIALECTS[1], "thinking").await;
    let item = &responses.last().unwrap().json()["response"]["output"][0];
    assert_eq!(
        (&item["type"], &item["summary"][0]["type"]),
        (&json!("reasoning"), &json!("summary_text"))
    );
    assert!(
        item["encrypted_content"]
            .as_str()
            .is_some_and(|sealed| sealed.len() > 40)
    );
    let (_, messages) = stream(&upstream, DIALECTS[2], "thinking").await;
    let kinds: Vec<_> = messages
        .iter()
        .map(|event| {
            event.json()["delta"]["type"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    let of = |kind: &str| {
        kinds
            .iter()
            .position(|found| found == kind)
            .unwrap_or(usize::MAX)
    };
    assert!(
        of("thinking_delta") < of("signature_delta") && of("signature_delta") < of("text_delta"),
        "{kinds:?}"
    );
}

#[tokio::test]
async fn responses_streams_number_their_events_and_end_with_the_whole_output() {
    let upstream = FakeUpstream::start().await;
    for model in [
        "text",
        "tools",
        "thinking",
        "refusal",
        "empty",
        "max-tokens",
    ] {
        let (_, events) = stream(&upstream, DIALECTS[1], model).await;
        for (number, event) in events.iter().enumerate() {
            let json = event.json();
            assert_eq!(json["sequence_number"], number, "{model}");
            assert_eq!(json["type"].as_str(), event.name.as_deref(), "{model}");
        }
        let last = events.last().unwrap().json();
        assert_eq!(
            last["response"],
            ask(&upstream, DIALECTS[1], model).await.json(),
            "{model}"
        );
        assert!(
            last["response"]["usage"]["input_tokens_details"]["cached_tokens"].is_u64(),
            "{model}"
        );
    }
}

#[tokio::test]
async fn messages_streams_have_the_whole_lifecycle_under_their_names() {
    let upstream = FakeUpstream::start().await;
    let (_, events) = stream(&upstream, DIALECTS[2], "events-2").await;
    let names: Vec<_> = events
        .iter()
        .map(|event| event.name.clone().unwrap_or_default())
        .collect();
    let delta = "content_block_delta";
    let wanted = [
        "message_start",
        "ping",
        "content_block_start",
        delta,
        delta,
        "content_block_stop",
        "message_delta",
        "message_stop",
    ];
    assert_eq!(names, wanted);
    assert!(
        events
            .iter()
            .all(|event| event.json()["type"].as_str() == event.name.as_deref())
    );
    assert_eq!(events[6].json()["usage"]["output_tokens"], 2);
}

#[tokio::test]
async fn google_names_the_model_in_the_path_and_streams_what_it_says_whole() {
    let upstream = FakeUpstream::start().await;
    let mut client = client(&upstream).await;
    let hello = r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#;
    for model in ["one%2Ftext", "thinking", "agent"] {
        let path = format!("/v1beta/models/{model}");
        let answer = client
            .post(&format!("{path}:generateContent"), &[], hello)
            .await
            .unwrap();
        let parts = |value: &Value| {
            let parts = value["candidates"][0]["content"]["parts"].as_array();
            let texts = parts
                .into_iter()
                .flatten()
                .map(|part| part["text"].as_str());
            texts.map(Option::unwrap_or_default).collect::<String>()
        };
        let whole = answer.json();
        assert_eq!(whole["candidates"][0]["finishReason"], "STOP", "{model}");
        assert_eq!(whole["usageMetadata"]["cachedContentTokenCount"], 8);
        let stream = format!("{path}:streamGenerateContent?alt=sse");
        client.open(&stream, &[], hello).await.unwrap();
        let events = client.events().await.unwrap();
        let texts: String = events.iter().map(|event| parts(&event.json())).collect();
        assert_eq!(texts, parts(&whole), "{model}");
        assert!(texts.contains("Hello from the fake upstream"), "{texts}");
        let last = events.last().unwrap().json();
        assert_eq!(last["usageMetadata"], whole["usageMetadata"], "{model}");
    }
    let count = client
        .post("/v1beta/models/text:countTokens", &[], hello)
        .await
        .unwrap();
    assert_eq!(count.json()["totalTokens"], 25);
}

#[tokio::test]
async fn googles_errors_have_its_shape_whole_and_in_streams() {
    let upstream = FakeUpstream::start().await;
    let mut client = client(&upstream).await;
    let hello = r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#;
    let path = "/v1beta/models/text+status-429-after-2:generateContent";
    let answer = client.post(path, &[], hello).await.unwrap();
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.header("retry-after"), Some("2"));
    assert_eq!(answer.json()["error"]["status"], "RESOURCE_EXHAUSTED");
    let path = "/v1beta/models/text+error-after-2:streamGenerateContent?alt=sse";
    client.open(path, &[], hello).await.unwrap();
    let events = client.events().await.unwrap();
    assert_eq!(events.len(), 3);
    assert_eq!(events[2].json()["error"]["status"], "UNAVAILABLE");
    let path = "/v1beta/models/talk:generateContent";
    let answer = client.post(path, &[], r#"{"contents":[]}"#).await.unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.json()["error"]["status"], "INVALID_ARGUMENT");
}
