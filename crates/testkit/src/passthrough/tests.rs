use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::passthrough;
use crate::raw::Client;
use crate::{FakeUpstream, clock};

/// A pass-through in front of an address; it ends with the test's runtime.
async fn relay(upstream: SocketAddr) -> (SocketAddr, JoinHandle<std::io::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    (addr, clock::spawn(passthrough(listener, upstream)))
}

#[tokio::test]
async fn bodies_and_streams_pass_unchanged_over_one_upstream_connection() {
    let upstream = FakeUpstream::start().await;
    let (addr, _running) = relay(upstream.addr()).await;
    let mut direct = Client::connect(upstream.addr()).await.unwrap();
    let mut through = Client::connect(addr).await.unwrap();
    for stream in [false, true] {
        let body = format!(
            r#"{{"model":"tools","stream":{stream},"messages":["{}"]}}"#,
            "x".repeat(200_000)
        );
        let wanted = direct
            .post("/v1/messages?beta=1", &[("x-one", "1")], &body)
            .await
            .unwrap();
        let relayed = through
            .post("/v1/messages?beta=1", &[("x-one", "1")], &body)
            .await
            .unwrap();
        assert_eq!((relayed.status(), &relayed.body), (200, &wanted.body));
        assert_eq!(
            relayed.header("content-type"),
            wanted.header("content-type")
        );
        let seen = upstream.last_request().unwrap();
        assert_eq!(
            (seen.path.as_str(), seen.header("x-one"), seen.body.as_ref()),
            ("/v1/messages?beta=1", Some("1"), body.as_bytes())
        );
    }
    assert_eq!((upstream.count(), upstream.connections()), (4, 2));
}

#[tokio::test]
async fn an_upstream_that_refuses_is_a_502() {
    let refusing = FakeUpstream::refusing().unwrap();
    let (addr, _running) = relay(refusing.addr()).await;
    let answer = Client::connect(addr)
        .await
        .unwrap()
        .post("/", &[], "{}")
        .await
        .unwrap();
    assert_eq!(answer.status(), 502);
}
