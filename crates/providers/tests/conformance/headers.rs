//! Headers: credentials out, everything that belongs to the request or the answer through.

use aigw_protocol::Dialect::{self, AnthropicMessages, GeminiGenerate, OpenaiChat};
use aigw_providers::{
    Auth, credential_headers, forward_request_header, forward_response_header, kind, kinds,
    probe_headers, retry_after, upstream_request_id,
};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use std::time::{Duration, SystemTime};

const KEY: &str = "sk-very-secret-0123456789";

fn sent(id: &str, dialect: Option<Dialect>) -> Vec<String> {
    let headers = credential_headers(kind(id).unwrap(), dialect, KEY).unwrap();
    headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap().replace(KEY, "KEY")))
        .collect()
}

#[test]
fn each_vendor_gets_the_credential_where_it_looks_for_it() {
    assert_eq!(
        sent("openai", Some(OpenaiChat)),
        ["authorization: Bearer KEY"]
    );
    assert_eq!(sent("openai", None), ["authorization: Bearer KEY"]);
    assert_eq!(
        sent("anthropic", Some(AnthropicMessages)),
        ["x-api-key: KEY"]
    );
    assert_eq!(sent("anthropic", None), ["x-api-key: KEY"]);
    assert_eq!(
        sent("anthropic", Some(OpenaiChat)),
        ["authorization: Bearer KEY"]
    );
    assert_eq!(sent("azure-openai", Some(OpenaiChat)), ["api-key: KEY"]);
    assert_eq!(
        sent("gemini", Some(OpenaiChat)),
        ["authorization: Bearer KEY"]
    );
    assert_eq!(
        sent("gemini", Some(GeminiGenerate)),
        ["x-goog-api-key: KEY"]
    );
    assert_eq!(
        sent("deepseek", Some(AnthropicMessages)),
        ["authorization: Bearer KEY"]
    );
    assert_eq!(
        sent("openai-compatible", Some(OpenaiChat)),
        ["authorization: Bearer KEY"]
    );
    let both = ["authorization: Bearer KEY", "x-api-key: KEY"];
    assert_eq!(sent("openai-compatible", Some(AnthropicMessages)), both);
    assert_eq!(sent("anthropic-compatible", None), both);
    assert!(sent("demo", Some(OpenaiChat)).is_empty());
}

#[test]
fn no_credential_shows_in_debug_output() {
    for kind in kinds() {
        for dialect in Dialect::ALL {
            let headers = credential_headers(kind, Some(dialect), KEY).unwrap();
            assert_eq!(headers.is_empty(), kind.auth == Auth::None, "{}", kind.id);
            assert!(
                !format!("{headers:?}").contains("very-secret"),
                "{}",
                kind.id
            );
            assert!(
                headers.iter().all(|(_, value)| value.is_sensitive()),
                "{}",
                kind.id
            );
        }
        let error = credential_headers(kind, None, "sk-very-secret\r\nx-evil: 1");
        if kind.auth != Auth::None {
            let error = error.unwrap_err();
            assert!(
                !format!("{error:?} {error}").contains("very-secret"),
                "{}",
                kind.id
            );
        }
    }
}

#[test]
fn probes_carry_a_version_only_where_it_is_wanted() {
    let versions = |id: &str| probe_headers(kind(id).unwrap());
    assert_eq!(versions("anthropic")[0].0, "anthropic-version");
    assert_eq!(versions("anthropic-compatible").len(), 1);
    assert!(versions("openai").is_empty());
}

#[test]
fn request_headers_of_agents_and_sdks_go_on() {
    let forwarded = [
        "accept",
        "anthropic-beta",
        "anthropic-dangerous-direct-browser-access",
        "anthropic-version",
        "idempotency-key",
        "openai-beta",
        "openai-organization",
        "openai-project",
        "originator",
        "session-id",
        "thread-id",
        "traceparent",
        "tracestate",
        "user-agent",
        "x-app",
        "x-claude-code-session-id",
        "x-client-request-id",
        "x-codex-turn-metadata",
        "x-codex-turn-state",
        "x-stainless-retry-count",
    ];
    for name in forwarded {
        assert!(
            forward_request_header(&HeaderName::from_static(name)),
            "{name}"
        );
    }
}

#[test]
fn request_headers_that_are_credentials_or_of_the_connection_stay() {
    let held = [
        "accept-encoding",
        "api-key",
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "forwarded",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
        "x-aigw-hop",
        "x-api-key",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-goog-api-key",
    ];
    for name in held {
        assert!(
            !forward_request_header(&HeaderName::from_static(name)),
            "{name}"
        );
    }
}

#[test]
fn response_headers_that_clients_steer_by_go_on() {
    let forwarded = [
        "anthropic-organization-id",
        "anthropic-ratelimit-requests-remaining",
        "cache-control",
        "content-type",
        "openai-model",
        "openai-processing-ms",
        "ratelimit-remaining",
        "retry-after",
        "retry-after-ms",
        "x-codex-turn-state",
        "x-ratelimit-limit-tokens",
        "x-ratelimit-reset-requests",
        "x-should-retry",
    ];
    for name in forwarded {
        assert!(
            forward_response_header(&HeaderName::from_static(name)),
            "{name}"
        );
    }
}

#[test]
fn response_headers_of_the_connection_the_site_and_the_gateway_stay() {
    let held = [
        "access-control-allow-origin",
        "alt-svc",
        "cf-cache-status",
        "cf-ray",
        "connection",
        "content-encoding",
        "content-length",
        "date",
        "keep-alive",
        "nel",
        "report-to",
        "request-id",
        "server",
        "set-cookie",
        "set-cookie2",
        "strict-transport-security",
        "transfer-encoding",
        "x-aigw-provider",
        "x-request-id",
    ];
    for name in held {
        assert!(
            !forward_response_header(&HeaderName::from_static(name)),
            "{name}"
        );
    }
}

fn map(headers: &[(&'static str, &str)]) -> HeaderMap {
    headers
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect()
}

#[test]
fn the_upstreams_request_id_is_found_under_its_vendors_name() {
    assert_eq!(
        upstream_request_id(&map(&[("x-request-id", "req_1"), ("cf-ray", "8f")])),
        Some("req_1")
    );
    assert_eq!(
        upstream_request_id(&map(&[("request-id", "req_2")])),
        Some("req_2")
    );
    assert_eq!(
        upstream_request_id(&map(&[("apim-request-id", "a-1")])),
        Some("a-1")
    );
    assert_eq!(upstream_request_id(&map(&[("cf-ray", "8f")])), Some("8f"));
    assert_eq!(upstream_request_id(&map(&[("x-request-id", "")])), None);
    assert_eq!(upstream_request_id(&HeaderMap::new()), None);
}

#[test]
fn retry_after_is_read_in_each_of_its_forms() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    let wait = |headers: &[(&'static str, &str)]| retry_after(&map(headers), now);
    assert_eq!(wait(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
    assert_eq!(wait(&[("retry-after", " 0 ")]), Some(Duration::ZERO));
    assert_eq!(
        wait(&[("retry-after", "1.5")]),
        Some(Duration::from_millis(1500))
    );
    assert_eq!(
        wait(&[("retry-after-ms", "250"), ("retry-after", "7")]),
        Some(Duration::from_millis(250))
    );
    assert_eq!(
        wait(&[("retry-after-ms", "soon"), ("retry-after", "7")]),
        Some(Duration::from_secs(7))
    );
    assert_eq!(
        wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT")]),
        Some(Duration::from_secs(10))
    );
    assert_eq!(
        wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:27 GMT")]),
        Some(Duration::ZERO)
    );
    assert_eq!(
        wait(&[("retry-after", "99999999999999999999999999")]),
        Some(aigw_providers::LONGEST)
    );
    for nonsense in ["", "-1", "1e9", "inf", "NaN", "tomorrow", "."] {
        assert_eq!(wait(&[("retry-after", nonsense)]), None, "{nonsense}");
    }
    assert_eq!(wait(&[]), None);
}
