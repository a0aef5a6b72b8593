//! Streams: the same in any pieces, and the same as the buffered answer.

use aigw_protocol::codec::{self, StreamDecoder, StreamEncoder, View};
use aigw_protocol::hub::{
    Arguments, Collector, Document, Event, PartKind, Response, StreamError, replay,
};
use aigw_protocol::{Dialect, Framer};
use proptest::prelude::*;

use crate::fixtures::{DIALECTS, cases, view};

/// What a decoder tells about a stream that arrives in pieces of these sizes.
fn told(
    dialect: Dialect,
    stream: &[u8],
    sizes: &[usize],
) -> (Vec<String>, Result<(), StreamError>) {
    let mut decoder = StreamDecoder::new(dialect);
    let mut framer = Framer::new(1 << 20);
    let mut told = Vec::new();
    let mut sizes = sizes.iter().cycle();
    let mut rest = stream;
    while !rest.is_empty() {
        let size = sizes
            .next()
            .copied()
            .unwrap_or(rest.len())
            .clamp(1, rest.len());
        let (piece, after) = rest.split_at(size);
        rest = after;
        framer.push(piece.to_vec().into());
        while let Some(frame) = framer.next() {
            let pushed = decoder.push_frame(&frame.unwrap(), &mut |event| {
                told.push(format!("{event:?}"));
            });
            if pushed.is_err() {
                return (told, pushed);
            }
        }
    }
    let end = decoder.finish(&mut |event| told.push(format!("{event:?}")));
    (told, end)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_split_tells_the_same(sizes in prop::collection::vec(1_usize..40, 1..8), crlf: bool) {
        for case in cases("stream") {
            let mut stream = case.content.clone();
            let whole = told(case.dialect, &stream, &[]);
            if crlf {
                let text = String::from_utf8(stream).unwrap();
                stream = text.replace('\n', "\r\n").into_bytes();
            }
            prop_assert_eq!(told(case.dialect, &stream, &sizes), whole, "{}", case.name);
        }
    }
}

/// The events of a stream keep the order that encoders rely on.
#[test]
fn events_come_in_order() {
    for case in cases("stream") {
        let mut decoder = StreamDecoder::new(case.dialect);
        let mut framer = Framer::new(1 << 20);
        framer.push(case.content.clone().into());
        let mut order = Order::default();
        let mut failed = false;
        while let Some(frame) = framer.next() {
            failed |= decoder
                .push_frame(&frame.unwrap(), &mut |event| order.see(&event, &case.name))
                .is_err();
        }
        let end = decoder.finish(&mut |event| order.see(&event, &case.name));
        let complete = order.ended && !order.error;
        assert_eq!(
            end.is_ok() && !failed && !order.error,
            complete,
            "{}",
            case.name
        );
        assert!(!complete || (order.stopped && !order.open), "{}", case.name);
        assert!(
            !case.name.starts_with("truncated") || end.is_err(),
            "{}",
            case.name
        );
    }
}

#[derive(Default)]
struct Order {
    started: bool,
    open: bool,
    stopped: bool,
    ended: bool,
    error: bool,
}

impl Order {
    fn see(&mut self, event: &Event<'_>, name: &str) {
        assert!(!self.ended, "{name}: {event:?} after the end");
        match event {
            Event::Start(_) => assert!(!std::mem::replace(&mut self.started, true), "{name}"),
            Event::PartStart(_) => {
                assert!(
                    self.started && !self.open && !self.stopped,
                    "{name}: {event:?}"
                );
                self.open = true;
            }
            Event::Delta(_) => assert!(self.open, "{name}: {event:?}"),
            Event::PartEnd => assert!(std::mem::replace(&mut self.open, false), "{name}"),
            Event::Part(_) => assert!(!self.open && !self.stopped, "{name}"),
            Event::Stop(_) => {
                assert!(
                    !self.open && !std::mem::replace(&mut self.stopped, true),
                    "{name}"
                );
            }
            Event::End => self.ended = true,
            Event::Error(_) => {
                self.error = true;
                self.ended = true;
            }
            Event::Unnamed(_) => assert!(!self.stopped, "{name}"),
            Event::Logprobs(_) | Event::Usage(_) => {}
        }
    }
}

/// A view under which nothing is wrapped and no field depends on the request.
fn plain_view(dialect: Dialect) -> View {
    View {
        tools: aigw_protocol::hub::ToolMap::default(),
        ..view(dialect)
    }
}

/// What answers have in common, however they were told.
fn gist(response: &Response<'_>) -> Vec<String> {
    let mut gist = vec![format!("{:?} {:?}", response.stop, response.usage)];
    for part in &response.parts {
        let mut part = part.clone();
        // Members without a name go no further than their own dialect, which has no need of events.
        part.extras.clear();
        if let PartKind::ToolCall(call) = &mut part.kind {
            // An object or its text, with or without white space.
            let arguments = call.arguments.encoded().resolve().into_owned();
            let known: Result<serde_json::Value, _> = serde_json::from_str(&arguments);
            let told = known.map_or(arguments, |known| known.to_string());
            call.arguments = Arguments::Encoded(told.into());
            // Streams tell nothing of the items that calls stand in.
            call.item_id = None;
        }
        // Nor of what a message is to the answer.
        part.extras.retain(|extra| !extra.key.is("phase"));
        gist.push(without_places(&format!("{part:?}")));
    }
    gist
}

/// Places and white space differ between documents.
fn without_places(debug: &str) -> String {
    let mut out = String::new();
    let mut rest = debug;
    while let Some(at) = rest.find("Place(") {
        out.push_str(&rest[..at]);
        rest = rest[at..].split_once(')').map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out.retain(|c| !c.is_whitespace());
    out
}

/// A buffered answer in a dialect says the same as the stream in that dialect.
#[test]
fn a_stream_says_what_the_buffered_answer_says() {
    let mut checked = 0;
    for case in cases("response") {
        let response =
            codec::decode_response(case.dialect, Document::check(&case.content).unwrap()).unwrap();
        // A stream has told of a call before it is known that it is cut off.
        if response.stop.is_none() || case.name == "length-in-call" {
            continue;
        }
        for client in DIALECTS.iter().copied() {
            let mut buffered = Vec::new();
            let _ = codec::encode_response(response.clone(), &plain_view(client), &mut buffered);
            let Ok(document) = Document::check(&buffered) else {
                continue;
            };
            let mut encoder = StreamEncoder::new(plain_view(client));
            let mut stream = Vec::new();
            replay(&response, &mut |event| encoder.event(event, &mut stream));
            let collected = collect(client, &stream);
            let buffered = codec::decode_response(client, document).unwrap();
            assert_eq!(
                gist(&collected),
                gist(&buffered),
                "{} to {client}",
                case.name
            );
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked}");
}

fn collect(dialect: Dialect, stream: &[u8]) -> Response<'static> {
    let mut decoder = StreamDecoder::new(dialect);
    let mut framer = Framer::new(1 << 20);
    framer.push(stream.to_vec().into());
    let mut collector = Collector::new(dialect);
    while let Some(frame) = framer.next() {
        decoder
            .push_frame(&frame.unwrap(), &mut |event| collector.event(event))
            .unwrap();
    }
    decoder.finish(&mut |event| collector.event(event)).unwrap();
    collector.finish().unwrap()
}

/// Reasoning that the caller does not want to see, and that has no state of its own, goes to the
/// caller within a signature and comes back to the upstream in its own words.
#[test]
fn words_that_are_not_shown_come_back_in_the_next_turn() {
    let case = cases("stream")
        .into_iter()
        .find(|case| case.name == "reasoning-then-text")
        .unwrap();
    let mut view = view(Dialect::AnthropicMessages);
    view.hide_reasoning = true;
    let response = collect(case.dialect, &case.content);
    let mut encoder = StreamEncoder::new(view.clone());
    let mut stream = Vec::new();
    replay(&response, &mut |event| encoder.event(event, &mut stream));
    let stream = String::from_utf8(stream).unwrap();
    assert!(!stream.contains("I think."), "{stream}");
    let (_, signature) = stream
        .split_once(r#""signature_delta","signature":""#)
        .unwrap();
    let (signature, _) = signature.split_once('"').unwrap();

    let mut whole = Vec::new();
    let _lost = codec::encode_response(response, &view, &mut whole);
    let whole = String::from_utf8(whole).unwrap();
    assert!(whole.contains(signature), "{whole}");

    let next = format!(
        r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":"Go."}},{{"role":"assistant","content":[{{"type":"thinking","thinking":"","signature":"{signature}"}},{{"type":"text","text":"So."}}]}},{{"role":"user","content":"And?"}}]}}"#
    );
    let body = Document::check(next.as_bytes()).unwrap();
    let request = codec::decode_request(Dialect::AnthropicMessages, body);
    let mut sent = Vec::new();
    let mut target = codec::Target::new(Dialect::OpenaiChat, "m");
    target.capabilities = target
        .capabilities
        .with(codec::Capabilities::REASONING_HISTORY);
    let request = request.unwrap();
    let _lost = codec::encode_request(&request, &target, &mut sent).unwrap();
    let sent = String::from_utf8(sent).unwrap();
    assert!(sent.contains(r#""reasoning_content":"I think.""#), "{sent}");
}
