//! Legacy completions as a stream, images and audio.

use super::call::{Call, Endpoint};
use super::content::{Part, Saying};
use super::template::quote;
use super::{Event, Role};

/// A one-pixel PNG.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

const IMAGE_USAGE: &str = r#"{"total_tokens":100,"input_tokens":50,"output_tokens":50,"input_tokens_details":{"text_tokens":10,"image_tokens":40}}"#;

/// The streams of these endpoints.
pub(super) fn stream(call: &Call, saying: &Saying) -> Vec<Event> {
    match call.endpoint {
        Endpoint::Images => image_stream(),
        Endpoint::Speech => speech_stream(),
        Endpoint::Transcription => transcript_stream(saying),
        _ => completion_stream(call, saying),
    }
}

/// Four KiB that are no text: every byte value, again and again.
pub(super) fn speech() -> Vec<u8> {
    (0..=255).cycle().take(4096).collect()
}

/// A generated image.
pub(super) fn image() -> String {
    format!(r#"{{"created":1790000000,"data":[{{"b64_json":"{PIXEL}"}}],"usage":{IMAGE_USAGE}}}"#)
}

/// A transcript.
pub(super) fn transcript(saying: &Saying) -> String {
    format!(
        r#"{{"text":{},"usage":{{"type":"duration","seconds":3}}}}"#,
        quote(&saying.text())
    )
}

fn image_stream() -> Vec<Event> {
    let event = |role: Role, name: &str, rest: &str| {
        let data =
            format!(r#"{{"type":"{name}","b64_json":"{PIXEL}","created_at":1790000000{rest}}}"#);
        Event::named(role, name, &data)
    };
    vec![
        event(
            Role::Content,
            "image_generation.partial_image",
            r#","partial_image_index":0"#,
        ),
        event(
            Role::Content,
            "image_generation.partial_image",
            r#","partial_image_index":1"#,
        ),
        event(
            Role::Terminal,
            "image_generation.completed",
            &format!(r#","usage":{IMAGE_USAGE}"#),
        ),
    ]
}

fn speech_stream() -> Vec<Event> {
    let delta = || {
        Event::data(
            Role::Content,
            r#"{"type":"speech.audio.delta","audio":"SUQzBAAAAAAAI1RTU0UAAAAP"}"#,
        )
    };
    let done = r#"{"type":"speech.audio.done","usage":{"input_tokens":14,"output_tokens":101,"total_tokens":115}}"#;
    vec![
        delta(),
        delta(),
        delta(),
        delta(),
        Event::data(Role::Terminal, done),
    ]
}

fn transcript_stream(saying: &Saying) -> Vec<Event> {
    let mut events: Vec<_> = pieces(saying)
        .map(|piece| {
            Event::data(
                Role::Content,
                &format!(
                    r#"{{"type":"transcript.text.delta","delta":{}}}"#,
                    quote(piece)
                ),
            )
        })
        .collect();
    let done = format!(
        r#"{{"type":"transcript.text.done","text":{}}}"#,
        quote(&saying.text())
    );
    events.push(Event::data(Role::Terminal, &done));
    events
}

fn completion_stream(call: &Call, saying: &Saying) -> Vec<Event> {
    let model = quote(&call.model);
    let chunk = |role: Role, choices: &str, usage: &str| {
        let data = format!(
            r#"{{"id":"cmpl-fake0001","object":"text_completion","created":1790000000,"choices":{choices},"model":{model}{usage}}}"#
        );
        Event::data(role, &data)
    };
    let choice = |text: &str, finish: &str| {
        format!(
            r#"[{{"text":{},"index":0,"logprobs":null,"finish_reason":{finish}}}]"#,
            quote(text)
        )
    };
    let mut events: Vec<_> = pieces(saying)
        .map(|piece| chunk(Role::Content, &choice(piece, "null"), ""))
        .collect();
    events.push(chunk(
        Role::Finish,
        &choice("", &quote(super::chat::finish(saying.finish))),
        "",
    ));
    if call.include_usage {
        events.push(chunk(
            Role::Finish,
            "[]",
            &format!(",\"usage\":{}", super::chat::usage(saying)),
        ));
    }
    events.push(Event::data(Role::Terminal, "[DONE]"));
    events
}

fn pieces(saying: &Saying) -> impl Iterator<Item = &String> {
    saying
        .parts
        .iter()
        .filter(|part| matches!(part, Part::Text(_)))
        .flat_map(Part::pieces)
}
