//! HTTP/2 to an upstream that offers it by ALPN: few connections, many requests on each.

mod body;

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use aigw_protocol::Body;
use http::header::CONTENT_LENGTH;
use http::uri::Scheme;
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::time::Instant;

use super::error::{Failure, SendError};
use super::incoming::Answer;
use super::outgoing::{OutgoingHead, is_framing};
use super::pool::IDLE_LIMIT;
use super::stream::Stream;
use body::RequestBody;

pub(super) use body::Http2Body;

/// Most requests at once on one connection, whatever the upstream allows.
const MAX_STREAMS: usize = 200;
/// Until the upstream has said how many it allows.
const FIRST_STREAMS: usize = 100;
/// What an upstream may send of one response before the caller has taken it, in bytes.
const STREAM_WINDOW: u32 = 256 * 1024;
/// The same for a whole connection: enough that callers that have stopped reading do not block the others.
const CONNECTION_WINDOW: u32 = 64 * 1024 * 1024;
/// Longest response head.
const MAX_HEAD: u32 = 64 * 1024;
/// Most header fields in one response head.
const MAX_HEADERS: usize = 100;
/// How often a connection with open requests is checked for life, and how long it has to answer.
const PING: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(10));

/// The HTTP/2 connections of one origin.
#[derive(Debug, Default)]
pub(super) struct Http2 {
    connections: Mutex<Vec<Connection>>,
    /// Whether the upstream chose HTTP/2 last time.
    chosen: AtomicBool,
    /// Held while one connection is opened for all who wait for one.
    pub(super) opening: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Connection {
    sender: SendRequest<RequestBody>,
    load: Arc<Load>,
}

#[derive(Debug)]
struct Load {
    active: AtomicUsize,
    last_used: Mutex<Instant>,
    driver: Driver,
}

/// Moves the bytes of one connection; empty once it has ended. It alone knows how many requests the upstream allows.
#[derive(Debug)]
struct Driver(Mutex<Option<Pin<Box<Http2Connection>>>>);

type Http2Connection =
    hyper::client::conn::http2::Connection<TokioIo<Stream>, RequestBody, TokioExecutor>;

/// The right to one request on one connection.
#[derive(Debug)]
pub(super) struct Lease {
    sender: SendRequest<RequestBody>,
    slot: Slot,
}

/// Counts as one request until it is dropped.
#[derive(Debug)]
struct Slot(Arc<Load>);

impl Http2 {
    /// Whether the upstream is known to choose HTTP/2, so that it is worth waiting for a connection that is being opened.
    pub(super) fn is_chosen(&self) -> bool {
        self.chosen.load(Ordering::Relaxed)
    }

    /// Remembers what the upstream chose.
    pub(super) fn note_choice(&self, http2: bool) {
        self.chosen.store(http2, Ordering::Relaxed);
    }

    /// A place on an open connection.
    pub(super) fn take(&self) -> Option<Lease> {
        if !self.is_chosen() {
            return None;
        }
        let mut connections = self.lock();
        connections.retain(|connection| !connection.sender.is_closed());
        connections
            .iter()
            .find(|connection| connection.load.has_room())
            .map(Connection::lease)
    }

    /// Starts HTTP/2 on a fresh connection and takes the first place on it.
    ///
    /// # Errors
    /// `Connect` when the connection does not survive its first bytes.
    pub(super) async fn add(&self, stream: Stream) -> Result<Lease, SendError> {
        let (sender, driver) = Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .initial_max_send_streams(FIRST_STREAMS)
            .max_header_list_size(MAX_HEAD)
            .keep_alive_interval(PING.0)
            .keep_alive_timeout(PING.1)
            .handshake::<_, RequestBody>(TokioIo::new(stream))
            .await
            .map_err(|error| SendError::Connect {
                timeout: false,
                source: std::io::Error::other(error),
            })?;
        let load = Arc::new(Load {
            active: AtomicUsize::new(0),
            last_used: Mutex::new(Instant::now()),
            driver: Driver(Mutex::new(Some(Box::pin(driver)))),
        });
        drive(Arc::clone(&load));
        let connection = Connection { sender, load };
        let lease = connection.lease();
        self.lock().push(connection);
        Ok(lease)
    }

    /// Number of connections without a request.
    pub(super) fn idle(&self) -> usize {
        self.lock()
            .iter()
            .filter(|connection| connection.load.is_idle())
            .count()
    }

    /// Closes connections that have carried no request for too long at `now`.
    pub(super) fn sweep(&self, now: Instant) {
        self.lock().retain(|connection| {
            let fresh = now.saturating_duration_since(connection.load.last_used()) <= IDLE_LIMIT;
            !connection.sender.is_closed() && (fresh || !connection.load.is_idle())
        });
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    fn lease(&self) -> Lease {
        self.load.active.fetch_add(1, Ordering::Relaxed);
        Lease {
            sender: self.sender.clone(),
            slot: Slot(Arc::clone(&self.load)),
        }
    }
}

impl Load {
    fn has_room(&self) -> bool {
        self.active.load(Ordering::Relaxed) < self.driver.limit()
    }

    fn is_idle(&self) -> bool {
        self.active.load(Ordering::Relaxed) == 0
    }

    fn last_used(&self) -> Instant {
        *self
            .last_used
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        *self
            .0
            .last_used
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Instant::now();
        self.0.active.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Driver {
    /// How many requests the connection may carry at once.
    fn limit(&self) -> usize {
        self.lock().as_ref().map_or(0, |driver| {
            driver.current_max_send_streams().min(MAX_STREAMS)
        })
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<(), hyper::Error>> {
        let mut driver = self.lock();
        let Some(running) = driver.as_mut() else {
            return Poll::Ready(Ok(()));
        };
        let ended = ready!(running.as_mut().poll(cx));
        // Dropping it is what tells the senders that the connection is closed.
        *driver = None;
        Poll::Ready(ended)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Pin<Box<Http2Connection>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a connection until it ends.
fn drive(load: Arc<Load>) {
    let run = async move {
        if let Err(error) = poll_fn(|cx| load.driver.poll(cx)).await {
            tracing::debug!(%error, "an HTTP/2 connection to an upstream has ended");
        }
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "the driver serves all requests of its connection and ends with it"
    )]
    tokio::spawn(run);
}

impl Lease {
    /// Sends a request and waits for the head of its response.
    pub(super) async fn exchange(
        mut self,
        head: &OutgoingHead<'_>,
        body: &Body,
        reused: bool,
    ) -> Result<Answer, Failure> {
        let request = request(head, body).map_err(|error| Failure {
            error,
            unsent: false,
        })?;
        match self.sender.try_send_request(request).await {
            Ok(response) if response.headers().len() > MAX_HEADERS => Err(Failure {
                error: SendError::HeadTooLarge,
                unsent: false,
            }),
            Ok(response) => {
                let first_byte = Instant::now();
                let (parts, body) = response.into_parts();
                let body = Http2Body::new(body, self.slot).into();
                Ok(Answer {
                    status: parts.status,
                    headers: parts.headers,
                    body,
                    first_byte,
                })
            }
            Err(mut refused) => {
                let unsent = refused.take_message().is_some();
                tracing::debug!(error = %refused.error(), "an HTTP/2 request got no response");
                Err(Failure {
                    error: SendError::Closed { reused },
                    unsent,
                })
            }
        }
    }
}

fn request(head: &OutgoingHead<'_>, body: &Body) -> Result<Request<RequestBody>, SendError> {
    let uri = Uri::builder()
        .scheme(Scheme::HTTPS)
        .authority(head.fixed.authority.clone())
        .path_and_query(head.path_and_query.clone())
        .build()
        .map_err(|error| SendError::Write {
            reused: false,
            source: std::io::Error::other(error),
        })?;
    let mut headers = HeaderMap::with_capacity(head.fixed.headers.len() + head.forwarded.len() + 1);
    for (name, value) in &head.fixed.headers {
        headers.append(name.clone(), value.clone());
    }
    for (name, value) in head.forwarded {
        if !is_framing(name) && (head.keep)(name) {
            headers.append(name.clone(), value.clone());
        }
    }
    if !body.is_empty() || !matches!(*head.method, Method::GET | Method::HEAD) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    let mut request = Request::new(RequestBody::new(body.clone()));
    *request.method_mut() = head.method.clone();
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    Ok(request)
}
