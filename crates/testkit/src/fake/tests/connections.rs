use std::io::ErrorKind;

use super::{DIALECTS, body, broken, client, exchanged, texts};
use crate::FakeUpstream;
use crate::raw::End;

#[tokio::test]
async fn connections_end_before_any_answer() {
    let upstream = FakeUpstream::start().await;
    for (model, end) in [
        ("reset", End::Reset),
        ("hangup", End::Closed),
        ("silence", End::Quiet),
    ] {
        let shown = exchanged(&upstream, model, true).await;
        assert_eq!((shown.end, shown.received.len()), (end, 0), "{model}");
    }
}

#[tokio::test]
async fn heads_that_are_none() {
    let upstream = FakeUpstream::start().await;
    let endless = exchanged(&upstream, "endless-headers", false).await;
    assert_eq!((endless.end, endless.status()), (End::Endless, None));
    assert!(!endless.text().contains("\r\n\r\n"));
    let error = client(&upstream)
        .await
        .post(DIALECTS[0], &[], body("bad-status-line", false))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
}

#[tokio::test]
async fn connections_end_with_and_without_a_word() {
    let upstream = FakeUpstream::start().await;
    for streaming in [true, false] {
        let close = exchanged(&upstream, "close", streaming).await;
        assert!(close.end == End::Closed && close.text().contains("connection: close"));
        let stale = exchanged(&upstream, "stale", streaming).await;
        assert!(stale.end == End::Closed && !stale.text().contains("connection: close"));
        let unbounded = exchanged(&upstream, "no-length", streaming).await;
        assert!(unbounded.end == End::Closed && !unbounded.text().contains("content-length"));
        assert!(!unbounded.text().contains("transfer-encoding"));
        let hints = exchanged(&upstream, "early-hints", streaming).await;
        assert!(
            hints.end == End::Quiet && hints.text().starts_with("HTTP/1.1 103 Early Hints\r\n")
        );
    }
}

#[tokio::test]
async fn late_content_follows_headers_and_lifecycle_at_once() {
    let upstream = FakeUpstream::start().await;
    for path in DIALECTS {
        // The first content never comes within the test's patience; everything before it must.
        let (events, ended) = broken(&upstream, path, "slow-first-token-60000ms").await;
        assert_eq!((texts(&events), ended), (0, ErrorKind::TimedOut), "{path}");
        assert!(!events.is_empty(), "{path}");
        let (events, ended) = broken(&upstream, path, "drip-60000ms").await;
        assert_eq!((events.len(), ended), (1, ErrorKind::TimedOut), "{path}");
    }
    let shown = exchanged(&upstream, "slow-first-byte-60000ms", true).await;
    assert_eq!((shown.end, shown.received.len()), (End::Quiet, 0));
}

#[tokio::test]
async fn a_huge_body_announces_itself_and_stops_with_its_reader() {
    let upstream = FakeUpstream::start().await;
    let mut json = client(&upstream).await;
    let head = json
        .open(DIALECTS[0], &[], body("huge", false))
        .await
        .unwrap();
    assert_eq!(head.header("content-length"), Some("1073741834"));
    drop(json);
    assert!(upstream.wait_cancelled(1).await);
    let streamed = exchanged(&upstream, "huge", true).await;
    assert_eq!(streamed.end, End::Endless);
    assert!(upstream.wait_cancelled(2).await);
}
