//! Building and sending the upstream request.

use std::borrow::Cow;
use std::time::Duration;

use aigw_protocol::hub::Assumed;
use aigw_protocol::{Body, Dialect, Edits, Endpoint, replace, splice};
use aigw_providers::{demo, forward_request_header, forward_translated_header, required_header};
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::{Task, lower};
use crate::call::{Call, Content};
use crate::failure::Failure;
use crate::intake::Coding;
use crate::runtime::{HOP, Transport, endpoint_slot};
use crate::source::Source;
use crate::translation::Translation;
use crate::upstream::{Deadlines, FixedHeaders, OutgoingHead};

/// A response head, and the body behind it.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) first_byte: Duration,
    pub(super) source: Source,
    /// What was asked, in the upstream's dialect.
    pub(super) endpoint: Endpoint,
    /// The way back to the caller's dialect, where that is another.
    pub(super) translation: Option<Box<Translation>>,
    /// The gateway asked for usage on the caller's behalf.
    pub(super) added_usage: bool,
}

/// What goes out.
struct Outgoing<'t> {
    endpoint: Endpoint,
    tail: Cow<'t, str>,
    query: Option<&'t str>,
    body: Body,
    added_usage: bool,
    translation: Option<Box<Translation>>,
}

/// Sends the call to its target and waits for the response head.
pub(super) async fn send(task: &Task<'_>) -> Result<Arrival, Failure> {
    let mut outgoing = match task.translates() {
        None => as_it_came(task),
        Some((_, upstream)) if task.sent.is_some() => return Err(lower::no_continuation(upstream)),
        Some((_, upstream)) if task.call.head.endpoint.counts() => counting(task, upstream)?,
        Some((caller, upstream)) => translated(task, caller, upstream)?,
    };
    let provider = task.provider();
    let Transport::Network {
        origin,
        base,
        paths,
    } = &provider.transport
    else {
        return Ok(demo_answer(task, outgoing));
    };
    let joined;
    let path: &PathAndQuery = if outgoing.tail.is_empty() && outgoing.query.is_none() {
        &paths[endpoint_slot(outgoing.endpoint)]
    } else {
        joined = base
            .path_for(outgoing.endpoint, &outgoing.tail, outgoing.query)
            .map_err(|error| Failure::invalid(format!("the path cannot be built: {error}")))?;
        &joined
    };
    let fixed = task
        .send
        .credential
        .map_or(&provider.bare, |id| &task.runtime.credential(id).headers)
        .of(outgoing.endpoint.dialect());
    let hop_by_hop = &task.call.hop_by_hop;
    let passes = |name: &HeaderName| {
        name == HOP
            || (name == CONTENT_TYPE || forward_request_header(name))
                && !hop_by_hop.contains(name)
                && !fixed.contains(name)
    };
    let neutral = outgoing
        .translation
        .as_deref_mut()
        .map(|translation| neutral_headers(task.call, fixed, &passes, translation));
    let keep = |name: &HeaderName| neutral.is_some() || passes(name);
    let head = OutgoingHead {
        method: &task.call.head.method,
        path_and_query: path,
        fixed,
        forwarded: neutral.as_ref().unwrap_or(&task.call.head.headers),
        keep: &keep,
    };
    let deadlines = Deadlines {
        first_byte: provider.timeouts.first_byte,
    };
    let incoming = origin
        .send(head, &outgoing.body, deadlines)
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
        endpoint: outgoing.endpoint,
        translation: outgoing.translation,
        added_usage: outgoing.added_usage,
    })
}

/// The caller's own call, with the target's model in it.
fn as_it_came<'t>(task: &'t Task<'_>) -> Outgoing<'t> {
    let head = &task.call.head;
    let (body, added_usage) = body(task);
    let tail = match head.endpoint {
        Endpoint::Generate | Endpoint::CountContents
            if task.upstream_model() != task.call.requested() =>
        {
            let method = head.tail.rsplit(':').next().unwrap_or_default();
            generation_tail(task.upstream_model(), method).into()
        }
        _ => Cow::Borrowed(&*head.tail),
    };
    Outgoing {
        endpoint: head.endpoint,
        tail,
        query: head.query.as_deref(),
        body,
        added_usage,
        translation: None,
    }
}

/// The call in another dialect.
fn translated<'t>(
    task: &Task<'_>,
    caller: Dialect,
    upstream: Dialect,
) -> Result<Outgoing<'t>, Failure> {
    let (body, translation) = lower::lower(task, caller, upstream)?;
    let (tail, query) = match upstream {
        Dialect::GeminiGenerate if task.call.stream => {
            let tail = generation_tail(task.upstream_model(), "streamGenerateContent");
            (tail, Some("alt=sse"))
        }
        Dialect::GeminiGenerate => (
            generation_tail(task.upstream_model(), "generateContent"),
            None,
        ),
        _ => (String::new(), None),
    };
    Ok(Outgoing {
        endpoint: Endpoint::of_dialect(upstream),
        tail: tail.into(),
        query,
        body,
        added_usage: false,
        translation: Some(translation),
    })
}

/// The count of another counting endpoint.
fn counting<'t>(task: &Task<'_>, upstream: Dialect) -> Result<Outgoing<'t>, Failure> {
    let (body, translation) = lower::counting(task, upstream)?;
    let endpoint = Endpoint::counting(upstream).unwrap_or(task.call.head.endpoint);
    let tail = match endpoint {
        Endpoint::CountContents => generation_tail(task.upstream_model(), "countTokens"),
        _ => String::new(),
    };
    Ok(Outgoing {
        endpoint,
        tail: tail.into(),
        query: None,
        body,
        added_usage: false,
        translation: Some(translation),
    })
}

/// What follows `models/` in the path of a call that names its model there.
fn generation_tail(model: &str, method: &str) -> String {
    use std::fmt::Write;
    let mut tail = String::with_capacity(model.len() + method.len() + 1);
    for byte in model.strip_prefix("models/").unwrap_or(model).bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            tail.push(char::from(byte));
        } else {
            let _ = write!(tail, "%{byte:02X}");
        }
    }
    tail.push(':');
    tail.push_str(method);
    tail
}

/// The headers of a translated call: what of the caller's means the same in every dialect, and what the target's dialect
/// cannot do without.
fn neutral_headers(
    call: &Call,
    fixed: &FixedHeaders,
    passes: &dyn Fn(&HeaderName) -> bool,
    translation: &mut Translation,
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in &call.head.headers {
        if passes(name) && (name == HOP || forward_translated_header(name)) {
            headers.append(name.clone(), value.clone());
        }
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some((name, value)) = required_header(translation.upstream())
        && !fixed.contains(&name)
    {
        translation.loss.assumed.push(Assumed {
            path: format!("headers.{name}").into(),
            value: format!("{:?}", value.to_str().unwrap_or_default()),
        });
        headers.insert(name, value);
    }
    headers
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

fn demo_answer(task: &Task<'_>, outgoing: Outgoing<'_>) -> Arrival {
    let answer = demo::answer(
        outgoing.endpoint,
        &outgoing.body.to_bytes(),
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
        endpoint: outgoing.endpoint,
        translation: outgoing.translation,
        added_usage: outgoing.added_usage,
    }
}
