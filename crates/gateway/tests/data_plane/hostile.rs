//! Callers that stall, flood, compress and smuggle: an error or a closed connection, and nothing else is disturbed.

use std::time::Duration;

use aigw_testkit::FakeUpstream;
use aigw_testkit::raw::{self, Client, End};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::harness::{AUTH, DIALECTS, World, one_model, request};

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

#[tokio::test]
async fn a_body_that_stalls_is_408_and_the_connection_closes() {
    let upstream = FakeUpstream::start().await;
    let world = world(&upstream, "body_idle: 200ms");
    for dialect in DIALECTS {
        let (path, _) = request(dialect, "m", false);
        for framing in ["content-length: 100\r\n", "transfer-encoding: chunked\r\n"] {
            let bytes = format!(
                "{}{}",
                head(path, framing),
                if framing.starts_with('c') {
                    "{\"model\":"
                } else {
                    "9\r\n{\"model\":\r\n"
                }
            );
            let exchange = raw::exchange(world.addr, bytes.as_bytes(), QUIET)
                .await
                .unwrap();
            assert_eq!(exchange.status(), Some(408), "{}", exchange.text());
            assert_ne!(exchange.end, End::Quiet);
            assert!(exchange.text().contains("request_timeout"));
            assert_eq!(
                exchange.text().contains(r#""type":"error""#),
                dialect == "messages"
            );
        }
    }
    assert_eq!(upstream.count(), 0);
    let records = world.records(6).await;
    assert!(
        records
            .iter()
            .all(|record| record.status == 408 && record.error_code == Some("request_timeout"))
    );
}

#[tokio::test]
async fn a_body_that_drips_is_not_waited_for_without_end() {
    let upstream = FakeUpstream::start().await;
    let world = world(&upstream, "body_idle: 200ms");
    let mut tcp = TcpStream::connect(world.addr).await.unwrap();
    tcp.write_all(head("/v1/messages", "content-length: 1000000\r\n").as_bytes())
        .await
        .unwrap();
    let mut byte = *b"{";
    // Each byte comes in time; all of them never would.
    let refused = tokio::time::timeout(Duration::from_secs(8), async {
        loop {
            if tcp.write_all(&byte).await.is_err() {
                return;
            }
            byte = *b" ";
            let mut answer = [0; 12];
            if let Ok(Ok(12)) =
                tokio::time::timeout(Duration::from_millis(20), tcp.peek(&mut answer)).await
            {
                assert_eq!(&answer, b"HTTP/1.1 408");
                return;
            }
        }
    });
    assert!(refused.await.is_ok(), "the gateway waits for ever");
}

#[tokio::test]
async fn heads_that_do_not_come_are_closed() {
    let upstream = FakeUpstream::start().await;
    let world = world(&upstream, "header_read: 200ms");
    for (bytes, status) in [
        (&b""[..], None),
        (
            b"POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-slow",
            Some(408),
        ),
    ] {
        let exchange = raw::exchange(world.addr, bytes, QUIET).await.unwrap();
        assert_ne!(exchange.end, End::Quiet);
        assert_eq!(exchange.status(), status, "{}", exchange.text());
    }
    // A head that drips is as late as one that stalls.
    let mut tcp = TcpStream::connect(world.addr).await.unwrap();
    let mut answer = [0; 12];
    tcp.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let refused = tokio::time::timeout(QUIET, async {
        while tcp.write_all(b"x-a: b\r\n").await.is_ok() {
            if let Ok(Ok(12)) =
                tokio::time::timeout(Duration::from_millis(5), tcp.peek(&mut answer)).await
            {
                return;
            }
        }
    });
    assert!(refused.await.is_ok());
    assert_eq!(&answer, b"HTTP/1.1 408");
}

#[tokio::test]
async fn header_floods_are_431_or_closed() {
    let upstream = FakeUpstream::start().await;
    let world = world(&upstream, "");
    let many = (0..500).fold(String::new(), |all, n| all + &format!("x-{n}: y\r\n"));
    let wide = format!("x-wide: {}\r\n", "y".repeat(100_000));
    let endless = "x-endless: y\r\n".repeat(100_000);
    for flood in [many, wide, endless] {
        let bytes = head("/v1/chat/completions", &flood);
        let exchange = raw::exchange(world.addr, bytes.as_bytes(), QUIET)
            .await
            .unwrap();
        assert!(
            matches!(exchange.status(), Some(431) | None),
            "{}",
            exchange.text()
        );
        assert_ne!(exchange.end, End::Quiet);
    }
    assert_eq!(upstream.count(), 0);
    // 60 KiB in a usual number of headers are within the limit.
    let wide = "y".repeat(10_000);
    let fits = (0..6).fold(String::new(), |all, n| {
        all + &format!("x-fits-{n}: {wide}\r\n")
    });
    let (path, body) = request("chat", "m", false);
    let bytes = format!(
        "{}{body}",
        head(
            path,
            &format!(
                "{fits}connection: close\r\ncontent-length: {}\r\n",
                body.len()
            )
        )
    );
    let exchange = raw::exchange(world.addr, bytes.as_bytes(), QUIET)
        .await
        .unwrap();
    assert_eq!(exchange.status(), Some(200), "{}", exchange.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_disturb_nobody() {
    let upstream = FakeUpstream::start().await;
    let world = world(&upstream, "header_read: 60s");
    // Both ends of every connection are in this process, which also runs the other tests.
    let limit = aigw_testkit::proc::open_files_limit(std::process::id()).unwrap();
    let count = usize::try_from((limit.saturating_sub(2_000) / 2).clamp(200, 10_000)).unwrap();
    let mut idle = Vec::with_capacity(count);
    for number in 0..count {
        let mut tcp = TcpStream::connect(world.addr).await.unwrap();
        if number % 3 == 0 {
            tcp.write_all(b"POST /v1/chat/completions HTTP/1.1\r\nhost:")
                .await
                .unwrap();
        }
        idle.push(tcp);
    }
    for dialect in DIALECTS {
        let answer = world.ask(dialect, "m", true).await;
        assert_eq!(answer.status(), 200);
    }
    assert_eq!(idle.len(), count);
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_their_order() {
    let upstream = FakeUpstream::start().await;
    let world =
        World::start(&one_model("*", &upstream.base_url(), "x").replace(", model: \"x\"", ""));
    let mut bytes = Vec::new();
    for (number, model) in [
        "text+slow-first-byte-100ms",
        "text",
        "text+status-400",
        "thinking",
    ]
    .iter()
    .enumerate()
    {
        let (path, body) = request(DIALECTS[number % 3], model, number % 2 == 1);
        bytes.extend(raw::request(
            "POST",
            path,
            "x",
            &[AUTH, ("x-request-id", &format!("number-{number}"))],
            body.as_bytes(),
        ));
    }
    let mut client: Client = world.client().await;
    client.write(&bytes).await.unwrap();
    for number in 0..4 {
        let answer = client.answer().await.unwrap();
        assert_eq!(
            answer.header("x-request-id"),
            Some(&*format!("number-{number}")),
            "{}",
            answer.text()
        );
        assert_eq!(answer.status(), if number == 2 { 400 } else { 200 });
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_reaches_nobody() {
    let upstream = FakeUpstream::start().await;
    let world = world(&upstream, "");
    let (path, body) = request("chat", "m", false);
    for framing in [
        format!("content-length: {}\r\n", body.len() + 1),
        "transfer-encoding: chunked\r\n".to_owned(),
    ] {
        let mut tcp = TcpStream::connect(world.addr).await.unwrap();
        let sent = if framing.starts_with('c') {
            body.clone()
        } else {
            format!("{:x}\r\n{body}\r\n", body.len())
        };
        tcp.write_all(format!("{}{sent}", head(path, &framing)).as_bytes())
            .await
            .unwrap();
        tcp.shutdown().await.unwrap();
        drop(tcp);
    }
    let records = world.records(2).await;
    assert!(records.iter().all(|record| record.attempts.is_empty()));
    assert_eq!(upstream.count(), 0);
}
