//! Credential pools, and the waits that upstreams ask for.

use aigw_testkit::FakeUpstream;

use crate::harness::{DIALECTS, World, provider};
use crate::routing::{FAST, outcome, pair};

/// One provider with the keys `a` and `b`.
async fn pool(more: &str) -> (FakeUpstream, World) {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&format!(
        "version: 1\nproviders:\n{}models:\n  text: {{targets: [{{provider: up}}]}}\n{more}",
        provider("up", &upstream.base_url(), "").replace(
            "api_key: upstream-key-of-up",
            "credentials: [{name: a, api_key: key-a, weight: 100}, {name: b, api_key: key-b}]"
        )
    ));
    (upstream, world)
}

fn key_of(request: &aigw_testkit::Recorded) -> String {
    let bearer = request
        .header("authorization")
        .map(|value| value.trim_start_matches("Bearer ").to_owned());
    bearer
        .or_else(|| request.header("x-api-key").map(str::to_owned))
        .unwrap_or_default()
}

#[tokio::test]
async fn another_credential_of_the_pool_takes_over() {
    for fault in [
        "text+status-429-after-60",
        "text+status-401",
        "text+status-402",
        "text+insufficient_quota",
    ] {
        for dialect in DIALECTS {
            let (upstream, world) = pool("").await;
            upstream.on_key("key-a", fault);
            let answer = world.ask(dialect, "text", true).await;
            assert_eq!(
                outcome(&answer),
                (200, "up", "direct", "2"),
                "{fault}: {}",
                answer.text()
            );
            assert_eq!(world.ask(dialect, "text", false).await.status(), 200);
            let keys: Vec<_> = upstream.requests().iter().map(key_of).collect();
            assert_eq!(
                keys,
                ["key-a", "key-b", "key-b"],
                "the held key is not asked again"
            );
            let records = world.records(2).await;
            assert_eq!(records[0].credential.as_deref(), Some("b"));
            assert_eq!(records[0].attempts[0].credential.as_deref(), Some("a"));
        }
    }
}

#[tokio::test]
async fn when_every_credential_is_limited_the_soonest_wait_is_told() {
    let (upstream, world) = pool("").await;
    upstream.on_key("key-a", "text+status-429-after-60");
    upstream.on_key("key-b", "text+status-429-after-20");
    let answer = world.ask("responses", "text", true).await;
    assert_eq!(
        (answer.status(), answer.header("retry-after")),
        (429, Some("20"))
    );
    // From now on nothing is sent, and the caller hears when to come again.
    let sent = upstream.count();
    let held = world.ask("responses", "text", true).await;
    let wait: u64 = held.header("retry-after").unwrap().parse().unwrap();
    assert_eq!((held.status(), upstream.count()), (429, sent));
    assert!((15..=20).contains(&wait), "{wait}");
    assert_eq!(held.json()["error"]["code"], "rate_limited");
}

#[tokio::test]
async fn a_short_retry_after_is_waited_for_in_every_spelling() {
    for (fault, least) in [
        ("status-429-after-1", 900),
        ("status-429-after-ms-150", 140),
        ("status-429-date-2", 0),
        ("status-503-after-1", 900),
    ] {
        let (first, _second, world) = pair("text", FAST).await;
        first.script([&*format!("text+{fault}")]);
        let answer = world.ask("chat", "alone", false).await;
        assert_eq!(
            (answer.status(), first.count()),
            (200, 2),
            "{fault}: {}",
            answer.text()
        );
        let requests = first.requests();
        let waited = requests[1].at - requests[0].at;
        assert!(
            waited.as_millis() >= least && waited.as_secs() < 5,
            "{fault}: {waited:?}"
        );
    }
}

#[tokio::test]
async fn a_long_retry_after_is_not_waited_for() {
    let (first, _second, world) = pair("text+status-429-after-6", FAST).await;
    let answer = world.ask("chat", "alone", false).await;
    assert_eq!(
        (answer.status(), first.count(), answer.header("retry-after")),
        (429, 1, Some("6"))
    );
}
