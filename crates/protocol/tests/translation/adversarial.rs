//! Shapes that nobody sends in good faith: large, deep, broken, out of order.

use aigw_protocol::codec::{self, StreamDecoder, StreamEncoder, Target};
use aigw_protocol::hub::{Document, StreamError};
use aigw_protocol::{Dialect, Framer};
use proptest::prelude::*;

use crate::fixtures::{DIALECTS, cases, view};

fn translated(from: Dialect, body: &str, to: Dialect) -> String {
    let document = Document::check(body.as_bytes()).unwrap();
    let request = codec::decode_request(from, document).unwrap();
    let mut out = Vec::new();
    let _loss = codec::encode_request(&request, &Target::new(to, "m"), &mut out).unwrap();
    assert!(Document::check(&out).is_ok());
    String::from_utf8(out).unwrap()
}

#[test]
fn ten_thousand_calls_keep_their_order() {
    let call = |n: usize| {
        format!(r#"{{"id":"c{n}","type":"function","function":{{"name":"f","arguments":"{{}}"}}}}"#)
    };
    let calls: Vec<String> = (0..10_000).map(call).collect();
    let body = format!(
        r#"{{"model":"m","messages":[{{"role":"user","content":"x"}},{{"role":"assistant","tool_calls":[{}]}}]}}"#,
        calls.join(",")
    );
    let found = translated(Dialect::OpenaiChat, &body, Dialect::AnthropicMessages);
    let found: serde_json::Value = serde_json::from_str(&found).unwrap();
    let blocks = found["messages"][1]["content"].as_array().unwrap();
    assert_eq!(blocks.len(), 10_000);
    assert_eq!(blocks[9_999]["id"], "c9999");
}

#[test]
fn deep_schemas_and_long_data_go_through_unchanged() {
    let schema = format!(
        "{}{}{}",
        r#"{"type":"object","properties":{"a":"#.repeat(100),
        r#"{"type":"string"}"#,
        "}}".repeat(100)
    );
    let data = "QUJD".repeat((10 << 20) / 4);
    let body = format!(
        r#"{{"model":"m","max_tokens":9,"tools":[{{"name":"f","input_schema":{schema}}}],"messages":[{{"role":"user","content":[{{"type":"image","source":{{"type":"base64","media_type":"image/png","data":"{data}"}}}}]}}]}}"#
    );
    let found = translated(Dialect::AnthropicMessages, &body, Dialect::OpenaiChat);
    assert!(found.contains(&schema));
    assert!(found.contains(&format!("data:image/png;base64,{data}")));
}

/// Decodes a stream and writes it for every dialect.
fn transcode(from: Dialect, stream: &[u8]) -> Result<Vec<Vec<u8>>, StreamError> {
    let mut decoder = StreamDecoder::new(from);
    let mut encoders: Vec<_> = DIALECTS
        .iter()
        .map(|to| (StreamEncoder::new(view(*to)), Vec::new()))
        .collect();
    let mut framer = Framer::new(64 << 20);
    framer.push(stream.to_vec().into());
    while let Some(frame) = framer.next() {
        decoder.push_frame(&frame.unwrap(), &mut |event| {
            for (encoder, out) in &mut encoders {
                encoder.event(event.clone(), out);
            }
        })?;
    }
    decoder.finish(&mut |event| {
        for (encoder, out) in &mut encoders {
            encoder.event(event.clone(), out);
        }
    })?;
    Ok(encoders.into_iter().map(|(_, out)| out).collect())
}

#[test]
fn interleaved_calls_come_out_whole() {
    let mut stream = String::new();
    let mut chunk = |n: usize, function: &str| {
        let told = format!(
            "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"tool_calls\":[{{\"index\":{n},\"id\":\"c{n}\",\"function\":{function}}}]}}}}]}}\n\n"
        );
        stream.push_str(&told);
    };
    for n in 0..2_000 {
        chunk(n, r#"{"name":"f","arguments":"{"}"#);
    }
    for n in (0..2_000).rev() {
        chunk(n, r#"{"arguments":"}"}"#);
    }
    stream.push_str("data: {\"choices\":[{\"index\":0,\"finish_reason\":\"tool_calls\"}]}\n\n");
    let written = transcode(Dialect::OpenaiChat, stream.as_bytes()).unwrap();
    let messages = DIALECTS
        .iter()
        .position(|to| *to == Dialect::AnthropicMessages)
        .unwrap();
    let messages = String::from_utf8(written[messages].clone()).unwrap();
    assert_eq!(messages.matches("\"type\":\"tool_use\"").count(), 2_000);
    assert_eq!(
        messages.matches("\"type\":\"content_block_stop\"").count(),
        2_000
    );
}

/// Frames of a fixture in another order, twice, or left out.
fn shuffled(stream: &[u8], picks: &[prop::sample::Index]) -> Vec<u8> {
    let text = String::from_utf8(stream.to_vec()).unwrap();
    let frames: Vec<&str> = text.split_inclusive("\n\n").collect();
    picks
        .iter()
        .map(|pick| *pick.get(&frames))
        .collect::<String>()
        .into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever order events come in, what is written is well formed, and it ends well only when the
    /// upstream has said that it is complete.
    #[test]
    fn any_order_of_events_is_written_in_order(picks in prop::collection::vec(any::<prop::sample::Index>(), 1..24)) {
        for case in cases("stream") {
            let stream = shuffled(&case.content, &picks);
            if let Ok(written) = transcode(case.dialect, &stream) {
                for (to, out) in DIALECTS.iter().zip(written) {
                    let back = transcode(*to, &out);
                    prop_assert!(
                        back.is_ok() || String::from_utf8_lossy(&out).contains("\"error\""),
                        "{}: {}", case.name, String::from_utf8_lossy(&out)
                    );
                }
            }
        }
    }

    /// Requests in which any value is replaced by any other are refused or translated, in JSON.
    #[test]
    fn any_value_in_any_place_is_survived(
        place in any::<prop::sample::Index>(),
        value in prop::sample::select(vec!["null", "1", "-1", "true", "\"\"", "\"x\"", "[]", "{}", "[[]]", "[null,1,\"\\ud800\"]", "{\"type\":\"text\"}"]),
    ) {
        for case in cases("request") {
            let mut document: serde_json::Value = serde_json::from_slice(&case.content).unwrap();
            replace(&mut document, place, &serde_json::from_str(&value.replace("\\ud800", "é")).unwrap());
            let body = serde_json::to_vec(&document).unwrap();
            let Ok(checked) = Document::check(&body) else { continue };
            let Ok(request) = codec::decode_request(case.dialect, checked) else { continue };
            for to in DIALECTS {
                let mut out = Vec::new();
                let told = codec::encode_request(&request, &Target::new(*to, "m"), &mut out);
                if let Ok(loss) = told {
                    let report = loss.report(&body);
                    prop_assert!(report.line(400).len() <= 400);
                    let read: Result<serde_json::Value, _> = serde_json::from_slice(&out);
                    prop_assert!(read.is_ok(), "{}: {}", case.name, String::from_utf8_lossy(&out));
                }
            }
        }
    }
}

/// Replaces one of all values within a document.
fn replace(document: &mut serde_json::Value, place: prop::sample::Index, with: &serde_json::Value) {
    let count = values(document, None, &mut 0);
    values(document, Some((place.index(count), with)), &mut 0);
}

/// Counts values, and replaces the one of a number.
fn values(
    value: &mut serde_json::Value,
    replace: Option<(usize, &serde_json::Value)>,
    at: &mut usize,
) -> usize {
    if replace.is_some_and(|(number, _)| number == *at) {
        *at += 1;
        if let Some((_, with)) = replace {
            *value = with.clone();
        }
        return *at;
    }
    *at += 1;
    match value {
        serde_json::Value::Array(elements) => {
            for element in elements {
                values(element, replace, at);
            }
        }
        serde_json::Value::Object(members) => {
            for member in members.values_mut() {
                values(member, replace, at);
            }
        }
        _ => {}
    }
    *at
}
