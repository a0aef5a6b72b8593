//! One request, from its head to the head of its answer.

mod estimate;
mod hop;
mod models;
mod request_id;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use aigw_protocol::{Endpoint, Family, Route, family_of_path, resolve};
use bytes::Bytes;
use http::header::{
    CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING, UPGRADE,
};
use http::{Method, Request, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::call::{Call, Head, percent_decoded};
use crate::client::client_address;
use crate::entry::{Entry, micros};
use crate::error::{Error, ErrorKind};
use crate::exchange::{Exchange, Seat};
use crate::gateway::{InFlight, Peer, Shared};
use crate::intake::{self, Bounds};
use crate::keys::AuthError;
use crate::relay::KEEP_ALIVE;
use crate::respond::{self, Stamp};
use crate::response::ResponseBody;
use crate::runtime::Runtime;
use crate::waiting::{Served, Serving, Waiting};

const X_GOOG_API_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");

/// What is known of a request before its body is read.
struct Arrived<'p> {
    shared: Arc<Shared>,
    runtime: Arc<Runtime>,
    in_flight: InFlight,
    entry: Entry,
    stamp: Stamp,
    method: Method,
    path: &'p str,
    query: Option<&'p str>,
}

/// Answers one request.
pub(crate) async fn handle<B>(
    shared: Arc<Shared>,
    request: Request<B>,
    peer: Peer,
) -> Response<ResponseBody>
where
    B: http_body::Body<Data = Bytes> + Unpin,
{
    let (parts, body) = request.into_parts();
    let runtime = shared.runtime.load_full();
    let family = family(parts.uri.path(), &parts.headers);
    let request_id = request_id::of(&parts.headers, &shared);
    let id_text = request_id.to_str().unwrap_or_default();
    let mut entry = Entry::new(Arc::clone(&shared.options.recorder), id_text);
    entry.record.client = Some(client_address(
        peer,
        &parts.headers,
        &shared.options.trusted_proxies,
    ));
    entry.record.revision = Some(Arc::clone(&runtime.revision.text));
    let stamp = Stamp {
        request_id,
        family,
        revision: Some(runtime.revision.header.clone()),
    };
    let arrived = Arrived {
        method: parts.method,
        path: parts.uri.path(),
        query: parts.uri.query(),
        in_flight: InFlight::enter(&shared),
        shared,
        runtime,
        entry,
        stamp,
    };
    let chunked = parts.headers.contains_key(TRANSFER_ENCODING);
    let mut response = match resolve(arrived.path) {
        _ if chunked && parts.headers.contains_key(CONTENT_LENGTH) => {
            let message = "the request has both content-length and transfer-encoding";
            arrived.refuse(&Error::new(ErrorKind::InvalidEncoding, message))
        }
        Some(Route::Call { endpoint, tail }) => {
            call(arrived, endpoint, tail, parts.headers, body).await
        }
        Some(route) => arrived.own(route, &parts.headers),
        None => {
            let message = format!("there is no endpoint at {}", shorten(arrived.path));
            arrived.refuse(&Error::new(ErrorKind::UnknownPath, message))
        }
    };
    if chunked {
        // A length that came behind the coding has been left out by the HTTP server, so that it cannot be told whether a
        // proxy in front saw another end of the body: nothing that follows it is read as a request.
        respond::close(&mut response);
    }
    response
}

/// The family whose error shape the caller reads.
fn family(path: &str, headers: &HeaderMap) -> Family {
    match resolve(path) {
        Some(Route::Call { endpoint, .. }) => endpoint.family(),
        _ if headers.contains_key("anthropic-version") => Family::Anthropic,
        _ if headers.contains_key("x-goog-api-key") => Family::Gemini,
        _ => family_of_path(path),
    }
}

/// A call that goes to a target.
async fn call<B>(
    mut arrived: Arrived<'_>,
    endpoint: Endpoint,
    tail: &str,
    headers: HeaderMap,
    body: B,
) -> Response<ResponseBody>
where
    B: http_body::Body<Data = Bytes> + Unpin,
{
    let record = &mut arrived.entry.record;
    record.endpoint = endpoint.name();
    record.dialect = endpoint.dialect().map(aigw_protocol::Dialect::as_str);
    if let Err(error) = arrived.check_call(&headers) {
        let wrong_method = error.kind == ErrorKind::MethodNotAllowed;
        let mut response = arrived.refuse(&error);
        if wrong_method {
            respond::allow(&mut response, "POST");
        }
        return response;
    }
    let place = match arrived.place().await {
        Ok(place) => place,
        Err(error) => return arrived.refuse(&error),
    };
    let limits = arrived.runtime.limits;
    let bounds = Bounds {
        body: limits.body,
        idle: limits.body_idle,
    };
    let intake = match intake::read(&headers, body, bounds).await {
        Ok(intake) => intake,
        Err(error) => return arrived.refuse(&error),
    };
    let head = Head {
        endpoint,
        tail: tail.into(),
        query: query_without_key(arrived.query),
        method: arrived.method.clone(),
        headers,
    };
    let mut call = match Call::read(head, intake) {
        Ok(call) => call,
        Err(error) => return arrived.refuse(&error),
    };
    arrived.entry.record.stream = call.stream;
    arrived.entry.record.requested_model = Some(call.model.clone());
    call.rewrite(&arrived.runtime.rewrites);
    let Some(model) = arrived.runtime.table.find(&call.model) else {
        let error = unknown_model(&arrived.runtime, &call.model);
        return arrived.refuse(&error);
    };
    let Arrived {
        shared,
        runtime,
        in_flight,
        entry,
        stamp,
        ..
    } = arrived;
    let seat = Seat {
        entry,
        stamp: stamp.clone(),
        place,
        in_flight,
    };
    serve(Exchange::new(shared, runtime, call, model, seat), &stamp).await
}

/// Sends the call through its targets. A streaming caller gets a sign of life if that takes long.
async fn serve(mut exchange: Box<Exchange>, stamp: &Stamp) -> Response<ResponseBody> {
    let dialect = exchange.call.dialect().filter(|_| exchange.call.stream);
    let mut serving: Serving = Box::pin(async move {
        let result = exchange.advance().await;
        (exchange, result)
    });
    let Some(dialect) = dialect else {
        return answer(serving.await).await;
    };
    match timeout(KEEP_ALIVE, &mut serving).await {
        Ok(served) => answer(served).await,
        Err(_) => respond::waiting(
            stamp,
            ResponseBody::waiting(Box::new(Waiting::new(serving, dialect))),
        ),
    }
}

async fn answer((mut exchange, result): Served) -> Response<ResponseBody> {
    match result {
        Ok(committed) => respond::committed(exchange, committed),
        Err(refusal) => Box::pin(estimate::or_refused(&mut exchange, refusal)).await,
    }
}

impl Arrived<'_> {
    /// The checks that need no body, in their fixed order: method, loop, key, drain.
    fn check_call(&mut self, headers: &HeaderMap) -> Result<(), Error> {
        if self.method == Method::GET && headers.contains_key(UPGRADE) {
            return Err(Error::new(
                ErrorKind::WebSocketUnsupported,
                "WebSocket mode is not available; use HTTP",
            ));
        }
        if self.method != Method::POST {
            return Err(Error::new(
                ErrorKind::MethodNotAllowed,
                format!("{} is not allowed here; use POST", self.method),
            ));
        }
        hop::check(headers, &self.shared.hop)?;
        self.authenticate(headers)
    }

    fn authenticate(&mut self, headers: &HeaderMap) -> Result<(), Error> {
        let keys = &self.shared.options.keys;
        let in_query = key_in_query(self.query).filter(|_| self.stamp.family == Family::Gemini);
        let authenticated = match keys.authenticate(headers) {
            Err(AuthError::Missing) if in_query.is_some() => {
                let mut presented = HeaderMap::new();
                presented.extend(in_query.map(|key| (X_GOOG_API_KEY, key)));
                keys.authenticate(&presented)
            }
            other => other,
        };
        match authenticated {
            Ok(key) => {
                self.entry.record.key = Some(key.name);
                Ok(())
            }
            Err(AuthError::Missing) => Err(Error::new(
                ErrorKind::MissingApiKey,
                "no API key: send the gateway's client key as `authorization: Bearer …` or `x-api-key`",
            )),
            Err(AuthError::Wrong) => Err(Error::new(
                ErrorKind::InvalidApiKey,
                "the API key is not one of this gateway's client keys",
            )),
        }
    }

    /// Waits for a place among the requests in flight.
    async fn place(&mut self) -> Result<OwnedSemaphorePermit, Error> {
        let places: Arc<Semaphore> = Arc::clone(&self.runtime.places);
        if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
            return Ok(place);
        }
        let began = crate::clock::monotonic();
        let longest = self.runtime.limits.queue_max_wait;
        let waited = timeout(longest, places.acquire_owned()).await;
        self.entry.record.queue_us = micros(began.elapsed());
        match waited {
            Ok(Ok(place)) => Ok(place),
            _ => Err(
                Error::new(ErrorKind::GatewayBusy, "too many requests are in flight")
                    .retry_after(Some(Duration::from_secs(1))),
            ),
        }
    }

    /// Answers what the gateway itself answers.
    fn own(mut self, route: Route<'_>, headers: &HeaderMap) -> Response<ResponseBody> {
        if self.method != Method::GET && self.method != Method::HEAD {
            let message = format!("{} is not allowed here; use GET", self.method);
            let mut response = self.refuse(&Error::new(ErrorKind::MethodNotAllowed, message));
            respond::allow(&mut response, "GET, HEAD");
            return response;
        }
        if !matches!(route, Route::Models | Route::Model(_)) {
            self.entry.discard();
        }
        let body = match route {
            Route::Root => serde_json::json!({"name": "AI Model Gateway", "version": self.shared.options.version}).to_string(),
            Route::Health => r#"{"status":"ok"}"#.to_owned(),
            Route::Ready if self.shared.draining.load(Ordering::Relaxed) => {
                return self.refuse(&Error::new(ErrorKind::Draining, "the gateway is shutting down"));
            }
            Route::Ready => r#"{"status":"ready"}"#.to_owned(),
            Route::Models | Route::Model(_) => {
                self.entry.record.endpoint = "models";
                if let Err(error) = self.authenticate(headers) {
                    return self.refuse(&error);
                }
                match models::answer(&self.runtime, route, self.stamp.family, self.query) {
                    Ok(body) => body,
                    Err(error) => return self.refuse(&error),
                }
            }
            Route::Call { .. } => return self.refuse(&Error::new(ErrorKind::UnknownPath, "there is no endpoint here")),
        };
        respond::own_json(body.into_bytes(), &self.stamp, &mut self.entry)
    }

    fn refuse(mut self, error: &Error) -> Response<ResponseBody> {
        respond::local(error, self.stamp.family, &self.stamp, &mut self.entry)
    }
}

fn unknown_model(runtime: &Runtime, name: &str) -> Error {
    let shown: String = name.chars().take(200).collect();
    let near = runtime.table.near(name);
    let hint = if near.is_empty() {
        "`GET /v1/models` lists the models".to_owned()
    } else {
        format!("near names: {}", near.join(", "))
    };
    Error::new(
        ErrorKind::ModelNotFound,
        format!("the model `{shown}` does not exist here; {hint}"),
    )
    .param("model")
}

/// The key that Google's callers may put into the query.
fn key_in_query(query: Option<&str>) -> Option<HeaderValue> {
    let key = query?
        .split('&')
        .find_map(|pair| pair.strip_prefix("key="))?;
    HeaderValue::try_from(percent_decoded(key)).ok()
}

/// Some SDKs put the key into the query; it is not for the upstream.
fn query_without_key(query: Option<&str>) -> Option<Box<str>> {
    let kept: Vec<&str> = query?
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("key="))
        .collect();
    (!kept.is_empty()).then(|| kept.join("&").into())
}

/// Enough of a path to recognise it.
fn shorten(path: &str) -> &str {
    path.get(..200).unwrap_or(path)
}

/// A header value made of text that may not be one.
fn header_or_empty(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
