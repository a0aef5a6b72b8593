//! What vendors answer: streams and bodies of the four dialects and the endpoints around them, after their public
//! documentation.

mod call;
mod chat;
mod content;
mod errors;
mod gemini;
mod media;
mod messages;
mod responses;
mod talk;
mod template;
mod whole;

pub(crate) use call::{Call, Endpoint, Unanswerable, Vendor};
pub(crate) use errors::{ErrorShape, complaint_reply, error_event, error_reply};
pub(crate) use talk::Talk;

use crate::scenario::{Fault, Scenario};
use content::Saying;

/// An answer before faults get at it.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) payload: Payload,
}

/// A body in one piece or as events.
#[derive(Debug, Clone)]
pub(crate) enum Payload {
    Whole(Vec<u8>),
    Events(Vec<Event>),
}

/// One server-sent event with LF line ends and its blank line.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) text: String,
    pub(crate) role: Role,
}

/// What an event is to the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Says that something begins or ends.
    Lifecycle,
    /// Carries content.
    Content,
    /// Carries the finish reason or usage.
    Finish,
    /// Ends the stream.
    Terminal,
}

impl Reply {
    /// The answer to a call, without faults but for those that change its wording.
    pub(crate) fn to(call: &Call, scenario: &Scenario) -> Self {
        let saying = Saying::of(scenario.content, call);
        let stream = call.stream && !scenario.has(Fault::JsonForStream);
        match call.endpoint {
            Endpoint::Chat if stream => Self::events(chat::stream(
                call,
                &saying,
                scenario.has(Fault::UsageInLast),
            )),
            Endpoint::Chat => Self::json(chat::whole(call, &saying)),
            Endpoint::Responses if stream => Self::events(responses::stream(call, &saying)),
            Endpoint::Responses => Self::json(responses::whole(call, &saying)),
            Endpoint::Messages if stream => Self::events(messages::stream(call, &saying)),
            Endpoint::Messages => Self::json(messages::whole(call, &saying)),
            Endpoint::Generate if stream => Self::events(gemini::stream(call, &saying)),
            Endpoint::Generate => Self::json(gemini::whole(call, &saying)),
            Endpoint::Completions
            | Endpoint::Images
            | Endpoint::Speech
            | Endpoint::Transcription
                if stream =>
            {
                Self::events(media::stream(call, &saying))
            }
            Endpoint::Speech => Self {
                status: 200,
                content_type: "audio/mpeg",
                payload: Payload::Whole(media::speech()),
            },
            _ => Self::json(whole::body(call, &saying)),
        }
    }

    /// A JSON body with status 200.
    fn json(body: String) -> Self {
        Self {
            status: 200,
            content_type: "application/json",
            payload: Payload::Whole(body.into_bytes()),
        }
    }

    /// A stream with status 200.
    pub(crate) fn events(events: Vec<Event>) -> Self {
        Self {
            status: 200,
            content_type: "text/event-stream; charset=utf-8",
            payload: Payload::Events(events),
        }
    }
}

impl Event {
    /// An event of data alone.
    fn data(role: Role, data: &str) -> Self {
        Self {
            text: format!("data: {data}\n\n"),
            role,
        }
    }

    /// An event with its name.
    fn named(role: Role, name: &str, data: &str) -> Self {
        Self {
            text: format!("event: {name}\ndata: {data}\n\n"),
            role,
        }
    }
}
