//! What the admin listener answers: health, readiness, metrics.

use std::sync::Arc;

use aigw_gateway::listener::{ConnectionGauge, Serve};
use aigw_gateway::{Gateway, Peer, keys};
use aigw_telemetry::{Gauges, Metrics};
use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;

use super::credentials::{AdminTokens, Credentials};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const JSON: &str = "application/json";

/// Sent with every answer: nothing here is to be framed, sniffed, cached or run.
static SECURITY_HEADERS: [(HeaderName, HeaderValue); 5] = [
    (
        HeaderName::from_static("x-content-type-options"),
        HeaderValue::from_static("nosniff"),
    ),
    (
        HeaderName::from_static("x-frame-options"),
        HeaderValue::from_static("DENY"),
    ),
    (
        HeaderName::from_static("referrer-policy"),
        HeaderValue::from_static("no-referrer"),
    ),
    (
        HeaderName::from_static("content-security-policy"),
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// The service of the admin listener.
#[derive(Debug, Clone)]
pub(super) struct Admin(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    gateway: Gateway,
    metrics: Arc<Metrics>,
    connections: ConnectionGauge,
    tokens: AdminTokens,
    metrics_public: bool,
}

impl Admin {
    pub(super) fn new(
        gateway: Gateway,
        metrics: Arc<Metrics>,
        connections: ConnectionGauge,
        credentials: &Credentials,
        metrics_public: bool,
    ) -> Self {
        let tokens = credentials.admin_tokens();
        Self(Arc::new(Shared {
            gateway,
            metrics,
            connections,
            tokens,
            metrics_public,
        }))
    }

    fn answer(&self, method: &Method, path: &str, headers: &HeaderMap) -> Response<Full<Bytes>> {
        let known = matches!(
            path,
            "/-/health" | "/health" | "/-/ready" | "/ready" | "/metrics"
        );
        if !known {
            return error(
                StatusCode::NOT_FOUND,
                "not_found",
                "there is nothing at this path",
            );
        }
        if method != Method::GET && method != Method::HEAD {
            let mut answer = error(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "use GET",
            );
            answer
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return answer;
        }
        match path {
            "/metrics" => self.metrics(headers),
            "/-/ready" | "/ready" if self.0.gateway.is_draining() => plain(
                StatusCode::SERVICE_UNAVAILABLE,
                JSON,
                r#"{"status":"draining"}"#,
            ),
            "/-/ready" | "/ready" => plain(StatusCode::OK, JSON, r#"{"status":"ready"}"#),
            _ => plain(StatusCode::OK, JSON, r#"{"status":"ok"}"#),
        }
    }

    fn metrics(&self, headers: &HeaderMap) -> Response<Full<Bytes>> {
        let admitted = self.0.metrics_public
            || keys::bearer(headers).is_some_and(|token| self.0.tokens.admit(token));
        if !admitted {
            let text = "send the admin or viewer token as `authorization: Bearer`";
            let mut answer = error(StatusCode::UNAUTHORIZED, "unauthorized", text);
            answer.headers_mut().insert(
                WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"aigw\""),
            );
            return answer;
        }
        let gauges = Gauges {
            in_flight: self.0.gateway.in_flight() as u64,
            connections: self.0.connections.open() as u64,
        };
        plain(StatusCode::OK, OPEN_METRICS, self.0.metrics.render(gauges))
    }
}

impl Serve for Admin {
    type Body = Full<Bytes>;

    async fn serve(self, request: Request<Incoming>, _: Peer) -> Response<Full<Bytes>> {
        let mut answer = self.answer(request.method(), request.uri().path(), request.headers());
        answer
            .headers_mut()
            .extend(SECURITY_HEADERS.iter().cloned());
        answer
    }
}

fn error(status: StatusCode, code: &str, message: &str) -> Response<Full<Bytes>> {
    let body = serde_json::json!({"error": {"code": code, "message": message}});
    plain(status, JSON, body.to_string())
}

fn plain(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}
