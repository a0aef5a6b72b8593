//! Answers: status, headers, and which body is behind them.

use std::time::Duration;

use aigw_protocol::codec::translate_error;
use aigw_protocol::{Dialect, Family, read_error};
use aigw_providers::forward_response_header;
use aigw_routing::FailureClass;
use aigw_telemetry::{Outcome, RouteMode};
use http::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::{Response, StatusCode};

use crate::attempt::{Committed, Content};
use crate::call::connection_names;
use crate::entry::{Entry, micros};
use crate::error::Error;
use crate::exchange::{Exchange, Refusal};
use crate::failure::{Answer, Reply, has_shape};
use crate::relay::{BytesRelay, EventRelay};
use crate::response::ResponseBody;
use crate::runtime::Runtime;
use crate::translation::loss_header;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const ANTHROPIC_REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const PROVIDER: HeaderName = HeaderName::from_static("x-aigw-provider");
const MODEL: HeaderName = HeaderName::from_static("x-aigw-model");
const ROUTE_MODE: HeaderName = HeaderName::from_static("x-aigw-route-mode");
const ATTEMPTS: HeaderName = HeaderName::from_static("x-aigw-attempts");
const REVISION: HeaderName = HeaderName::from_static("x-aigw-revision");
const CACHE: HeaderName = HeaderName::from_static("x-aigw-cache");
const LOSS: HeaderName = HeaderName::from_static("x-aigw-loss");
const ESTIMATE: HeaderName = HeaderName::from_static("x-aigw-estimate");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");
/// Room for the gateway's own headers and a usual number of an upstream's.
const HEADERS: usize = 24;

/// The answer of a target.
pub(crate) fn committed(
    mut exchange: Box<Exchange>,
    committed: Committed,
) -> Response<ResponseBody> {
    let Committed {
        status,
        headers,
        first_byte,
        content,
        loss,
        total_until,
    } = committed;
    let mut map = HeaderMap::with_capacity(HEADERS);
    forward(&mut map, headers);
    stamp_exchange(&mut map, &exchange);
    if let Some(loss) = loss.as_deref().and_then(loss_header) {
        map.insert(LOSS, loss);
    }
    let upstream = exchange.entry.upstream_time() + first_byte;
    timing(&mut map, &exchange.entry, Some(upstream));
    exchange.entry.record.status = status.as_u16();
    let body = match content {
        Content::Whole {
            body,
            usage,
            wrong_type,
        } => {
            if wrong_type {
                map.insert(CONTENT_TYPE, JSON);
            }
            exchange.entry.record.usage = usage;
            exchange.complete();
            ResponseBody::whole(&body)
        }
        Content::Events(events) => {
            stream_headers(&mut map);
            let dialect = exchange.call.dialect().unwrap_or(Dialect::OpenaiChat);
            ResponseBody::events(Box::new(EventRelay::new(
                exchange,
                events,
                dialect,
                total_until,
            )))
        }
        Content::Bytes { source, first } => ResponseBody::bytes(Box::new(BytesRelay::new(
            exchange,
            first,
            source,
            total_until,
        ))),
    };
    assemble(status, map, body)
}

/// The head of a stream whose target is still being sought.
pub(crate) fn waiting(stamp: &Stamp, body: ResponseBody) -> Response<ResponseBody> {
    let mut map = HeaderMap::with_capacity(HEADERS);
    stamp.apply(&mut map);
    stream_headers(&mut map);
    assemble(StatusCode::OK, map, body)
}

/// No target could serve the request.
pub(crate) fn refused(exchange: &mut Exchange, refusal: &Refusal) -> Response<ResponseBody> {
    let mut map = HeaderMap::with_capacity(HEADERS);
    let family = exchange.call.family();
    let said = refusal.said(family);
    let mut body = None;
    if let Reply::Upstream(answer) = &refusal.reply {
        forward(&mut map, answer.headers.clone());
        body = in_its_words(answer, family, said.status, exchange.request_id());
    }
    map.insert(CONTENT_TYPE, JSON);
    stamp_exchange(&mut map, exchange);
    if let Some(loss) = refusal.loss.as_deref() {
        map.extend(loss_header(loss).map(|value| (LOSS, value)));
        exchange.entry.add_loss(loss);
    }
    let upstream = exchange.entry.upstream_time();
    timing(
        &mut map,
        &exchange.entry,
        Some(upstream).filter(|_| exchange.sent() > 0),
    );
    if let Some(wait) = refusal.retry_after {
        retry_after(&mut map, wait);
    }
    let hopeless = said.status >= 500 && refusal.retry_after.is_none();
    if refusal.exhausted || hopeless {
        map.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
    }
    exchange.entry.record.status = said.status;
    exchange.entry.failed(
        refusal.class.map(FailureClass::as_str),
        Some(said.code),
        &said.message,
    );
    exchange.entry.close(Outcome::Failed);
    let body = body.unwrap_or_else(|| {
        let text = aigw_protocol::ErrorText {
            status: said.status,
            code: said.code,
            message: &said.message,
            param: None,
            request_id: exchange.request_id(),
        };
        ResponseBody::full(aigw_protocol::error_body(family, &text))
    });
    assemble(
        StatusCode::from_u16(said.status).unwrap_or(StatusCode::BAD_GATEWAY),
        map,
        body,
    )
}

/// An upstream's error body goes out as it came if callers of this family can read it; an error of another family is told
/// in theirs, in the upstream's words.
fn in_its_words(
    answer: &Answer,
    family: Family,
    status: u16,
    request_id: &str,
) -> Option<ResponseBody> {
    let bytes = answer.body.to_bytes();
    if answer.family == family {
        return has_shape(family, &bytes).then(|| ResponseBody::whole(&answer.body));
    }
    read_error(&bytes)?.message?;
    let told = translate_error(family, status, &bytes, request_id);
    Some(ResponseBody::full(told))
}

/// An error that is made before any target is asked.
pub(crate) fn local(
    error: &Error,
    family: Family,
    stamp: &Stamp,
    entry: &mut Entry,
) -> Response<ResponseBody> {
    let row = error.kind.row();
    let mut map = HeaderMap::with_capacity(HEADERS);
    map.insert(CONTENT_TYPE, JSON);
    stamp.apply(&mut map);
    timing(&mut map, entry, None);
    match error.retry_after {
        Some(wait) => retry_after(&mut map, wait),
        // SDKs repeat what failed with a 5xx; what is set up wrongly fails again.
        None if row.status >= 500 => {
            map.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
        }
        None => {}
    }
    if row.status == 401 {
        map.insert(
            WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer realm=\"aigw\""),
        );
    }
    entry.record.status = row.status;
    entry.failed(
        Some("invalid_request").filter(|_| row.status < 500),
        Some(row.code),
        &error.message,
    );
    let body = ResponseBody::full(error.body(family, &entry.record.request_id));
    entry.close(Outcome::Failed);
    assemble(
        StatusCode::from_u16(row.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        map,
        body,
    )
}

/// A JSON answer of the gateway's own.
pub(crate) fn own_json(body: Vec<u8>, stamp: &Stamp, entry: &mut Entry) -> Response<ResponseBody> {
    let mut map = HeaderMap::with_capacity(HEADERS);
    map.insert(CONTENT_TYPE, JSON);
    stamp.apply(&mut map);
    timing(&mut map, entry, None);
    entry.record.status = 200;
    entry.close(Outcome::Complete);
    assemble(StatusCode::OK, map, ResponseBody::full(body))
}

/// Marks a token count that the gateway estimated itself.
pub(crate) fn mark_estimate(response: &mut Response<ResponseBody>) {
    response
        .headers_mut()
        .insert(ESTIMATE, HeaderValue::from_static("true"));
}

/// Ends the connection with this answer.
pub(crate) fn close(response: &mut Response<ResponseBody>) {
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
}

/// Says which methods the endpoint takes.
pub(crate) fn allow(response: &mut Response<ResponseBody>, methods: &'static str) {
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(methods));
}

/// The headers that every answer carries.
#[derive(Debug, Clone)]
pub(crate) struct Stamp {
    pub(crate) request_id: HeaderValue,
    pub(crate) family: Family,
    pub(crate) revision: Option<HeaderValue>,
}

impl Stamp {
    fn apply(&self, map: &mut HeaderMap) {
        map.insert(REQUEST_ID, self.request_id.clone());
        if self.family == Family::Anthropic {
            map.insert(ANTHROPIC_REQUEST_ID, self.request_id.clone());
        }
        if let Some(revision) = &self.revision {
            map.insert(REVISION, revision.clone());
        }
        map.insert(CACHE, HeaderValue::from_static("bypass"));
        map.insert(ATTEMPTS, HeaderValue::from_static("0"));
        map.insert(
            ROUTE_MODE,
            HeaderValue::from_static(RouteMode::Direct.as_str()),
        );
    }
}

fn stamp_exchange(map: &mut HeaderMap, exchange: &Exchange) {
    exchange.stamp.apply(map);
    map.insert(
        ROUTE_MODE,
        HeaderValue::from_static(exchange.mode().as_str()),
    );
    map.insert(ATTEMPTS, HeaderValue::from(exchange.sent()));
    let runtime: &Runtime = &exchange.runtime;
    if let Some(send) = exchange.served() {
        map.insert(PROVIDER, runtime.provider(send.provider).header.clone());
        let upstream = runtime.upstream_models[send.target.index()].clone();
        if let Some(model) = upstream.or_else(|| HeaderValue::from_str(&exchange.call.model).ok()) {
            map.insert(MODEL, model);
        }
    }
}

fn forward(map: &mut HeaderMap, upstream: HeaderMap) {
    let hop_by_hop = connection_names(&upstream);
    let mut passed = None;
    for (name, value) in upstream {
        // A header that is repeated comes with its name only the first time.
        if let Some(name) = name {
            let passes = forward_response_header(&name) && !hop_by_hop.contains(&name);
            passed = passes.then_some(name);
        }
        if let Some(name) = &passed {
            map.append(name.clone(), value);
        }
    }
}

fn stream_headers(map: &mut HeaderMap) {
    map.insert(CONTENT_TYPE, EVENT_STREAM);
    map.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    map.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
}

/// Whole seconds, rounded up, and milliseconds for the SDKs that read them.
fn retry_after(map: &mut HeaderMap, wait: Duration) {
    let millis = wait.as_millis().max(1);
    map.insert(
        RETRY_AFTER,
        HeaderValue::from(u64::try_from(millis.div_ceil(1000)).unwrap_or(u64::MAX)),
    );
    if let Ok(value) = HeaderValue::try_from(millis.to_string()) {
        map.insert(RETRY_AFTER_MS, value);
    }
}

/// `server-timing` in milliseconds: the gateway's own share so far, and the time spent on upstreams.
fn timing(map: &mut HeaderMap, entry: &Entry, upstream: Option<Duration>) {
    let own = entry
        .arrived()
        .elapsed()
        .saturating_sub(upstream.unwrap_or_default());
    let mut text = String::with_capacity(48);
    push_millis(&mut text, "aigw;dur=", micros(own));
    if let Some(upstream) = upstream {
        push_millis(&mut text, ", upstream;dur=", micros(upstream));
    }
    if let Ok(value) = HeaderValue::try_from(text) {
        map.insert(SERVER_TIMING, value);
    }
}

fn push_millis(text: &mut String, label: &str, us: u64) {
    use std::fmt::Write;
    let _ = write!(text, "{label}{}.{:03}", us / 1000, us % 1000);
}

fn assemble(status: StatusCode, headers: HeaderMap, body: ResponseBody) -> Response<ResponseBody> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
