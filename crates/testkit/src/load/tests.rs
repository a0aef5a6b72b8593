use std::time::Duration;

use super::{Call, ErrorKind, Streams, Until, closed, fixed_rate};
use crate::FakeUpstream;

fn call(upstream: &FakeUpstream, model: &str, stream: bool) -> Call {
    let body = format!(r#"{{"model":"{model}","stream":{stream},"messages":[]}}"#);
    Call::post(
        upstream.addr(),
        "/v1/chat/completions",
        &[],
        body.as_bytes(),
    )
}

#[tokio::test]
async fn the_closed_loop_sends_exactly_what_it_says_over_its_connections() {
    let upstream = FakeUpstream::start().await;
    let report = closed(&call(&upstream, "text", false), 4, Until::Requests(101)).await;
    assert_eq!(
        (
            report.ok,
            report.failed(),
            upstream.count(),
            upstream.connections()
        ),
        (101, 0, 101, 4)
    );
    assert!(
        report.latency(0.5) <= report.latency(0.99)
            && report.rate() > 0.0
            && report.bytes > 101 * 100
    );
}

#[tokio::test]
async fn streams_are_read_to_their_end_and_their_events_counted() {
    let upstream = FakeUpstream::start().await;
    for model in [
        "events-50",
        "events-50+crlf",
        "events-50+split-1",
        "events-50+one-write",
        "events-50+no-length",
    ] {
        let report = closed(&call(&upstream, model, true), 2, Until::Requests(6)).await;
        // The role, fifty deltas, the finish and the terminator.
        assert_eq!(
            (report.ok, report.events, report.failed()),
            (6, 6 * 53, 0),
            "{model}: {:?}",
            report.errors
        );
    }
}

#[tokio::test]
async fn failures_are_counted_by_kind_and_the_loop_goes_on() {
    let upstream = FakeUpstream::start().await;
    let kinds = [
        ("status-429", ErrorKind::Status(429)),
        ("reset", ErrorKind::Transport),
        ("hangup", ErrorKind::Truncated),
        ("raw-eof-after-1", ErrorKind::Truncated),
        ("bad-status-line", ErrorKind::Malformed),
        ("empty-200", ErrorKind::Empty),
        ("silence", ErrorKind::Timeout),
    ];
    for (model, kind) in kinds {
        let call = call(&upstream, model, true).patience(Duration::from_millis(100));
        let report = closed(&call, 1, Until::Requests(2)).await;
        assert_eq!(
            (report.ok, report.errors.get(&kind)),
            (0, Some(&2)),
            "{model}: {:?}",
            report.errors
        );
    }
    let refusing = FakeUpstream::refusing().unwrap();
    let report = closed(
        &Call::post(refusing.addr(), "/", &[], b"{}"),
        1,
        Until::Requests(2),
    )
    .await;
    assert_eq!(report.errors.get(&ErrorKind::Connect), Some(&2));
}

#[tokio::test]
async fn a_fixed_rate_sends_every_request_and_charges_waiting_to_the_slow() {
    let upstream = FakeUpstream::start().await;
    let report = fixed_rate(
        &call(&upstream, "text", false),
        200.0,
        Duration::from_millis(250),
        4,
    )
    .await;
    assert_eq!((report.ok, report.failed(), upstream.count()), (50, 0, 50));
    // One connection, ten requests due within 90 ms, each answered after 50 ms: the last one has waited for the others.
    let slow = call(&upstream, "slow-first-byte-50ms", false);
    let report = fixed_rate(&slow, 100.0, Duration::from_millis(100), 1).await;
    assert_eq!(report.ok, 10);
    assert!(
        report.latency(1.0) >= Duration::from_millis(400),
        "{:?}",
        report.latency(1.0)
    );
}

#[tokio::test]
async fn many_streams_stay_open_until_they_are_closed() {
    let upstream = FakeUpstream::start().await;
    let call = call(&upstream, "events-9000+drip-20ms", true).patience(Duration::from_secs(60));
    let streams = Streams::open(&call, 60, 1_000);
    assert!(streams.all_begun(Duration::from_secs(20)).await);
    assert_eq!(
        (
            streams.live(),
            streams.failed(),
            upstream.open_connections()
        ),
        (60, 0, 60)
    );
    streams.close().await;
    assert!(upstream.wait_cancelled(60).await);
}

#[tokio::test]
async fn streams_that_end_are_reported() {
    let upstream = FakeUpstream::start().await;
    let report = Streams::open(&call(&upstream, "events-3", true), 5, 1_000)
        .finish()
        .await;
    assert_eq!((report.ok, report.events), (5, 5 * 6));
}
