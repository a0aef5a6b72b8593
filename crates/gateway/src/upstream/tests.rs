//! The transport against upstreams that are scripted byte by byte.

mod http1;
mod http2;
mod peer;
mod reuse;
mod tls;

use http::Method;
use http::uri::PathAndQuery;

use super::*;
use peer::{body, get, origin_of, post, read_all};

#[tokio::test]
async fn private_addresses_are_refused_unless_allowed() {
    let (listener, port) = peer::listen().await;
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"] {
        let closed = Origin::new(OriginSpec {
            guard: EgressGuard::default(),
            ..peer::spec(host, port)
        })
        .unwrap();
        let error = get(&closed).await.unwrap_err();
        assert!(
            matches!(
                error,
                SendError::Egress {
                    refusal: EgressRefusal {
                        range: "loopback",
                        ..
                    },
                    ..
                }
            ),
            "{error}"
        );
        assert!(!error.is_timeout() && !error.stale());

        let open = Origin::new(peer::spec(host, port)).unwrap();
        let (answer, ()) = tokio::join!(get(&open), async {
            let mut upstream = peer::accept(&listener).await;
            upstream.request().await;
            upstream.send("HTTP/1.1 204 No Content\r\n\r\n").await;
        });
        assert_eq!(answer.unwrap().status, 204, "{host}");
    }
}

#[test]
fn hosts_are_kept_as_given_and_refused_at_once_if_they_are_none() {
    for host in ["api.example", "my_service", "10.0.0.1", "::1", "[::1]"] {
        let spec = peer::spec(host, 80);
        assert_eq!(*Origin::new(spec.clone()).unwrap().spec(), spec);
    }
    for host in [
        "",
        "a b",
        "[::1",
        "[name]",
        "[10.0.0.1]",
        "host/path",
        "user@host",
    ] {
        let refused = Origin::new(peer::spec(host, 80));
        assert!(matches!(refused, Err(OriginError::Host { .. })), "{host}");
    }
}

#[tokio::test]
async fn a_closed_port_is_a_connect_error() {
    let (listener, port) = peer::listen().await;
    drop(listener);
    let origin = Origin::new(peer::spec("127.0.0.1", port)).unwrap();
    assert!(matches!(
        get(&origin).await,
        Err(SendError::Connect { timeout: false, .. })
    ));
}

#[tokio::test]
async fn a_silent_upstream_runs_into_the_first_byte_deadline() {
    let (listener, origin) = origin_of().await;
    let deadlines = Deadlines {
        first_byte: Duration::from_millis(20),
    };
    let fixed = peer::fixed();
    let head = peer::head(&Method::POST, &fixed);
    let body = body("{}");
    let (error, _upstream) =
        tokio::join!(origin.send(head, &body, deadlines), peer::accept(&listener));
    let error = error.unwrap_err();
    assert!(matches!(error, SendError::FirstByteTimeout { .. }) && error.is_timeout());
    assert_eq!(origin.idle(), 0);
}

#[tokio::test]
async fn dropping_the_request_closes_its_connection() {
    let (listener, origin) = origin_of().await;
    let mut upstream = tokio::select! {
        biased;
        answer = post(&origin, "{}") => panic!("{answer:?}"),
        upstream = async {
            let mut upstream = peer::accept(&listener).await;
            upstream.request().await;
            upstream
        } => upstream,
    };
    assert!(upstream.is_closed().await);
}

#[tokio::test]
async fn dropping_a_body_closes_its_connection() {
    let (listener, origin) = origin_of().await;
    let (answer, mut upstream) = tokio::join!(post(&origin, "{}"), async {
        let mut upstream = peer::accept(&listener).await;
        upstream.request().await;
        upstream
            .send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n")
            .await;
        upstream
    });
    let mut answer = answer.unwrap();
    assert_eq!(answer.body.chunk().await.unwrap().unwrap(), "a");
    drop(answer);
    assert!(upstream.is_closed().await);
    assert_eq!(origin.idle(), 0);
}

#[test]
fn a_waiting_response_is_small_and_owns_no_buffer() {
    assert!(
        size_of::<IncomingBody>() <= 192,
        "{}",
        size_of::<IncomingBody>()
    );
}

#[tokio::test]
async fn the_future_of_a_request_is_small() {
    let (_listener, origin) = origin_of().await;
    let fixed = peer::fixed();
    let body = body("{}");
    let sending = origin.send(peer::head(&Method::POST, &fixed), &body, peer::DEADLINES);
    assert!(size_of_val(&sending) <= 2048, "{}", size_of_val(&sending));
}

#[tokio::test]
async fn the_request_is_written_as_described() {
    let (listener, origin) = origin_of().await;
    let mut forwarded = http::HeaderMap::new();
    forwarded.insert("user-agent", "caller/1".parse().unwrap());
    forwarded.insert("x-note", http::HeaderValue::from_bytes(b"caf\xe9").unwrap());
    forwarded.insert("transfer-encoding", "chunked".parse().unwrap());
    forwarded.insert("content-length", "999".parse().unwrap());
    forwarded.insert("connection", "close".parse().unwrap());
    forwarded.insert("host", "elsewhere".parse().unwrap());
    forwarded.insert("cookie", "secret".parse().unwrap());
    let fixed = peer::fixed();
    let path = PathAndQuery::from_static("/v1/chat?a=b");
    let head = OutgoingHead {
        path_and_query: &path,
        forwarded: &forwarded,
        keep: &|name| name != "cookie",
        ..peer::head(&Method::POST, &fixed)
    };
    let body = body("{}");
    let (answer, wire) = tokio::join!(origin.send(head, &body, peer::DEADLINES), async {
        let mut upstream = peer::accept(&listener).await;
        let wire = upstream.request().await;
        upstream
            .send("HTTP/1.1 200 OK\r\nx-note: \u{e9}\r\ncontent-length: 2\r\n\r\nok")
            .await;
        wire
    });
    let expected =
        b"POST /v1/chat?a=b HTTP/1.1\r\nhost: upstream.test\r\nauthorization: Bearer k\r\n\
        user-agent: caller/1\r\nx-note: caf\xe9\r\ncontent-length: 2\r\n\r\n{}";
    assert_eq!(
        wire.escape_ascii().to_string(),
        expected.escape_ascii().to_string()
    );
    let mut answer = answer.unwrap();
    assert_eq!(answer.headers["x-note"].as_bytes(), "\u{e9}".as_bytes());
    assert_eq!(read_all(&mut answer.body).await.unwrap(), b"ok");
}

#[test]
fn credentials_are_not_in_debug_output() {
    let shown = format!(
        "{:?} {:?}",
        peer::fixed(),
        peer::head(&Method::POST, &peer::fixed())
    );
    assert!(
        shown.contains("upstream.test") && !shown.contains("Bearer"),
        "{shown}"
    );
}
