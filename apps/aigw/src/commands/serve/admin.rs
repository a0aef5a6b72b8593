//! What the admin listener answers: health, readiness, metrics.

use std::sync::Arc;

use aigw_gateway::listener::Serve;
use aigw_gateway::{Gateway, Peer, keys};
use aigw_telemetry::{Gauges, Metrics};
use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;

use super::control::{Slot, now};
use super::data_plane::DataPlane;

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
    data_plane: Arc<DataPlane>,
    control: Slot,
    metrics: Arc<Metrics>,
    metrics_public: bool,
}

impl Admin {
    pub(super) fn new(
        data_plane: Arc<DataPlane>,
        control: Slot,
        metrics: Arc<Metrics>,
        metrics_public: bool,
    ) -> Self {
        Self(Arc::new(Shared {
            data_plane,
            control,
            metrics,
            metrics_public,
        }))
    }

    async fn answer(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
    ) -> Response<Full<Bytes>> {
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
            "/metrics" => self.metrics(headers).await,
            "/-/ready" | "/ready" if self.is_draining() => plain(
                StatusCode::SERVICE_UNAVAILABLE,
                JSON,
                r#"{"status":"draining"}"#,
            ),
            "/-/ready" | "/ready" => plain(StatusCode::OK, JSON, r#"{"status":"ready"}"#),
            _ => plain(StatusCode::OK, JSON, r#"{"status":"ok"}"#),
        }
    }

    fn is_draining(&self) -> bool {
        let gateway = self.0.data_plane.gateway();
        gateway.is_some_and(Gateway::is_draining)
    }

    async fn metrics(&self, headers: &HeaderMap) -> Response<Full<Bytes>> {
        let admitted = self.0.metrics_public
            || match keys::bearer(headers) {
                Some(token) => self.knows(token).await,
                None => false,
            };
        if !admitted {
            let text = "send the admin or viewer token as `authorization: Bearer`";
            let mut answer = error(StatusCode::UNAUTHORIZED, "unauthorized", text);
            answer.headers_mut().insert(
                WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"aigw\""),
            );
            return answer;
        }
        let gateway = self.0.data_plane.gateway();
        let gauges = Gauges {
            in_flight: gateway.map_or(0, |gateway| gateway.in_flight() as u64),
            connections: self.0.data_plane.connections(),
        };
        plain(StatusCode::OK, OPEN_METRICS, self.0.metrics.render(gauges))
    }

    /// Whether `token` is an admin or viewer token. Without the store nobody's is known.
    async fn knows(&self, token: &str) -> bool {
        let Some(lifecycle) = self.0.control.get() else {
            return false;
        };
        let hash = lifecycle.vault().hash_token(token);
        matches!(lifecycle.store().token(hash, now()).await, Ok(Some(_)))
    }
}

impl Serve for Admin {
    type Body = Full<Bytes>;

    async fn serve(self, request: Request<Incoming>, _: Peer) -> Response<Full<Bytes>> {
        let (parts, _) = request.into_parts();
        let path = parts.uri.path();
        let mut answer = self.answer(&parts.method, path, &parts.headers).await;
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
