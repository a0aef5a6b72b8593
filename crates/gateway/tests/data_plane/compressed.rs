//! Request bodies that come compressed.

use aigw_testkit::FakeUpstream;
use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::harness::{AUTH, DIALECTS, World, one_model, request};

async fn compressed(coding: &str, plain: &[u8]) -> Vec<u8> {
    async fn run<E: AsyncWrite + Unpin>(mut encoder: E, plain: &[u8]) -> E {
        encoder.write_all(plain).await.unwrap();
        encoder.shutdown().await.unwrap();
        encoder
    }
    match coding {
        "gzip" | "x-gzip" => run(GzipEncoder::new(Vec::new()), plain).await.into_inner(),
        "deflate" => run(ZlibEncoder::new(Vec::new()), plain).await.into_inner(),
        "br" => run(BrotliEncoder::new(Vec::new()), plain)
            .await
            .into_inner(),
        _ => run(ZstdEncoder::new(Vec::new()), plain).await.into_inner(),
    }
}

const CODINGS: [&str; 5] = ["gzip", "x-gzip", "deflate", "br", "zstd"];

#[tokio::test]
async fn compressed_bodies_arrive_plain() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&format!(
        "{}limits: {{}}\n",
        one_model("m", &upstream.base_url(), "text")
    ));
    for dialect in DIALECTS {
        let (path, body) = request(dialect, "m", false);
        let body = body.replace(r#""hi""#, &format!(r#""{}""#, "hello ".repeat(50_000)));
        for coding in CODINGS {
            let packed = compressed(coding, body.as_bytes()).await;
            let answer = world
                .client()
                .await
                .post(path, &[AUTH, ("content-encoding", coding)], &packed)
                .await
                .unwrap();
            assert_eq!(answer.status(), 200, "{coding}: {}", answer.text());
            let seen = upstream.last_request().unwrap();
            assert!(
                seen.body == body.replace(r#""m""#, r#""text""#).as_bytes(),
                "{coding}"
            );
            assert_eq!(seen.header("content-encoding"), None);
        }
    }
}

#[tokio::test]
async fn bombs_end_at_the_limit() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&format!(
        "{}limits: {{body: 256KiB}}\n",
        one_model("m", &upstream.base_url(), "text")
    ));
    let bomb = vec![b' '; 16 << 20];
    for coding in CODINGS {
        let packed = compressed(coding, &bomb).await;
        assert!(packed.len() < 64 << 10, "{coding}: {}", packed.len());
        let answer = world
            .client()
            .await
            .post(
                "/v1/messages",
                &[AUTH, ("content-encoding", coding)],
                &packed,
            )
            .await
            .unwrap();
        assert_eq!(answer.status(), 413, "{coding}: {}", answer.text());
        assert_eq!(
            answer.json()["error"]["details"]["error_code"],
            "request_too_large"
        );
    }
    assert_eq!(upstream.count(), 0);
}

#[tokio::test]
async fn broken_compression_is_400() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&format!(
        "{}limits: {{}}\n",
        one_model("m", &upstream.base_url(), "text")
    ));
    let (path, body) = request("chat", "m", false);
    for coding in CODINGS {
        let whole = compressed(coding, body.as_bytes()).await;
        let flipped: Vec<u8> = whole
            .iter()
            .enumerate()
            .map(|(at, byte)| if at == 2 { byte ^ 0x55 } else { *byte })
            .collect();
        for packed in [
            &whole[..whole.len() - 3],
            &whole[..3],
            &flipped,
            body.as_bytes(),
            b"",
        ] {
            let answer = world
                .client()
                .await
                .post(path, &[AUTH, ("content-encoding", coding)], packed)
                .await
                .unwrap();
            assert_eq!(answer.status(), 400, "{coding}: {}", answer.text());
        }
    }
    assert_eq!(upstream.count(), 0);
}
