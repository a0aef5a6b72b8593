//! Token counts: forwarded where the target counts, in whichever dialect, and estimated elsewhere.

use aigw_testkit::FakeUpstream;
use serde_json::Value;

use crate::canned::Canned;
use crate::harness::{AUTH, World, refusal, refused};

const MESSAGES: &str = "/v1/messages/count_tokens";
const RESPONSES: &str = "/v1/responses/input_tokens";
const CONTENTS: &str = "/v1beta/models/public:countTokens";

/// The same small conversation with a tool for each counting endpoint.
fn body(path: &str) -> &'static str {
    match path {
        MESSAGES => {
            r#"{"model":"public","system":"Be brief.","tools":[{"name":"look","input_schema":{"type":"object"}}],"messages":[{"role":"user","content":"hi"}]}"#
        }
        RESPONSES => {
            r#"{"model":"public","instructions":"Be brief.","tools":[{"type":"function","name":"look","parameters":{"type":"object"}}],"input":"hi","temperature":0.5}"#
        }
        _ => {
            r#"{"generateContentRequest":{"systemInstruction":{"parts":[{"text":"Be brief."}]},"tools":[{"functionDeclarations":[{"name":"look","parametersJsonSchema":{"type":"object"}}]}],"contents":[{"role":"user","parts":[{"text":"hi"}]}]}}"#
        }
    }
}

fn tokens(path: &str, answer: &Value) -> u64 {
    let member = if path == CONTENTS {
        "totalTokens"
    } else {
        "input_tokens"
    };
    assert_eq!(
        answer["object"] == "response.input_tokens",
        path == RESPONSES
    );
    answer[member].as_u64().unwrap()
}

fn document(kind: &str, base_url: &str, more: &str) -> String {
    format!(
        "version: 1\nproviders:\n  up:\n    kind: {kind}\n    base_url: {base_url}\n    api_key: k\n{more}    \
         network: {{allow: [127.0.0.0/8]}}\nmodels:\n  public: {{targets: [{{provider: up, model: text}}]}}\n"
    )
}

#[tokio::test]
async fn counts_go_through_where_the_target_has_the_same_endpoint() {
    let upstream = FakeUpstream::start().await;
    for (kind, path) in [("anthropic", MESSAGES), ("openai", RESPONSES)] {
        let world = World::start(&document(kind, &upstream.base_url(), ""));
        let mut client = world.client().await;
        let answer = client.post(path, &[AUTH], body(path)).await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text());
        assert_eq!(tokens(path, &answer.json()), 25);
        assert_eq!(answer.header("x-aigw-estimate"), None);
        let seen = upstream.last_request().unwrap();
        assert_eq!(seen.path, path);
        let sent = body(path).replace("\"public\"", "\"text\"");
        assert_eq!(seen.body, sent.as_bytes());
    }
}

#[tokio::test]
async fn counts_are_asked_for_in_the_dialect_in_which_the_target_counts() {
    let upstream = FakeUpstream::start().await;
    for (kind, paths, at) in [
        ("anthropic", [RESPONSES, CONTENTS], MESSAGES),
        ("openai", [MESSAGES, CONTENTS], RESPONSES),
    ] {
        let world = World::start(&document(kind, &upstream.base_url(), ""));
        for path in paths {
            let mut client = world.client().await;
            let answer = client.post(path, &[AUTH], body(path)).await.unwrap();
            assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
            assert_eq!(tokens(path, &answer.json()), 25);
            assert_eq!(answer.header("x-aigw-estimate"), None);
            let seen = upstream.last_request().unwrap();
            assert_eq!(seen.path, at);
            let sent: Value = serde_json::from_slice(&seen.body).unwrap();
            let names: Vec<&str> = sent.as_object().unwrap().keys().map(|it| &**it).collect();
            let expected: &[&str] = if at == MESSAGES {
                &["messages", "model", "system", "tools"]
            } else {
                &["input", "instructions", "model", "tools"]
            };
            assert_eq!(names, expected, "{path} at {at}");
            assert_eq!(sent["model"], "text");
            assert!(sent.to_string().contains("Be brief."));
        }
    }
}

#[tokio::test]
async fn google_counts_for_every_caller() {
    for path in [MESSAGES, RESPONSES, CONTENTS] {
        let upstream = Canned::whole(
            "200 OK",
            &["content-type: application/json"],
            r#"{"totalTokens":31,"promptTokensDetails":[{"modality":"TEXT","tokenCount":31}]}"#,
        )
        .await;
        let world = World::start(&document("gemini", &upstream.base_url(), ""));
        let mut client = world.client().await;
        let answer = client.post(path, &[AUTH], body(path)).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
        assert_eq!(tokens(path, &answer.json()), 31);
        assert_eq!(answer.header("x-aigw-estimate"), None);
        let line = upstream.heads()[0].lines().next().unwrap().to_owned();
        assert!(line.contains("/models/text:countTokens "), "{line}");
    }
}

#[tokio::test]
async fn counts_are_estimated_where_no_target_counts() {
    let upstream = FakeUpstream::start().await;
    let compatible = document("openai-compatible", &upstream.base_url(), "");
    let world = World::start(&compatible);
    let mut counted = Vec::new();
    for path in [MESSAGES, RESPONSES, CONTENTS] {
        let mut client = world.client().await;
        let answer = client.post(path, &[AUTH], body(path)).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
        assert_eq!(answer.header("x-aigw-estimate"), Some("true"));
        counted.push(tokens(path, &answer.json()));
    }
    assert!(counted.iter().all(|it| *it == counted[0]), "{counted:?}");
    assert!((20..40).contains(&counted[0]), "{counted:?}");
    assert_eq!(upstream.count(), 0);
    let records = world.records(3).await;
    assert!(records.iter().all(|it| it.outcome.as_str() == "complete"));
}

#[tokio::test]
async fn a_count_of_something_that_is_no_request_is_refused() {
    let world = World::start(&document("openai-compatible", "http://127.0.0.1:9", ""));
    let mut client = world.client().await;
    let broken = r#"{"model":"public","messages":"hi"}"#;
    let answer = client.post(MESSAGES, &[AUTH], broken).await.unwrap();
    let expected = refused(400, "invalid_parameter");
    assert_eq!(refusal("messages", &answer), expected);
}

#[tokio::test]
async fn other_requests_are_served_while_a_large_one_is_counted() {
    let world = World::start(&document("openai-compatible", "http://127.0.0.1:9", ""));
    let large = format!(
        r#"{{"model":"public","messages":[{{"role":"user","content":"{}"}}]}}"#,
        "many words ".repeat(700_000)
    );
    let mut client = world.client().await;
    let counting = async {
        let answer = client.post(MESSAGES, &[AUTH], large).await.unwrap();
        tokens(MESSAGES, &answer.json())
    };
    tokio::pin!(counting);
    let mut other = world.client().await;
    let mut between = 0;
    let counted = loop {
        tokio::select! {
            counted = &mut counting => break counted,
            answer = other.fetch("/-/health", &[]) => {
                assert_eq!(answer.unwrap().status(), 200);
                between += 1;
            }
        }
    };
    assert!((1_390_000..1_420_000).contains(&counted), "{counted}");
    assert!(between > 0);
}
