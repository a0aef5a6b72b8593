//! Responses over HTTP/1.1: how they end, well and badly.

use super::peer::{accept, large_body, origin_of, post, read_all, send};
use super::*;

/// What the caller sees of `wire`, after which the upstream closes (or, if not `close`, keeps) the connection.
async fn answer(wire: &[u8], close: bool) -> (Result<Vec<u8>, BodyError>, usize) {
    let (listener, origin) = origin_of().await;
    let (answer, mut upstream) = tokio::join!(post(&origin, "{}"), async {
        let mut upstream = accept(&listener).await;
        upstream.request().await;
        upstream.send(wire).await;
        (!close).then_some(upstream)
    });
    let mut answer = answer.unwrap();
    let body = read_all(&mut answer.body).await;
    assert!(answer.body.is_end());
    let idle = origin.idle();
    if let Some(upstream) = &mut upstream
        && idle == 0
    {
        assert!(upstream.is_closed().await);
    }
    (body, idle)
}

#[tokio::test]
async fn a_body_that_ends_early_is_truncated() {
    for wire in [
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
    ] {
        assert!(
            matches!(
                answer(wire.as_bytes(), true).await,
                (Err(BodyError::Truncated), 0)
            ),
            "{wire}"
        );
    }
}

#[tokio::test]
async fn a_body_without_length_ends_with_the_connection() {
    let (body, idle) = answer(b"HTTP/1.1 200 OK\r\n\r\nabc", true).await;
    assert_eq!((body.unwrap().as_slice(), idle), (&b"abc"[..], 0));
}

#[tokio::test]
async fn only_a_connection_in_a_certain_state_is_kept() {
    for (kept, wire) in [
        (1, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc"),
        (
            1,
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\na: b\r\n\r\n",
        ),
        (
            1,
            "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc",
        ),
        (
            0,
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        ),
        (
            0,
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nx",
        ),
        (
            0,
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        ),
        (
            0,
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc",
        ),
        (0, "HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\nabc"),
    ] {
        let (body, idle) = answer(wire.as_bytes(), false).await;
        assert_eq!(
            (body.unwrap().as_slice(), idle),
            (&b"abc"[..], kept),
            "{wire}"
        );
    }
}

#[tokio::test]
async fn a_malformed_chunk_is_an_error_after_the_bytes_before_it() {
    let (listener, origin) = origin_of().await;
    let (answer, mut upstream) = tokio::join!(post(&origin, "{}"), async {
        let mut upstream = accept(&listener).await;
        upstream.request().await;
        upstream
            .send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n")
            .await;
        upstream
    });
    let mut body = answer.unwrap().body;
    assert_eq!(body.chunk().await.unwrap().unwrap(), "abc");
    assert!(matches!(
        body.chunk().await,
        Some(Err(BodyError::BadChunk(_)))
    ));
    assert!(body.is_end() && body.chunk().await.is_none());
    assert!(upstream.is_closed().await);
}

#[tokio::test]
async fn a_reset_is_told_apart_from_an_end() {
    let (listener, origin) = origin_of().await;
    let (answer, upstream) = tokio::join!(post(&origin, "{}"), async {
        let mut upstream = accept(&listener).await;
        upstream.request().await;
        upstream.send("HTTP/1.1 200 OK\r\n\r\nabc").await;
        upstream
    });
    let mut body = answer.unwrap().body;
    assert_eq!(body.chunk().await.unwrap().unwrap(), "abc");
    upstream.0.set_zero_linger().unwrap();
    drop(upstream);
    assert!(matches!(body.chunk().await, Some(Err(BodyError::Reset))));
}

#[tokio::test]
async fn large_bodies_pass_both_ways() {
    let (listener, origin) = origin_of().await;
    let request = large_body();
    let payload = request.to_bytes();
    for chunked in [false, true] {
        let (answer, received) = tokio::join!(
            async {
                let mut answer = send(&origin, &request).await.unwrap();
                read_all(&mut answer.body).await.unwrap()
            },
            async {
                let mut upstream = accept(&listener).await;
                let wire = upstream.request().await;
                if chunked {
                    upstream.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n").await;
                    for piece in payload.chunks(100_001) {
                        upstream.send(format!("{:X}\r\n", piece.len())).await;
                        upstream.send([piece, b"\r\n"].concat()).await;
                    }
                    upstream.send("0\r\n\r\n").await;
                } else {
                    let head = format!(
                        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                        payload.len()
                    );
                    upstream.send(head).await;
                    upstream.send(&payload).await;
                }
                wire
            }
        );
        assert!(received.ends_with(&payload) && answer == payload);
    }
}

#[tokio::test]
async fn a_refusal_before_the_end_of_the_request_is_the_answer() {
    for close in [false, true] {
        let (listener, origin) = origin_of().await;
        let request = large_body();
        let (answer, upstream) = tokio::join!(send(&origin, &request), async {
            let mut upstream = accept(&listener).await;
            upstream.head().await;
            upstream
                .send("HTTP/1.1 413 Content Too Large\r\ncontent-length: 3\r\n\r\nbig")
                .await;
            (!close).then_some(upstream)
        });
        let mut answer = answer.unwrap();
        assert_eq!(answer.status, 413);
        assert_eq!(read_all(&mut answer.body).await.unwrap(), b"big");
        assert_eq!(origin.idle(), 0);
        if let Some(mut upstream) = upstream {
            while !upstream.is_closed().await {}
        }
    }
}

#[tokio::test]
async fn an_upstream_may_start_its_answer_while_it_still_reads() {
    let (listener, origin) = origin_of().await;
    let request = large_body();
    let (answer, length) = tokio::join!(
        async {
            let mut answer = send(&origin, &request).await.unwrap();
            read_all(&mut answer.body).await.unwrap()
        },
        async {
            let mut upstream = accept(&listener).await;
            upstream.head().await;
            upstream
                .send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n")
                .await;
            let mut rest = vec![0; 16 * 1024 * 1024];
            tokio::io::AsyncReadExt::read_exact(&mut upstream.0, &mut rest)
                .await
                .unwrap();
            upstream.send("1\r\nb\r\n0\r\n\r\n").await;
            rest.len()
        }
    );
    assert_eq!((answer.as_slice(), length), (&b"ab"[..], request.len()));
}

#[tokio::test]
async fn endless_headers_are_cut_off() {
    let (listener, origin) = origin_of().await;
    let (error, ()) = tokio::join!(post(&origin, "{}"), async {
        let mut upstream = accept(&listener).await;
        upstream.request().await;
        upstream.send("HTTP/1.1 200 OK\r\n").await;
        while tokio::io::AsyncWriteExt::write_all(&mut upstream.0, &b"x-more: yes\r\n".repeat(100))
            .await
            .is_ok()
        {}
    });
    assert!(matches!(error, Err(SendError::HeadTooLarge)));
}

#[tokio::test]
async fn a_head_that_ends_in_the_middle_is_no_answer() {
    let (listener, origin) = origin_of().await;
    let (error, ()) = tokio::join!(post(&origin, "{}"), async {
        let mut upstream = accept(&listener).await;
        upstream.request().await;
        upstream.send("HTTP/1.1 200 OK\r\ncontent-le").await;
    });
    assert!(matches!(error, Err(SendError::BadHead { .. })));
}
