//! `on_break: continue`: another target repeats what was sent, and the stream goes on from there.

use aigw_testkit::raw::Answer;

use crate::canned::{Canned, Play, chunk};
use crate::harness::{DIALECTS, World, provider};

const SSE: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// The events of a stream that says `pieces`, up to its end if it is `whole`.
fn stream(dialect: &str, pieces: &[&str], whole: bool) -> String {
    let json = |text: &str| serde_json::to_string(text).unwrap();
    let mut out = String::new();
    let mut number = 0;
    let mut responses = |kind: &str, rest: &str| {
        number += 1;
        format!(
            "event: {kind}\ndata: {{\"type\":\"{kind}\",\"sequence_number\":{}{rest}}}\n\n",
            number - 1
        )
    };
    match dialect {
        "chat" => out.push_str("data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n"),
        "responses" => out.push_str(&responses("response.created", ",\"response\":{\"id\":\"r\"}")),
        _ => out.push_str("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":3}}}\n\nevent: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"),
    }
    for piece in pieces {
        let text = json(piece);
        let event = match dialect {
            "chat" => format!(
                "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":{text}}}}}]}}\n\n"
            ),
            "responses" => responses(
                "response.output_text.delta",
                &format!(
                    ",\"item_id\":\"m\",\"output_index\":0,\"content_index\":0,\"delta\":{text}"
                ),
            ),
            _ => format!(
                "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":{text}}}}}\n\n"
            ),
        };
        out.push_str(&event);
    }
    if whole {
        out.push_str(&match dialect {
            "chat" => "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n".to_owned(),
            "responses" => responses("response.completed", ",\"response\":{\"id\":\"r\"}"),
            _ => "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n".to_owned(),
        });
    }
    out
}

/// Upstreams that say these streams, each broken off unless it is whole, as targets of one model in this order.
async fn ask(
    dialect: &str,
    streams: &[String],
    policy: &str,
) -> (Answer, aigw_telemetry::RequestRecord, Vec<usize>) {
    let mut upstreams = Vec::new();
    let mut document = String::from("version: 1\nproviders:\n");
    let mut targets = Vec::new();
    for (number, text) in streams.iter().enumerate() {
        let upstream = Canned::start(vec![
            Play::Write(SSE.to_vec()),
            Play::Write(chunk(text.as_bytes())),
            Play::Close,
        ])
        .await;
        document.push_str(&provider(&format!("p{number}"), &upstream.base_url(), ""));
        targets.push(format!("{{provider: p{number}, priority: {number}}}"));
        upstreams.push(upstream);
    }
    let world = World::start(&format!(
        "{document}models:\n  m:\n    targets: [{}]\nrouting: {{retry: {{attempts: 6, backoff: 1ms}}, stream: {{on_break: {policy}}}}}\n",
        targets.join(", ")
    ));
    let answer = world.ask(dialect, "m", true).await;
    let record = world.records(1).await.remove(0);
    (
        answer,
        record,
        upstreams
            .iter()
            .map(|upstream| upstream.heads().len())
            .collect(),
    )
}

/// The text of an answer as a caller puts it together, and whether an error event ends it.
fn read(dialect: &str, answer: &Answer) -> (String, bool) {
    let mut text = String::new();
    let events = answer.events();
    for event in &events {
        let json = event.json();
        let delta = match dialect {
            "chat" => &json["choices"][0]["delta"]["content"],
            "responses" => &json["delta"],
            _ => &json["delta"]["text"],
        };
        text.push_str(delta.as_str().unwrap_or_default());
    }
    let last = events.last().unwrap().json();
    (text, last["error"].is_object() || last["type"] == "error")
}

#[tokio::test]
async fn the_text_goes_on_exactly_where_it_broke() {
    let sent = ["Grüße \"q\" \n", "\u{1f600} one"];
    let shapes: [&[&str]; 5] = [
        // The same pieces; other cuts, also within what was sent; all of it at once; a cut at the very break.
        &["Grüße \"q\" \n", "\u{1f600} one", " two", " three"],
        &["Gr", "üße \"q", "\" \n\u{1f600}", " one two", " three"],
        &["Grüße \"q\" \n\u{1f600} one two three"],
        &["", "Grüße \"q\" \n\u{1f600} one", "", " two three"],
        &["Grüße \"q\" \n\u{1f600} o", "ne two three"],
    ];
    for dialect in DIALECTS {
        for shape in shapes {
            let (answer, record, calls) = ask(
                dialect,
                &[stream(dialect, &sent, false), stream(dialect, shape, true)],
                "continue",
            )
            .await;
            assert_eq!(
                read(dialect, &answer),
                ("Grüße \"q\" \n\u{1f600} one two three".to_owned(), false),
                "{dialect} {shape:?}: {}",
                answer.text()
            );
            assert_eq!(
                answer.text().matches("message_start\n").count(),
                usize::from(dialect == "messages")
            );
            assert_eq!(
                (record.outcome.as_str(), record.error_class),
                ("complete", None)
            );
            assert_eq!(record.attempts.len(), calls.iter().sum::<usize>());
            assert_eq!(record.route_mode.as_str(), "failover");
            assert_eq!(record.attempts[0].class, Some("network"));
        }
    }
}

#[tokio::test]
async fn a_second_break_is_continued_too() {
    for dialect in DIALECTS {
        let streams = [
            stream(dialect, &["one "], false),
            stream(dialect, &["one two "], false),
            // Breaks while it still repeats.
            stream(dialect, &["on"], false),
            stream(dialect, &["one two three"], true),
        ];
        let (answer, record, _) = ask(dialect, &streams, "continue").await;
        assert_eq!(
            read(dialect, &answer),
            ("one two three".to_owned(), false),
            "{dialect}: {}",
            answer.text()
        );
        assert_eq!(record.outcome.as_str(), "complete");
    }
}

#[tokio::test]
async fn another_text_or_a_shorter_one_ends_with_the_error_event() {
    for dialect in DIALECTS {
        for other in [&["something else"][..], &["one", " three"], &["one"], &[]] {
            let streams = [
                stream(dialect, &["one ", "two "], false),
                stream(dialect, other, true),
            ];
            let (answer, record, calls) = ask(dialect, &streams, "continue").await;
            assert_eq!(
                read(dialect, &answer),
                ("one two ".to_owned(), true),
                "{dialect} {other:?}: {}",
                answer.text()
            );
            assert_eq!(calls[0], 1);
            assert!(
                calls[1] == 1 || other.is_empty(),
                "an answer that differs is not asked for again"
            );
            assert_eq!(record.outcome.as_str(), "cut");
        }
    }
}

#[tokio::test]
async fn an_error_event_within_the_stream_is_continued_too() {
    for dialect in DIALECTS {
        let error = match dialect {
            "chat" => {
                "data: {\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\"}}\n\n"
            }
            "responses" => {
                "event: error\ndata: {\"type\":\"error\",\"sequence_number\":2,\"code\":\"server_error\",\"message\":\"overloaded\"}\n\n"
            }
            _ => {
                "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"
            }
        };
        let streams = [
            stream(dialect, &["one "], false) + error,
            stream(dialect, &["one two"], true),
        ];
        let (answer, _, _) = ask(dialect, &streams, "continue").await;
        assert_eq!(
            read(dialect, &answer),
            ("one two".to_owned(), false),
            "{dialect}: {}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn without_the_option_no_second_target_is_asked() {
    for dialect in DIALECTS {
        let streams = [
            stream(dialect, &["one "], false),
            stream(dialect, &["one two"], true),
        ];
        let (answer, _, calls) = ask(dialect, &streams, "error").await;
        assert_eq!(read(dialect, &answer), ("one ".to_owned(), true));
        assert_eq!(calls, [1, 0]);
    }
}

#[tokio::test]
async fn tool_calls_and_thinking_are_never_continued() {
    use aigw_testkit::FakeUpstream;
    for content in [
        "tools+cut-after-2",
        "thinking+cut-after-2",
        "tool+stall-after-1",
    ] {
        for dialect in DIALECTS {
            let first = FakeUpstream::start().await;
            let second = FakeUpstream::start().await;
            let world = World::start(&format!(
                "version: 1\nproviders:\n{}{}models:\n  m: {{targets: [{{provider: first, model: {content}}}, {{provider: second, model: text, priority: 1}}]}}\nrouting: {{stream: {{on_break: continue}}}}\n",
                provider("first", &first.base_url(), "    timeouts: {idle: 200ms}\n"),
                provider("second", &second.base_url(), "")
            ));
            let answer = world.ask(dialect, "m", true).await;
            assert!(
                read(dialect, &answer).1,
                "{content} {dialect}: {}",
                answer.text()
            );
            assert_eq!(second.count(), 0, "{content} {dialect}");
        }
    }
}
