//! The egress guard, publishing while requests run, and active probes.

use aigw_testkit::FakeUpstream;

use crate::canned::{Canned, Play, chunk};
use crate::harness::{
    AUTH, DIALECTS, World, config, model_with, one_model, provider, refusal, refused, request,
};

#[tokio::test]
async fn addresses_inside_are_refused_unless_the_provider_allows_them() {
    let upstream = FakeUpstream::start().await;
    let port = upstream.addr().port();
    for (host, allow, served) in [
        ("127.0.0.1", None, false),
        ("localhost", None, false),
        ("[::ffff:127.0.0.1]", None, false),
        ("127.1", None, false),
        ("2130706433", None, false),
        ("0.0.0.0", None, false),
        ("[::1]", None, false),
        ("169.254.169.254", None, false),
        ("127.0.0.1", Some("10.0.0.0/8"), false),
        ("127.0.0.1", Some("127.0.0.2/32"), false),
        ("127.0.0.1", Some("127.0.0.1/32"), true),
        ("localhost", Some("127.0.0.0/8"), true),
    ] {
        let allow = allow
            .map(|net| format!("    network: {{allow: [{net}]}}\n"))
            .unwrap_or_default();
        let document = format!(
            "version: 1\nproviders:\n  up:\n    kind: openai-compatible\n    base_url: \"http://{host}:{port}\"\n    api_key: k\n{allow}models:\n  m: {{targets: [{{provider: up, model: text}}]}}\nrouting: {{retry: {{attempts: 1}}}}\n"
        );
        let compiled = aigw_gateway::compile("t.yaml", &document, &crate::harness::NoReferences);
        let Some(valid) = compiled.config else {
            assert!(!served, "{host}: {:?}", compiled.problems);
            continue;
        };
        let world = World::start(crate::harness::DEMO);
        if world.gateway.publish(&valid, "8").is_err() {
            assert!(!served, "{host}");
            continue;
        }
        let before = upstream.connections();
        let answer = world.ask("chat", "m", false).await;
        if served {
            assert_eq!(answer.status(), 200, "{host}: {}", answer.text());
        } else {
            assert_eq!(answer.status(), 502, "{host}: {}", answer.text());
            let (_, code) = refusal("chat", &answer);
            assert!(
                code == "egress_refused" || code == "upstream_unreachable",
                "{host}: {code}"
            );
            assert_eq!(upstream.connections(), before, "{host}");
            assert!(!answer.text().contains("127."), "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let inner = FakeUpstream::start().await;
    for status in [
        "301 Moved",
        "302 Found",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let location = format!("location: {}/v1/chat/completions", inner.base_url());
        let upstream = Canned::whole(status, &[&location], "").await;
        let world = World::start(&one_model("m", &upstream.base_url(), "text"));
        for dialect in DIALECTS {
            let answer = world.ask(dialect, "m", false).await;
            assert!([502, 503].contains(&answer.status()));
            assert_eq!(answer.header("location"), None);
        }
    }
    assert_eq!(inner.count(), 0);
}

#[tokio::test]
async fn a_stream_finishes_on_the_revision_it_began_with() {
    let sse =
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
            .to_vec();
    let event = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n";
    let done = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let old = Canned::start(vec![
        Play::Write(sse),
        Play::Write(chunk(event.as_bytes())),
        Play::Gate,
        Play::Write(chunk(done.as_bytes())),
        Play::Write(b"0\r\n\r\n".to_vec()),
    ])
    .await;
    let new = FakeUpstream::named("new").await;
    let world = World::start(&one_model("m", &old.base_url(), "m"));
    let (path, body) = request("chat", "m", true);
    let mut client = world.client().await;
    let head = client.open(path, &[AUTH], body).await.unwrap();
    assert_eq!(head.header("x-aigw-revision"), Some("7"));
    client.event().await.unwrap();
    // The provider, its credential and the model it had are gone.
    let next = format!(
        "version: 1\nproviders:\n{}models:\n  m: {{targets: [{{provider: other, model: text}}]}}\n",
        provider("other", &new.base_url(), "")
    );
    world.gateway.publish(&config(&next), "8").unwrap();
    let answer = world.ask("chat", "m", true).await;
    assert_eq!(
        (answer.status(), answer.header("x-aigw-revision")),
        (200, Some("8"))
    );
    assert_eq!(answer.header("x-aigw-provider"), Some("other"));
    old.open_gate();
    assert_eq!(
        client.events().await.unwrap().last().unwrap().data,
        "[DONE]"
    );
    let records = world.records(2).await;
    let revisions: Vec<_> = records
        .iter()
        .filter_map(|record| record.revision.as_deref())
        .collect();
    assert_eq!(revisions, ["8", "7"]);
    assert_eq!(records[1].provider.as_deref(), Some("up"));
}

#[tokio::test]
async fn holds_survive_a_publish() {
    let upstream = FakeUpstream::start().await;
    let document = model_with("m", &upstream.base_url(), "text+status-429-after-60", "");
    let world = World::start(&document);
    assert_eq!(world.ask("chat", "m", false).await.status(), 429);
    world.gateway.publish(&config(&document), "8").unwrap();
    assert_eq!(
        refusal("chat", &world.ask("chat", "m", false).await),
        refused(429, "rate_limited")
    );
    assert_eq!(upstream.count(), 1);
}

#[tokio::test]
async fn probes_move_a_failing_provider_last_and_end_no_hold() {
    let first = FakeUpstream::named("first").await;
    let second = FakeUpstream::named("second").await;
    let probe = "    probe: {path: /models, interval: 1s, timeout: 500ms}\n";
    let world = World::start(&format!(
        "version: 1\nproviders:\n{}{}models:\n  m: {{targets: [{{provider: first, model: text}}, {{provider: second, model: text, priority: 1}}]}}\n  \
         limited: {{targets: [{{provider: first, model: text+status-429-after-60}}]}}\n",
        provider("first", &first.base_url(), probe),
        provider("second", &second.base_url(), "")
    ));
    let gateway = world.gateway.clone();
    let background = async move { gateway.background().await };
    tokio::pin!(background);
    let asked = async {
        // A good probe: the first target serves; a rate limit that traffic met is not ended by it.
        assert!(first.wait_requests(1).await);
        assert_eq!(
            world
                .ask("chat", "m", false)
                .await
                .header("x-aigw-provider"),
            Some("first")
        );
        assert_eq!(world.ask("chat", "limited", false).await.status(), 429);
        let before = first.count();
        assert!(first.wait_requests(before + 1).await, "the next probe");
        assert_eq!(
            refusal("chat", &world.ask("chat", "limited", false).await),
            refused(429, "rate_limited")
        );
    };
    tokio::select! {
        () = &mut background => unreachable!("it never ends"),
        () = asked => {}
    }
    let probed = first.requests();
    let probe = probed
        .iter()
        .find(|request| request.method == "GET")
        .unwrap();
    assert_eq!(probe.path, "/v1/models");
    assert_eq!(
        probe.header("authorization"),
        Some("Bearer upstream-key-of-first")
    );
    // Nobody answers the next probes: the provider goes last, but not out.
    let addr = first.addr();
    first.stop().await;
    let failing = async {
        loop {
            let answer = world.ask("chat", "m", false).await;
            assert_eq!(answer.status(), 200);
            if answer.header("x-aigw-attempts") == Some("1") {
                assert_eq!(answer.header("x-aigw-provider"), Some("second"));
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        () = &mut background => unreachable!("it never ends"),
        () = failing => {}
    }
    let _ = addr;
}
