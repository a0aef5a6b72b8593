//! The load of providers: `max_in_flight` and `rate_limit`.

use aigw_testkit::FakeUpstream;

use crate::canned::{Canned, Play};
use crate::harness::{AUTH, World, provider, refusal, refused, request};

/// A provider that takes one request at a time and answers when the gate opens.
async fn gated(more: &str, limits: &str) -> (Canned, World) {
    let head =
        b"HTTP/1.1 200 OK\r\ncontent-length: 14\r\ncontent-type: application/json\r\n\r\n".to_vec();
    let upstream = Canned::start(vec![
        Play::Gate,
        Play::Write(head),
        Play::Write(br#"{"choices":[]}"#.to_vec()),
    ])
    .await;
    let world = World::start(&format!(
        "version: 1\nproviders:\n{}models:\n  m: {{targets: [{{provider: up}}]}}\n{limits}",
        provider("up", &upstream.base_url(), more)
    ));
    (upstream, world)
}

#[tokio::test]
async fn a_full_provider_is_waited_for_and_then_503() {
    let (upstream, world) = gated(
        "    max_in_flight: 1\n",
        "limits: {queue: {max_wait: 300ms}}\n",
    )
    .await;
    let (path, body) = request("chat", "m", false);
    let mut first = world.client().await;
    first
        .send("POST", path, &[AUTH], body.as_bytes())
        .await
        .unwrap();
    while upstream.heads().is_empty() {
        tokio::task::yield_now().await;
    }
    let full = world.ask("chat", "m", false).await;
    assert_eq!(refusal("chat", &full), refused(503, "provider_busy"));
    assert!(full.header("retry-after").is_some());
    let mut second = world.client().await;
    second
        .send("POST", path, &[AUTH], body.as_bytes())
        .await
        .unwrap();
    upstream.open_gate();
    upstream.open_gate();
    assert_eq!(first.answer().await.unwrap().status(), 200);
    assert_eq!(second.answer().await.unwrap().status(), 200);
    assert_eq!(upstream.heads().len(), 2);
}

#[tokio::test]
async fn a_place_that_a_leaving_caller_frees_is_given_on() {
    let (upstream, world) = gated(
        "    max_in_flight: 1\n",
        "limits: {queue: {max_wait: 5s}}\n",
    )
    .await;
    let (path, body) = request("chat", "m", false);
    let mut first = world.client().await;
    first
        .send("POST", path, &[AUTH], body.as_bytes())
        .await
        .unwrap();
    while upstream.heads().is_empty() {
        tokio::task::yield_now().await;
    }
    let mut waiting = world.client().await;
    waiting
        .send("POST", path, &[AUTH], body.as_bytes())
        .await
        .unwrap();
    let mut leaving = world.client().await;
    leaving
        .send("POST", path, &[AUTH], body.as_bytes())
        .await
        .unwrap();
    drop(leaving);
    drop(first);
    upstream.open_gate();
    upstream.open_gate();
    assert_eq!(waiting.answer().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_free_target_ends_the_wait_whichever_it_is() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 14\r\ncontent-type: application/json\r\n\r\n{\"choices\":[]}".to_vec();
    let first = Canned::start(vec![Play::Gate, Play::Write(head.clone())]).await;
    let second = Canned::start(vec![Play::Gate, Play::Write(head)]).await;
    let world = World::start(&format!(
        "version: 1\nproviders:\n{}{}models:\n  m: {{strategy: ordered, targets: [{{provider: first}}, {{provider: second}}]}}\nlimits: {{queue: {{max_wait: 5s}}}}\n",
        provider("first", &first.base_url(), "    max_in_flight: 1\n"),
        provider("second", &second.base_url(), "    max_in_flight: 1\n")
    ));
    for (freed, kept) in [(&first, &second), (&second, &first)] {
        let (path, body) = request("chat", "m", false);
        let before = (first.heads().len(), second.heads().len());
        let mut clients = Vec::new();
        for _ in 0..2 {
            let mut client = world.client().await;
            client
                .send("POST", path, &[AUTH], body.as_bytes())
                .await
                .unwrap();
            clients.push(client);
        }
        while first.heads().len() == before.0 || second.heads().len() == before.1 {
            tokio::task::yield_now().await;
        }
        let mut third = world.client().await;
        third
            .send("POST", path, &[AUTH], body.as_bytes())
            .await
            .unwrap();
        // Time for it to arrive and find both full; what follows holds without it too.
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        freed.open_gate();
        freed.open_gate();
        let began = aigw_gateway::clock::monotonic();
        assert_eq!(third.answer().await.unwrap().status(), 200);
        assert!(
            began.elapsed().as_secs() < 3,
            "it waited for the other provider"
        );
        kept.open_gate();
        for mut client in clients {
            assert_eq!(client.answer().await.unwrap().status(), 200);
        }
    }
}

#[tokio::test]
async fn a_rate_limit_spaces_requests_and_refuses_what_would_wait_too_long() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&format!(
        "version: 1\nproviders:\n{}models:\n  text: {{targets: [{{provider: up}}]}}\n",
        provider(
            "up",
            &upstream.base_url(),
            "    rate_limit: {requests_per_second: 10, burst: 1, max_wait: 250ms}\n"
        )
    ));
    let mut clients = Vec::new();
    let (path, body) = request("chat", "text", false);
    for _ in 0..6 {
        let mut client = world.client().await;
        client
            .send("POST", path, &[AUTH], body.as_bytes())
            .await
            .unwrap();
        clients.push(client);
    }
    let mut statuses = Vec::new();
    for mut client in clients {
        let answer = client.answer().await.unwrap();
        if answer.status() == 429 {
            assert_eq!(refusal("chat", &answer), refused(429, "rate_limited"));
            assert!(
                answer.header("retry-after").is_some() && answer.header("retry-after-ms").is_some()
            );
        }
        statuses.push(answer.status());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 429, 429, 429]);
    let times: Vec<_> = upstream
        .requests()
        .iter()
        .map(|request| request.at)
        .collect();
    assert!(
        times
            .windows(2)
            .all(|pair| pair[1] - pair[0] >= std::time::Duration::from_millis(60)),
        "{times:?}"
    );
}
