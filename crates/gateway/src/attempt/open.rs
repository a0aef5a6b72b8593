//! Answers with a success status: read until bytes may go to the caller.

use std::time::Instant;

use aigw_config::Timeouts;
use aigw_protocol::{Body, Endpoint, ErrorText, InBandError, error_body, read_answer};
use aigw_routing::OnBreak;
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

use super::outgoing::Arrival;
use super::{Committed, Content, Task};
use crate::clock::monotonic;
use crate::error::ErrorKind;
use crate::events::{Closing, End, Events, Reading};
use crate::failure::{Answer, Failure};
use crate::patience::within;
use crate::source::Source;
use crate::translation::Translation;

/// Lifecycle events held back before the first content; a stream that sends more is handed on as it is.
const HELD_BACK: usize = 1 << 20;
/// Looked at to tell an event stream from other bodies.
const SNIFFED: usize = 4096;

/// Until when what has to happen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) first_token_until: Instant,
    pub(super) total_until: Instant,
    pub(super) timeouts: Timeouts,
}

impl Limits {
    /// When a pause that begins now is too long.
    pub(super) fn idle_until(&self) -> tokio::time::Instant {
        (monotonic() + self.timeouts.idle)
            .min(self.total_until)
            .into()
    }
}

/// What the head says that the body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Media {
    Json,
    Events,
    Html,
    Other,
}

/// Reads an answer until it may go to the caller.
pub(super) async fn open(
    task: &Task<'_>,
    mut arrival: Arrival,
    limits: Limits,
) -> Result<Committed, Failure> {
    let media = media(&arrival.headers);
    let content = match expected(task, media) {
        Expected::Events => events(task, &mut arrival, media, limits).await?,
        Expected::Json => whole(task, &mut arrival, media, limits).await?,
        Expected::Bytes => bytes(&mut arrival, media, limits).await?,
    };
    Ok(Committed {
        status: arrival.status,
        loss: arrival.translation.map(|it| Box::new(it.loss)),
        headers: arrival.headers,
        first_byte: arrival.first_byte,
        content,
        total_until: limits.total_until,
    })
}

enum Expected {
    Events,
    Json,
    Bytes,
}

fn expected(task: &Task<'_>, media: Media) -> Expected {
    let endpoint = task.call.head.endpoint;
    match endpoint {
        _ if task.call.stream && endpoint.dialect().is_some() => Expected::Events,
        Endpoint::Audio | Endpoint::Images if media != Media::Json => Expected::Bytes,
        Endpoint::Completions if task.call.stream => Expected::Bytes,
        _ => Expected::Json,
    }
}

/// The whole answer, validated: a cut, empty or foreign body never looks like an answer.
async fn whole(
    task: &Task<'_>,
    arrival: &mut Arrival,
    media: Media,
    limits: Limits,
) -> Result<Content, Failure> {
    let limit = task.runtime.limits.upstream_body;
    let mut body = Body::default();
    loop {
        let chunk = match within(|| limits.idle_until(), arrival.source.chunk()).await {
            Err(_) => return Err(late(limits)),
            Ok(None) => break,
            Ok(Some(chunk)) => chunk.map_err(|error| Failure::broken(&error))?,
        };
        if (body.len() + chunk.len()) as u64 > limit {
            return Err(Failure::own(
                aigw_routing::FailureClass::ServerError,
                ErrorKind::UpstreamTooLarge,
                format!("the provider's answer is larger than {limit} bytes"),
            ));
        }
        body.push(chunk);
    }
    let bytes = body.to_bytes();
    let status = arrival.status.as_u16();
    if task.runtime.intercepts.concern(status)
        && let Some(class) = task.runtime.intercepts.class(status, &bytes)
    {
        return Err(intercepted(class, arrival, body));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Failure::invalid("the provider answered with an empty body"));
    }
    let answer = read_answer(arrival.endpoint, &bytes).map_err(|error| {
        let what = if looks_like_events(&bytes) {
            "an event stream that was not asked for"
        } else {
            "a body that is not JSON"
        };
        Failure::invalid(format!("the provider answered with {what}: {error}"))
    })?;
    if let Some(error) = answer.error {
        return Err(Failure::in_band(
            &error,
            task.call.family(),
            said(arrival, body, &error),
        ));
    }
    let mut wrong_type = media != Media::Json;
    if let Some(translation) = &mut arrival.translation {
        wrong_type = true;
        body = translation.answer(&bytes).map_err(|error| {
            Failure::invalid(format!("the provider's answer cannot be read: {error}"))
        })?;
    }
    Ok(Content::Whole {
        body,
        usage: answer.usage,
        wrong_type,
    })
}

/// Events up to the first content. Nothing of them has gone to the caller if this fails.
async fn events(
    task: &Task<'_>,
    arrival: &mut Arrival,
    media: Media,
    limits: Limits,
) -> Result<Content, Failure> {
    let Some(dialect) = arrival.endpoint.dialect() else {
        return Err(Failure::invalid("the endpoint has no event stream"));
    };
    let first = first_bytes(arrival, limits).await?;
    if media != Media::Events && !looks_like_events(&first) {
        return Err(not_events(task, arrival, media, first, limits).await);
    }
    let translator = arrival
        .translation
        .as_deref()
        .and_then(Translation::translator);
    // Only what comes in the caller's dialect can be continued elsewhere.
    let keep_text =
        translator.is_none() && task.runtime.model(task.send.model).on_break == OnBreak::Continue;
    let largest = usize::try_from(task.runtime.limits.upstream_event).unwrap_or(usize::MAX);
    let source = std::mem::replace(
        &mut arrival.source,
        Source::Local(std::collections::VecDeque::new()),
    );
    let reading = Reading {
        dialect,
        strip_usage: arrival.added_usage,
        largest_event: largest,
        keep_text,
        sent: task.sent,
    };
    let mut events = Box::new(Events::new(source, reading, translator));
    events.push(first);
    loop {
        events.pump();
        if events.has_content() || events.waiting() > HELD_BACK {
            break;
        }
        match events.take_closing() {
            Some(Closing::Error(reported)) => {
                let mut body = Body::default();
                body.push(reported.data);
                return Err(Failure::in_band(
                    &reported.error,
                    task.call.family(),
                    said(arrival, body, &reported.error),
                ));
            }
            Some(Closing::Unreadable(error)) => return Err(Failure::invalid(error.to_string())),
            Some(Closing::TooLarge) => return Err(too_large_event(largest)),
            Some(Closing::Terminal | Closing::Differs) | None => {}
        }
        let deadline = limits.first_token_until;
        match within(
            || deadline.into(),
            std::future::poll_fn(|cx| events.poll_fill(cx)),
        )
        .await
        {
            Err(_) if deadline < limits.total_until => {
                return Err(Failure::timeout("first_token", limits.timeouts.first_token));
            }
            Err(_) => return Err(Failure::timeout("total", limits.timeouts.total)),
            Ok(None) => {}
            Ok(Some(End::Broken(error))) => return Err(Failure::broken(&error)),
            Ok(Some(End::Eof)) => return Err(ended_without_content()),
        }
    }
    let status = arrival.status.as_u16();
    if task.runtime.intercepts.concern(status)
        && let Some(class) = task
            .runtime
            .intercepts
            .class(status, events.waiting_bytes())
    {
        return Err(intercepted(class, arrival, Body::default()));
    }
    Ok(Content::Events(events))
}

/// Bytes that are passed on unseen. The first of them are awaited, so that an empty answer is still a failure.
async fn bytes(arrival: &mut Arrival, media: Media, limits: Limits) -> Result<Content, Failure> {
    if media == Media::Html {
        return Err(Failure::invalid("the provider answered with an HTML page"));
    }
    let first = first_bytes(arrival, limits).await?;
    let source = std::mem::replace(
        &mut arrival.source,
        Source::Local(std::collections::VecDeque::new()),
    );
    Ok(Content::Bytes { source, first })
}

async fn first_bytes(arrival: &mut Arrival, limits: Limits) -> Result<Bytes, Failure> {
    loop {
        match within(|| limits.first_token_until.into(), arrival.source.chunk()).await {
            Err(_) if limits.first_token_until < limits.total_until => {
                return Err(Failure::timeout("first_token", limits.timeouts.first_token));
            }
            Err(_) => return Err(Failure::timeout("total", limits.timeouts.total)),
            Ok(None) => return Err(Failure::invalid("the provider answered with an empty body")),
            Ok(Some(Err(error))) => return Err(Failure::broken(&error)),
            Ok(Some(Ok(chunk))) if chunk.is_empty() => {}
            Ok(Some(Ok(chunk))) => return Ok(chunk),
        }
    }
}

/// A body where a stream was asked for: an error in JSON keeps its meaning, everything else is no answer.
async fn not_events(
    task: &Task<'_>,
    arrival: &mut Arrival,
    media: Media,
    first: Bytes,
    limits: Limits,
) -> Failure {
    let mut body = Body::default();
    body.push(first);
    while body.len() < HELD_BACK {
        match within(|| limits.idle_until(), arrival.source.chunk()).await {
            Ok(Some(Ok(chunk))) => body.push(chunk),
            _ => break,
        }
    }
    if let Ok(answer) = read_answer(Endpoint::ChatCompletions, &body.to_bytes()) {
        return match answer.error {
            Some(error) => {
                Failure::in_band(&error, task.call.family(), said(arrival, body, &error))
            }
            None => Failure::invalid(
                "the provider answered with one JSON body although a stream was asked for",
            ),
        };
    }
    match media {
        Media::Html => Failure::invalid("the provider answered with an HTML page"),
        _ => Failure::invalid("the provider answered with something that is no event stream"),
    }
}

/// What the upstream said, as an answer. An error that is to be translated comes without what was wrapped around it.
fn said(arrival: &mut Arrival, mut body: Body, error: &InBandError) -> Answer {
    let family = arrival.endpoint.family();
    if arrival.translation.is_some() {
        let text = ErrorText {
            status: error.status.unwrap_or_default(),
            code: error.code.as_deref().unwrap_or_default(),
            message: &error.message,
            param: None,
            request_id: "",
        };
        body = Body::from(error_body(family, &text));
    }
    Answer {
        family,
        status: arrival.status,
        headers: std::mem::take(&mut arrival.headers),
        body,
        message: Box::default(),
    }
}

fn intercepted(class: aigw_routing::FailureClass, arrival: &mut Arrival, body: Body) -> Failure {
    let mut failure = Failure::own(
        class,
        if class == aigw_routing::FailureClass::RateLimited {
            ErrorKind::RateLimited
        } else {
            ErrorKind::UpstreamInvalid
        },
        format!(
            "an intercept rule takes the provider's answer as {}",
            class.as_str()
        ),
    );
    failure.retry_after = aigw_providers::retry_after(&arrival.headers, crate::clock::wall());
    drop(body);
    failure
}

fn ended_without_content() -> Failure {
    Failure::own(
        aigw_routing::FailureClass::Network,
        ErrorKind::UpstreamInvalid,
        "the provider's stream ended without content",
    )
}

pub(super) fn too_large_event(largest: usize) -> Failure {
    Failure::own(
        aigw_routing::FailureClass::ServerError,
        ErrorKind::UpstreamTooLarge,
        format!("one event of the provider's stream is larger than {largest} bytes"),
    )
}

fn late(limits: Limits) -> Failure {
    if monotonic() >= limits.total_until {
        Failure::timeout("total", limits.timeouts.total)
    } else {
        Failure::timeout("idle", limits.timeouts.idle)
    }
}

fn media(headers: &HeaderMap) -> Media {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    let ends_with = |end: &str| {
        essence
            .len()
            .checked_sub(end.len())
            .and_then(|at| essence.get(at..))
            .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    };
    if ends_with("json") {
        Media::Json
    } else if essence.eq_ignore_ascii_case("text/event-stream") {
        Media::Events
    } else if essence.eq_ignore_ascii_case("text/html") {
        Media::Html
    } else {
        Media::Other
    }
}

/// Whether a body begins like server-sent events: with a field that the format knows, or a comment.
fn looks_like_events(bytes: &[u8]) -> bool {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let start = start.get(..SNIFFED).unwrap_or(start).trim_ascii_start();
    [&b"data:"[..], b"event:", b"id:", b"retry:", b":"]
        .iter()
        .any(|field| start.starts_with(field) || field.starts_with(start) && !start.is_empty())
}
