//! What is refused before any target is asked, and how: status, code, shape, and nothing sent upstream.

use std::time::Duration;

use aigw_testkit::FakeUpstream;
use aigw_testkit::raw::Client;

use crate::canned::{Canned, Play};
use crate::harness::{
    AUTH, DEMO, DIALECTS, KEY, World, config, one_model, provider, refusal, refused, request,
};

#[tokio::test]
async fn a_missing_or_wrong_key_is_401_in_every_dialect() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&one_model("text", &upstream.base_url(), "text"));
    for dialect in DIALECTS {
        let (path, body) = request(dialect, "text", true);
        let mut client = world.client().await;
        for headers in [
            &[][..],
            &[("authorization", "")],
            &[("authorization", "Basic dGVzdDp0ZXN0")],
            &[("x-api-key", "")],
        ] {
            let answer = client.post(path, headers, &body).await.unwrap();
            assert_eq!(
                refusal(dialect, &answer),
                refused(401, "missing_api_key"),
                "{headers:?}"
            );
            assert!(answer.header("www-authenticate").is_some());
        }
        let long = "k".repeat(5000);
        for headers in [
            [("authorization", "Bearer wrong")],
            [("x-api-key", "wrong")],
            [("x-goog-api-key", "test-client-key-012345678")],
            [("api-key", &long)],
        ] {
            let answer = client.post(path, &headers, &body).await.unwrap();
            assert_eq!(
                refusal(dialect, &answer),
                refused(401, "invalid_api_key"),
                "{headers:?}"
            );
            let key = headers[0].1.trim_start_matches("Bearer ");
            assert!(!answer.text().contains(key));
        }
    }
    assert_eq!(upstream.count(), 0);
}

#[tokio::test]
async fn each_key_header_admits() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&one_model("text", &upstream.base_url(), "text"));
    let bearer = format!("bEaReR  {KEY}");
    for dialect in DIALECTS {
        let (path, body) = request(dialect, "text", false);
        for headers in [
            &[("authorization", &*bearer)][..],
            &[("x-api-key", KEY)],
            &[("x-goog-api-key", KEY)],
            &[("api-key", KEY)],
            // Claude Code sends two different keys when both of its variables are set.
            &[("x-api-key", "another"), AUTH],
            &[("authorization", "Bearer another"), ("x-api-key", KEY)],
        ] {
            let answer = world
                .client()
                .await
                .post(path, headers, &body)
                .await
                .unwrap();
            assert_eq!(answer.status(), 200, "{headers:?}: {}", answer.text());
        }
    }
    let records = world.records(18).await;
    assert!(
        records
            .iter()
            .all(|record| record.key.as_deref() == Some("bootstrap"))
    );
}

#[tokio::test]
async fn unknown_models_are_404_with_near_names() {
    let world = World::start(&format!(
        "version: 1\nproviders:\n{}models:\n  gpt-4o: {{targets: [{{provider: up}}]}}\n  claude-sonnet: {{targets: [{{provider: up}}]}}\n",
        provider("up", "http://127.0.0.1:9", "")
    ));
    for dialect in DIALECTS {
        let answer = world.ask(dialect, "gpt4o", false).await;
        assert_eq!(refusal(dialect, &answer), refused(404, "model_not_found"));
        assert!(answer.text().contains("gpt-4o"), "{}", answer.text());
        let answer = world.ask(dialect, &"very-long".repeat(10_000), true).await;
        assert_eq!(answer.status(), 404);
        assert!(answer.body.len() < 2000, "the name is not echoed in full");
    }
}

#[tokio::test]
async fn unknown_paths_are_404_in_the_shape_of_their_neighbours() {
    let world = World::start(DEMO);
    let mut client = world.client().await;
    for (path, dialect) in [
        ("/v1/chat/completion", "chat"),
        ("/v2/chat/completions", "chat"),
        ("/v1/messages/batches", "messages"),
        ("/anthropic/v1/nothing", "messages"),
        ("/v1/responses/resp_1/cancel", "responses"),
        ("/v1/images/../../admin", "chat"),
        ("//v1//chat/completions", "chat"),
        ("/v1/files", "chat"),
    ] {
        let answer = client.post(path, &[AUTH], "{}").await.unwrap();
        assert_eq!(
            refusal(dialect, &answer),
            refused(404, "unknown_path"),
            "{path}"
        );
    }
    let long = format!("/{}", "x".repeat(30_000));
    let answer = client.fetch(&long, &[]).await.unwrap();
    assert!([404, 414].contains(&answer.status()));
    assert!(answer.body.len() < 1000);
}

#[tokio::test]
async fn wrong_methods_are_405_and_name_the_right_one() {
    let world = World::start(DEMO);
    for (path, dialect, allowed) in [
        ("/v1/chat/completions", "chat", "POST"),
        ("/v1/responses", "responses", "POST"),
        ("/v1/messages", "messages", "POST"),
        ("/v1/models", "chat", "GET, HEAD"),
        ("/", "chat", "GET, HEAD"),
    ] {
        let methods = if allowed == "POST" {
            ["GET", "DELETE", "BREW"]
        } else {
            ["POST", "PUT", "BREW"]
        };
        for method in methods {
            let mut client = world.client().await;
            client.send(method, path, &[AUTH], b"").await.unwrap();
            let answer = client.answer().await.unwrap();
            assert_eq!(
                refusal(dialect, &answer),
                refused(405, "method_not_allowed"),
                "{method} {path}"
            );
            assert_eq!(answer.header("allow"), Some(allowed));
        }
    }
}

#[tokio::test]
async fn head_and_get_of_the_root_answer_without_a_key() {
    let world = World::start(DEMO);
    let mut client = world.client().await;
    client
        .write(b"HEAD / HTTP/1.1\r\nhost: x\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    // A HEAD answer announces a length but has no body: reading its head again begins the next answer.
    assert_eq!(client.head().await.unwrap().status, 200);
    let next = client.answer().await.unwrap();
    assert_eq!(next.json()["name"], "AI Model Gateway");
    assert_eq!(next.json()["version"], "0.0.0");
}

#[tokio::test]
async fn a_websocket_upgrade_is_426_at_once() {
    let world = World::start(DEMO);
    let headers = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-version", "13"),
        ("openai-beta", "responses_websockets=2026-02-06"),
        AUTH,
    ];
    let answer = world
        .client()
        .await
        .fetch("/v1/responses", &headers)
        .await
        .unwrap();
    assert_eq!(
        refusal("responses", &answer),
        refused(426, "websocket_unsupported")
    );
}

#[tokio::test]
async fn a_provider_that_leads_back_here_is_508() {
    // The port is known only once the gateway listens: the provider comes with a second publish.
    for dialect in DIALECTS {
        let world = World::start(DEMO);
        let looped = format!(
            "version: 1\nproviders:\n{}models:\n  demo: {{targets: [{{provider: up}}]}}\n",
            provider("up", &format!("http://{}", world.addr), "")
                .replace("upstream-key-of-up", KEY)
        );
        world.gateway.publish(&config(&looped), "8").unwrap();
        let answer = world.ask(dialect, "demo", false).await;
        assert_eq!(answer.status(), 508, "{}", answer.text());
        assert!(answer.text().contains("loop_detected"), "{}", answer.text());
        assert!(
            answer
                .header("x-aigw-attempts")
                .unwrap()
                .parse::<u32>()
                .unwrap()
                <= 2
        );
    }
}

#[tokio::test]
async fn requests_beyond_the_limit_wait_their_turn_and_then_get_503() {
    let head =
        b"HTTP/1.1 200 OK\r\ncontent-length: 14\r\ncontent-type: application/json\r\n\r\n".to_vec();
    let upstream = Canned::start(vec![
        Play::Gate,
        Play::Write(head),
        Play::Write(br#"{"choices":[]}"#.to_vec()),
    ])
    .await;
    let world = World::start(&format!(
        "{}limits: {{in_flight: 1, queue: {{max_wait: 300ms}}}}\n",
        one_model("m", &upstream.base_url(), "m")
    ));
    let (path, body) = request("chat", "m", false);
    let mut first = world.client().await;
    first
        .send("POST", path, &[AUTH], body.as_bytes())
        .await
        .unwrap();
    while upstream.heads().is_empty() {
        tokio::task::yield_now().await;
    }
    let busy = world.ask("messages", "m", false).await;
    assert_eq!(refusal("messages", &busy), refused(503, "gateway_busy"));
    assert_eq!(busy.header("retry-after"), Some("1"));
    // What needs no place is answered all the same.
    assert_eq!(
        world
            .client()
            .await
            .fetch("/-/health", &[])
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(
        world
            .client()
            .await
            .fetch("/v1/models", &[AUTH])
            .await
            .unwrap()
            .status(),
        200
    );
    // One that waits gets the place as soon as it is free.
    let mut second = world.client().await;
    second
        .send("POST", path, &[AUTH], body.as_bytes())
        .await
        .unwrap();
    upstream.open_gate();
    upstream.open_gate();
    assert_eq!(first.answer().await.unwrap().status(), 200);
    assert_eq!(second.answer().await.unwrap().status(), 200);
    // Checks of health leave no record.
    let records = world.records(4).await;
    assert!(
        records
            .iter()
            .filter(|record| record.status == 503)
            .all(|record| record.queue_us >= 290_000)
    );
}

#[tokio::test]
async fn ready_turns_503_while_draining_and_health_stays() {
    let world = World::start(DEMO);
    let mut client: Client = world.client().await.patience(Duration::from_secs(5));
    for path in ["/-/ready", "/ready"] {
        assert_eq!(client.fetch(path, &[]).await.unwrap().status(), 200);
    }
    world.gateway.begin_drain();
    for path in ["/-/ready", "/ready"] {
        let answer = client.fetch(path, &[]).await.unwrap();
        assert_eq!(answer.status(), 503);
    }
    for path in ["/-/health", "/health"] {
        assert_eq!(client.fetch(path, &[]).await.unwrap().status(), 200);
    }
    assert_eq!(world.ask("chat", "demo", false).await.status(), 200);
}
