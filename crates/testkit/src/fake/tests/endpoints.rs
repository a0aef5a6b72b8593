use serde_json::{Value, json};

use super::client;
use crate::FakeUpstream;

/// Path, body, a place in the answer and what stands there.
const CASES: [(&str, &str, &str, &str); 8] = [
    (
        "/v1/messages/count_tokens",
        r#"{"model":"text"}"#,
        "/input_tokens",
        "25",
    ),
    (
        "/v1/responses/input_tokens",
        r#"{"model":"text"}"#,
        "/object",
        r#""response.input_tokens""#,
    ),
    (
        "/v1/embeddings",
        r#"{"model":"m","input":["a","b"]}"#,
        "/data/1/embedding",
        "[0.5,-0.25,1.0]",
    ),
    (
        "/v1/embeddings",
        r#"{"model":"m","input":"a","encoding_format":"base64"}"#,
        "/data/0/embedding",
        r#""AAAAPwAAgL4AAIA/""#,
    ),
    (
        "/v1/completions",
        r#"{"model":"m","prompt":"a"}"#,
        "/object",
        r#""text_completion""#,
    ),
    (
        "/v1/moderations",
        r#"{"input":"a"}"#,
        "/results/0/flagged",
        "false",
    ),
    (
        "/v1/rerank",
        r#"{"model":"m","query":"q","documents":["a","b"]}"#,
        "/results/1/index",
        "1",
    ),
    (
        "/v1/images/generations",
        r#"{"model":"m","prompt":"p"}"#,
        "/created",
        "1790000000",
    ),
];

#[tokio::test]
async fn the_other_endpoints_answer_in_their_own_shapes() {
    let upstream = FakeUpstream::start().await;
    let mut client = client(&upstream).await;
    for (path, text, place, wanted) in CASES {
        let answer = client.post(path, &[], text).await.unwrap();
        assert_eq!(
            answer
                .json()
                .pointer(place)
                .map(Value::to_string)
                .as_deref(),
            Some(wanted),
            "{path}: {}",
            answer.text()
        );
    }
    let speech = client
        .post(
            "/v1/audio/speech",
            &[],
            r#"{"model":"m","input":"i","voice":"v"}"#,
        )
        .await
        .unwrap();
    assert_eq!(
        (
            speech.header("content-type"),
            speech.body.len(),
            speech.body[255]
        ),
        (Some("audio/mpeg"), 4096, 255)
    );
}

#[tokio::test]
async fn multipart_requests_are_read_for_model_and_stream() {
    let upstream = FakeUpstream::start().await;
    let form = |stream: bool| {
        format!(
            "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n\u{1}\u{2}\r\n--b\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nx/text\r\n--b\r\ncontent-disposition: form-data; name=\"stream\"\r\n\r\n{stream}\r\n--b--\r\n"
        )
    };
    let mut client = client(&upstream).await;
    let typed = [("content-type", "multipart/form-data; boundary=b")];
    let whole = client
        .post("/v1/audio/transcriptions", &typed, form(false))
        .await
        .unwrap();
    assert!(
        whole.json()["text"]
            .as_str()
            .is_some_and(|text| text.contains("x/text"))
    );
    client
        .open("/v1/audio/transcriptions", &typed, form(true))
        .await
        .unwrap();
    let events = client.events().await.unwrap();
    assert_eq!(events.last().unwrap().json()["text"], whole.json()["text"]);
}

#[tokio::test]
async fn model_lists_have_the_shape_of_their_caller() {
    let upstream = FakeUpstream::start().await;
    let mut client = client(&upstream).await;
    let openai = client.fetch("/v1/models", &[]).await.unwrap().json();
    assert_eq!(
        (&openai["object"], &openai["data"][0]["object"]),
        (&json!("list"), &json!("model"))
    );
    let anthropic = client
        .fetch("/v1/models", &[("anthropic-version", "2023-06-01")])
        .await
        .unwrap()
        .json();
    assert_eq!(
        (&anthropic["has_more"], &anthropic["data"][0]["type"]),
        (&json!(false), &json!("model"))
    );
    assert_eq!(
        client
            .fetch("/v1/models/some/id", &[])
            .await
            .unwrap()
            .json()["id"],
        "some/id"
    );
}
