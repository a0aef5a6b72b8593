//! Requests whose end two readers could see in different places.

use std::time::Duration;

use aigw_testkit::FakeUpstream;
use aigw_testkit::raw::{self, End};

use crate::harness::{AUTH, World, one_model, request};

/// A caller that gets nothing more for so long is not going to.
const QUIET: Duration = Duration::from_secs(5);

fn world(upstream: &FakeUpstream, limits: &str) -> World {
    World::start(&format!(
        "{}limits: {{{limits}}}\n",
        one_model("m", &upstream.base_url(), "text")
    ))
}

fn head(path: &str, more: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\ncontent-type: application/json\r\n{more}\r\n",
        AUTH.1
    )
}

/// Requests whose end two readers could see in different places.
fn smuggling() -> Vec<(&'static str, String)> {
    let mut shapes = lengths();
    shapes.extend(chunks());
    shapes
}

/// The pieces that the shapes are made of: line and host, credential, a body, and a request to hide.
fn pieces() -> (&'static str, String, String, String) {
    let auth = format!("authorization: {}\r\n", AUTH.1);
    let (_, body) = request("chat", "m", false);
    let more = format!("x-hidden: 1\r\ncontent-length: {}\r\n", body.len());
    let hidden = format!("{}{body}", head("/v1/chat/completions", &more));
    (
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n",
        auth,
        body,
        hidden,
    )
}

fn lengths() -> Vec<(&'static str, String)> {
    let (line, auth, body, hidden) = pieces();
    let length = body.len();
    vec![
        (
            "length and chunks",
            format!(
                "{line}{auth}content-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"
            ),
        ),
        (
            "two lengths",
            format!(
                "{line}{auth}content-length: {length}\r\ncontent-length: 0\r\n\r\n{body}{hidden}"
            ),
        ),
        (
            "two lengths in one",
            format!("{line}{auth}content-length: {length}, 0\r\n\r\n{body}"),
        ),
        (
            "signed length",
            format!("{line}{auth}content-length: +{length}\r\n\r\n{body}"),
        ),
        (
            "huge length",
            format!("{line}{auth}content-length: 18446744073709551617\r\n\r\n{body}"),
        ),
        (
            "folded header",
            format!(
                "{line}{auth}transfer-encoding:\r\n chunked\r\ncontent-length: {length}\r\n\r\n{body}"
            ),
        ),
        (
            "space before the colon",
            format!(
                "{line}{auth}transfer-encoding : chunked\r\ncontent-length: {length}\r\n\r\n{body}"
            ),
        ),
        (
            "null in a header",
            format!("{line}{auth}x-a: b\0c\r\ncontent-length: {length}\r\n\r\n{body}"),
        ),
        (
            "carriage return in a header",
            format!(
                "{line}{auth}x-a: b\rtransfer-encoding: chunked\r\ncontent-length: {length}\r\n\r\n{body}"
            ),
        ),
        (
            "no such version",
            format!(
                "POST /v1/chat/completions HTTP/1.9\r\nhost: x\r\n{auth}content-length: {length}\r\n\r\n{body}"
            ),
        ),
        ("not HTTP", "\u{1}\u{2}\u{3} hello\r\n\r\n".to_owned()),
    ]
}

fn chunks() -> Vec<(&'static str, String)> {
    let (line, auth, body, _) = pieces();
    let length = body.len();
    let chunked = format!("{length:x}\r\n{body}\r\n0\r\n\r\n");
    vec![
        (
            "unknown coding",
            format!("{line}{auth}transfer-encoding: xchunked\r\n\r\n{chunked}"),
        ),
        (
            "coding twice",
            format!(
                "{line}{auth}transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n{chunked}"
            ),
        ),
        (
            "chunked is not last",
            format!("{line}{auth}transfer-encoding: chunked, gzip\r\n\r\n{chunked}"),
        ),
        (
            "chunk size garbage",
            format!("{line}{auth}transfer-encoding: chunked\r\n\r\nzz\r\n{body}\r\n0\r\n\r\n"),
        ),
        (
            "chunk size overflow",
            format!(
                "{line}{auth}transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n{body}\r\n0\r\n\r\n"
            ),
        ),
        (
            "chunk without its end",
            format!(
                "{line}{auth}transfer-encoding: chunked\r\n\r\n{length:x}\r\n{body}XX0\r\n\r\n"
            ),
        ),
        (
            "negative chunk",
            format!("{line}{auth}transfer-encoding: chunked\r\n\r\n-1\r\n{body}\r\n0\r\n\r\n"),
        ),
        (
            "old version with chunks",
            format!(
                "POST /v1/chat/completions HTTP/1.0\r\nhost: x\r\n{auth}transfer-encoding: chunked\r\n\r\n{chunked}"
            ),
        ),
    ]
}

#[tokio::test]
async fn smuggling_shapes_are_refused_and_nothing_reaches_the_upstream() {
    let upstream = FakeUpstream::start().await;
    let world = world(&upstream, "body_idle: 300ms, header_read: 300ms");
    let mut wrong = Vec::new();
    for (name, bytes) in smuggling() {
        let exchange = raw::exchange(world.addr, bytes.as_bytes(), QUIET)
            .await
            .unwrap();
        let refused = exchange
            .status()
            .is_none_or(|status| (400..500).contains(&status));
        if !refused || exchange.end == End::Quiet || upstream.count() > 0 {
            wrong.push(format!(
                "{name}: {:?} {:?}, {} upstream",
                exchange.status(),
                exchange.end,
                upstream.count()
            ));
            upstream.clear();
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn nothing_behind_a_chunked_request_is_read_as_a_request() {
    let upstream = FakeUpstream::start().await;
    let world = world(&upstream, "");
    let (path, body) = request("chat", "m", false);
    let hidden = format!(
        "{}{body}",
        head(path, &format!("content-length: {}\r\n", body.len()))
    );
    for more in ["", "content-length: 4\r\n"] {
        let bytes = format!(
            "{}{:x}\r\n{body}\r\n0\r\n\r\n{hidden}",
            head(path, &format!("transfer-encoding: chunked\r\n{more}")),
            body.len()
        );
        let exchange = raw::exchange(world.addr, bytes.as_bytes(), QUIET)
            .await
            .unwrap();
        assert_eq!(
            exchange.text().matches("HTTP/1.1").count(),
            1,
            "{}",
            exchange.text()
        );
        assert_ne!(exchange.end, End::Quiet);
    }
    assert_eq!(upstream.count(), 2);
}
