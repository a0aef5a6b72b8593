//! From a request and a scenario to the steps that write the answer.

mod body;
mod head;
mod stream;

use std::time::Duration;

use bytes::Bytes;

use super::request::Facts;
use crate::reply::{
    Call, Endpoint, ErrorShape, Payload, Reply, Talk, Unanswerable, Vendor, complaint_reply,
    error_event, error_reply,
};
use crate::scenario::{ErrorCase, Fault, RetryAfter, Scenario};
use head::{Head, Length};
pub(super) use head::{request_id, write_id};

/// An answer, ready to be written, as often as the same request comes.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    pub(super) end: End,
    /// Whether the answer holds the time or number of the request it was made for.
    pub(super) dated: bool,
}

/// One thing to do.
#[derive(Debug)]
pub(super) enum Step {
    /// Status line and headers, joined with what follows; the request's number goes to `id_at`.
    Head { bytes: Bytes, id_at: usize },
    /// One write.
    Write(Bytes),
    /// Writes what is joined so far.
    Flush,
    /// Waits, while watching whether the peer goes away.
    Pause(Duration),
    /// One write for every byte.
    Bytewise(Bytes),
    /// The same bytes again and again.
    Repeat { chunk: Bytes, times: u64 },
}

/// What happens to the connection afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    KeepAlive,
    Close,
    Reset,
    /// Nothing more is sent; the connection stays until the peer closes it.
    Silence,
}

/// What an answer is made from.
struct Making<'a> {
    call: Call,
    scenario: &'a Scenario,
    id: u64,
}

impl Plan {
    /// The answer to request number `id`; `rule` is a scenario that goes before the model's name.
    pub(super) async fn of(
        facts: &Facts,
        body: &[u8],
        name: &str,
        rule: Option<Scenario>,
        id: u64,
    ) -> Self {
        let read = Call::read(&facts.method, &facts.path, &facts.content_type, body);
        let mut call = match read {
            Ok(call) => call,
            Err(why) => return Self::refusal(facts, why),
        };
        name.clone_into(&mut call.name);
        call.anthropic = facts.anthropic;
        let named = match call.endpoint {
            Endpoint::Models | Endpoint::Model => Ok(Scenario::default()),
            _ => Scenario::of_model(&call.model),
        };
        match rule.map_or(named, Ok) {
            Ok(scenario) => {
                match Talk::read(&call, scenario.content, body) {
                    Ok(talk) => call.talk = talk,
                    Err(complaint) => {
                        let reply = complaint_reply(&call, complaint, &request_id(id));
                        return Self::refused(&call, reply);
                    }
                }
                Making {
                    call,
                    scenario: &scenario,
                    id,
                }
                .plan()
                .await
            }
            Err(unknown) => {
                let text = format!(
                    r#"{{"error":{{"message":"{unknown}","type":"invalid_request_error"}}}}"#
                )
                .replace('`', "'");
                Self::json(400, text)
            }
        }
    }

    /// What a request gets that no scenario can answer.
    fn refusal(facts: &Facts, why: Unanswerable) -> Self {
        let (status, what) = match why {
            Unanswerable::Path => (404, "Invalid URL"),
            Unanswerable::Method => (405, "Not allowed: this method on this URL"),
            Unanswerable::Json => (400, "We could not parse the JSON body of your request."),
            Unanswerable::Model => (400, "you must provide a model parameter"),
        };
        let kind = "invalid_request_error";
        let body = if facts.anthropic {
            format!(r#"{{"type":"error","error":{{"type":"{kind}","message":"{what}"}}}}"#)
        } else {
            format!(
                r#"{{"error":{{"message":"{what}","type":"{kind}","param":null,"code":null}}}}"#
            )
        };
        Self::json(status, body)
    }

    /// An answer to a request that the vendor does not take.
    fn refused(call: &Call, reply: Reply) -> Self {
        let mut head = Head::new(reply.status, reply.content_type, call.endpoint.vendor());
        let (Payload::Whole(body), dated) = (reply.payload, true) else {
            return Self::bare(Vec::new(), End::Close);
        };
        head.length = Length::Known(body.len() as u64);
        Self {
            steps: vec![head.step(), Step::Write(body.into())],
            end: End::KeepAlive,
            dated,
        }
    }

    fn json(status: u16, body: String) -> Self {
        let mut head = Head::new(status, "application/json", Vendor::Openai);
        head.length = Length::Known(body.len() as u64);
        Self {
            steps: vec![head.step(), Step::Write(body.into())],
            end: End::KeepAlive,
            dated: false,
        }
    }

    fn bare(steps: Vec<Step>, end: End) -> Self {
        Self {
            steps,
            end,
            dated: false,
        }
    }
}

impl Making<'_> {
    async fn plan(&self) -> Plan {
        let mut plan = match self.instead_of_an_answer() {
            Some(plan) => plan,
            None => self.answer().await,
        };
        let pause = self.scenario.faults.iter().find_map(|fault| match fault {
            Fault::SlowFirstByte(time) => Some(Step::Pause(*time)),
            _ => None,
        });
        if self.scenario.has(Fault::EarlyHints) {
            let hints = "HTTP/1.1 103 Early Hints\r\nlink: </fake.css>; rel=preload\r\n\r\n";
            plan.steps
                .insert(0, Step::Write(Bytes::from_static(hints.as_bytes())));
        }
        if let Some(pause) = pause {
            plan.steps.insert(0, pause);
        }
        plan
    }

    /// Faults that leave nothing of the answer.
    fn instead_of_an_answer(&self) -> Option<Plan> {
        self.scenario.faults.iter().find_map(|fault| match fault {
            Fault::Reset => Some(Plan::bare(Vec::new(), End::Reset)),
            Fault::Hangup => Some(Plan::bare(Vec::new(), End::Close)),
            Fault::Silence => Some(Plan::bare(Vec::new(), End::Silence)),
            Fault::BadStatusLine => {
                let line = Bytes::from_static(b"HTTP/9.x perhaps fine\r\n\r\n");
                Some(Plan::bare(vec![Step::Write(line)], End::Close))
            }
            Fault::EndlessHeaders => Some(body::endless_headers()),
            Fault::Huge => Some(body::huge(
                self.call.stream,
                self.head(200, "application/json"),
            )),
            _ => None,
        })
    }

    async fn answer(&self) -> Plan {
        let reply = self.reply();
        let head = self.head(reply.status, reply.content_type);
        let mut plan = match reply.payload {
            Payload::Whole(bytes) => body::plan(self.scenario, head, bytes).await,
            Payload::Events(events) => stream::plan(&self.call, self.scenario, head, events).await,
        };
        plan.dated = self.retry_after().is_some() || reply.status >= 400;
        plan
    }

    /// The answer in the vendor's words: the right one, or the error that replaces it.
    fn reply(&self) -> Reply {
        let page = "<!doctype html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>";
        let whole = |content_type, text: &str| Reply {
            status: 200,
            content_type,
            payload: Payload::Whole(text.into()),
        };
        for fault in &self.scenario.faults {
            match *fault {
                Fault::Status(case, _) => {
                    return error_reply(&self.call, case, &request_id(self.id));
                }
                Fault::Error200(case) => {
                    let error = error_reply(&self.call, case, &request_id(self.id));
                    return Reply {
                        status: 200,
                        ..error
                    };
                }
                Fault::ErrorAlone(case) if self.call.stream => {
                    return Reply::events(vec![error_event(
                        &self.call,
                        case,
                        ErrorShape::Error,
                        0,
                    )]);
                }
                Fault::ErrorAlone(case)
                | Fault::ErrorAfter(_, case)
                | Fault::FailedAfter(_, case)
                    if !self.call.stream =>
                {
                    let error = error_reply(&self.call, case, &request_id(self.id));
                    return Reply {
                        status: 200,
                        ..error
                    };
                }
                Fault::Html200 => return whole("text/html; charset=utf-8", page),
                Fault::Empty200 if self.call.stream => {
                    return whole("text/event-stream; charset=utf-8", "");
                }
                Fault::Empty200 => return whole("application/json", ""),
                _ => {}
            }
        }
        Reply::to(&self.call, self.scenario)
    }

    fn head(&self, status: u16, content_type: &str) -> Head {
        let wrong = self.scenario.has(Fault::WrongType);
        let content_type = if wrong {
            "text/html; charset=utf-8"
        } else {
            content_type
        };
        let mut head = Head::new(status, content_type, self.call.endpoint.vendor());
        head.retry_after = self.retry_after();
        head.gzip = self.scenario.has(Fault::Gzip);
        head.close = self.scenario.has(Fault::Close);
        head
    }

    fn retry_after(&self) -> Option<RetryAfter> {
        self.scenario.faults.iter().find_map(|fault| match fault {
            Fault::Status(_, wait) => *wait,
            _ => None,
        })
    }
}

/// The end of a connection whose answer was written as it should be.
fn regular_end(scenario: &Scenario) -> End {
    let closing = [Fault::Close, Fault::Stale, Fault::NoLength];
    if closing.iter().any(|fault| scenario.has(*fault)) {
        End::Close
    } else {
        End::KeepAlive
    }
}

/// Which error an in-band fault shows.
fn in_band(fault: Fault) -> Option<(u32, ErrorCase, ErrorShape)> {
    match fault {
        Fault::ErrorAfter(after, case) => Some((after, case, ErrorShape::Error)),
        Fault::FailedAfter(after, case) => Some((after, case, ErrorShape::Failed)),
        _ => None,
    }
}
