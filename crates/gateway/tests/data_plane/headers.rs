//! Which headers go on in both directions, and which the gateway adds.

use aigw_testkit::raw::Answer;
use aigw_testkit::{FakeUpstream, Recorded};

use crate::canned::Canned;
use crate::harness::{AUTH, DIALECTS, KEY, World, one_model, provider, request};

async fn forwarded(path: &str, headers: &[(&str, &str)]) -> Recorded {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&one_model("text", &upstream.base_url(), "text"));
    let (_, body) = request("chat", "text", false);
    let answer = world
        .client()
        .await
        .post(path, headers, body)
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "{}", answer.text());
    upstream.last_request().unwrap()
}

#[tokio::test]
async fn end_to_end_request_headers_go_on_unchanged() {
    let headers = [
        AUTH,
        ("anthropic-version", "2099-01-01"),
        ("anthropic-beta", "a-2025-01-01,b-2026-02-02"),
        ("openai-beta", "responses=v9"),
        ("openai-organization", "org-caller"),
        ("idempotency-key", "idem-1"),
        (
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ),
        ("tracestate", "v=1"),
        ("user-agent", "claude-cli/2.1.330 (external, sdk-cli)"),
        ("x-stainless-retry-count", "1"),
        ("x-app", "cli"),
        ("x-claude-code-session-id", "s-1"),
        ("x-codex-turn-metadata", "{\"a\":1}"),
        ("x-anything-new", "kept"),
        ("accept", "text/event-stream"),
    ];
    let seen = forwarded("/v1/chat/completions", &headers).await;
    for (name, value) in &headers[1..] {
        assert_eq!(seen.header(name), Some(*value), "{name}");
    }
    assert_eq!(seen.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn repeated_headers_keep_their_order() {
    let headers = [AUTH, ("anthropic-beta", "one"), ("anthropic-beta", "two")];
    let seen = forwarded("/v1/chat/completions", &headers).await;
    let values: Vec<_> = seen
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("anthropic-beta"))
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(values, ["one", "two"]);
}

#[tokio::test]
async fn credentials_and_hop_by_hop_headers_stay_here() {
    let headers = [
        AUTH,
        ("x-api-key", KEY),
        ("x-goog-api-key", KEY),
        ("api-key", KEY),
        ("cookie", "session=1"),
        ("connection", "keep-alive, X-Private, x-other"),
        ("x-private", "1"),
        ("x-other", "2"),
        ("keep-alive", "timeout=5"),
        ("te", "trailers"),
        ("proxy-authorization", "Basic eA=="),
        ("x-forwarded-for", "1.2.3.4"),
        ("x-forwarded-host", "h"),
        ("forwarded", "for=1.2.3.4"),
        ("x-real-ip", "1.2.3.4"),
        ("via", "1.1 proxy"),
        ("x-aigw-anything", "x"),
        ("accept-encoding", "gzip"),
        ("expect", "100-continue"),
    ];
    let seen = forwarded(
        "/v1/chat/completions?key=secret-in-query&beta=true",
        &headers,
    )
    .await;
    for (name, _) in &headers[1..] {
        assert_eq!(
            seen.header(name).filter(|value| *value != "identity"),
            None,
            "{name}"
        );
    }
    assert_eq!(
        seen.header("authorization"),
        Some("Bearer upstream-key-of-up")
    );
    assert_eq!(seen.path, "/v1/chat/completions?beta=true");
    assert!(!format!("{:?}", seen.headers).contains(KEY));
}

#[tokio::test]
async fn connection_cannot_strip_what_the_gateway_needs() {
    // A caller that lists `authorization` or `x-aigw-hop` as hop-by-hop must not get the gateway to leave its own out.
    let headers = [
        AUTH,
        (
            "connection",
            "authorization, content-type, content-length, host, x-aigw-hop",
        ),
    ];
    let seen = forwarded("/v1/chat/completions", &headers).await;
    assert_eq!(
        seen.header("authorization"),
        Some("Bearer upstream-key-of-up")
    );
    assert!(seen.header("x-aigw-hop").is_some());
    assert!(seen.header("host").is_some());
}

#[tokio::test]
async fn nothing_is_defaulted() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&one_model("text", &upstream.base_url(), "text"));
    for dialect in DIALECTS {
        assert_eq!(world.ask(dialect, "text", false).await.status(), 200);
        let seen = upstream.last_request().unwrap();
        let mut names: Vec<_> = seen
            .headers
            .iter()
            .map(|(name, _)| name.to_ascii_lowercase())
            .filter(|name| name != "accept-encoding")
            .collect();
        names.sort();
        let credential = if dialect == "messages" {
            "x-api-key"
        } else {
            "authorization"
        };
        let mut expected = vec![
            credential,
            "content-length",
            "content-type",
            "host",
            "x-aigw-hop",
        ];
        expected.sort_unstable();
        // An openai-compatible server may want its key in either header on its Messages endpoint.
        names.retain(|name| name != "authorization" || expected.contains(&"authorization"));
        expected.retain(|name| names.iter().any(|seen| seen == name) || *name != "x-api-key");
        assert_eq!(names, expected, "{dialect}");
    }
}

#[tokio::test]
async fn the_query_goes_on() {
    let seen = forwarded("/v1/chat/completions?beta=true&a=%20b&c", &[AUTH]).await;
    assert_eq!(seen.path, "/v1/chat/completions?beta=true&a=%20b&c");
}

/// What section 3 promises on every answer.
fn check_own_headers(answer: &Answer, what: &str) {
    for name in [
        "x-request-id",
        "x-aigw-route-mode",
        "x-aigw-attempts",
        "x-aigw-revision",
        "x-aigw-cache",
        "server-timing",
    ] {
        assert!(
            answer.header(name).is_some(),
            "{what} has no {name}: {:?}",
            answer.head
        );
    }
    assert_eq!(answer.header("x-aigw-revision"), Some("7"), "{what}");
    assert!(
        answer
            .header("server-timing")
            .unwrap()
            .starts_with("aigw;dur="),
        "{what}"
    );
}

#[tokio::test]
async fn every_answer_carries_the_gateways_headers() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&one_model("*", &upstream.base_url(), "text"));
    for dialect in DIALECTS {
        let failing = World::start(&one_model("m", &upstream.base_url(), "text+status-500"));
        for stream in [false, true] {
            let answer = world.ask(dialect, "any", stream).await;
            check_own_headers(&answer, dialect);
            assert_eq!(answer.header("x-aigw-provider"), Some("up"));
            assert_eq!(answer.header("x-aigw-model"), Some("text"));
            assert_eq!(answer.header("x-aigw-route-mode"), Some("direct"));
            assert_eq!(answer.header("x-aigw-attempts"), Some("1"));
            assert!(
                answer
                    .header("server-timing")
                    .unwrap()
                    .contains(", upstream;dur=")
            );
            let failed = failing.ask(dialect, "m", stream).await;
            check_own_headers(&failed, "failure");
            assert_eq!(
                failed.header("x-aigw-provider"),
                Some("up"),
                "{}",
                failed.text()
            );
            let unknown = failing.ask(dialect, "other", stream).await;
            assert_eq!(unknown.status(), 404);
            check_own_headers(&unknown, "unknown model");
        }
    }
    let mut client = world.client().await;
    for path in [
        "/",
        "/-/health",
        "/-/ready",
        "/health",
        "/ready",
        "/v1/models",
        "/nowhere",
    ] {
        check_own_headers(&client.fetch(path, &[AUTH]).await.unwrap(), path);
    }
    for (name, value) in [("authorization", "Bearer wrong"), ("x-nothing", "x")] {
        let answer = client
            .post("/v1/messages", &[(name, value)], "{}")
            .await
            .unwrap();
        assert_eq!(answer.status(), 401);
        check_own_headers(&answer, "401");
    }
}

#[tokio::test]
async fn upstream_headers_pass_but_for_cookies_and_the_connections_own() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&one_model("text", &upstream.base_url(), "text"));
    for dialect in DIALECTS {
        for stream in [false, true] {
            let answer = world.ask(dialect, "text", stream).await;
            let kept: &[&str] = if dialect == "messages" {
                &[
                    "anthropic-ratelimit-requests-remaining",
                    "anthropic-organization-id",
                ]
            } else {
                &[
                    "x-ratelimit-remaining-requests",
                    "openai-organization",
                    "openai-processing-ms",
                ]
            };
            for name in kept {
                assert!(answer.header(name).is_some(), "{dialect}: {name}");
            }
            for name in ["set-cookie", "server", "keep-alive"] {
                assert_eq!(answer.header(name), None, "{dialect}: {name}");
            }
            assert_ne!(answer.header("connection"), Some("keep-alive"));
            let request_id = answer.header("x-request-id").unwrap();
            assert!(!request_id.contains("fake"), "{request_id}");
            assert_eq!(answer.header("request-id").is_some(), dialect == "messages");
            if dialect == "messages" {
                assert_eq!(answer.header("request-id"), Some(request_id));
            }
        }
    }
}

#[tokio::test]
async fn headers_that_the_upstreams_connection_names_end_here() {
    let head = [
        "content-type: application/json",
        "connection: keep-alive, x-upstream-hop",
        "x-upstream-hop: 1",
        "x-upstream-end: 2",
        "upgrade: h2c",
        "x-aigw-provider: forged",
        "x-aigw-loss: forged",
    ];
    let upstream = Canned::whole("200 OK", &head, r#"{"choices":[]}"#).await;
    let world = World::start(&one_model("m", &upstream.base_url(), "m"));
    let answer = world.ask("chat", "m", false).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.header("x-upstream-end"), Some("2"));
    for name in ["x-upstream-hop", "upgrade", "x-aigw-loss"] {
        assert_eq!(answer.header(name), None, "{name}");
    }
    assert_eq!(answer.header("x-aigw-provider"), Some("up"));
}

#[tokio::test]
async fn rate_limit_headers_and_waits_reach_callers_of_failed_requests() {
    for (model, seconds, millis) in [
        ("text+status-429-after-9", "9", None),
        ("text+status-429-after-ms-9500", "10", Some("9500")),
    ] {
        for dialect in DIALECTS {
            let upstream = FakeUpstream::start().await;
            let world = World::start(&one_model("m", &upstream.base_url(), model));
            let answer = world.ask(dialect, "m", true).await;
            assert_eq!(answer.status(), 429);
            assert_eq!(answer.header("retry-after"), Some(seconds));
            let told = answer.header("retry-after-ms");
            assert!(millis.is_none() || told == millis, "{told:?}");
            let name = if dialect == "messages" {
                "anthropic-ratelimit-requests-limit"
            } else {
                "x-ratelimit-limit-requests"
            };
            assert!(answer.header(name).is_some());
            assert_eq!(answer.header("x-should-retry"), Some("false"));
        }
    }
}

#[tokio::test]
async fn request_ids_are_kept_if_sane_and_made_otherwise() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&one_model("text", &upstream.base_url(), "text"));
    let (path, body) = request("messages", "text", false);
    let mut client = world.client().await;
    for (sent, kept) in [
        ("abc-1.2:3_Z", true),
        ("has space", false),
        ("\"quoted\"", false),
        (&"x".repeat(500), false),
    ] {
        let answer = client
            .post(path, &[AUTH, ("x-request-id", sent)], &body)
            .await
            .unwrap();
        let id = answer.header("x-request-id").unwrap().to_owned();
        assert_eq!(id == sent, kept, "{sent}");
        assert_eq!(answer.header("request-id"), Some(&*id));
        let record = world.records(1).await.pop().unwrap();
        assert_eq!(&*record.request_id, id);
        assert!(record.upstream_request_id.unwrap().starts_with("req_fake_"));
    }
    let made = |answer: &Answer| answer.header("x-request-id").unwrap().to_owned();
    let one = made(&client.post(path, &[AUTH], &body).await.unwrap());
    let two = made(&client.post(path, &[AUTH], &body).await.unwrap());
    assert_ne!(one, two);
    // Errors in Anthropic's shape carry it too.
    let error = client
        .post(path, &[AUTH, ("x-request-id", "mine")], "{}")
        .await
        .unwrap();
    assert_eq!(error.json()["request_id"], "mine");
}

#[tokio::test]
async fn configured_headers_are_added_and_win_over_the_callers() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&format!(
        "version: 1\nproviders:\n{}models:\n  text: {{targets: [{{provider: up}}]}}\n",
        provider(
            "up",
            &upstream.base_url(),
            "    headers: {OpenAI-Organization: org_config, X-Team: blue}\n"
        )
    ));
    let (path, body) = request("chat", "text", false);
    let headers = [AUTH, ("openai-organization", "org_caller")];
    let answer = world
        .client()
        .await
        .post(path, &headers, body)
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let seen = upstream.last_request().unwrap();
    let organizations: Vec<_> = seen
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("openai-organization"))
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(organizations, ["org_config"]);
    assert_eq!(seen.header("x-team"), Some("blue"));
}
