//! The failure table of the data plane, row by row, end to end: where requests go, what the caller sees, what is held.

use aigw_testkit::FakeUpstream;
use aigw_testkit::raw::Answer;

use crate::harness::{DIALECTS, World, provider};

/// Two providers; `main` goes to both by priority and falls back to `backup` of the second.
pub(crate) async fn pair(first_model: &str, more: &str) -> (FakeUpstream, FakeUpstream, World) {
    let first = FakeUpstream::named("first").await;
    let second = FakeUpstream::named("second").await;
    let world = World::start(&format!(
        "version: 1\nproviders:\n{}{}models:\n  main:\n    targets:\n      - {{provider: first, model: \"{first_model}\"}}\n      \
         - {{provider: second, model: text, priority: 1}}\n  alone:\n    targets: [{{provider: first, model: \"{first_model}\"}}]\n  \
         falling:\n    targets: [{{provider: first, model: \"{first_model}\"}}]\n    fallbacks: [backup]\n  backup: {{targets: [{{provider: second, model: text}}]}}\n{more}",
        provider("first", &first.base_url(), ""),
        provider("second", &second.base_url(), "")
    ));
    (first, second, world)
}

pub(crate) fn outcome(answer: &Answer) -> (u16, &str, &str, &str) {
    let header = |name| answer.header(name).unwrap_or("-");
    (
        answer.status(),
        header("x-aigw-provider"),
        header("x-aigw-route-mode"),
        header("x-aigw-attempts"),
    )
}

pub(crate) const FAST: &str = "routing: {retry: {backoff: 1ms}}\n";

#[tokio::test]
async fn the_callers_own_mistakes_are_asked_once_and_answered_verbatim() {
    for (fault, status) in [
        ("status-400", 400),
        ("status-404", 404),
        ("status-413", 413),
        ("status-422", 422),
        ("context_length", 400),
        ("content_filter", 400),
    ] {
        for dialect in DIALECTS {
            let (first, second, world) = pair(&format!("text+{fault}"), FAST).await;
            let answer = world.ask(dialect, "main", true).await;
            assert_eq!(
                outcome(&answer),
                (status, "first", "direct", "1"),
                "{fault} {dialect}"
            );
            let direct = aigw_testkit::raw::Client::connect(first.addr())
                .await
                .unwrap()
                .post(
                    crate::harness::request(dialect, "x", true).0,
                    &[],
                    first.last_request().unwrap().body,
                )
                .await
                .unwrap();
            let without_id = |text: String| {
                text.split("req_fake_")
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            };
            assert_eq!(
                without_id(answer.text()),
                without_id(direct.text()),
                "the upstream's wording"
            );
            assert_eq!(answer.header("x-should-retry"), None);
            assert_eq!((first.count(), second.count()), (2, 0));
            // It shows that the target works: nothing is held after any number of them.
            for _ in 0..4 {
                assert_eq!(world.ask(dialect, "alone", false).await.status(), status);
            }
        }
    }
}

#[tokio::test]
async fn failures_of_the_upstream_go_to_the_next_target_at_once() {
    for fault in [
        "status-401",
        "status-402",
        "status-403",
        "insufficient_quota",
        "model_not_found",
        "status-429-after-9",
        "status-500",
        "status-502",
        "status-503",
        "status-529",
        "reset",
        "hangup",
    ] {
        for dialect in DIALECTS {
            let (first, second, world) = pair(&format!("text+{fault}"), FAST).await;
            let answer = world.ask(dialect, "main", true).await;
            assert_eq!(
                outcome(&answer),
                (200, "second", "failover", "2"),
                "{fault} {dialect}: {}",
                answer.text()
            );
            assert_eq!((first.count(), second.count()), (1, 1), "{fault}");
            let record = world.records(1).await.remove(0);
            let providers: Vec<_> = record
                .attempts
                .iter()
                .map(|attempt| &*attempt.provider)
                .collect();
            assert_eq!(providers, ["first", "second"]);
            assert!(record.attempts[0].class.is_some() && record.attempts[0].error.is_some());
            assert_eq!(
                (record.attempts[1].class, record.attempts[1].status),
                (None, Some(200))
            );
            assert_eq!(record.route_mode.as_str(), "failover");
        }
    }
}

#[tokio::test]
async fn a_lone_target_is_asked_again_only_where_that_can_help() {
    for (fault, status, sent) in [
        ("status-401", 502, 1),
        ("status-402", 502, 1),
        ("insufficient_quota", 502, 1),
        ("model_not_found", 502, 1),
        ("status-429-after-9", 429, 1),
        ("status-500", 500, 2),
        ("status-503", 503, 2),
        ("status-529", 529, 2),
        ("reset", 502, 2),
        ("html-200", 502, 2),
        ("empty-200", 502, 2),
    ] {
        let (first, _second, world) = pair(&format!("text+{fault}"), FAST).await;
        let answer = world.ask("chat", "alone", false).await;
        assert_eq!(
            (answer.status(), first.count()),
            (status, sent),
            "{fault}: {}",
            answer.text()
        );
        assert_eq!(answer.header("x-should-retry"), Some("false"), "{fault}");
        assert!(!answer.text().contains("upstream-key"), "{}", answer.text());
    }
}

#[tokio::test]
async fn timeouts_never_ask_the_same_target_again() {
    let first = FakeUpstream::start().await;
    for (fault, stream) in [
        ("silence", false),
        ("slow-first-token-5000ms", true),
        ("stall-after-0", true),
        ("stall-after-0", false),
    ] {
        let world = World::start(&format!(
            "version: 1\nproviders:\n{}models:\n  m: {{targets: [{{provider: up, model: text+{fault}}}]}}\n",
            provider(
                "up",
                &first.base_url(),
                "    timeouts: {first_byte: 150ms, first_token: 200ms, idle: 150ms}\n"
            )
        ));
        first.clear();
        let answer = world.ask("messages", "m", stream).await;
        assert_eq!(
            (answer.status(), first.count()),
            (504, 1),
            "{fault}: {}",
            answer.text()
        );
        assert_eq!(
            answer.json()["error"]["details"]["error_code"],
            "upstream_timeout"
        );
        assert_eq!(world.records(1).await[0].error_class, Some("timeout"));
    }
}

#[tokio::test]
async fn fallbacks_carry_their_own_model_name() {
    for dialect in DIALECTS {
        let (first, second, world) = pair("text+status-429-after-9", FAST).await;
        let answer = world.ask(dialect, "falling", false).await;
        assert_eq!(outcome(&answer), (200, "second", "model_fallback", "2"));
        assert_eq!(
            first.last_request().unwrap().model(),
            "text+status-429-after-9"
        );
        assert_eq!(second.last_request().unwrap().model(), "text");
        let record = world.records(1).await.remove(0);
        assert_eq!(record.requested_model.as_deref(), Some("falling"));
        assert_eq!(record.served_model.as_deref(), Some("backup"));
        assert_eq!(record.upstream_model.as_deref(), Some("text"));
        assert_eq!(record.route_mode.as_str(), "model_fallback");
    }
}

#[tokio::test]
async fn classes_outside_fallback_on_do_not_fall_back() {
    let (_first, second, world) = pair(
        "text+status-500",
        "routing: {retry: {backoff: 1ms}, fallback_on: [rate_limited]}\n",
    )
    .await;
    let answer = world.ask("chat", "falling", false).await;
    assert_eq!((answer.status(), second.count()), (500, 0));
}

#[tokio::test]
async fn content_refusals_fall_back_only_where_the_model_says_so() {
    let (_first, second, world) = pair(
        "text+content_filter",
        "routing: {fallback_on: [content_filter]}\n",
    )
    .await;
    let answer = world.ask("chat", "falling", false).await;
    assert_eq!(outcome(&answer), (200, "second", "model_fallback", "2"));
    assert_eq!(second.count(), 1);
}

#[tokio::test]
async fn too_long_a_context_goes_to_larger_windows_only() {
    let first = FakeUpstream::start().await;
    for (window, status) in [(1000, 400), (9000, 200)] {
        let world = World::start(&format!(
            "version: 1\nproviders:\n{}models:\n  m: {{targets: [{{provider: up, model: text+context_length}}], context_window: 4000, fallbacks: [big]}}\n  \
             big: {{targets: [{{provider: up, model: text}}], context_window: {window}}}\n",
            provider("up", &first.base_url(), "")
        ));
        for dialect in DIALECTS {
            assert_eq!(
                world.ask(dialect, "m", true).await.status(),
                status,
                "{window} {dialect}"
            );
        }
    }
}

#[tokio::test]
async fn counted_failures_hold_the_target_and_one_trial_ends_it() {
    let policy = "routing: {retry: {attempts: 1}, cooldown: {failures: 3, window: 30s, for: 1s}}\n";
    let (first, _second, world) = pair("text", policy).await;
    first.script([
        "text+status-500",
        "text+reset",
        "text+status-503",
        "text+status-500",
    ]);
    for status in [500, 502, 503] {
        assert_eq!(world.ask("chat", "alone", false).await.status(), status);
    }
    let held = world.ask("messages", "alone", false).await;
    assert_eq!((held.status(), first.count()), (503, 3));
    assert_eq!(
        held.json()["error"]["details"]["error_code"],
        "all_targets_held"
    );
    assert_eq!(held.header("retry-after"), Some("1"));
    // The trial fails and holds again; the next one ends the hold.
    let mut seen = Vec::new();
    while seen.last() != Some(&200) && seen.len() < 10_000 {
        let status = world.ask("chat", "alone", false).await.status();
        if seen.last() != Some(&status) {
            seen.push(status);
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(seen, [503, 500, 503, 200]);
    assert_eq!(first.count(), 5);
}

#[tokio::test]
async fn a_model_whose_targets_lack_the_endpoint_falls_back_or_is_501() {
    let upstream = FakeUpstream::start().await;
    let messages_only = provider("up", &upstream.base_url(), "").replace(
        "[openai_chat, openai_responses, anthropic_messages]",
        "[anthropic_messages]",
    );
    let world = World::start(&format!(
        "version: 1\nproviders:\n{messages_only}{}models:\n  alone: {{targets: [{{provider: up, model: text}}]}}\n  \
         m: {{targets: [{{provider: up, model: text}}], fallbacks: [all]}}\n  all: {{targets: [{{provider: any, model: text}}]}}\n",
        provider("any", &upstream.base_url(), "")
    ));
    let embed = async |model: &str| {
        let body = format!(r#"{{"model":"{model}","input":"hi"}}"#);
        let mut client = world.client().await;
        let headers = [crate::harness::AUTH];
        client.post("/v1/embeddings", &headers, body).await.unwrap()
    };
    assert_eq!(
        crate::harness::refusal("chat", &embed("alone").await),
        crate::harness::refused(501, "dialect_not_supported")
    );
    assert_eq!(
        outcome(&embed("m").await),
        (200, "any", "model_fallback", "1")
    );
    assert_eq!(upstream.count(), 1);
}

#[tokio::test]
async fn records_say_what_happened() {
    let (_first, _second, world) = pair("text+status-500", FAST).await;
    let headers = [crate::harness::AUTH, ("x-request-id", "id-1")];
    let (path, body) = crate::harness::request("messages", "main", true);
    let answer = world
        .client()
        .await
        .post(path, &headers, body)
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let record = world.records(1).await.remove(0);
    assert_eq!(&*record.request_id, "id-1");
    assert_eq!(record.key.as_deref(), Some("bootstrap"));
    assert!(record.client.is_some_and(|client| client.is_loopback()));
    assert_eq!(
        (record.endpoint, record.dialect, record.stream),
        ("messages", Some("anthropic_messages"), true)
    );
    assert_eq!(record.requested_model.as_deref(), Some("main"));
    assert_eq!(record.provider.as_deref(), Some("second"));
    assert_eq!(record.credential.as_deref(), Some("default"));
    assert_eq!(record.revision.as_deref(), Some("7"));
    assert_eq!(
        (record.status, record.error_class, record.error_code),
        (200, None, None)
    );
    assert_eq!(record.outcome.as_str(), "complete");
    assert_eq!(
        (record.usage.input, record.usage.cached),
        (Some(25), Some(8))
    );
    assert!(record.usage.output.is_some_and(|tokens| tokens > 0));
    assert!(record.first_token_us.is_some() && record.first_byte_us.is_some());
    assert!(record.total_us >= record.first_token_us.unwrap());
    assert_eq!(
        (record.attempts[0].status, record.attempts[0].class),
        (Some(500), Some("server_error"))
    );
    assert!(record.attempts[1].started_us >= record.attempts[0].started_us);
}
