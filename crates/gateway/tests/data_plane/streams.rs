//! Streams: what is held back, what goes on at once, and how they end.

use std::time::Duration;

use aigw_testkit::FakeUpstream;
use aigw_testkit::raw::Event;

use crate::canned::{Canned, Play, chunk};
use crate::harness::{AUTH, DIALECTS, World, model_with, one_model, provider, request};

const SSE: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// A lifecycle event, a content event, a second one, and the end, in a dialect.
fn events(dialect: &str) -> [&'static str; 4] {
    match dialect {
        "chat" => [
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n",
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"one \"}}]}\n\n",
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"two\"}}]}\n\n",
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
        ],
        "responses" => [
            "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"r\"}}\n\n",
            "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":1,\"item_id\":\"m\",\"output_index\":0,\"content_index\":0,\"delta\":\"one \"}\n\n",
            "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":2,\"item_id\":\"m\",\"output_index\":0,\"content_index\":0,\"delta\":\"two\"}\n\n",
            "event: response.completed\ndata: {\"type\":\"response.completed\",\"sequence_number\":3,\"response\":{\"id\":\"r\",\"usage\":{\"input_tokens\":4,\"output_tokens\":2}}}\n\n",
        ],
        _ => [
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}\n\nevent: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"one \"}}\n\n",
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"two\"}}\n\n",
            "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":5}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        ],
    }
}

fn write(text: &str) -> Play {
    Play::Write(chunk(text.as_bytes()))
}

fn is_error(dialect: &str, event: &Event) -> bool {
    let json = event.json();
    match dialect {
        "chat" => json["error"]["message"].is_string(),
        "responses" => json["type"] == "error" && event.name.as_deref() == Some("error"),
        _ => {
            json["type"] == "error"
                && json["error"]["message"].is_string()
                && event.name.as_deref() == Some("error")
        }
    }
}

#[tokio::test]
async fn nothing_is_sent_before_the_first_content_and_everything_at_once_after_it() {
    for dialect in DIALECTS {
        let [lifecycle, first, second, end] = events(dialect);
        let upstream = Canned::start(vec![
            Play::Write(SSE.to_vec()),
            write(lifecycle),
            Play::Gate,
            write(first),
            Play::Gate,
            write(second),
            Play::Gate,
            write(end),
            Play::Write(b"0\r\n\r\n".to_vec()),
        ])
        .await;
        let world = World::start(&one_model("m", &upstream.base_url(), "m"));
        let (path, body) = request(dialect, "m", true);
        let mut client = world.client().await.patience(Duration::from_millis(150));
        client
            .send("POST", path, &[AUTH], body.as_bytes())
            .await
            .unwrap();
        assert!(
            client.head().await.is_err(),
            "lifecycle events alone commit nothing"
        );
        let mut client = client.patience(Duration::from_secs(10));
        upstream.open_gate();
        assert_eq!(client.head().await.unwrap().status, 200);
        let held = lifecycle.matches("\n\n").count();
        let mut text = String::new();
        for _ in 0..=held {
            text.push_str(&String::from_utf8(client.event().await.unwrap().unwrap().raw).unwrap());
        }
        assert_eq!(text, format!("{lifecycle}{first}"));
        // Each further event comes while the upstream has not sent the next.
        upstream.open_gate();
        assert_eq!(
            client.event().await.unwrap().unwrap().raw,
            second.as_bytes()
        );
        assert_eq!(world.gateway.in_flight(), 1, "an open stream is in flight");
        upstream.open_gate();
        let rest = client.events().await.unwrap();
        let rest: Vec<u8> = rest.into_iter().flat_map(|event| event.raw).collect();
        assert_eq!(rest, end.as_bytes());
        world.records(1).await;
        assert_eq!(world.gateway.in_flight(), 0);
    }
}

#[tokio::test]
async fn failures_between_lifecycle_and_content_go_elsewhere_unseen() {
    for fault in [
        "error-first",
        "error-first-429",
        "failed-first",
        "cut-after-0",
        "eof-after-0",
        "raw-eof-after-0",
    ] {
        for dialect in DIALECTS {
            let first = FakeUpstream::start().await;
            let second = FakeUpstream::named("second").await;
            let world = World::start(&format!(
                "version: 1\nproviders:\n{}{}models:\n  m: {{targets: [{{provider: first, model: text+{fault}}}, {{provider: second, model: text, priority: 1}}]}}\n",
                provider("first", &first.base_url(), ""),
                provider("second", &second.base_url(), "")
            ));
            let answer = world.ask(dialect, "m", true).await;
            assert_eq!(
                answer.header("x-aigw-provider"),
                Some("second"),
                "{fault} {dialect}"
            );
            assert!(
                !answer.text().contains(fault),
                "nothing of the first answer is left"
            );
            let direct = world.ask(dialect, "m", true).await;
            assert_eq!(direct.status(), 200);
        }
    }
}

#[tokio::test]
async fn what_breaks_after_content_ends_with_the_dialects_error_event() {
    for (fault, outcome) in [
        ("cut-after-2", "cut"),
        ("raw-eof-after-2", "cut"),
        ("eof-after-2", "cut"),
        ("stall-after-2", "stalled"),
        ("error-after-2", "cut"),
        ("drip-400ms", "stalled"),
    ] {
        for dialect in DIALECTS {
            let upstream = FakeUpstream::start().await;
            let world = World::start(&format!(
                "version: 1\nproviders:\n{}models:\n  m: {{targets: [{{provider: up, model: text+{fault}}}]}}\n",
                provider(
                    "up",
                    &upstream.base_url(),
                    "    timeouts: {first_byte: 2s, first_token: 2s, idle: 250ms, total: 3s}\n"
                )
            ));
            let answer = world.ask(dialect, "m", true).await;
            assert_eq!(answer.status(), 200);
            let events = answer.events();
            let last = events.last().unwrap();
            assert!(
                is_error(dialect, last),
                "{fault} {dialect}: {}",
                answer.text()
            );
            assert!(!answer.text().contains("[DONE]") && !answer.text().contains("message_stop"));
            let record = world.records(1).await.remove(0);
            assert_eq!(record.outcome.as_str(), outcome, "{fault}");
            assert!(record.error_class.is_some());
            assert_eq!(
                upstream.count(),
                1,
                "there is no way back from the commit point"
            );
            if dialect == "responses" {
                let numbers: Vec<_> = events
                    .iter()
                    .filter_map(|event| event.json()["sequence_number"].as_u64())
                    .collect();
                assert!(
                    numbers.windows(2).all(|pair| pair[1] == pair[0] + 1),
                    "{numbers:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn the_total_timeout_ends_a_stream_that_never_pauses() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&format!(
        "version: 1\nproviders:\n{}models:\n  m: {{targets: [{{provider: up, model: long+drip-20ms}}]}}\n",
        provider(
            "up",
            &upstream.base_url(),
            "    timeouts: {total: 500ms, first_byte: 400ms, first_token: 400ms, idle: 400ms}\n"
        )
    ));
    let answer = world.ask("messages", "m", true).await;
    assert!(is_error("messages", answer.events().last().unwrap()));
    let record = world.records(1).await.remove(0);
    assert_eq!(
        (record.outcome.as_str(), record.error_class),
        ("stalled", Some("timeout"))
    );
    assert!(record.total_us < 3_000_000);
    assert!(upstream.wait_cancelled(1).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_leaves_cancels_the_upstream_at_once() {
    for (model, stream) in [
        ("events-50+drip-50ms", true),
        ("text+slow-first-token-5000ms", true),
        ("text+silence", false),
        ("text+slow-first-byte-5000ms", true),
        ("text+stall-after-1", false),
    ] {
        for dialect in DIALECTS {
            let upstream = FakeUpstream::start().await;
            let world = World::start(&one_model("m", &upstream.base_url(), model));
            let (path, body) = request(dialect, "m", stream);
            let mut client = world.client().await;
            client
                .send("POST", path, &[AUTH], body.as_bytes())
                .await
                .unwrap();
            assert!(upstream.wait_requests(1).await);
            if model.starts_with("events") {
                client.head().await.unwrap();
                client.event().await.unwrap();
            }
            let left = aigw_gateway::clock::monotonic();
            drop(client);
            assert!(upstream.wait_cancelled(1).await, "{model} {dialect}");
            // 100 ms is the promise; the rest is for a machine that runs other tests.
            assert!(
                left.elapsed() < Duration::from_millis(400),
                "{model}: {:?}",
                left.elapsed()
            );
            let record = world.records(1).await.remove(0);
            assert_eq!(
                (record.outcome.as_str(), record.error_class),
                ("cancelled", Some("cancelled"))
            );
            // However often callers leave, nothing is held.
            for _ in 0..4 {
                let mut client = world.client().await;
                client
                    .send("POST", path, &[AUTH], body.as_bytes())
                    .await
                    .unwrap();
                let before = upstream.count();
                assert!(upstream.wait_requests(before.max(2)).await);
                drop(client);
            }
            upstream.always(Some("text".into()));
            assert_eq!(
                world.ask(dialect, "m", false).await.status(),
                200,
                "{model}"
            );
        }
    }
}

#[tokio::test]
async fn closing_right_after_the_terminal_event_is_success() {
    for dialect in DIALECTS {
        let [lifecycle, first, _, end] = events(dialect);
        // The upstream never ends its body.
        let upstream = Canned::start(vec![
            Play::Write(SSE.to_vec()),
            write(&format!("{lifecycle}{first}{end}")),
            Play::Hang,
        ])
        .await;
        let world = World::start(&one_model("m", &upstream.base_url(), "m"));
        let (path, body) = request(dialect, "m", true);
        let mut client = world.client().await;
        client.open(path, &[AUTH], body).await.unwrap();
        let last = end.trim_end().rsplit("data: ").next().unwrap();
        while client.event().await.unwrap().unwrap().data != last {}
        client.reset().unwrap();
        let record = world.records(1).await.remove(0);
        assert_eq!(
            (record.outcome.as_str(), record.error_class),
            ("complete", None),
            "{dialect}"
        );
        if dialect != "chat" {
            assert!(record.usage.output.is_some());
        }
    }
}

#[tokio::test]
async fn a_missing_terminator_is_added_and_a_malformed_event_left_out() {
    for (fault, malformed) in [("no-terminator", 0), ("malformed-after-2", 1)] {
        for dialect in ["chat", "messages"] {
            let upstream = FakeUpstream::start().await;
            let world = World::start(&model_with(
                "m",
                &upstream.base_url(),
                &format!("text+{fault}"),
                "",
            ));
            let answer = world.ask(dialect, "m", true).await;
            let sound = world_text(dialect, &upstream).await;
            assert_eq!(
                answer.text().replace(&format!("+{fault}"), ""),
                sound,
                "{fault} {dialect}"
            );
            let record = world.records(1).await.remove(0);
            assert_eq!(
                (record.outcome.as_str(), record.malformed_events),
                ("complete", malformed)
            );
        }
    }
}

/// What the same upstream says through a gateway without any fault.
async fn world_text(dialect: &str, upstream: &FakeUpstream) -> String {
    World::start(&one_model("m", &upstream.base_url(), "text"))
        .ask(dialect, "m", true)
        .await
        .text()
}

#[tokio::test]
async fn an_event_beyond_the_limit_is_a_failure_before_and_an_error_after_content() {
    for dialect in DIALECTS {
        let [lifecycle, first, ..] = events(dialect);
        let huge = format!("data: {{\"pad\":\"{}\"}}\n\n", "x".repeat(100_000));
        for (before, status) in [
            (lifecycle.to_owned(), 502),
            (format!("{lifecycle}{first}"), 200),
        ] {
            let upstream = Canned::start(vec![
                Play::Write(SSE.to_vec()),
                write(&before),
                write(&huge),
                Play::Hang,
            ])
            .await;
            let world = World::start(&format!(
                "{}limits: {{upstream_event: 64KiB}}\n",
                one_model("m", &upstream.base_url(), "m")
            ));
            let answer = world.ask(dialect, "m", true).await;
            assert_eq!(answer.status(), status, "{}", answer.text());
            assert!(
                answer.text().contains("upstream_too_large"),
                "{}",
                answer.text()
            );
            assert!(status == 502 || is_error(dialect, answer.events().last().unwrap()));
        }
    }
}

#[tokio::test]
async fn usage_of_whole_and_streamed_answers_is_recorded() {
    for dialect in DIALECTS {
        let upstream = FakeUpstream::start().await;
        let world = World::start(&one_model("m", &upstream.base_url(), "thinking"));
        for stream in [false, true] {
            assert_eq!(world.ask(dialect, "m", stream).await.status(), 200);
        }
        let records = world.records(2).await;
        assert_eq!(records[0].usage, records[1].usage, "{dialect}");
        assert_eq!(
            (records[0].usage.input, records[0].usage.cached),
            (Some(25), Some(8)),
            "{dialect}"
        );
        assert!(records[0].usage.output.is_some());
    }
}
