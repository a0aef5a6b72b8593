//! What holds for this dialect alone.

use serde_json::{Value, json};

use super::count;
use crate::codec::{self, Capabilities, StreamDecoder, Target, View};
use crate::dialect::Dialect;
use crate::hub::{Collector, Document, Event, OpaqueKind, Part, PartKind, Place, StopReason};
use crate::sse::Framer;

const GEMINI: Dialect = Dialect::GeminiGenerate;

fn encode(from: Dialect, body: &Value, target: &Target<'_>) -> (Value, String) {
    let body = body.to_string();
    let request = codec::decode_request(from, Document::check(body.as_bytes()).unwrap()).unwrap();
    let mut out = Vec::new();
    let loss = codec::encode_request(&request, target, &mut out).unwrap();
    let report = loss.report(body.as_bytes()).to_string();
    (serde_json::from_slice(&out).unwrap(), report)
}

fn refused(body: &Value) -> String {
    let body = body.to_string();
    let document = Document::check(body.as_bytes()).unwrap();
    let request = codec::decode_request(Dialect::OpenaiChat, document).unwrap();
    let target = Target::new(GEMINI, "m");
    let error = codec::encode_request(&request, &target, &mut Vec::new()).unwrap_err();
    error.path(body.as_bytes())
}

/// The events of a stream put together, with the parts of the buffered answer for comparison.
fn collected(stream: &[Value]) -> crate::hub::Response<'static> {
    let mut decoder = StreamDecoder::new(GEMINI);
    let mut collector = Collector::new(GEMINI);
    let mut framer = Framer::new(1 << 20);
    for event in stream {
        framer.push(format!("data: {event}\n\n").into_bytes().into());
    }
    while let Some(frame) = framer.next() {
        decoder
            .push_frame(&frame.unwrap(), &mut |event| collector.event(event))
            .unwrap();
    }
    decoder.finish(&mut |event| collector.event(event)).unwrap();
    collector.finish().unwrap()
}

fn gist(parts: &[Part<'_>]) -> Vec<String> {
    let gist = |part: &Part<'_>| match &part.kind {
        PartKind::Text(text) => format!("text {:?} {:?}", text.text, text.state),
        PartKind::Reasoning(thought) => {
            format!("thought {:?} {:?}", thought.summary, thought.state)
        }
        PartKind::ToolCall(call) => format!(
            "call {:?} {:?} {:?} {:?}",
            call.id,
            call.name,
            call.arguments.encoded(),
            call.state
        ),
        other => format!("{other:?}"),
    };
    parts.iter().map(gist).collect()
}

#[test]
fn one_event_says_what_the_same_answer_says() {
    let answer = json!({"candidates":[{"content":{"role":"model","parts":[
        {"text":"One ","thought":true},{"text":"two.","thought":true},
        {"text":"A"},{"text":"B"},{"text":"","thoughtSignature":"c2ln"},
        {"functionCall":{"name":"f","args":{"a":"\"é\n"}},"thoughtSignature":"c2ln"},
        {"functionCall":{"id":"x","name":"g"}},
        {"text":"end"}
    ]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2,"thoughtsTokenCount":3}});
    let text = answer.to_string();
    let buffered =
        codec::decode_response(GEMINI, Document::check(text.as_bytes()).unwrap()).unwrap();
    let streamed = collected(std::slice::from_ref(&answer));
    assert_eq!(gist(&buffered.parts), gist(&streamed.parts));
    assert_eq!(buffered.stop, streamed.stop);
    assert_eq!(buffered.stop, Some(StopReason::ToolUse));
    assert_eq!(buffered.usage, streamed.usage);
    assert_eq!(buffered.usage.output, Some(5));
    assert_eq!(buffered.parts.len(), 5);
}

#[test]
fn a_stream_without_a_reason_is_no_answer() {
    let mut decoder = StreamDecoder::new(GEMINI);
    let mut framer = Framer::new(1 << 20);
    let event = json!({"candidates":[{"content":{"parts":[{"text":"a"}]}}]});
    framer.push(format!("data: {event}\n\n").into_bytes().into());
    let mut ended = Vec::new();
    while let Some(frame) = framer.next() {
        decoder.push_frame(&frame.unwrap(), &mut |_| {}).unwrap();
    }
    let end = decoder.finish(&mut |event| ended.push(format!("{event:?}")));
    assert_eq!(end, Err(crate::hub::StreamError::Truncated));
    assert_eq!(ended, Vec::<String>::new());
}

#[test]
fn made_up_ids_stay_within_the_hub() {
    let body = json!({"contents":[
        {"role":"model","parts":[{"functionCall":{"name":"f","args":{}}},{"functionCall":{"name":"f","args":{"b":1}}}]},
        {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"1"}}},{"functionResponse":{"name":"f","response":{"x":[2]}}}]}
    ]});
    let (own, loss) = encode(GEMINI, &body, &Target::new(GEMINI, "m"));
    assert_eq!((own, loss), (body.clone(), String::new()));
    let (chat, _) = encode(GEMINI, &body, &Target::new(Dialect::OpenaiChat, "m"));
    let ids = |at: &str| chat.pointer(at).unwrap().as_str().unwrap().to_owned();
    assert_eq!(
        ids("/messages/0/tool_calls/0/id"),
        ids("/messages/1/tool_call_id")
    );
    assert_eq!(
        ids("/messages/0/tool_calls/1/id"),
        ids("/messages/2/tool_call_id")
    );
    assert_ne!(
        ids("/messages/1/tool_call_id"),
        ids("/messages/2/tool_call_id")
    );
}

#[test]
fn schemas_take_the_own_form_where_the_target_has_no_other() {
    let body = json!({"model":"m","messages":[{"role":"user","content":"x"}],
        "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"type":["string","null"]}},"additionalProperties":false}}}]});
    let target = Target::new(GEMINI, "m");
    let (full, loss) = encode(Dialect::OpenaiChat, &body, &target);
    let declared = &full["tools"][0]["functionDeclarations"][0];
    assert_eq!(
        declared["parametersJsonSchema"],
        body["tools"][0]["function"]["parameters"]
    );
    assert_eq!(loss, "");
    let target = Target {
        capabilities: target.capabilities - Capabilities::JSON_SCHEMA_TOOLS,
        ..target
    };
    let (own, loss) = encode(Dialect::OpenaiChat, &body, &target);
    assert_eq!(
        own["tools"][0]["functionDeclarations"][0]["parameters"],
        json!({"type":"OBJECT","properties":{"a":{"type":"STRING","nullable":true}}})
    );
    assert!(
        loss.contains("tools[0].function.parameters.additionalProperties"),
        "{loss}"
    );
}

#[test]
fn a_forced_tool_that_is_not_there_is_refused() {
    let base = json!({"model":"m","messages":[{"role":"user","content":"x"}]});
    let with = |member: &str, value: Value| {
        let mut body = base.clone();
        body[member] = value;
        refused(&body)
    };
    assert_eq!(with("tool_choice", json!("required")), "tool_choice");
    let named = json!({"type":"function","function":{"name":"f"}});
    assert!(with("tool_choice", named).starts_with("tool_choice"));
}

#[test]
fn state_of_others_is_never_sent() {
    for scope in ["s1", "s2"] {
        let sealed = crate::hub::Opaque::issued(
            Dialect::AnthropicMessages,
            OpaqueKind::Signature,
            "sig".into(),
        );
        let field = sealed.for_client(GEMINI, "s1").resolve().into_owned();
        let body = json!({"contents":[{"role":"model","parts":[{"text":"t","thought":true,"thoughtSignature":field}]}]});
        let target = Target {
            scope,
            ..Target::new(GEMINI, "m")
        };
        let (own, loss) = encode(GEMINI, &body, &target);
        assert_eq!(
            own["contents"][0]["parts"][0],
            json!({"text":"t","thought":true})
        );
        assert!(
            loss.contains("contents[0].parts[0].thoughtSignature: state of another"),
            "{loss}"
        );
    }
}

#[test]
fn thoughts_are_shown_to_those_who_ask() {
    for (config, shown) in [(json!({}), false), (json!({"includeThoughts":true}), true)] {
        let body = json!({"contents":[],"generationConfig":{"thinkingConfig":config}}).to_string();
        let request =
            codec::decode_request(GEMINI, Document::check(body.as_bytes()).unwrap()).unwrap();
        let view = View::of(&request, 1, 1, "s");
        let mut encoder = codec::StreamEncoder::new(view);
        let mut out = Vec::new();
        let answer = json!({"content":[{"type":"thinking","thinking":"hm","signature":"sig"}],"stop_reason":"end_turn","usage":{}}).to_string();
        let response = codec::decode_response(
            Dialect::AnthropicMessages,
            Document::check(answer.as_bytes()).unwrap(),
        )
        .unwrap();
        crate::hub::replay(&response, &mut |event: Event<'_>| {
            encoder.event(event, &mut out);
        });
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.contains(r#""text":"hm""#), shown, "{text}");
        assert!(text.contains("thoughtSignature"), "{text}");
    }
}

#[test]
fn counts_are_asked_for_with_the_whole_request() {
    let inner = json!({"model":"models/m","contents":[{"role":"user","parts":[{"text":"x"}]}],"systemInstruction":{"parts":[{"text":"s"}]}});
    let body = json!({"generateContentRequest":inner}).to_string();
    let request = count::decode_request(Document::check(body.as_bytes()).unwrap()).unwrap();
    assert!(request.model.is("m"));
    let mut out = Vec::new();
    let loss = count::encode_request(&request, &Target::new(GEMINI, "m"), &mut out).unwrap();
    assert!(loss.is_empty());
    assert_eq!(
        serde_json::from_slice::<Value>(&out).unwrap(),
        json!({"generateContentRequest":inner})
    );
    let mut answer = Vec::new();
    count::write(7, &mut answer);
    assert_eq!(count::read(Document::check(&answer).unwrap()), Some(7));
    assert_ne!(request.turns[0].place, Place::NONE);
}
