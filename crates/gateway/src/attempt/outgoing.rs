//! Building and sending the upstream request.

use std::time::Duration;

use aigw_protocol::{Body, Dialect, Edits, replace, splice};
use aigw_providers::{demo, forward_request_header};
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::Task;
use crate::call::Content;
use crate::failure::Failure;
use crate::intake::Coding;
use crate::runtime::{HOP, Transport, endpoint_slot};
use crate::source::Source;
use crate::upstream::{Deadlines, OutgoingHead};

/// A response head, and the body behind it.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) first_byte: Duration,
    pub(super) source: Source,
    /// The gateway asked for usage on the caller's behalf.
    pub(super) added_usage: bool,
}

/// Sends the call to its target and waits for the response head.
pub(super) async fn send(task: &Task<'_>) -> Result<Arrival, Failure> {
    let (body, added_usage) = body(task);
    let provider = task.provider();
    let Transport::Network {
        origin,
        base,
        paths,
    } = &provider.transport
    else {
        return Ok(demo_answer(task, &body, added_usage));
    };
    let head = &task.call.head;
    let plain = head.tail.is_empty() && head.query.is_none();
    let joined;
    let path: &PathAndQuery = if plain {
        &paths[endpoint_slot(head.endpoint)]
    } else {
        joined = base
            .path_for(head.endpoint, &head.tail, head.query.as_deref())
            .map_err(|error| Failure::invalid(format!("the path cannot be built: {error}")))?;
        &joined
    };
    let dialect = task.call.dialect();
    let fixed = task
        .send
        .credential
        .map_or(&provider.bare, |id| &task.runtime.credential(id).headers)
        .of(dialect);
    let hop_by_hop = &task.call.hop_by_hop;
    let keep = |name: &HeaderName| {
        name == HOP
            || (name == CONTENT_TYPE || forward_request_header(name))
                && !hop_by_hop.contains(name)
                && !fixed.contains(name)
    };
    let outgoing = OutgoingHead {
        method: &head.method,
        path_and_query: path,
        fixed,
        forwarded: &head.headers,
        keep: &keep,
    };
    let deadlines = Deadlines {
        first_byte: provider.timeouts.first_byte,
    };
    let incoming = origin
        .send(outgoing, &body, deadlines)
        .await
        .map_err(|error| Failure::send(&error))?;
    let coding = Coding::of(incoming.headers.get(CONTENT_ENCODING))
        .map_err(|error| Failure::invalid(error.message.into_owned()))?;
    let source = match coding {
        None => Source::Network(incoming.body),
        Some(coding) => Source::decoding(incoming.body, coding),
    };
    Ok(Arrival {
        status: incoming.status,
        headers: incoming.headers,
        first_byte: incoming.timing.first_byte,
        source,
        added_usage,
    })
}

/// The caller's body with the target's model name in it, and whether usage was asked for on the caller's behalf.
fn body(task: &Task<'_>) -> (Body, bool) {
    let call = task.call;
    let model = task.upstream_model();
    let params = &task.runtime.model(task.send.model).params;
    match &call.content {
        Content::Multipart(span) => (
            replace(
                &call.body,
                span.clone(),
                Bytes::copy_from_slice(model.as_bytes()),
            ),
            false,
        ),
        Content::Json(envelope) => {
            let add_usage = call.dialect() == Some(Dialect::OpenaiChat)
                && call.stream
                && task.provider().asks_usage
                && !envelope.usage_requested();
            if !add_usage && params.is_empty() && envelope.model() == model {
                return (call.body.clone(), false);
            }
            let mut edits = params.apply(Edits::new(envelope).model(model));
            if add_usage {
                edits = edits.include_usage();
            }
            (splice(&call.body, edits), add_usage)
        }
    }
}

fn demo_answer(task: &Task<'_>, body: &Body, added_usage: bool) -> Arrival {
    let answer = demo::answer(
        task.call.head.endpoint,
        &body.to_bytes(),
        task.call.stream,
        task.seed,
    );
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    Arrival {
        status: StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        headers,
        first_byte: Duration::ZERO,
        source: Source::Local(answer.events.into()),
        added_usage,
    }
}
