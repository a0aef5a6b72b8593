//! The grammar of the streams that callers get, dialect by dialect: what strict clients count on.

mod chat;
mod gemini;
mod messages;
mod responses;

use aigw_protocol::codec::{self, StreamDecoder, StreamEncoder};
use aigw_protocol::hub::{Document, replay};
use aigw_protocol::{Dialect, Framer};
use serde_json::Value;

use crate::fixtures::{DIALECTS, cases, view};

/// Leaves a checker with a sentence unless something holds.
macro_rules! hold {
    ($holds:expr, $($said:tt)+) => {
        if !$holds {
            return Err(format!($($said)+));
        }
    };
}
use hold;

/// One event of a stream: its name and its data.
#[derive(Debug)]
struct Line {
    event: String,
    data: String,
}

impl Line {
    fn json(&self) -> Result<Value, String> {
        serde_json::from_str(&self.data).map_err(|error| format!("{error}: {}", self.data))
    }
}

/// The frames of a stream, which consist of an `event` and a `data` line, or of the latter alone.
fn lines(stream: &str) -> Result<Vec<Line>, String> {
    let mut found = Vec::new();
    for frame in stream.split_terminator("\n\n") {
        let (event, data) = match frame.strip_prefix("event: ") {
            Some(rest) => rest.split_once('\n').ok_or("an event without data")?,
            None => ("", frame),
        };
        let data = data.strip_prefix("data: ").ok_or("a frame without data")?;
        hold!(!data.contains('\n'), "more than one line of data: {data}");
        found.push(Line {
            event: event.to_owned(),
            data: data.to_owned(),
        });
    }
    Ok(found)
}

/// How a stream ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Complete,
    Failed,
    BrokenOff,
}

fn check(dialect: Dialect, stream: &str) -> Result<End, String> {
    let lines = lines(stream)?;
    match dialect {
        Dialect::OpenaiChat => chat::check(&lines),
        Dialect::OpenaiResponses => responses::check(&lines),
        Dialect::AnthropicMessages => messages::check(&lines),
        Dialect::GeminiGenerate => gemini::check(&lines),
    }
}

/// The number that stands in a member.
fn count(value: &Value, pointer: &str) -> Result<u64, String> {
    let found = value.pointer(pointer).and_then(Value::as_u64);
    found.ok_or_else(|| format!("no number {pointer} in {value}"))
}

/// The text that stands in a member.
fn word<'v>(value: &'v Value, pointer: &str) -> Result<&'v str, String> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.ok_or_else(|| format!("no text {pointer} in {value}"))
}

/// Whether a text is a JSON object.
fn is_object(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object())
}

#[test]
fn every_stream_keeps_to_the_grammar_of_its_dialect() {
    let (mut checked, mut wrong) = (0, Vec::new());
    for case in cases("stream") {
        for to in DIALECTS.iter().copied() {
            let mut decoder = StreamDecoder::new(case.dialect);
            let mut encoder = StreamEncoder::new(view(to));
            let mut framer = Framer::new(1 << 20);
            framer.push(case.content.clone().into());
            let mut out = Vec::new();
            let mut broken = false;
            while let Some(frame) = framer.next() {
                let pushed = decoder.push_frame(&frame.unwrap(), &mut |event| {
                    encoder.event(event, &mut out);
                });
                broken |= pushed.is_err();
            }
            broken |= decoder
                .finish(&mut |event| encoder.event(event, &mut out))
                .is_err();
            let end = check(to, std::str::from_utf8(&out).unwrap());
            if end.as_ref().map(|end| *end == End::BrokenOff) != Ok(broken) {
                wrong.push(format!("{}/{} to {to}: {end:?}", case.dialect, case.name));
            }
            checked += 1;
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(checked > 160, "{checked}");
}

#[test]
fn every_answer_told_as_a_stream_keeps_to_the_grammar() {
    let (mut checked, mut wrong) = (0, Vec::new());
    for case in cases("response") {
        let document = Document::check(&case.content).unwrap();
        let response = codec::decode_response(case.dialect, document).unwrap();
        for to in DIALECTS.iter().copied() {
            let mut encoder = StreamEncoder::new(view(to));
            let mut out = Vec::new();
            replay(&response, &mut |event| encoder.event(event, &mut out));
            let end = check(to, std::str::from_utf8(&out).unwrap());
            if end.as_ref().map(|end| *end == End::Complete) != Ok(response.stop.is_some()) {
                wrong.push(format!("{}/{} to {to}: {end:?}", case.dialect, case.name));
            }
            checked += 1;
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(checked > 100, "{checked}");
}

/// A checker that passes everything would be worth nothing.
#[test]
fn what_clients_break_on_is_found() {
    let mut checked = 0;
    for case in cases("response") {
        let document = Document::check(&case.content).unwrap();
        let response = codec::decode_response(case.dialect, document).unwrap();
        if response.stop.is_none() || response.parts.is_empty() {
            continue;
        }
        for to in DIALECTS.iter().copied() {
            let mut encoder = StreamEncoder::new(view(to));
            let mut out = Vec::new();
            replay(&response, &mut |event| encoder.event(event, &mut out));
            let stream = String::from_utf8(out).unwrap();
            let frames: Vec<&str> = stream.split_inclusive("\n\n").collect();
            let last = frames.len() - 1;
            let without = |at: usize| [&frames[..at], &frames[at + 1..]].concat().concat();
            let twice = |at: usize| [&frames[..=at], &frames[at..]].concat().concat();
            for (at, frame) in frames.iter().enumerate() {
                // What is told piece by piece can be told in fewer or more of them. Gemini's events
                // stand each for themselves: only its last one is special.
                let piece = match to {
                    Dialect::OpenaiChat => frame.contains("\"finish_reason\":null"),
                    Dialect::AnthropicMessages => frame.contains("content_block_delta"),
                    Dialect::GeminiGenerate => at < last,
                    Dialect::OpenaiResponses => false,
                };
                if !piece {
                    let found = check(to, &without(at));
                    assert_ne!(found, Ok(End::Complete), "without {frame}");
                    let found = check(to, &twice(at));
                    assert!(found.is_err(), "twice {frame}: {found:?}");
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 400, "{checked}");
}
