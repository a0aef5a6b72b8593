//! Errors in the vendors' words.

mod wording;

use super::call::{Call, Endpoint, Vendor};
use super::talk::Complaint;
use super::template::quote;
use super::{Event, Payload, Reply, Role, responses};
use crate::scenario::ErrorCase;
use wording::{ANTHROPIC, GOOGLE, OPENAI};

const HTML: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

/// Which of the event shapes an in-band error takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorShape {
    /// An error event.
    Error,
    /// `response.failed`, where the dialect has it.
    Failed,
}

/// What one vendor says of one case.
struct Wording {
    status: u16,
    kind: &'static str,
    code: Option<&'static str>,
    param: Option<String>,
    message: String,
}

/// A buffered error answer.
pub(crate) fn error_reply(call: &Call, case: ErrorCase, request_id: &str) -> Reply {
    let wording = wording(call, case);
    if case == ErrorCase::BadGateway {
        return Reply {
            status: 502,
            content_type: "text/html",
            payload: Payload::Whole(HTML.into()),
        };
    }
    reply(call, &wording, request_id)
}

/// What a vendor answers to a request that it does not take.
pub(crate) fn complaint_reply(call: &Call, complaint: Complaint, request_id: &str) -> Reply {
    let kind = match call.endpoint.vendor() {
        Vendor::Google => "INVALID_ARGUMENT",
        Vendor::Openai | Vendor::Anthropic => "invalid_request_error",
    };
    let wording = Wording {
        status: 400,
        kind,
        code: complaint.code,
        param: complaint.param,
        message: complaint.message,
    };
    reply(call, &wording, request_id)
}

fn reply(call: &Call, wording: &Wording, request_id: &str) -> Reply {
    let object = object(call, wording);
    let body = if call.endpoint.vendor() == Vendor::Anthropic {
        format!(r#"{{"type":"error","error":{object},"request_id":"{request_id}"}}"#)
    } else {
        format!(r#"{{"error":{object}}}"#)
    };
    Reply {
        status: wording.status,
        content_type: "application/json",
        payload: Payload::Whole(body.into_bytes()),
    }
}

/// An error inside a stream that has begun; `sequence` is the number of events before it.
pub(crate) fn error_event(
    call: &Call,
    case: ErrorCase,
    shape: ErrorShape,
    sequence: usize,
) -> Event {
    let wording = wording(call, case);
    let object = object(call, &wording);
    let message = quote(&wording.message);
    let code = quote(wording.code.unwrap_or(wording.kind));
    match (call.endpoint, shape) {
        (Endpoint::Messages, _) => Event::named(
            Role::Terminal,
            "error",
            &format!(r#"{{"type":"error","error":{object}}}"#),
        ),
        (Endpoint::Responses, ErrorShape::Error) => {
            let data = format!(
                r#"{{"type":"error","sequence_number":{sequence},"code":{code},"message":{message},"param":null}}"#
            );
            Event::named(Role::Terminal, "error", &data)
        }
        (Endpoint::Responses, ErrorShape::Failed) => {
            let error = format!(r#"{{"code":{code},"message":{message}}}"#);
            Event::named(
                Role::Terminal,
                "response.failed",
                &responses::failed(call, &error, sequence),
            )
        }
        _ => Event::data(Role::Terminal, &format!(r#"{{"error":{object}}}"#)),
    }
}

/// The error object.
fn object(call: &Call, wording: &Wording) -> String {
    let (kind, message) = (quote(wording.kind), quote(&wording.message));
    match call.endpoint.vendor() {
        Vendor::Anthropic => return format!(r#"{{"type":{kind},"message":{message}}}"#),
        Vendor::Google => {
            let code = wording.status;
            return format!(r#"{{"code":{code},"message":{message},"status":{kind}}}"#);
        }
        Vendor::Openai => {}
    }
    let or_null = |text: Option<&str>| text.map_or_else(|| "null".to_owned(), quote);
    let (param, code) = (or_null(wording.param.as_deref()), or_null(wording.code));
    format!(r#"{{"message":{message},"type":{kind},"param":{param},"code":{code}}}"#)
}

fn wording(call: &Call, case: ErrorCase) -> Wording {
    let rows = match call.endpoint.vendor() {
        Vendor::Anthropic => ANTHROPIC,
        Vendor::Google => GOOGLE,
        Vendor::Openai => OPENAI,
    };
    let param = match case {
        ErrorCase::BadRequest => Some("direction".to_owned()),
        ErrorCase::ContextLength => Some("messages".to_owned()),
        _ => None,
    };
    match rows.iter().find(|row| row.case == case) {
        None => Wording {
            status: 500,
            kind: "server_error",
            code: None,
            param,
            message: String::new(),
        },
        Some(row) => Wording {
            status: row.status,
            kind: row.kind,
            code: row.code,
            param,
            message: row.message.replace("$model", &call.model),
        },
    }
}
