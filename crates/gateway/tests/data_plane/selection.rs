//! Which model and target a request gets: names, rewrites, intercepts, weights, sessions, and the load of providers.

use std::fmt::Write;

use aigw_testkit::FakeUpstream;

use crate::harness::{AUTH, DIALECTS, World, model_with, provider, request};

#[tokio::test]
async fn exact_names_beat_globs_and_globs_send_the_callers_name() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&format!(
        "version: 1\nproviders:\n{}models:\n  \"text*\": {{targets: [{{provider: up}}]}}\n  \"text+c*\": {{targets: [{{provider: up, model: tool}}]}}\n  \
         \"text+crlf\": {{targets: [{{provider: up, model: thinking}}], aliases: [nick, \"text+comments\"]}}\n",
        provider("up", &upstream.base_url(), "")
    ));
    for (name, sent) in [
        ("text", "text"),
        ("text+one-write", "text+one-write"),
        ("text+close", "tool"),
        ("text+crlf", "thinking"),
        ("nick", "thinking"),
        ("text+comments", "thinking"),
    ] {
        for dialect in DIALECTS {
            let answer = world.ask(dialect, name, true).await;
            assert_eq!(answer.status(), 200, "{name}: {}", answer.text());
            assert_eq!(answer.header("x-aigw-model"), Some(sent));
            assert_eq!(upstream.last_request().unwrap().model(), sent);
        }
    }
    assert_eq!(world.ask("chat", "Text", false).await.status(), 404);
}

#[tokio::test]
async fn rewrites_apply_before_routing_but_for_the_agents_they_spare() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&format!(
        "version: 1\nproviders:\n{}models:\n  text: {{targets: [{{provider: up}}]}}\n  other: {{targets: [{{provider: up, model: tool}}]}}\n\
         rewrites:\n  - {{from: \"gpt-5.2*\", to: text, unless_user_agent: [\"*Codex Desktop*\"]}}\n  - {{from: \"gpt-*\", to: other}}\n",
        provider("up", &upstream.base_url(), "")
    ));
    // The first rule that matches decides; one that spares the agent does not match.
    for (agent, sent) in [
        ("codex_exec/0.169.0", "text"),
        ("Codex Desktop/1.0", "tool"),
        ("My Codex Desktop (mac)", "tool"),
    ] {
        let (path, body) = request("responses", "gpt-5.2-x", false);
        let answer = world
            .client()
            .await
            .post(path, &[AUTH, ("user-agent", agent)], body)
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text());
        assert_eq!(upstream.last_request().unwrap().model(), sent);
    }
    let record = world.records(1).await.remove(0);
    assert_eq!(record.requested_model.as_deref(), Some("gpt-5.2-x"));
    assert_eq!(record.served_model.as_deref(), Some("text"));
}

#[tokio::test]
async fn intercepted_answers_are_failures_of_the_class_named() {
    let first = FakeUpstream::start().await;
    let second = FakeUpstream::named("second").await;
    for stream in [false, true] {
        for dialect in DIALECTS {
            let world = World::start(&format!(
                "version: 1\nproviders:\n{}{}models:\n  m:\n    targets: [{{provider: first, model: text}}, {{provider: second, model: tool, priority: 1}}]\n  \
                 alone: {{targets: [{{provider: first, model: text}}]}}\n\
                 intercepts:\n  - {{statuses: [200], body_contains: [\"no such text\", \"Hello \"], as: rate_limited}}\n  - {{statuses: [422], as: overloaded}}\n",
                provider("first", &first.base_url(), ""),
                provider("second", &second.base_url(), "")
            ));
            let answer = world.ask(dialect, "m", stream).await;
            assert_eq!(answer.status(), 200, "{dialect}: {}", answer.text());
            assert_eq!(answer.header("x-aigw-provider"), Some("second"));
            let record = world.records(1).await.remove(0);
            assert_eq!(record.attempts[0].class, Some("rate_limited"));
            let alone = world.ask(dialect, "alone", stream).await;
            assert_eq!(alone.status(), 429, "{}", alone.text());
        }
    }
}

/// Three targets of one model, by weight and priority.
async fn three(lines: &str) -> (Vec<FakeUpstream>, World) {
    let mut upstreams = Vec::new();
    let mut document = String::from("version: 1\nproviders:\n");
    for name in ["a", "b", "c"] {
        let upstream = FakeUpstream::named(name).await;
        document.push_str(&provider(name, &upstream.base_url(), ""));
        upstreams.push(upstream);
    }
    let _ = write!(document, "models:\n  m:\n{lines}");
    (upstreams, World::start(&document))
}

fn counts(upstreams: &[FakeUpstream]) -> Vec<u64> {
    upstreams.iter().map(FakeUpstream::count).collect()
}

#[tokio::test]
async fn weights_and_priorities_share_the_traffic() {
    for (lines, expected) in [
        (
            "    targets: [{provider: a, model: text, weight: 3}, {provider: b, model: text, weight: 1}, {provider: c, model: text, weight: 0}]\n",
            [9, 3, 0],
        ),
        (
            "    targets: [{provider: a, model: text, priority: 2}, {provider: b, model: text, priority: 1}, {provider: c, model: text, priority: 1}]\n",
            [0, 6, 6],
        ),
        (
            "    strategy: ordered\n    targets: [{provider: a, model: text}, {provider: b, model: text}, {provider: c, model: text}]\n",
            [12, 0, 0],
        ),
        (
            "    strategy: round_robin\n    targets: [{provider: a, model: text, weight: 9}, {provider: b, model: text}, {provider: c, model: text}]\n",
            [4, 4, 4],
        ),
    ] {
        let (upstreams, world) = three(lines).await;
        for _ in 0..12 {
            assert_eq!(world.ask("chat", "m", false).await.status(), 200);
        }
        assert_eq!(counts(&upstreams), expected, "{lines}");
    }
}

#[tokio::test]
async fn least_busy_spares_the_target_that_is_serving() {
    let (upstreams, world) = three("    strategy: least_busy\n    targets: [{provider: a, model: text+silence, priority: 0}, {provider: b, model: text}]\n").await;
    let mut busy = None;
    while upstreams[0].count() == 0 {
        let (path, body) = request("chat", "m", false);
        let mut client = world.client().await;
        client
            .send("POST", path, &[AUTH], body.as_bytes())
            .await
            .unwrap();
        // Equal targets are shuffled: the one that answers at once is done, the silent one stays busy.
        if !tokio::time::timeout(std::time::Duration::from_millis(200), client.answer())
            .await
            .is_ok_and(|answer| answer.is_ok())
        {
            busy = Some(client);
        }
    }
    assert!(busy.is_some());
    for _ in 0..5 {
        assert_eq!(
            world
                .ask("chat", "m", false)
                .await
                .header("x-aigw-provider"),
            Some("b")
        );
    }
}

/// Dialect, headers, and a further member of the body.
type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

#[tokio::test]
async fn sessions_stay_on_their_target() {
    let targets = "    sticky: {by: [session, user], ttl: 30m}\n    targets: [{provider: a, model: text}, {provider: b, model: text}, {provider: c, model: text}]\n";
    let (_upstreams, world) = three(targets).await;
    let cases: [Case; 7] = [
        ("chat", &[("x-session-id", "s1")], ""),
        ("messages", &[("x-claude-code-session-id", "s2")], ""),
        ("responses", &[("session-id", "s3")], ""),
        ("responses", &[], r#","prompt_cache_key":"s4""#),
        ("chat", &[], r#","user":"u5""#),
        ("chat", &[], r#","safety_identifier":"u6""#),
        (
            "messages",
            &[],
            r#","metadata":{"user_id":"{\"session_id\":\"u7\"}"}"#,
        ),
    ];
    for (dialect, headers, member) in cases {
        let (path, body) = request(dialect, "m", false);
        let body = format!("{}{member}}}", &body[..body.len() - 1]);
        let mut all = vec![AUTH];
        all.extend_from_slice(headers);
        let mut seen = std::collections::HashSet::new();
        for _ in 0..6 {
            let answer = world.client().await.post(path, &all, &body).await.unwrap();
            assert_eq!(answer.status(), 200, "{}", answer.text());
            seen.insert(answer.header("x-aigw-provider").unwrap().to_owned());
        }
        assert_eq!(seen.len(), 1, "{dialect} {headers:?} {member}");
    }
    let records = world.records(42).await;
    assert_eq!(records.iter().filter(|record| record.sticky).count(), 35);
}

#[tokio::test]
async fn drained_targets_serve_nobody_new() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(
        &model_with("m", &upstream.base_url(), "text", "")
            .replace("model: \"text\"", "model: text, weight: 0"),
    );
    let answer = world.ask("chat", "m", false).await;
    assert_eq!(
        (answer.status(), upstream.count()),
        (503, 0),
        "{}",
        answer.text()
    );
}
