//! HTTP/2 over TLS against a server of hyper's.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::BodyExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::peer::{large_body, listen, post, read_all, send};
use super::tls::{authority, secure};
use super::*;

/// A response body fed by the test; says when it is dropped.
struct Fed {
    pieces: mpsc::UnboundedReceiver<Bytes>,
    /// Dropped with the body.
    #[expect(dead_code, reason = "only its drop matters")]
    present: oneshot::Sender<()>,
}

impl http_body::Body for Fed {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.pieces
            .poll_recv(cx)
            .map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}

/// One request as the upstream saw it, and the means to answer it further.
struct Seen {
    request: Request<Bytes>,
    feed: mpsc::UnboundedSender<Bytes>,
    gone: oneshot::Receiver<()>,
}

struct Upstream {
    origin: Arc<Origin>,
    seen: mpsc::UnboundedReceiver<Seen>,
    connections: Arc<AtomicUsize>,
    tasks: JoinSet<()>,
}

/// Serves HTTP/2 with at most `streams` requests at once on a connection.
async fn upstream(streams: u32) -> Upstream {
    let (listener, port) = listen().await;
    let (acceptor, ca_file) = authority(b"h2");
    let origin = secure("localhost", port, &ca_file);
    let (report, seen) = mpsc::unbounded_channel();
    let connections = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    let counted = Arc::clone(&connections);
    tasks.spawn(async move {
        let mut open = JoinSet::new();
        loop {
            let socket = listener.accept().await.unwrap().0;
            counted.fetch_add(1, Ordering::Relaxed);
            let (acceptor, report) = (acceptor.clone(), report.clone());
            open.spawn(async move {
                let tls = acceptor.accept(socket).await.unwrap();
                let service =
                    hyper::service::service_fn(move |request| answer(request, report.clone()));
                let _ended = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                    .max_concurrent_streams(streams)
                    .serve_connection(TokioIo::new(tls), service)
                    .await;
            });
        }
    });
    Upstream {
        origin,
        seen,
        connections,
        tasks,
    }
}

async fn answer(
    request: Request<hyper::body::Incoming>,
    report: mpsc::UnboundedSender<Seen>,
) -> Result<Response<Fed>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let (feed, pieces) = mpsc::unbounded_channel();
    let (present, gone) = oneshot::channel();
    report
        .send(Seen {
            request: Request::from_parts(parts, body),
            feed,
            gone,
        })
        .unwrap_or_default();
    Ok(Response::new(Fed { pieces, present }))
}

#[tokio::test]
async fn requests_share_one_connection() {
    let mut upstream = upstream(100).await;
    for reused in [false, true] {
        let mut answer = post(&upstream.origin, "{}").await.unwrap();
        assert_eq!(answer.timing.reused(), reused);
        let seen = upstream.seen.recv().await.unwrap();
        let (parts, body) = seen.request.into_parts();
        assert_eq!(
            (parts.uri.to_string().as_str(), &body[..]),
            ("https://upstream.test/v1/x", &b"{}"[..])
        );
        assert_eq!(parts.headers["authorization"], "Bearer k");
        assert_eq!(parts.headers["content-length"], "2");
        assert!(!parts.headers.contains_key("host"));
        seen.feed.send(Bytes::from_static(b"one ")).unwrap();
        seen.feed.send(Bytes::from_static(b"two")).unwrap();
        drop(seen.feed);
        assert_eq!(read_all(&mut answer.body).await.unwrap(), b"one two");
        assert_eq!(upstream.origin.idle(), 1);
    }
    assert_eq!(upstream.connections.load(Ordering::Relaxed), 1);
    upstream
        .origin
        .sweep(Instant::now() + Duration::from_secs(91));
    assert_eq!(upstream.origin.idle(), 0);
}

#[tokio::test]
async fn a_large_request_arrives_whole() {
    let mut upstream = upstream(100).await;
    let request = large_body();
    let answer = send(&upstream.origin, &request).await.unwrap();
    assert_eq!(answer.status, 200);
    assert!(upstream.seen.recv().await.unwrap().request.body() == &request.to_bytes());
}

#[tokio::test]
async fn dropping_a_body_resets_its_stream_alone() {
    let mut upstream = upstream(100).await;
    let dropped = post(&upstream.origin, "{}").await.unwrap();
    let mut kept = post(&upstream.origin, "{}").await.unwrap();
    let first = upstream.seen.recv().await.unwrap();
    let second = upstream.seen.recv().await.unwrap();
    drop(dropped);
    assert!(first.gone.await.is_err());
    second.feed.send(Bytes::from_static(b"still here")).unwrap();
    drop(second.feed);
    assert_eq!(read_all(&mut kept.body).await.unwrap(), b"still here");
}

#[tokio::test]
async fn a_full_connection_is_joined_by_another() {
    let mut upstream = upstream(1).await;
    let first = post(&upstream.origin, "{}").await.unwrap();
    let second = post(&upstream.origin, "{}").await.unwrap();
    assert!(!second.timing.reused());
    assert_eq!(upstream.connections.load(Ordering::Relaxed), 2);
    assert_eq!(upstream.origin.idle(), 0);
    drop((first, second, upstream.seen.recv().await));
}

#[tokio::test]
async fn a_broken_connection_is_an_error_and_the_next_request_gets_a_new_one() {
    let mut upstream = upstream(100).await;
    let mut answer = post(&upstream.origin, "{}").await.unwrap();
    let seen = upstream.seen.recv().await.unwrap();
    seen.feed.send(Bytes::from_static(b"half")).unwrap();
    assert_eq!(answer.body.chunk().await.unwrap().unwrap(), "half");
    upstream.tasks.abort_all();
    let error = answer.body.chunk().await.unwrap().unwrap_err();
    assert!(
        matches!(error, BodyError::Truncated | BodyError::Reset),
        "{error:?}"
    );
    assert!(answer.body.is_end());
    assert!(matches!(
        post(&upstream.origin, "{}").await,
        Err(SendError::Connect { .. })
    ));
}

#[tokio::test]
async fn an_upstream_that_never_speaks_http2_frames_runs_into_the_deadline() {
    let (listener, port): (TcpListener, u16) = listen().await;
    let (acceptor, ca_file) = authority(b"h2");
    let origin = secure("localhost", port, &ca_file);
    let fixed = super::peer::fixed();
    let body = super::peer::body("{}");
    let deadlines = Deadlines {
        first_byte: Duration::from_millis(20),
    };
    let head = super::peer::head(&Method::POST, &fixed);
    let (error, _silent) = tokio::join!(origin.send(head, &body, deadlines), async {
        acceptor
            .accept(listener.accept().await.unwrap().0)
            .await
            .unwrap()
    });
    assert!(matches!(error, Err(SendError::FirstByteTimeout { .. })));
}
