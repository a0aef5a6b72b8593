//! What the admin listener answers: health, readiness, metrics, and the admin API.

use std::sync::{Arc, OnceLock};

use aigw_admin::api::{AdminOptions, router};
use aigw_gateway::listener::Serve;
use aigw_gateway::{Gateway, Peer, keys};
use aigw_telemetry::{Gauges, Metrics};
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use ipnet::IpNet;
use tower::ServiceExt;

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
    settings: Settings,
    /// The admin API, once there is a control plane.
    api: OnceLock<Router>,
}

/// What the operator decides about the listener.
#[derive(Debug)]
pub(super) struct Settings {
    /// Whether everybody may read the metrics.
    pub(super) metrics_public: bool,
    /// Whether this process is administered here.
    pub(super) has_api: bool,
    /// Proxies whose `x-forwarded-for` is believed.
    pub(super) trusted_proxies: Vec<IpNet>,
}

impl Admin {
    pub(super) fn new(
        data_plane: Arc<DataPlane>,
        control: Slot,
        metrics: Arc<Metrics>,
        settings: Settings,
    ) -> Self {
        Self(Arc::new(Shared {
            data_plane,
            control,
            metrics,
            settings,
            api: OnceLock::new(),
        }))
    }

    async fn answer(&self, method: &Method, path: &str, headers: &HeaderMap) -> Response<Body> {
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

    async fn metrics(&self, headers: &HeaderMap) -> Response<Body> {
        let admitted = self.0.settings.metrics_public
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

    /// The API, once there is a control plane.
    fn api(&self) -> Option<Router> {
        let lifecycle = self.0.control.get()?;
        let make = || {
            let options = AdminOptions {
                trusted_proxies: self.0.settings.trusted_proxies.clone(),
                ..AdminOptions::default()
            };
            router(Arc::clone(lifecycle), options)
        };
        Some(self.0.api.get_or_init(make).clone())
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
    type Body = Body;

    async fn serve(self, request: Request<Incoming>, peer: Peer) -> Response<Body> {
        let path = request.uri().path();
        let own = matches!(
            path,
            "/-/health" | "/health" | "/-/ready" | "/ready" | "/metrics"
        );
        let mut answer = if own {
            let (parts, _) = request.into_parts();
            self.answer(&parts.method, parts.uri.path(), &parts.headers)
                .await
        } else if !self.0.settings.has_api {
            let text = "there is nothing at this path";
            error(StatusCode::NOT_FOUND, "not_found", text)
        } else if let Some(api) = self.api() {
            return api_answer(api, request, peer).await;
        } else {
            let text = "the store cannot be reached: nothing can be administered until it answers";
            error(StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", text)
        };
        answer
            .headers_mut()
            .extend(SECURITY_HEADERS.iter().cloned());
        answer
    }
}

/// The API's answer, with headers of its own.
async fn api_answer(api: Router, request: Request<Incoming>, peer: Peer) -> Response<Body> {
    let mut request = request.map(Body::new);
    request
        .extensions_mut()
        .insert(aigw_admin::api::Peer(peer.address));
    match api.oneshot(request).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    }
}

fn error(status: StatusCode, code: &str, message: &str) -> Response<Body> {
    let body = serde_json::json!({"error": {"code": code, "message": message}});
    plain(status, JSON, body.to_string())
}

fn plain(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Body> {
    let mut answer = Response::new(Body::from(body.into()));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}
