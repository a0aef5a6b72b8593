//! Same dialect: request and response bodies go through byte for byte.

use aigw_testkit::FakeUpstream;

use crate::canned::Canned;
use crate::harness::{AUTH, DIALECTS, World, one_model, provider, request};

const PATHS: [&str; 3] = ["/v1/chat/completions", "/v1/responses", "/v1/messages"];

/// Sends `body` to `path` through a world whose model `public` is `text` upstream; returns what arrived.
async fn arrived(path: &str, body: impl AsRef<[u8]> + Send, more: &str) -> Vec<u8> {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&format!(
        "version: 1\nproviders:\n{}models:\n  public:\n    targets: [{{provider: up, model: text}}]\n{more}",
        provider("up", &upstream.base_url(), "")
    ));
    let answer = world
        .client()
        .await
        .post(path, &[AUTH], body)
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "{}", answer.text());
    upstream.last_request().unwrap().body.to_vec()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn only_the_model_changes_in_odd_bodies_of_every_dialect() {
    let bodies = [
        r#"{"model":"public","max_tokens":1}"#.to_owned(),
        "\r\n\t { \"a\" : 1e+2 ,\n\"model\"\t:\r\n \"public\" , \"z\" : -0.0 }  \n".to_owned(),
        r#"{"big":123456789012345678901234567890,"f":1.00,"e":1E-7,"model":"public"}"#.to_owned(),
        r#"{"model":"public","u":"\u00e9\ud83d\ude00\/\"\\","k\u0065y":null}"#.to_owned(),
        r#"{"dup":1,"dup":2,"model":"public","dup":3}"#.to_owned(),
        r#"{"\u006dodel":"public","x":[]}"#.to_owned(),
        r#"{"metadata":{"model":"public"},"tools":[{"model":"public","parameters":{"model":{"type":"string"}}}],"model":"public","messages":[{"model":"public"}]}"#.to_owned(),
        format!(r#"{{"pad":"{}","model":"public","tail":"{}"}}"#, "é".repeat(40_000), "x".repeat(70_000)),
        r#"{"model":"p\u0075blic","stream":false}"#.to_owned(),
    ];
    for path in PATHS {
        for body in &bodies {
            let sent = text(&arrived(path, body, "").await);
            // The top-level value is the only thing replaced; nested members and keys keep their spelling.
            let expected = match body {
                nested if nested.starts_with(r#"{"metadata""#) => {
                    nested.replacen(r#"],"model":"public""#, r#"],"model":"text""#, 1)
                }
                escaped if escaped.contains(r#""p\u0075blic""#) => {
                    escaped.replace(r#""p\u0075blic""#, r#""text""#)
                }
                plain => plain.replace(r#""public""#, r#""text""#),
            };
            assert!(sent == expected, "{path}\n{body:.200}\n{sent:.200}");
        }
    }
}

#[tokio::test]
async fn a_name_that_is_the_same_upstream_leaves_even_its_spelling_alone() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&one_model("text", &upstream.base_url(), "text"));
    for path in PATHS {
        let body = r#" {"model" : "te\u0078t"} "#;
        let answer = world
            .client()
            .await
            .post(path, &[AUTH], body)
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text());
        assert_eq!(text(&upstream.last_request().unwrap().body), body);
    }
}

#[tokio::test]
async fn params_are_set_defaulted_and_dropped() {
    let params = "    params: {set: {store: false}, defaults: {temperature: 0.20, top_p: 1}, drop: [user, absent]}\n";
    let body = r#"{"user":"u1","model":"public","store":true,"top_p":0.5,"messages":[{"user":"x"}],"user":"u2"}"#;
    let sent = text(&arrived(PATHS[0], body, params).await);
    let value: serde_json::Value = serde_json::from_str(&sent).unwrap();
    assert_eq!(value["store"], false);
    assert_eq!(value["top_p"], 0.5);
    assert!(sent.contains(r#""temperature":0.20"#), "{sent}");
    assert!(value.get("user").is_none(), "{sent}");
    assert_eq!(sent.matches("store").count(), 1, "{sent}");
    assert!(sent.contains(r#""messages":[{"user":"x"}]"#), "{sent}");
}

/// A chat stream through a model whose provider has `more`; returns the body sent upstream and the answer.
async fn chat_stream(body: &str, more: &str) -> (String, String) {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&format!(
        "version: 1\nproviders:\n{}models:\n  text: {{targets: [{{provider: up}}]}}\n",
        provider("up", &upstream.base_url(), more)
    ));
    let answer = world
        .client()
        .await
        .post(PATHS[0], &[AUTH], body)
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let record = world.records(1).await.remove(0);
    let asked = !more.contains("as_asked") || body.contains(r#""include_usage":true"#);
    assert_eq!(
        record.usage.input.is_some(),
        asked,
        "usage in the record: {body}"
    );
    (text(&upstream.last_request().unwrap().body), answer.text())
}

#[tokio::test]
async fn usage_is_asked_for_on_the_callers_behalf_and_taken_out_again() {
    let body = r#"{"model":"text","stream":true,"n":1}"#;
    let (sent, answer) = chat_stream(body, "").await;
    let value: serde_json::Value = serde_json::from_str(&sent).unwrap();
    assert_eq!(value["stream_options"]["include_usage"], true);
    assert!(
        sent.starts_with(r#"{"model":"text","stream":true,"n":1"#),
        "{sent}"
    );
    assert!(!answer.contains(r#""choices":[]"#), "{answer}");
    assert!(!answer.contains("prompt_tokens"), "{answer}");
    assert!(answer.ends_with("data: [DONE]\n\n"), "{answer}");
}

#[tokio::test]
async fn stream_options_of_the_caller_are_kept_beside_the_added_one() {
    let body = r#"{"stream_options":{"include_obfuscation":false},"model":"text","stream":true}"#;
    let (sent, answer) = chat_stream(body, "").await;
    let value: serde_json::Value = serde_json::from_str(&sent).unwrap();
    assert_eq!(value["stream_options"]["include_usage"], true);
    assert_eq!(value["stream_options"]["include_obfuscation"], false);
    assert!(!answer.contains("prompt_tokens"), "{answer}");
}

#[tokio::test]
async fn usage_that_the_caller_asked_for_stays() {
    let body = r#"{"model":"text","stream":true,"stream_options":{"include_usage":true}}"#;
    for more in ["", "    usage: as_asked\n"] {
        let (sent, answer) = chat_stream(body, more).await;
        assert_eq!(sent, body);
        assert!(
            answer.contains(r#""choices":[],"usage":{"prompt_tokens":25"#),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn as_asked_sends_the_body_as_it_came() {
    for body in [
        r#"{"model":"text","stream":true}"#,
        r#"{"model":"text","stream":true,"stream_options":{"include_usage":false}}"#,
    ] {
        let (sent, answer) = chat_stream(body, "    usage: as_asked\n").await;
        assert_eq!(sent, body);
        assert!(!answer.contains("prompt_tokens"), "{answer}");
    }
}

#[tokio::test]
async fn streams_of_other_dialects_are_asked_for_nothing() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&one_model("text", &upstream.base_url(), "text"));
    for dialect in ["responses", "messages"] {
        let (_, body) = request(dialect, "text", true);
        assert_eq!(world.ask(dialect, "text", true).await.status(), 200);
        assert_eq!(text(&upstream.last_request().unwrap().body), body);
    }
}

#[tokio::test]
async fn whole_answers_come_back_byte_for_byte() {
    let bodies = [
        "  {\"id\" : \"x\", \"n\":1.0e2,\r\n \"choices\":[{\"finish_reason\":\"stop\"}],\"content\":[],\"stop_reason\":\"x\",\"output\":[],\"status\":\"completed\",\"s\":\"\\u00e9\\/\" }\n\n".to_owned(),
        format!("{{\"big\":123456789012345678901234567890,\"pad\":\"{}\"}}", "ü".repeat(100_000)),
    ];
    for body in bodies {
        let upstream = Canned::whole(
            "200 OK",
            &["content-type: application/json; charset=utf-8"],
            &body,
        )
        .await;
        let world = World::start(&one_model("m", &upstream.base_url(), "m"));
        for dialect in DIALECTS {
            let answer = world.ask(dialect, "m", false).await;
            assert_eq!(answer.status(), 200);
            assert!(answer.text() == body, "{dialect}: {:.300}", answer.text());
            assert_eq!(
                answer.header("content-type"),
                Some("application/json; charset=utf-8")
            );
        }
    }
}

/// Streams with comments, odd fields, all line ends, and unknown events, as they might come.
fn streams() -> [(&'static str, String); 3] {
    let chat = ": hello\r\n\r\nid: 7\r\ndata:{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\r\n\r\n\
                data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"h\\u00e9 \"},\"x\":{ \"y\" : 1e2 }}]}\n\n\
                retry: 100\n\ndata: {\"choices\":\ndata: [{\"index\":0,\"delta\":{\"content\":\"b\"}}]}\n\n: between\n\n\
                data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\r\rdata: [DONE]\n\n";
    let responses = "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"r\"}}\n\n\
                     event: response.new_thing\ndata: {\"type\":\"response.new_thing\",\"sequence_number\":1}\n\n: c\n\n\
                     event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":2,\"delta\":\"h\"}\n\n\
                     event: response.completed\ndata: {\"type\":\"response.completed\",\"sequence_number\":3,\"response\":{\"id\":\"r\",\"usage\":{\"input_tokens\":4,\"output_tokens\":2}}}\n\n";
    let messages = "event: message_start\r\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}\r\n\r\n\
                    event: ping\ndata: {\"type\": \"ping\"}\n\nevent: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n\
                    event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"h\"}}\n\n\
                    event: future_event\ndata: {\"type\":\"future_event\",\"signature\":\"abc+/==\"}\n\n\
                    event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":5}}\n\n\
                    event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    [
        ("chat", chat.to_owned()),
        ("responses", responses.to_owned()),
        ("messages", messages.to_owned()),
    ]
}

#[tokio::test]
async fn streams_come_back_byte_for_byte_however_they_are_cut() {
    for (dialect, stream) in streams() {
        for size in [1, 3, 7, 64, 100_000] {
            let pieces: Vec<&[u8]> = stream.as_bytes().chunks(size).collect();
            let upstream = Canned::chunked(&["content-type: text/event-stream"], &pieces).await;
            let world = World::start(&one_model("m", &upstream.base_url(), "m"));
            let answer = world.ask(dialect, "m", true).await;
            assert!(
                answer.text() == stream,
                "{dialect} in pieces of {size}:\n{}",
                answer.text()
            );
            let record = world.records(1).await.remove(0);
            assert_eq!(record.outcome.as_str(), "complete");
            assert_eq!(record.malformed_events, 0);
        }
    }
}

#[tokio::test]
async fn every_content_of_the_testkit_streams_back_byte_for_byte() {
    for content in [
        "text",
        "tools",
        "thinking",
        "refusal",
        "unicode",
        "text+crlf",
        "text+comments",
        "long+split-1",
    ] {
        let upstream = FakeUpstream::start().await;
        let world = World::start(&one_model(content, &upstream.base_url(), content));
        for dialect in DIALECTS {
            let (path, mut body) = request(dialect, content, true);
            body = body.replace(
                r#""stream":true"#,
                r#""stream":true,"stream_options":{"include_usage":true}"#,
            );
            let direct = aigw_testkit::raw::Client::connect(upstream.addr())
                .await
                .unwrap()
                .post(path, &[], &body)
                .await
                .unwrap();
            let through = world
                .client()
                .await
                .post(path, &[AUTH], &body)
                .await
                .unwrap();
            assert!(through.text() == direct.text(), "{content} {dialect}");
        }
    }
}
