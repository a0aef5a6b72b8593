//! `kind: demo`: answers made in process, so that a gateway without a single account answers its first request.
//!
//! An answer depends on its arguments alone: same request, same bytes. It says back what it was asked, in the dialect of
//! the endpoint, whole or as a stream that has every event and every counter that the vendors' own SDKs look for. Nothing
//! here waits; whoever sends the events sets their pace.

mod ask;
mod chat;
mod embeddings;
mod messages;
mod reply;
mod responses;

use aigw_protocol::{Endpoint, ErrorText, error_body};
use bytes::Bytes;
use serde_json::{Value, json};

use ask::{Ask, Refusal};
use reply::Reply;

const JSON: &str = "application/json";
const EVENT_STREAM: &str = "text/event-stream; charset=utf-8";

/// What answers give as their creation time, in Unix seconds: there is no clock here.
const CREATED: u64 = 1_767_225_600;

/// An answer made in process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The media type of the answer.
    pub content_type: &'static str,
    /// The body: for a stream one element per SSE event, else exactly one element.
    pub events: Vec<Bytes>,
}

/// Answers the request `body` on `endpoint`, as a stream when `stream` is set and the endpoint streams.
///
/// `id_seed` becomes part of the ids in the answer. A request that the real API would refuse is answered with 400, an
/// endpoint that the demo does not serve with 501, both in the error shape of the endpoint.
pub fn answer(endpoint: Endpoint, body: &[u8], stream: bool, id_seed: u64) -> DemoAnswer {
    answered(endpoint, body, stream, id_seed)
        .unwrap_or_else(|refusal| refused(endpoint, &refusal, id_seed))
}

fn answered(
    endpoint: Endpoint,
    body: &[u8],
    stream: bool,
    id_seed: u64,
) -> Result<DemoAnswer, Refusal> {
    let ask = || Ask::read(endpoint, body);
    Ok(match endpoint {
        Endpoint::ChatCompletions if stream => streamed(chat::stream(&Reply::to(&ask()?), id_seed)),
        Endpoint::ChatCompletions => whole(&chat::whole(&Reply::to(&ask()?), id_seed)),
        Endpoint::Responses if stream => streamed(responses::stream(&Reply::to(&ask()?), id_seed)),
        Endpoint::Responses => whole(&responses::whole(&Reply::to(&ask()?), id_seed)),
        Endpoint::Messages if stream => streamed(messages::stream(&Reply::to(&ask()?), id_seed)),
        Endpoint::Messages => whole(&messages::whole(&Reply::to(&ask()?), id_seed)),
        Endpoint::CountTokens => whole(&json!({"input_tokens": ask()?.input_tokens})),
        Endpoint::InputTokens => {
            whole(&json!({"object": "response.input_tokens", "input_tokens": ask()?.input_tokens}))
        }
        Endpoint::Embeddings => whole(&embeddings::whole(body)?),
        Endpoint::Completions
        | Endpoint::Moderations
        | Endpoint::Rerank
        | Endpoint::Images
        | Endpoint::Audio
        | Endpoint::Generate
        | Endpoint::CountContents => return Err(Refusal::not_served(endpoint)),
    })
}

fn whole(body: &Value) -> DemoAnswer {
    DemoAnswer {
        status: 200,
        content_type: JSON,
        events: vec![Bytes::from(body.to_string())],
    }
}

fn streamed(events: Vec<Bytes>) -> DemoAnswer {
    DemoAnswer {
        status: 200,
        content_type: EVENT_STREAM,
        events,
    }
}

fn refused(endpoint: Endpoint, refusal: &Refusal, id_seed: u64) -> DemoAnswer {
    let request_id = format!("demo_{id_seed:016x}");
    let text = ErrorText {
        status: refusal.status,
        code: refusal.code,
        message: &refusal.message,
        param: refusal.param,
        request_id: &request_id,
    };
    let body = error_body(endpoint.family(), &text);
    DemoAnswer {
        status: refusal.status,
        content_type: JSON,
        events: vec![Bytes::from(body)],
    }
}

/// One event with only data, as chat streams have it.
fn data_event(data: &Value) -> Bytes {
    Bytes::from(format!("data: {data}\n\n"))
}

/// One event that is named after the `type` of its data, as responses and messages streams have it.
fn typed_event(data: &Value) -> Bytes {
    let name = data["type"].as_str().unwrap_or_default();
    Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
}
