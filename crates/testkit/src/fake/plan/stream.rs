//! Streamed answers.

use bytes::Bytes;

use super::body::{BYTEWISE, Gzip, drip, first_token};
use super::head::{Head, Length};
use super::{End, Plan, Step, in_band, regular_end};
use crate::reply::{Call, Event, Role, Vendor, error_event};
use crate::scenario::{Fault, Scenario};

/// How a stream breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Break {
    Reset,
    /// The HTTP body ends as it should.
    Ended,
    /// The connection closes inside the HTTP body.
    Closed,
    Silence,
}

/// Steps for a stream.
pub(super) async fn plan(
    call: &Call,
    scenario: &Scenario,
    mut head: Head,
    events: Vec<Event>,
) -> Plan {
    head.length = if scenario.has(Fault::NoLength) {
        Length::UntilClose
    } else {
        Length::Chunked
    };
    let chunked = head.length == Length::Chunked;
    let (events, breaking) = broken(call, scenario, events);
    let events = dressed(scenario, events);
    let whole = matches!(breaking, None | Some(Break::Ended));
    let first = events
        .iter()
        .position(|event| event.role == Role::Content)
        .unwrap_or(events.len());
    let writes = encoded(&events, head.gzip, whole).await;
    let writes = writes
        .into_iter()
        .map(|bytes| if chunked { chunk(&bytes) } else { bytes.into() });
    let last = (chunked && whole).then(|| Bytes::from_static(b"0\r\n\r\n"));
    let mut steps = vec![head.step()];
    if scenario.has(Fault::OneWrite) {
        let all: Vec<u8> = writes.chain(last).flatten().collect();
        steps.push(Step::Write(all.into()));
    } else {
        steps.push(Step::Flush);
        steps.extend(paced(scenario, first, writes.collect()));
        steps.extend(last.map(Step::Write));
    }
    let end = match breaking {
        None | Some(Break::Ended) => regular_end(scenario),
        Some(Break::Reset) => End::Reset,
        Some(Break::Closed) => End::Close,
        Some(Break::Silence) => End::Silence,
    };
    Plan {
        steps,
        end,
        dated: false,
    }
}

/// Takes out, puts in and cuts off what the faults say.
fn broken(call: &Call, scenario: &Scenario, mut events: Vec<Event>) -> (Vec<Event>, Option<Break>) {
    if scenario.has(Fault::NoTerminator) {
        events.retain(|event| event.role != Role::Terminal);
    }
    let mut breaking = None;
    for fault in &scenario.faults {
        if let Some((after, case, shape)) = in_band(*fault) {
            events.truncate(place(&events, after));
            events.push(error_event(call, case, shape, events.len()));
        } else if let Fault::MalformedAfter(after) = fault {
            let name = if call.endpoint.vendor() == Vendor::Anthropic {
                "event: content_block_delta\n"
            } else {
                ""
            };
            let text = format!("{name}data: {{\"broken\": tru\n\n");
            events.insert(
                place(&events, *after),
                Event {
                    text,
                    role: Role::Lifecycle,
                },
            );
        } else if let Some((after, how)) = break_of(fault) {
            events.truncate(place(&events, after));
            breaking = Some(how);
        }
    }
    (events, breaking)
}

fn break_of(fault: &Fault) -> Option<(u32, Break)> {
    match fault {
        Fault::CutAfter(after) => Some((*after, Break::Reset)),
        Fault::EofAfter(after) => Some((*after, Break::Ended)),
        Fault::RawEofAfter(after) => Some((*after, Break::Closed)),
        Fault::StallAfter(after) => Some((*after, Break::Silence)),
        _ => None,
    }
}

/// The place behind so many content events, at the latest before the finish; with none, before the first.
fn place(events: &[Event], after: u32) -> usize {
    let wanted = after as usize;
    let mut content = events
        .iter()
        .enumerate()
        .filter(|(_, event)| event.role == Role::Content);
    let found = if wanted == 0 {
        content.next().map(|(index, _)| index)
    } else {
        content.nth(wanted - 1).map(|(index, _)| index + 1)
    };
    let finish = || {
        events
            .iter()
            .position(|event| matches!(event.role, Role::Finish | Role::Terminal))
    };
    found.or_else(finish).unwrap_or(events.len())
}

/// Comments between events and other line ends.
fn dressed(scenario: &Scenario, events: Vec<Event>) -> Vec<Event> {
    let comments = scenario.has(Fault::Comments);
    let crlf = scenario.has(Fault::Crlf);
    let mut out = Vec::with_capacity(events.len());
    for mut event in events {
        if comments {
            event.text = format!(": a comment\n\n{}", event.text);
        }
        if crlf {
            event.text = event.text.replace('\n', "\r\n");
        }
        out.push(event);
    }
    out
}

async fn encoded(events: &[Event], gzip: bool, whole: bool) -> Vec<Vec<u8>> {
    if !gzip {
        return events
            .iter()
            .map(|event| event.text.clone().into_bytes())
            .collect();
    }
    let mut out = Vec::with_capacity(events.len() + 1);
    let mut stream = Gzip::new();
    for event in events {
        out.push(stream.push(event.text.as_bytes()).await);
    }
    if whole {
        out.push(stream.finish(b"").await);
    }
    out
}

fn chunk(bytes: &[u8]) -> Bytes {
    let mut out = format!("{:x}\r\n", bytes.len()).into_bytes();
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
    out.into()
}

/// The writes of a stream with the pauses between them.
fn paced(scenario: &Scenario, first: usize, writes: Vec<Bytes>) -> Vec<Step> {
    let (slow, drip) = (first_token(scenario), drip(scenario));
    let bytewise = scenario.has(Fault::Split1);
    let (mut steps, mut written) = (Vec::with_capacity(writes.len()), 0);
    for (index, bytes) in writes.into_iter().enumerate() {
        match (slow, drip) {
            (Some(time), _) if index == first => steps.push(Step::Pause(time)),
            (_, Some(time)) if index > 0 => steps.push(Step::Pause(time)),
            _ => {}
        }
        written += bytes.len();
        steps.push(if bytewise && written <= BYTEWISE {
            Step::Bytewise(bytes)
        } else {
            Step::Write(bytes)
        });
    }
    steps
}
