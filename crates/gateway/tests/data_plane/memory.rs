//! Answers and bodies of any size: refused at their limit or passed on as they come, never collected.

use std::time::Duration;

use aigw_testkit::FakeUpstream;
use aigw_testkit::proc;
use aigw_testkit::raw::Client;

use crate::canned::{Canned, Play, chunk};
use crate::harness::{AUTH, DIALECTS, World, one_model, request};

/// What other tests of this process may come to need meanwhile; collecting a body of 1 GiB would need far more.
const SLACK: u64 = 300 << 20;
/// Buffers of two sockets and of the gateway, with room.
const BUFFERED: u64 = 24 << 20;

fn resident() -> u64 {
    proc::memory(std::process::id()).unwrap().resident
}

#[tokio::test]
async fn answers_of_a_gibibyte_are_refused_at_the_limit() {
    let upstream = FakeUpstream::start().await;
    for dialect in DIALECTS {
        for stream in [false, true] {
            let world = World::start(&format!(
                "{}limits: {{upstream_body: 1MiB, upstream_event: 1MiB}}\nrouting: {{retry: {{attempts: 1}}}}\n",
                one_model("m", &upstream.base_url(), "text+huge")
            ));
            let before = resident();
            let answer = world.ask(dialect, "m", stream).await;
            assert_eq!(answer.status(), 502);
            assert!(
                answer.text().contains("upstream_too_large"),
                "{}",
                answer.text()
            );
            assert!(resident() < before + SLACK);
        }
    }
    assert!(upstream.wait_cancelled(6).await, "the rest is not read");
}

#[tokio::test]
async fn a_body_of_a_gibibyte_is_refused_while_it_is_sent() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&one_model("m", &upstream.base_url(), "text"));
    let before = resident();
    for dialect in DIALECTS {
        let (path, _) = request(dialect, "m", false);
        let mut client = world.client().await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\ntransfer-encoding: chunked\r\n\r\n",
            AUTH.1
        );
        client.write(head.as_bytes()).await.unwrap();
        client
            .write(&chunk(b"{\"model\":\"m\",\"x\":\""))
            .await
            .unwrap();
        let piece = chunk(&vec![b'x'; 1 << 20]);
        let mut sent = 0;
        while sent < 1024 && client.write(&piece).await.is_ok() {
            sent += 1;
        }
        // The default limit is 64 MiB; what the sockets hold and what is read to let the answer through comes on top.
        assert!(
            sent < 1024 || client.head().await.is_ok_and(|head| head.status == 413),
            "{sent} MiB were taken"
        );
    }
    assert!(resident() < before + SLACK);
    assert_eq!(upstream.count(), 0);
    let records = world.records(3).await;
    assert!(records.iter().all(|record| record.status == 413));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_does_not_read_holds_the_upstream_back() {
    for dialect in DIALECTS {
        let content = match dialect {
            "chat" => format!(
                "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n",
                "x".repeat(30_000)
            ),
            "responses" => format!(
                "event: response.output_text.delta\ndata: {{\"type\":\"response.output_text.delta\",\"sequence_number\":1,\"delta\":\"{}\"}}\n\n",
                "x".repeat(30_000)
            ),
            _ => format!(
                "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\"{}\"}}}}\n\n",
                "x".repeat(30_000)
            ),
        };
        let upstream = Canned::start(vec![
            Play::Write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n".to_vec()),
            Play::Forever(chunk(content.as_bytes())),
        ])
        .await;
        let world = World::start(&one_model("m", &upstream.base_url(), "m"));
        let (path, body) = request(dialect, "m", true);
        let mut client: Client = world.client().await;
        client.open(path, &[AUTH], body).await.unwrap();
        client.event().await.unwrap();
        // As long as anything moves, it is on its way into a buffer.
        let mut before = 0;
        while upstream.written() > before {
            before = upstream.written();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(
            before < BUFFERED,
            "{dialect}: {before} bytes were taken from the upstream"
        );
        // Reading lets the stream go on.
        for _ in 0..2000 {
            client.event().await.unwrap().unwrap();
        }
        assert!(upstream.written() > before);
    }
}
