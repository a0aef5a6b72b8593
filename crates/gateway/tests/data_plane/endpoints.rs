//! Every endpoint of the data plane: paths and their aliases, bodies that are not JSON, and the model lists.

use aigw_testkit::FakeUpstream;

use crate::canned::{Canned, Play};
use crate::harness::{AUTH, World, model_with, one_model, provider, request};

fn world(upstream: &FakeUpstream) -> World {
    World::start(&one_model("public", &upstream.base_url(), "text"))
}

#[tokio::test]
async fn every_alias_reaches_the_endpoint() {
    let upstream = FakeUpstream::start().await;
    let world = world(&upstream);
    let mut client = world.client().await;
    for (dialect, paths) in [
        (
            "chat",
            &[
                "/v1/chat/completions",
                "/chat/completions",
                "/openai/v1/chat/completions",
                "/v1/chat/completions/",
            ][..],
        ),
        (
            "responses",
            &["/v1/responses", "/responses", "/openai/v1/responses"],
        ),
        (
            "messages",
            &[
                "/v1/messages",
                "/messages",
                "/anthropic/v1/messages",
                "/v1/messages?beta=true",
            ],
        ),
    ] {
        let (canonical, body) = request(dialect, "public", false);
        for path in paths {
            let answer = client.post(path, &[AUTH], &body).await.unwrap();
            assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
            let seen = upstream.last_request().unwrap();
            assert_eq!(seen.path.split('?').next(), Some(canonical), "{path}");
        }
    }
}

#[tokio::test]
async fn calls_without_a_dialect_pass_through() {
    let upstream = FakeUpstream::start().await;
    let world = world(&upstream);
    let mut client = world.client().await;
    for (path, body, member) in [
        (
            "/v1/embeddings",
            r#"{"model":"public", "input":["a","b"],"encoding_format":"base64"}"#,
            "data",
        ),
        (
            "/v1/completions",
            r#"{"model":"public","prompt":"x"}"#,
            "choices",
        ),
        (
            "/v1/moderations",
            r#"{"model":"public","input":"x"}"#,
            "results",
        ),
        (
            "/v1/rerank",
            r#"{"model":"public","query":"q","documents":["a","b"]}"#,
            "results",
        ),
        (
            "/v1/images/generations",
            r#"{"model":"public","prompt":"x"}"#,
            "data",
        ),
    ] {
        let answer = client.post(path, &[AUTH], body).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
        assert!(
            answer.json()[member].is_array(),
            "{path}: {}",
            answer.text()
        );
        assert_eq!(answer.header("x-aigw-model"), Some("text"));
        let seen = upstream.last_request().unwrap();
        assert_eq!(seen.path, path);
        assert_eq!(seen.body, body.replace("public", "text").as_bytes());
    }
    let records = world.records(5).await;
    let endpoints: Vec<_> = records.iter().map(|record| record.endpoint).collect();
    assert_eq!(
        endpoints,
        [
            "embeddings",
            "completions",
            "moderations",
            "rerank",
            "images"
        ]
    );
    assert_eq!(records[0].usage.input, Some(25));
}

#[tokio::test]
async fn speech_streams_bytes_that_are_no_text() {
    let upstream = FakeUpstream::start().await;
    let world = world(&upstream);
    let body = r#"{"model":"public","input":"hi","voice":"alloy"}"#;
    let answer = world
        .client()
        .await
        .post("/v1/audio/speech", &[AUTH], body)
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.header("content-type"), Some("audio/mpeg"));
    let expected: Vec<u8> = (0..=255).cycle().take(4096).collect();
    assert!(answer.body == expected);
    assert_eq!(world.records(1).await[0].outcome.as_str(), "complete");
}

#[tokio::test]
async fn the_first_bytes_of_speech_do_not_wait_for_the_last() {
    let head =
        b"HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ncontent-length: 6\r\n\r\nID3".to_vec();
    let upstream = Canned::start(vec![
        Play::Write(head),
        Play::Gate,
        Play::Write(b"end".to_vec()),
    ])
    .await;
    let world = World::start(&one_model("m", &upstream.base_url(), "m"));
    let mut client = world.client().await;
    let head = client
        .open("/v1/audio/speech", &[AUTH], r#"{"model":"m"}"#)
        .await
        .unwrap();
    assert_eq!(head.status, 200);
    upstream.open_gate();
    assert_eq!(client.body().await.unwrap(), b"ID3end");
}

#[tokio::test]
async fn model_lists_come_in_both_shapes() {
    let world = World::start(&format!(
        "version: 1\nproviders:\n{}models:\n  zeta: {{targets: [{{provider: up}}], context_window: 128000, max_output_tokens: 4096}}\n  \
         org/alpha: {{targets: [{{provider: up}}], aliases: [beta]}}\n  \"glob-*\": {{targets: [{{provider: up}}]}}\n",
        provider("up", "http://127.0.0.1:9", "")
    ));
    let mut client = world.client().await;
    let ids = |value: &serde_json::Value| -> Vec<String> {
        value["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["id"].as_str().unwrap().to_owned())
            .collect()
    };
    for path in ["/v1/models", "/models", "/openai/v1/models"] {
        let list = client.fetch(path, &[AUTH]).await.unwrap().json();
        assert_eq!(list["object"], "list", "{path}");
        assert_eq!(ids(&list), ["beta", "org/alpha", "zeta"]);
        assert_eq!(list["data"][2]["context_window"], 128_000);
        assert_eq!(list["data"][2]["max_output_tokens"], 4096);
    }
    let anthropic = [AUTH, ("anthropic-version", "2023-06-01")];
    let list = client
        .fetch("/v1/models?limit=2", &anthropic)
        .await
        .unwrap()
        .json();
    assert_eq!(
        (ids(&list), &list["has_more"]),
        (
            vec!["beta".to_owned(), "org/alpha".to_owned()],
            &true.into()
        )
    );
    assert_eq!(
        (&list["first_id"], &list["last_id"]),
        (&"beta".into(), &"org/alpha".into())
    );
    assert_eq!(list["data"][0]["type"], "model");
    let rest = client
        .fetch("/v1/models?limit=2&after_id=org%2Falpha", &anthropic)
        .await
        .unwrap()
        .json();
    assert_eq!(
        (ids(&rest), &rest["has_more"]),
        (vec!["zeta".to_owned()], &false.into())
    );
    for path in [
        "/v1/models/org/alpha",
        "/v1/models/org%2Falpha",
        "/v1/models/glob-x",
        "/v1/models/beta",
    ] {
        let one = client.fetch(path, &[AUTH]).await.unwrap();
        assert_eq!(one.status(), 200, "{path}");
        assert_eq!(one.json()["object"], "model");
        assert_eq!(
            client.fetch(path, &anthropic).await.unwrap().json()["type"],
            "model"
        );
    }
    let missing = client.fetch("/v1/models/zetta", &[AUTH]).await.unwrap();
    assert_eq!(
        (missing.status(), &missing.json()["error"]["code"]),
        (404, &"model_not_found".into())
    );
    let missing = client.fetch("/v1/models/zetta", &anthropic).await.unwrap();
    assert_eq!(
        (missing.status(), &missing.json()["type"]),
        (404, &"error".into())
    );
    assert_eq!(client.fetch("/v1/models", &[]).await.unwrap().status(), 401);
}

#[tokio::test]
async fn completions_stream_and_a_cut_one_never_ends_well() {
    let upstream = FakeUpstream::start().await;
    let world =
        World::start(&model_with("*", &upstream.base_url(), "x", "").replace(", model: \"x\"", ""));
    let ask = |model: &str| format!(r#"{{"model":"{model}","prompt":"x","stream":true}}"#);
    let answer = world
        .client()
        .await
        .post("/v1/completions", &[AUTH], ask("text"))
        .await
        .unwrap();
    assert!(
        answer.text().ends_with("data: [DONE]\n\n"),
        "{}",
        answer.text()
    );
    for fault in [
        "text+cut-after-2",
        "text+raw-eof-after-2",
        "text+eof-after-2",
    ] {
        match world
            .client()
            .await
            .post("/v1/completions", &[AUTH], ask(fault))
            .await
        {
            Err(_) => {}
            Ok(answer) => {
                let last = answer.events().pop().unwrap();
                assert!(
                    last.json()["error"].is_object(),
                    "{fault}: {}",
                    answer.text()
                );
            }
        }
        let record = world.records(1).await.pop().unwrap();
        assert_ne!(record.outcome.as_str(), "complete", "{fault}");
    }
}
