//! Signs of life: after fifteen seconds without one, real ones, since both ends are real sockets.

use std::time::Duration;

use aigw_testkit::FakeUpstream;
use aigw_testkit::raw::Event;

use crate::canned::{Canned, Play};
use crate::harness::{AUTH, DIALECTS, World, provider, request};

fn is_sign_of_life(dialect: &str, event: &Event) -> bool {
    match dialect {
        "messages" => event.name.as_deref() == Some("ping"),
        _ => event.raw.starts_with(b":") && event.data.is_empty(),
    }
}

/// Asks an upstream that is slow in the way of `model`; all events of the answer, and its record.
async fn ask(dialect: &str, model: &str) -> (Vec<Event>, aigw_telemetry::RequestRecord) {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&format!(
        "version: 1\nproviders:\n{}models:\n  m: {{targets: [{{provider: up, model: {model}}}]}}\nrouting: {{retry: {{attempts: 1}}}}\n",
        provider(
            "up",
            &upstream.base_url(),
            "    timeouts: {first_byte: 16500ms, first_token: 18s, idle: 20s}\n"
        )
    ));
    let (path, body) = request(dialect, "m", true);
    let mut client = world.client().await.patience(Duration::from_secs(30));
    let head = client.open(path, &[AUTH], body).await.unwrap();
    assert_eq!(head.status, 200, "the sign of life fixes the status");
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
    assert!(head.header("x-request-id").is_some() && head.header("x-aigw-revision").is_some());
    let events = client.events().await.unwrap();
    (events, world.records(1).await.remove(0))
}

#[tokio::test]
async fn callers_get_signs_of_life_and_then_the_answer_or_the_error() {
    let mut cells = tokio::task::JoinSet::new();
    for dialect in DIALECTS {
        for model in ["text+slow-first-token-16000ms", "text+silence"] {
            cells.spawn(async move { (dialect, model, ask(dialect, model).await) });
        }
    }
    for (dialect, model, (events, record)) in cells.join_all().await {
        let signs = events
            .iter()
            .filter(|event| is_sign_of_life(dialect, event))
            .count();
        assert!(signs >= 1, "{dialect} {model}");
        assert_eq!(record.status, 200, "{dialect} {model}");
        let last = events.last().unwrap().json();
        let failed = last["error"].is_object() || last["type"] == "error";
        assert_eq!(failed, model == "text+silence", "{dialect} {model}: {last}");
        if failed {
            assert_eq!(events.len(), 2, "{dialect}: a sign of life, then the error");
            assert_eq!(
                (record.outcome.as_str(), record.error_class),
                ("failed", Some("timeout"))
            );
            assert_eq!(record.error_code, Some("upstream_timeout"));
        } else {
            assert_eq!(record.outcome.as_str(), "complete", "{dialect} {model}");
        }
    }
}

/// What an OpenAI-compatible server says of a prompt that is too long.
const TOO_LONG: &str = r#"{"error":{"message":"This model's maximum context length is 8192 tokens. However, you requested 9001 tokens (8001 in the messages, 1000 in the completion).","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#;

#[tokio::test]
async fn an_error_after_a_sign_of_life_says_what_clients_look_for() {
    let mut cells = tokio::task::JoinSet::new();
    for dialect in DIALECTS {
        cells.spawn(async move {
            let head = format!(
                "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                TOO_LONG.len()
            );
            let answer = [head.as_bytes(), TOO_LONG.as_bytes()].concat();
            let upstream = Canned::start(vec![Play::Gate, Play::Write(answer)]).await;
            let world = World::start(&format!(
                "version: 1\nproviders:\n{}models:\n  m: {{targets: [{{provider: up, model: x}}]}}\n",
                provider("up", &upstream.base_url(), "").replace(", openai_responses, anthropic_messages", "")
            ));
            let (path, body) = request(dialect, "m", true);
            let mut client = world.client().await.patience(Duration::from_secs(30));
            let head = client.open(path, &[AUTH], body).await.unwrap();
            assert_eq!(head.status, 200);
            let sign = client.event().await.unwrap().unwrap();
            assert!(is_sign_of_life(dialect, &sign), "{dialect}");
            upstream.open_gate();
            let rest = client.events().await.unwrap();
            (dialect, rest.last().unwrap().json(), world.records(1).await.remove(0))
        });
    }
    for (dialect, last, record) in cells.join_all().await {
        let error = &last["error"];
        if dialect == "messages" {
            assert_eq!(
                error["message"],
                "prompt is too long: 9001 tokens > 8192 maximum"
            );
            assert_eq!(error["type"], "invalid_request_error");
        } else {
            assert_eq!(
                error["code"], "context_length_exceeded",
                "{dialect}: {last}"
            );
        }
        assert_eq!(record.error_class, Some("context_length"), "{dialect}");
    }
}
