//! Which headers go on, in both directions.
//!
//! Both directions pass on what they do not know: vendors add headers faster than gateways are released, and clients
//! depend on them. What is held back is named here with its reason.

use aigw_protocol::Dialect;
use http::header::{HeaderMap, HeaderName, HeaderValue};

/// Whether the request header `name` of a caller goes on to the upstream.
///
/// Held back: credentials (the upstream's own are added), hop-by-hop headers, what the gateway sets for its own connection
/// (`host`, `content-length`, `content-type`, `accept-encoding`), cookies, what proxies said about the caller, and our own
/// `x-aigw-*`. Headers that `connection` lists are held back by whoever has the whole request at hand.
pub fn forward_request_header(name: &HeaderName) -> bool {
    let name = name.as_str();
    !(is_hop_by_hop(name) || REQUEST_EXACT.contains(&name) || has_prefix(name, &REQUEST_PREFIXES))
}

/// Whether the request header `name` of a caller goes on to an upstream that is asked in another dialect: what says who
/// asks and which request this is, and nothing that speaks of the caller's dialect.
pub fn forward_translated_header(name: &HeaderName) -> bool {
    NEUTRAL.contains(&name.as_str())
}

/// The header, beside the credential, without which an upstream refuses every request in `dialect`.
pub fn required_header(dialect: Dialect) -> Option<(HeaderName, HeaderValue)> {
    (dialect == Dialect::AnthropicMessages).then(|| {
        let version = HeaderValue::from_static(ANTHROPIC_VERSION);
        (HeaderName::from_static("anthropic-version"), version)
    })
}

/// The version of Anthropic's API in which requests are written that callers make in another dialect.
const ANTHROPIC_VERSION: &str = "2023-06-01";

/// Request headers that mean the same in every dialect.
const NEUTRAL: [&str; 7] = [
    "accept-language",
    "baggage",
    "idempotency-key",
    "traceparent",
    "tracestate",
    "user-agent",
    "x-request-id",
];

/// Whether the response header `name` of an upstream goes on to the caller.
///
/// Held back: hop-by-hop headers, cookies, what the gateway says itself (`content-length`, `content-encoding`, `date`,
/// request ids, `x-aigw-*`, `server-timing`), and what speaks of the upstream's own site and not of the answer.
pub fn forward_response_header(name: &HeaderName) -> bool {
    let name = name.as_str();
    !(is_hop_by_hop(name) || RESPONSE_EXACT.contains(&name) || has_prefix(name, &RESPONSE_PREFIXES))
}

/// The id that the upstream gave to its answer, for records and support tickets.
pub fn upstream_request_id(headers: &HeaderMap) -> Option<&str> {
    REQUEST_IDS
        .iter()
        .find_map(|name| headers.get(*name)?.to_str().ok())
        .filter(|id| !id.is_empty())
}

/// The names vendors use, the most telling first.
const REQUEST_IDS: [&str; 7] = [
    "request-id",
    "x-request-id",
    "apim-request-id",
    "x-amzn-requestid",
    "x-goog-request-id",
    "x-generation-id",
    "cf-ray",
];

/// Of one connection only (RFC 9110, section 7.6.1).
const HOP_BY_HOP: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "trailers",
    "transfer-encoding",
    "upgrade",
];

/// Request headers that stay here: credentials, the gateway's own, and the caller's whereabouts.
const REQUEST_EXACT: [&str; 20] = [
    "accept-encoding",
    "api-key",
    "authorization",
    "cf-connecting-ip",
    "client-ip",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "cookie2",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "max-forwards",
    "true-client-ip",
    "via",
    "x-api-key",
    "x-goog-api-key",
    "x-real-ip",
];

const REQUEST_PREFIXES: [&str; 4] = ["proxy-", "sec-websocket-", "x-aigw-", "x-forwarded-"];

/// Response headers that stay here: the gateway's own, and the upstream site's.
const RESPONSE_EXACT: [&str; 17] = [
    "alt-svc",
    "content-encoding",
    "content-length",
    "date",
    "nel",
    "origin-agent-cluster",
    "report-to",
    "reporting-endpoints",
    "request-id",
    "server",
    "server-timing",
    "set-cookie",
    "set-cookie2",
    "strict-transport-security",
    "via",
    "www-authenticate",
    "x-request-id",
];

const RESPONSE_PREFIXES: [&str; 5] = [
    "access-control-",
    "cf-",
    "proxy-",
    "sec-websocket-",
    "x-aigw-",
];

fn is_hop_by_hop(name: &str) -> bool {
    HOP_BY_HOP.contains(&name)
}

fn has_prefix(name: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| name.starts_with(prefix))
}
