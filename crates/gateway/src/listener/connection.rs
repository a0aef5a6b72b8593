//! One connection from accept to close.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::caller::Caller;
use super::meter::Meter;
use super::open::{Open, Place, State};
use super::tls::Tls;
use super::watch::{Expired, Watch};
use super::{ConnectionLimits, Serve};

/// Request heads, HTTP/2 header lists, and what is buffered per connection.
const HEADER_BYTES: usize = 64 << 10;
/// Requests at once on one HTTP/2 connection.
const STREAMS: u32 = 256;
/// Flow-control windows of HTTP/2: request bodies that wait to be read.
const STREAM_WINDOW: u32 = 256 << 10;
const CONNECTION_WINDOW: u32 = 1 << 20;
/// Streams that an HTTP/2 caller may reset before they were looked at, and that break its rules, before it is cut off.
const PENDING_RESETS: usize = 32;
const ERROR_RESETS: usize = 128;
/// A quiet HTTP/2 connection is pinged this often, and given up when the answer takes this long.
const PING_INTERVAL: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(20);
/// The first bytes of the HTTP/2 client preface; no HTTP/1 method begins with them.
const HTTP2_PREFACE: &[u8; 3] = b"PRI";
/// How long to wait for more of a first packet that is too short to tell.
const PEEK_AGAIN: Duration = Duration::from_millis(10);
/// How long a caller that is still sending may go on after its answer, so that a reset does not destroy it.
const LINGER: Duration = Duration::from_secs(5);

/// The answer to a request head that did not arrive in time.
const HEAD_TIMEOUT: &[u8] = b"HTTP/1.1 408 Request Timeout\r\n\
content-type: application/json\r\n\
content-length: 135\r\n\
connection: close\r\n\
\r\n\
{\"error\":{\"message\":\"the request headers did not arrive in time\",\
\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"request_timeout\"}}";

/// What all connections of a listener share.
pub(super) struct Shared<S> {
    pub(super) open: Arc<Open>,
    pub(super) limits: ConnectionLimits,
    service: S,
    tls: Option<Tls>,
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
}

/// How the polling of an HTTP/1 connection ended.
enum Ended {
    Closed(hyper::Result<()>),
    Expired(Expired),
    Cut,
}

impl<S: Serve> Shared<S> {
    pub(super) fn new(
        service: S,
        limits: ConnectionLimits,
        tls: Option<Tls>,
        open: Arc<Open>,
    ) -> Self {
        let mut http1 = http1::Builder::new();
        // The head timeout of hyper also runs on idle connections, and costs an allocation per request; see `Watch`.
        http1
            .header_read_timeout(None)
            .max_header_size(HEADER_BYTES)
            .max_buf_size(HEADER_BYTES)
            .half_close(false)
            .timer(TokioTimer::new());
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_header_list_size(u32::try_from(HEADER_BYTES).unwrap_or(u32::MAX))
            .max_send_buf_size(HEADER_BYTES)
            .max_pending_accept_reset_streams(PENDING_RESETS)
            .max_local_error_reset_streams(ERROR_RESETS)
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_TIMEOUT);
        Self {
            open,
            limits,
            service,
            tls,
            http1,
            http2,
        }
    }

    fn caller(&self, peer: SocketAddr, state: &Arc<State>) -> Caller<S> {
        Caller::new(self.service.clone(), peer.ip(), Arc::clone(state))
    }
}

/// Serves one accepted connection until it closes.
pub(super) async fn serve<S: Serve>(
    shared: Arc<Shared<S>>,
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
) {
    let state = place.state();
    if stream.set_nodelay(true).is_err() {
        return; // reset before it was accepted
    }
    let opening = shared.limits.header_read;
    // Boxed: TLS and HTTP/2 are several times the size of a plain HTTP/1 connection.
    if let Some(tls) = &shared.tls {
        return Box::pin(secure(&shared, tls, stream, peer, state)).await;
    }
    match until_drain(state, timeout(opening, begins_http2(&stream))).await {
        Some(Ok(Some(true))) => Box::pin(http2(&shared, stream, peer, state)).await,
        Some(Ok(Some(false))) => http1(&shared, stream, peer, state).await,
        // Closed, silent for too long, or the listener drains: no request has begun.
        Some(Ok(None) | Err(_)) | None => {}
    }
}

async fn secure<S: Serve>(
    shared: &Shared<S>,
    tls: &Tls,
    stream: TcpStream,
    peer: SocketAddr,
    state: &Arc<State>,
) {
    let opening = shared.limits.header_read;
    match until_drain(state, timeout(opening, tls.accept(stream))).await {
        Some(Ok(Ok(stream))) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => {
            Box::pin(http2(shared, stream, peer, state)).await;
        }
        Some(Ok(Ok(stream))) => Box::pin(http1(shared, stream, peer, state)).await,
        Some(Ok(Err(error))) => tracing::debug!(%peer, %error, "TLS handshake failed"),
        Some(Err(_)) => tracing::debug!(%peer, "TLS handshake timed out"),
        None => {}
    }
}

/// `None` when the listener begins to drain before `future` completes.
async fn until_drain<F: Future>(state: &State, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|cx| {
        state.register(cx);
        if state.is_draining() {
            return Poll::Ready(None);
        }
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

/// Whether a connection begins with the HTTP/2 preface; `None` if it closes before that is known.
async fn begins_http2(stream: &TcpStream) -> Option<bool> {
    let mut first = [0; HTTP2_PREFACE.len()];
    loop {
        let length = stream
            .peek(&mut first)
            .await
            .ok()
            .filter(|length| *length > 0)?;
        if first[..length] != HTTP2_PREFACE[..length] {
            return Some(false);
        }
        if length == first.len() {
            return Some(true);
        }
        sleep(PEEK_AGAIN).await;
    }
}

async fn http1<S, T>(shared: &Shared<S>, stream: T, peer: SocketAddr, state: &Arc<State>)
where
    S: Serve,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(Meter::new(stream, Arc::clone(state)));
    let mut connection = shared
        .http1
        .serve_connection(io, shared.caller(peer, state));
    let header_read = shared.limits.header_read;
    let mut watch = Watch::new(header_read, false);
    let mut timer = pin!(sleep(header_read));
    let (mut registered, mut told, mut idle) = (false, false, false);
    let ended = poll_fn(|cx| {
        if !registered {
            registered = true;
            state.register(cx);
        }
        if state.is_cut() {
            return Poll::Ready(Ended::Cut);
        }
        if !told && state.is_draining() {
            told = true;
            idle = state.active() == 0;
            Pin::new(&mut connection).graceful_shutdown();
        }
        if let Poll::Ready(result) = connection.poll_without_shutdown(cx) {
            return Poll::Ready(Ended::Closed(result));
        }
        watch.poll(cx, timer.as_mut(), state).map(Ended::Expired)
    })
    .await;
    let io = connection.into_parts().io.into_inner();
    match ended {
        Ended::Cut | Ended::Expired(Expired::Idle) => {}
        Ended::Expired(Expired::Head) if state.received() == 0 || state.is_blocked() => {}
        Ended::Expired(Expired::Head) => Box::pin(close(io, HEAD_TIMEOUT, true, state)).await,
        Ended::Closed(result) => {
            if let Err(error) = &result {
                tracing::debug!(%peer, %error, "connection failed");
            }
            // While draining nobody is waited for who has read the whole answer.
            let over = state.has_ended() || idle || told && result.is_ok();
            let sending = !over && (result.is_err() || state.had_body());
            Box::pin(close(io, b"", sending, state)).await;
        }
    }
}

/// Says `last`, then that nothing follows. When the caller may still be `sending`, reads on for a while: closing a socket
/// with unread bytes resets the connection, and the caller would lose the answer.
async fn close<T: AsyncRead + AsyncWrite + Unpin>(
    mut io: Meter<T>,
    last: &[u8],
    sending: bool,
    state: &State,
) {
    let mut closing = pin!(timeout(LINGER, async {
        io.write_all(last).await?;
        io.shutdown().await?;
        if !sending {
            return Ok(());
        }
        let mut rest = vec![0; 8 << 10];
        while io.read(&mut rest).await? > 0 {}
        std::io::Result::Ok(())
    }));
    poll_fn(|cx| {
        if state.is_cut() {
            Poll::Ready(())
        } else {
            closing.as_mut().poll(cx).map(|_| ())
        }
    })
    .await;
}

async fn http2<S, T>(shared: &Shared<S>, stream: T, peer: SocketAddr, state: &Arc<State>)
where
    S: Serve,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(Meter::new(stream, Arc::clone(state)));
    let mut connection = pin!(
        shared
            .http2
            .serve_connection(io, shared.caller(peer, state))
    );
    let header_read = shared.limits.header_read;
    let mut watch = Watch::new(header_read, true);
    let mut timer = pin!(sleep(header_read));
    let mut told = false;
    poll_fn(|cx| {
        state.register(cx);
        if state.is_cut() {
            return Poll::Ready(());
        }
        if !told && state.is_draining() {
            told = true;
            connection.as_mut().graceful_shutdown();
        }
        if let Poll::Ready(result) = connection.as_mut().poll(cx) {
            if let Err(error) = result {
                tracing::debug!(%peer, %error, "connection failed");
            }
            return Poll::Ready(());
        }
        watch.poll(cx, timer.as_mut(), state).map(|_| ())
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::HEAD_TIMEOUT;

    #[test]
    fn head_timeout_answer_has_the_length_it_says() {
        let text = std::str::from_utf8(HEAD_TIMEOUT).expect("ASCII");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        assert!(
            head.contains(&format!("content-length: {}", body.len())),
            "body has {} bytes",
            body.len()
        );
    }
}
