//! What must hold for any request, answer or stream of any dialect, translated into every dialect.

use std::cell::Cell;

use aigw_protocol::codec::{self, Capabilities, StreamDecoder, StreamEncoder, Target, View};
use aigw_protocol::hub::{Delta, Document, Event, LossReport, PartStart, replay};
use aigw_protocol::{Dialect, Framer};
use serde::de::IgnoredAny;

/// Longer documents are not held to the grammar everywhere, so that what is made of them need not keep to it either.
const CHECKED_IN_FULL: usize = 8 * 1024;
const MAX_EVENT: usize = 1 << 20;
/// What is written is at most so many times as long as what was read, and so much.
const GROWTH: usize = 64;
const CONSTANT: usize = 64 * 1024;

/// A request that came in `from`.
pub(crate) fn request(from: Dialect, data: &[u8]) {
    let Ok(document) = Document::check(data) else {
        return;
    };
    let request = match codec::decode_request(from, document) {
        Ok(request) => request,
        Err(error) => {
            let _ = error.path(data);
            return;
        }
    };
    let _ = View::of(&request, 1, 1, "s1");
    for to in Dialect::ALL {
        for capabilities in [Capabilities::of(to), Capabilities::NONE] {
            let mut target = Target::new(to, "m");
            target.capabilities = capabilities;
            target.scope = "s1";
            let mut out = Vec::new();
            match codec::encode_request(&request, &target, &mut out) {
                Ok(loss) => written(data, &out, &loss.report(data)),
                Err(error) => {
                    let _ = error.path(data);
                    continue;
                }
            }
            if data.len() <= CHECKED_IN_FULL {
                let again = Document::check(&out).map(|out| codec::decode_request(to, out));
                assert!(
                    matches!(again, Ok(Ok(_))),
                    "{from} to {to}: {again:?} in {}",
                    String::from_utf8_lossy(&out)
                );
            }
        }
    }
}

/// A buffered answer that came in `from`.
pub(crate) fn answer(from: Dialect, data: &[u8]) {
    let Ok(document) = Document::check(data) else {
        return;
    };
    let Ok(answer) = codec::decode_response(from, document) else {
        return;
    };
    for to in Dialect::ALL {
        let mut out = Vec::new();
        let loss = codec::encode_response(answer.clone(), &view(to), &mut out);
        written(data, &out, &loss.report(data));
        let mut encoder = StreamEncoder::new(view(to));
        let mut stream = Vec::new();
        replay(&answer, &mut |event| encoder.event(event, &mut stream));
        if data.len() <= CHECKED_IN_FULL {
            assert!(is_json(&out), "{from} to {to}");
            frames_are_json(&stream);
        }
    }
}

/// A stream that comes in `from`, whole and in pieces.
pub(crate) fn stream(from: Dialect, data: &[u8]) {
    let size = 1 + data
        .iter()
        .fold(data.len(), |sum, byte| sum + usize::from(*byte))
        % 61;
    stream_in_pieces(from, data, size);
}

/// A stream that comes in `from`, whole and in pieces of `size` bytes.
pub(crate) fn stream_in_pieces(from: Dialect, data: &[u8], size: usize) {
    for to in Dialect::ALL {
        let whole = transcode(from, to, data, data.len().max(1));
        let split = transcode(from, to, data, size);
        assert_eq!(whole, split, "{from} to {to} in pieces of {size}");
        frames_are_json(&whole.out);
        assert!(whole.out.len() <= data.len() * GROWTH + CONSTANT);
        if whole.complete {
            let again = transcode(to, to, &whole.out, MAX_EVENT);
            let text = String::from_utf8_lossy(&whole.out);
            assert!(
                again.complete,
                "{from} to {to}: not complete for its reader: {text}"
            );
            // Why the answer ends may be said in words too.
            assert!(
                again.text.starts_with(&whole.text),
                "{from} to {to}: {text}"
            );
            // What is no JSON may be mended or wrapped.
            if whole.calls.iter().all(|call| is_json(call.as_bytes())) {
                // The limit on tokens may have cut off a last call before its arguments.
                let blank = matches!(whole.calls.last().map(String::as_str), Some("" | "{}"));
                let cut = blank && again.calls.len() < whole.calls.len();
                let calls = &whole.calls[..whole.calls.len() - usize::from(cut)];
                assert_eq!(again.calls, calls, "{from} to {to}: {text}");
            }
        }
    }
}

/// What became of a stream.
#[derive(Debug, PartialEq)]
struct Told {
    out: Vec<u8>,
    /// The text of the answer, or of the refusal.
    text: String,
    /// The arguments of its calls.
    calls: Vec<String>,
    /// Whether the upstream has said that all is told, and no error.
    complete: bool,
    problem: String,
}

fn transcode(from: Dialect, to: Dialect, data: &[u8], size: usize) -> Told {
    let mut decoder = StreamDecoder::new(from);
    let mut encoder = StreamEncoder::new(view(to));
    let mut framer = Framer::new(MAX_EVENT);
    let mut told = Told {
        out: Vec::new(),
        text: String::new(),
        calls: Vec::new(),
        complete: false,
        problem: String::new(),
    };
    let order = Cell::new(Order::Before);
    let mut sink = |event: Event<'_>| {
        order.set(order.get().after(&event));
        match &event {
            Event::Delta(Delta::Text(text) | Delta::Refusal(text)) => {
                told.text.push_str(&text.resolve());
            }
            Event::PartStart(PartStart::ToolCall(_)) => told.calls.push(String::new()),
            Event::Delta(Delta::Arguments(text)) => {
                if let Some(call) = told.calls.last_mut() {
                    call.push_str(&text.resolve());
                }
            }
            _ => {}
        }
        encoder.event(event, &mut told.out);
    };
    let mut failed = None;
    'all: for piece in data.chunks(size) {
        framer.push(piece.to_vec().into());
        while let Some(frame) = framer.next() {
            let Ok(frame) = frame else {
                failed = Some("too large".to_owned());
                break 'all;
            };
            if let Err(error) = decoder.push_frame(&frame, &mut sink) {
                failed = Some(error.to_string());
                break 'all;
            }
        }
    }
    if failed.is_none() {
        failed = decoder
            .finish(&mut sink)
            .err()
            .map(|error| error.to_string());
    }
    told.complete = failed.is_none() && order.get() == Order::Ended;
    // An object of no members and no arguments are the same call.
    for call in &mut told.calls {
        *call = plain(call);
    }
    told.problem = failed.unwrap_or_default();
    let report = encoder.loss().report(b"");
    assert!(report.line(400).len() <= 400);
    told
}

/// How far the events of a stream have come.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Order {
    Before,
    Between,
    Open,
    Stopped,
    Ended,
    Failed,
}

impl Order {
    /// The order that [`Event`] promises.
    fn after(self, event: &Event<'_>) -> Self {
        match (self, event) {
            (Self::Before | Self::Between | Self::Open | Self::Stopped, Event::Error(_)) => {
                Self::Failed
            }
            (Self::Before, Event::Start(_)) => Self::Between,
            (Self::Between, Event::PartStart(_)) => Self::Open,
            (Self::Open, Event::Delta(_)) => Self::Open,
            (Self::Open, Event::PartEnd) => Self::Between,
            (Self::Between, Event::Part(_)) => Self::Between,
            (Self::Between, Event::Stop(_)) => Self::Stopped,
            (Self::Between | Self::Stopped, Event::End) => Self::Ended,
            (
                Self::Between | Self::Open | Self::Stopped,
                Event::Usage(_) | Event::Logprobs(_) | Event::Unnamed(_),
            ) => self,
            (order, event) => panic!("{order:?}, then {event:?}"),
        }
    }
}

/// Arguments in one spelling; free text and broken JSON without the object that they are wrapped in.
fn plain(arguments: &str) -> String {
    if arguments.trim().is_empty() {
        return "{}".to_owned();
    }
    match serde_json::from_str::<serde_json::Value>(arguments) {
        Ok(value) => {
            let wrapped = ["input", "invalid_json"]
                .iter()
                .find_map(|name| value.get(name)?.as_str());
            match wrapped.filter(|_| value.as_object().is_some_and(|all| all.len() == 1)) {
                Some(text) => text.to_owned(),
                None => value.to_string(),
            }
        }
        Err(_) => arguments.to_owned(),
    }
}

/// What holds for every document that is written.
fn written(data: &[u8], out: &[u8], report: &LossReport) {
    assert!(out.len() <= data.len() * GROWTH + CONSTANT);
    assert!(report.dropped.len() <= data.len() * 2);
    let line = report.line(400);
    assert!(
        line.len() <= 400
            && line
                .bytes()
                .all(|byte| byte.is_ascii_graphic() || byte == b' ')
    );
    if data.len() <= CHECKED_IN_FULL {
        assert!(is_json(out), "{}", String::from_utf8_lossy(out));
    }
}

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// Every frame of a stream that is written is JSON or the end mark of chat streams.
fn frames_are_json(stream: &[u8]) {
    let mut framer = Framer::new(usize::MAX);
    framer.push(stream.to_vec().into());
    while let Some(frame) = framer.next() {
        let Ok(frame) = frame else {
            panic!("a frame without end");
        };
        let data = frame.data();
        assert!(
            frame.is_comment() || data.as_ref() == b"[DONE]" || is_json(&data),
            "{}",
            String::from_utf8_lossy(&data)
        );
    }
    assert_eq!(framer.rest(), 0, "{}", String::from_utf8_lossy(stream));
}

/// A caller whose tool `apply_patch` takes free text.
fn view(dialect: Dialect) -> View {
    let body = br#"{"model":"m","messages":[],"tools":[{"type":"custom","custom":{"name":"apply_patch"}}]}"#;
    let request = codec::decode_request(Dialect::OpenaiChat, Document::checked_before(body));
    let Ok(request) = request else {
        panic!("{request:?}");
    };
    View {
        dialect,
        include_usage: true,
        ..View::of(&request, 1, 1_700_000_001, "s1")
    }
}
