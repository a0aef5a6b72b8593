//! Buffered JSON answers of the endpoints around the three dialects.

use super::call::{Call, Endpoint};
use super::content::{INPUT_TOKENS, Saying};
use super::media;
use super::template::quote;

/// Models that the lists show.
const LISTED: [&str; 3] = ["text", "tools", "thinking"];

/// The body.
pub(super) fn body(call: &Call, saying: &Saying) -> String {
    let model = quote(&call.model);
    match call.endpoint {
        Endpoint::CountTokens => format!(r#"{{"input_tokens":{INPUT_TOKENS}}}"#),
        Endpoint::InputTokens => {
            format!(r#"{{"object":"response.input_tokens","input_tokens":{INPUT_TOKENS}}}"#)
        }
        Endpoint::Models => models(call.anthropic),
        Endpoint::Model => entry(&call.model, call.anthropic),
        Endpoint::Embeddings => embeddings(call),
        Endpoint::Moderations => moderations(call),
        Endpoint::Rerank => rerank(call),
        Endpoint::Images => media::image(),
        Endpoint::Transcription => media::transcript(saying),
        Endpoint::Completions => format!(
            r#"{{"id":"cmpl-fake0001","object":"text_completion","created":1790000000,"model":{model},"choices":[{{"text":{},"index":0,"logprobs":null,"finish_reason":"{}"}}],"usage":{}}}"#,
            quote(&saying.text()),
            super::chat::finish(saying.finish),
            super::chat::usage(saying)
        ),
        Endpoint::GoogleCount => format!(
            r#"{{"totalTokens":{INPUT_TOKENS},"promptTokensDetails":[{{"modality":"TEXT","tokenCount":{INPUT_TOKENS}}}]}}"#
        ),
        Endpoint::Chat
        | Endpoint::Responses
        | Endpoint::Messages
        | Endpoint::Generate
        | Endpoint::Speech => "{}".to_owned(),
    }
}

fn models(anthropic: bool) -> String {
    let entries = LISTED.map(|id| entry(id, anthropic)).join(",");
    if anthropic {
        format!(r#"{{"data":[{entries}],"has_more":false,"first_id":"text","last_id":"thinking"}}"#)
    } else {
        format!(r#"{{"object":"list","data":[{entries}]}}"#)
    }
}

fn entry(id: &str, anthropic: bool) -> String {
    let id = quote(id);
    if anthropic {
        format!(
            r#"{{"type":"model","id":{id},"display_name":{id},"created_at":"2026-01-01T00:00:00Z"}}"#
        )
    } else {
        format!(r#"{{"id":{id},"object":"model","created":1790000000,"owned_by":"fake-upstream"}}"#)
    }
}

fn embeddings(call: &Call) -> String {
    // [0.5, -0.25, 1.0] as little-endian 32-bit floats.
    let vector = if call.base64 {
        "\"AAAAPwAAgL4AAIA/\""
    } else {
        "[0.5,-0.25,1.0]"
    };
    let entry =
        |index: usize| format!(r#"{{"object":"embedding","index":{index},"embedding":{vector}}}"#);
    let data: Vec<_> = (0..call.inputs).map(entry).collect();
    format!(
        r#"{{"object":"list","data":[{}],"model":{},"usage":{{"prompt_tokens":{INPUT_TOKENS},"total_tokens":{INPUT_TOKENS}}}}}"#,
        data.join(","),
        quote(&call.model)
    )
}

fn moderations(call: &Call) -> String {
    let result = r#"{"flagged":false,"categories":{"hate":false,"violence":false},"category_scores":{"hate":0.0001,"violence":0.0002}}"#;
    let results = vec![result; call.inputs].join(",");
    format!(
        r#"{{"id":"modr-fake0001","model":{},"results":[{results}]}}"#,
        quote(&call.model)
    )
}

fn rerank(call: &Call) -> String {
    let result = |index: usize| {
        format!(
            r#"{{"index":{index},"relevance_score":0.{}}}"#,
            9 - index.min(8)
        )
    };
    let results: Vec<_> = (0..call.inputs).map(result).collect();
    format!(
        r#"{{"id":"rerank-fake0001","model":{},"results":[{}],"meta":{{"billed_units":{{"search_units":1}}}}}}"#,
        quote(&call.model),
        results.join(",")
    )
}
