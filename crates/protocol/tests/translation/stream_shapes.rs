//! Streams of shapes that nobody sends in good faith, from every dialect to every dialect.

use aigw_protocol::codec::{StreamDecoder, StreamEncoder};
use aigw_protocol::hub::{
    CallKind, CallStart, Delta, Event, PartStart, Start, StopReason, StreamError, Text,
};
use aigw_protocol::{Dialect, Framer};
use serde_json::{Value, json};

use crate::fixtures::{DIALECTS, cases, view};

/// What a stream says.
#[derive(Debug, Default, PartialEq)]
struct Told {
    text: String,
    /// Ids and arguments of calls.
    calls: Vec<(String, String)>,
    stops: usize,
    ends: usize,
}

impl Told {
    fn see(&mut self, event: &Event<'_>) {
        match event {
            Event::Delta(Delta::Text(text)) => self.text.push_str(&text.resolve()),
            Event::PartStart(PartStart::ToolCall(call)) => {
                self.calls
                    .push((call.id.resolve().into_owned(), String::new()));
            }
            Event::Delta(Delta::Arguments(text)) => {
                if let Some((_, arguments)) = self.calls.last_mut() {
                    arguments.push_str(&text.resolve());
                }
            }
            Event::Stop(_) => self.stops += 1,
            Event::End => self.ends += 1,
            _ => {}
        }
    }
}

/// Gives the events of a stream to `sink`.
fn read(
    from: Dialect,
    stream: &[u8],
    sink: &mut aigw_protocol::hub::Sink<'_>,
) -> Result<(), StreamError> {
    let mut decoder = StreamDecoder::new(from);
    let mut framer = Framer::new(64 << 20);
    framer.push(stream.to_vec().into());
    while let Some(frame) = framer.next() {
        decoder.push_frame(&frame.unwrap(), sink)?;
    }
    decoder.finish(sink)
}

/// Reads a stream, and gives it in every dialect.
fn transcode(from: Dialect, stream: &[u8]) -> Result<(Told, Vec<Vec<u8>>), StreamError> {
    let mut told = Told::default();
    let mut encoders: Vec<_> = DIALECTS
        .iter()
        .map(|to| (StreamEncoder::new(view(*to)), Vec::new()))
        .collect();
    read(from, stream, &mut |event| {
        told.see(&event);
        for (encoder, out) in &mut encoders {
            encoder.event(event.clone(), out);
        }
    })?;
    Ok((told, encoders.into_iter().map(|(_, out)| out).collect()))
}

/// A stream in the form of a dialect, out of events.
fn written(dialect: Dialect, events: &[Event<'_>]) -> Vec<u8> {
    let mut encoder = StreamEncoder::new(view(dialect));
    let mut out = Vec::new();
    for event in events {
        encoder.event(event.clone(), &mut out);
    }
    out
}

fn calls(count: usize, id: impl Fn(usize) -> String) -> Vec<Event<'static>> {
    let mut events = vec![Event::Start(Start::default())];
    for n in 0..count {
        events.push(Event::PartStart(PartStart::ToolCall(CallStart {
            id: Text::plain(id(n)),
            namespace: None,
            name: Text::plain("f"),
            kind: CallKind::Function,
        })));
        events.push(Event::Delta(Delta::Arguments(Text::plain(format!(
            "{{\"n\":{n}}}"
        )))));
        events.push(Event::PartEnd);
    }
    events.extend([Event::Stop(StopReason::ToolUse), Event::End]);
    events
}

/// Reads a stream, and again in each dialect that it was written in.
fn everywhere(from: Dialect, stream: &[u8], check: impl Fn(&str, &Told)) {
    let (told, all) = transcode(from, stream).unwrap();
    check(&format!("{from}"), &told);
    for (to, out) in DIALECTS.iter().zip(all) {
        let (again, _) = transcode(*to, &out).unwrap();
        check(&format!("{from} to {to}"), &again);
    }
}

#[test]
fn ten_thousand_calls_come_out() {
    let events = calls(10_000, |n| format!("call_{n}"));
    for dialect in DIALECTS.iter().copied() {
        let mut told = Told::default();
        read(dialect, &written(dialect, &events), &mut |event| {
            told.see(&event);
        })
        .unwrap();
        assert_eq!(told.calls.len(), 10_000, "{dialect}");
        let right = |n: usize| told.calls[n] == (format!("call_{n}"), format!("{{\"n\":{n}}}"));
        assert!((0..10_000).all(right), "{dialect}");
        assert_eq!((told.stops, told.ends), (1, 1), "{dialect}");
    }
}

#[test]
fn a_reused_id_makes_no_call_out_of_two() {
    let events = calls(3, |_| "call_same".to_owned());
    for from in DIALECTS.iter().copied() {
        everywhere(from, &written(from, &events), |pair, told| {
            let arguments: Vec<&str> = told
                .calls
                .iter()
                .map(|(_, arguments)| arguments.as_str())
                .collect();
            assert_eq!(arguments, ["{\"n\":0}", "{\"n\":1}", "{\"n\":2}"], "{pair}");
        });
    }
}

/// Calls of which each is begun before the first one goes on, from the last to the first.
fn interleaved(dialect: Dialect, count: usize) -> String {
    let frame = |data: Value| match data["type"].as_str() {
        Some(kind) => format!("event: {kind}\ndata: {data}\n\n"),
        None => format!("data: {data}\n\n"),
    };
    let mut stream = String::new();
    let begin = |n: usize| match dialect {
        Dialect::OpenaiChat => {
            json!({"choices": [{"index": 0, "delta": {"tool_calls": [{"index": n, "id": format!("call_{n}"), "function": {"name": "f", "arguments": "{"}}]}}]})
        }
        Dialect::AnthropicMessages => {
            json!({"type": "content_block_start", "index": n, "content_block": {"type": "tool_use", "id": format!("call_{n}"), "name": "f", "input": {}}})
        }
        _ => {
            json!({"type": "response.output_item.added", "output_index": n, "item": {"type": "function_call", "id": format!("fc_{n}"), "call_id": format!("call_{n}"), "name": "f", "arguments": ""}})
        }
    };
    let go_on = |n: usize| match dialect {
        Dialect::OpenaiChat => vec![
            json!({"choices": [{"index": 0, "delta": {"tool_calls": [{"index": n, "function": {"arguments": format!("\"n\":{n}}}")}}]}}]}),
        ],
        Dialect::AnthropicMessages => vec![
            json!({"type": "content_block_delta", "index": n, "delta": {"type": "input_json_delta", "partial_json": format!("{{\"n\":{n}}}")}}),
            json!({"type": "content_block_stop", "index": n}),
        ],
        _ => vec![
            json!({"type": "response.function_call_arguments.delta", "output_index": n, "item_id": format!("fc_{n}"), "delta": format!("{{\"n\":{n}}}")}),
            json!({"type": "response.output_item.done", "output_index": n, "item": {"type": "function_call", "id": format!("fc_{n}"), "call_id": format!("call_{n}"), "name": "f", "arguments": format!("{{\"n\":{n}}}")}}),
        ],
    };
    (0..count).for_each(|n| stream.push_str(&frame(begin(n))));
    (0..count)
        .rev()
        .flat_map(go_on)
        .for_each(|data| stream.push_str(&frame(data)));
    let last = match dialect {
        Dialect::OpenaiChat => {
            json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
        }
        Dialect::AnthropicMessages => {
            json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}})
        }
        _ => {
            json!({"type": "response.completed", "response": {"id": "r", "status": "completed", "output": []}})
        }
    };
    stream.push_str(&frame(last));
    stream
}

#[test]
fn ten_thousand_interleaved_calls_come_out_whole_and_in_order() {
    for from in [
        Dialect::OpenaiChat,
        Dialect::AnthropicMessages,
        Dialect::OpenaiResponses,
    ] {
        let mut told = Told::default();
        let stream = interleaved(from, 10_000);
        read(from, stream.as_bytes(), &mut |event| told.see(&event)).unwrap();
        assert_eq!(told.calls.len(), 10_000, "{from}");
        let right = |n: usize| told.calls[n] == (format!("call_{n}"), format!("{{\"n\":{n}}}"));
        assert!((0..10_000).all(right), "{from}");
    }
}

/// Frames of a stream, each with its end.
fn frames(stream: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(stream).unwrap();
    text.split_inclusive("\n\n").map(str::to_owned).collect()
}

/// The stream of a fixture, and what becomes of it with something put behind every frame.
fn with_noise(dialect: Dialect, noise: &str, checked: &mut usize) {
    for case in cases("stream")
        .into_iter()
        .filter(|case| case.dialect == dialect)
    {
        let plain = transcode(dialect, &case.content);
        let mut noisy = String::new();
        for frame in frames(&case.content) {
            noisy.push_str(&frame);
            noisy.push_str(noise);
        }
        assert_eq!(
            transcode(dialect, noisy.as_bytes()),
            plain,
            "{dialect}/{}",
            case.name
        );
        *checked += 1;
    }
}

#[test]
fn empty_deltas_and_unknown_events_change_nothing() {
    let mut checked = 0;
    for (dialect, noise) in [
        (Dialect::OpenaiChat, r#"{"choices":[]}"#),
        (
            Dialect::OpenaiChat,
            r#"{"choices":[{"index":1,"delta":{"content":"other"}}]}"#,
        ),
        (
            Dialect::OpenaiChat,
            r#"{"object":"something.else","choices":null}"#,
        ),
        (
            Dialect::OpenaiResponses,
            r#"{"type":"response.something.new","output_index":0,"delta":"x"}"#,
        ),
        (
            Dialect::OpenaiResponses,
            r#"{"type":"keepalive","sequence_number":9}"#,
        ),
        (
            Dialect::AnthropicMessages,
            r#"{"type":"something_new","index":0,"delta":{"text":"x"}}"#,
        ),
        (Dialect::AnthropicMessages, r#"{"type":"ping"}"#),
        (
            Dialect::AnthropicMessages,
            r#"{"type":"content_block_delta","index":77,"delta":{"type":"text_delta","text":"nowhere"}}"#,
        ),
    ] {
        // The first frame of a stream begins the answer; noise stands behind it.
        with_noise(dialect, &format!("data: {noise}\n\n"), &mut checked);
        with_noise(dialect, ": noise\n\ndata:\n\n", &mut checked);
    }
    assert!(checked > 100, "{checked}");
}

/// What a dialect could go on with after its end.
fn encore(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenaiChat => {
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"more\"}}]}\n\n"
        }
        Dialect::OpenaiResponses => {
            "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"content_index\":0,\"delta\":\"more\"}\n\n"
        }
        Dialect::AnthropicMessages => {
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"more\"}}\n\n"
        }
        Dialect::GeminiGenerate => "data: {\"error\":null}\n\n",
    }
}

#[test]
fn nothing_is_told_after_the_end() {
    for dialect in DIALECTS.iter().copied() {
        for case in cases("stream")
            .into_iter()
            .filter(|case| case.dialect == dialect)
        {
            let Ok(plain) = transcode(dialect, &case.content) else {
                continue;
            };
            let more = [case.content.as_slice(), encore(dialect).as_bytes()].concat();
            assert_eq!(
                transcode(dialect, &more),
                Ok(plain),
                "{dialect}/{}",
                case.name
            );
        }
    }
}

#[test]
fn a_second_finish_is_no_second_end() {
    let mut checked = 0;
    for case in cases("stream") {
        let frames = frames(&case.content);
        let Ok((plain, _)) = transcode(case.dialect, &case.content) else {
            continue;
        };
        let finishes = [
            "finish_reason\":\"",
            "finish_reason\": \"",
            "stop_reason\":\"",
            "stop_reason\": \"",
            "response.completed",
            "message_stop",
        ];
        let is_finish = |frame: &&String| finishes.iter().any(|word| frame.contains(word));
        let Some(finish) = frames.iter().rfind(is_finish) else {
            continue;
        };
        let twice: String = frames
            .iter()
            .flat_map(|frame| {
                let again = (frame == finish).then_some(finish.as_str());
                [Some(frame.as_str()), again].into_iter().flatten()
            })
            .collect();
        let (told, _) = transcode(case.dialect, twice.as_bytes()).unwrap();
        assert_eq!(told, plain, "{}/{}", case.dialect, case.name);
        checked += 1;
    }
    assert!(checked > 15, "{checked}");
}
