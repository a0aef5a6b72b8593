//! Keeping connections, and what happens when a kept one turns out to be gone.

use super::peer::{Peer, accept, large_body, origin_of, post, read_all, send};
use super::*;
use tokio::net::{TcpListener, TcpStream};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// One complete exchange; gives the upstream's end of the connection, which is idle now.
async fn first_exchange(origin: &Origin, listener: &TcpListener) -> Peer<TcpStream> {
    let (answer, upstream) = tokio::join!(post(origin, "{}"), async {
        let mut upstream = accept(listener).await;
        upstream.request().await;
        upstream.send(OK).await;
        upstream
    });
    let mut answer = answer.unwrap();
    assert!(!answer.timing.reused());
    assert_eq!(read_all(&mut answer.body).await.unwrap(), b"ok");
    assert_eq!(origin.idle(), 1);
    upstream
}

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let (listener, origin) = origin_of().await;
    let mut upstream = first_exchange(&origin, &listener).await;
    for _ in 0..3 {
        let (answer, ()) = tokio::join!(post(&origin, "{}"), async {
            upstream.request().await;
            upstream.send(OK).await;
        });
        let mut answer = answer.unwrap();
        assert!(answer.timing.reused() && answer.timing.connect.is_none());
        assert_eq!(read_all(&mut answer.body).await.unwrap(), b"ok");
    }
    assert_eq!(origin.idle(), 1);
}

#[tokio::test]
async fn connections_are_closed_after_ninety_idle_seconds() {
    let (listener, origin) = origin_of().await;
    let mut upstream = first_exchange(&origin, &listener).await;
    let now = Instant::now();
    origin.sweep(now + Duration::from_secs(89));
    assert_eq!(origin.idle(), 1);
    origin.sweep(now + Duration::from_secs(91));
    assert_eq!(origin.idle(), 0);
    assert!(upstream.is_closed().await);
}

#[tokio::test]
async fn a_closed_or_talking_idle_connection_is_not_kept() {
    for bytes in ["", "HTTP/1.1 408 Request Timeout\r\n\r\n"] {
        let (listener, origin) = origin_of().await;
        let mut upstream = first_exchange(&origin, &listener).await;
        upstream.send(bytes).await;
        let talking = (!bytes.is_empty()).then_some(upstream);
        while origin.idle() > 0 {
            origin.sweep(Instant::now());
            tokio::task::yield_now().await;
        }
        drop(talking);
    }
}

#[tokio::test]
async fn a_request_cut_off_on_a_kept_connection_is_sent_again() {
    let (listener, origin) = origin_of().await;
    let mut upstream = first_exchange(&origin, &listener).await;
    let request = large_body();
    let (answer, wire) = tokio::join!(send(&origin, &request), async {
        upstream.head().await;
        drop(upstream);
        let mut upstream = accept(&listener).await;
        let wire = upstream.request().await;
        upstream.send(OK).await;
        wire
    });
    let mut answer = answer.unwrap();
    assert!(!answer.timing.reused());
    assert!(wire.starts_with(b"POST ") && wire.ends_with(&request.to_bytes()));
    assert_eq!(read_all(&mut answer.body).await.unwrap(), b"ok");
}

#[tokio::test]
async fn a_request_that_was_written_is_not_sent_twice() {
    let (listener, origin) = origin_of().await;
    let mut upstream = first_exchange(&origin, &listener).await;
    let (error, ()) = tokio::join!(post(&origin, "{}"), async {
        upstream.request().await;
        drop(upstream);
    });
    let error = error.unwrap_err();
    assert!(
        matches!(error, SendError::Closed { reused: true }) && error.stale(),
        "{error}"
    );
}

#[tokio::test]
async fn a_fresh_connection_that_closes_is_not_retried() {
    let (listener, origin) = origin_of().await;
    let (error, ()) = tokio::join!(post(&origin, "{}"), async {
        let mut upstream = accept(&listener).await;
        upstream.request().await;
    });
    let error = error.unwrap_err();
    assert!(
        matches!(error, SendError::Closed { reused: false }) && !error.stale(),
        "{error}"
    );
}

#[tokio::test]
async fn a_body_in_flight_outlives_its_origin() {
    let (listener, origin) = origin_of().await;
    let (answer, mut upstream) = tokio::join!(post(&origin, "{}"), async {
        let mut upstream = accept(&listener).await;
        upstream.request().await;
        upstream
            .send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no")
            .await;
        upstream
    });
    drop(origin);
    upstream.send("k").await;
    let mut body = answer.unwrap().body;
    assert_eq!(read_all(&mut body).await.unwrap(), b"ok");
    drop(body);
    assert!(upstream.is_closed().await);
}
