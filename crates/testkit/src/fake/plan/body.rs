//! Buffered answers, and those whose bytes are made while they are written.

use std::time::Duration;

use async_compression::tokio::write::GzipEncoder;
use bytes::Bytes;
use tokio::io::AsyncWriteExt;

use super::head::{Head, Length};
use super::{End, Plan, Step, regular_end};
use crate::scenario::{Fault, Scenario};

/// 1 GiB.
const HUGE: u64 = 1 << 30;

/// What is written at once of generated bodies.
const BLOCK: usize = 64 * 1024;

/// Pieces that a dripping body is cut into.
const DRIPS: usize = 8;

/// How far bytewise writing goes.
pub(super) const BYTEWISE: usize = 4 * 1024;

/// Steps for a body that is known as a whole.
pub(super) async fn plan(scenario: &Scenario, mut head: Head, mut body: Vec<u8>) -> Plan {
    if scenario
        .faults
        .iter()
        .any(|fault| matches!(fault, Fault::MalformedAfter(_)))
    {
        body.truncate(body.len() / 2);
        body.extend_from_slice(b"<<not json");
    }
    if head.gzip {
        body = Gzip::new().finish(&body).await;
    }
    let breaking = scenario.faults.iter().find_map(break_of);
    head.length = match breaking {
        _ if scenario.has(Fault::NoLength) => Length::UntilClose,
        Some(Break::Short) => Length::Known(body.len() as u64 / 2),
        _ => Length::Known(body.len() as u64),
    };
    let end = breaking.map_or(regular_end(scenario), Break::end);
    let whole = Bytes::from(body);
    let shown = if breaking.is_some() {
        whole.slice(..whole.len() / 2)
    } else {
        whole
    };
    let mut steps = vec![head.step()];
    steps.extend(pieces(scenario, &shown));
    Plan {
        steps,
        end,
        dated: false,
    }
}

/// Headers without end.
pub(super) fn endless_headers() -> Plan {
    let opening = Bytes::from_static(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n");
    let block = format!("x-endless: {}\r\n", "y".repeat(100)).repeat(64);
    let steps = vec![
        Step::Write(opening),
        Step::Repeat {
            chunk: block.into(),
            times: u64::MAX,
        },
    ];
    Plan {
        steps,
        end: End::Close,
        dated: false,
    }
}

/// 1 GiB of one JSON string, or of one event.
pub(super) fn huge(stream: bool, mut head: Head) -> Plan {
    let times = HUGE / BLOCK as u64;
    let fill = "a".repeat(BLOCK);
    if stream {
        head.content_type("text/event-stream");
        let chunk = format!("{BLOCK:x}\r\n{fill}\r\n");
        let steps = vec![
            head.step(),
            Step::Write(Bytes::from_static(b"7\r\ndata: \"\r\n")),
            Step::Repeat {
                chunk: chunk.into(),
                times,
            },
            Step::Write(Bytes::from_static(b"3\r\n\"\n\n\r\n0\r\n\r\n")),
        ];
        return Plan {
            steps,
            end: End::KeepAlive,
            dated: false,
        };
    }
    let (before, after) = ("{\"pad\":\"", "\"}");
    head.length = Length::Known(HUGE + (before.len() + after.len()) as u64);
    let steps = vec![
        head.step(),
        Step::Write(Bytes::from_static(before.as_bytes())),
        Step::Repeat {
            chunk: fill.into(),
            times,
        },
        Step::Write(Bytes::from_static(after.as_bytes())),
    ];
    Plan {
        steps,
        end: End::KeepAlive,
        dated: false,
    }
}

/// A gzip stream under way.
pub(super) struct Gzip(GzipEncoder<Vec<u8>>);

impl Gzip {
    pub(super) fn new() -> Self {
        Self(GzipEncoder::new(Vec::new()))
    }

    /// Takes bytes in and everything out that can be decoded so far.
    pub(super) async fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        // Writing into memory cannot fail.
        let _written = self.0.write_all(bytes).await;
        let _flushed = self.0.flush().await;
        std::mem::take(self.0.get_mut())
    }

    /// Takes the last bytes in and the rest out.
    pub(super) async fn finish(mut self, bytes: &[u8]) -> Vec<u8> {
        let _written = self.0.write_all(bytes).await;
        let _ended = self.0.shutdown().await;
        self.0.into_inner()
    }
}

/// How a buffered answer breaks half way.
#[derive(Debug, Clone, Copy)]
enum Break {
    Reset,
    /// A proper HTTP body that is too short.
    Short,
    Close,
    Silence,
}

impl Break {
    fn end(self) -> End {
        match self {
            Self::Reset => End::Reset,
            Self::Short => End::KeepAlive,
            Self::Close => End::Close,
            Self::Silence => End::Silence,
        }
    }
}

fn break_of(fault: &Fault) -> Option<Break> {
    match fault {
        Fault::CutAfter(_) => Some(Break::Reset),
        Fault::EofAfter(_) => Some(Break::Short),
        Fault::RawEofAfter(_) => Some(Break::Close),
        Fault::StallAfter(_) => Some(Break::Silence),
        _ => None,
    }
}

/// The writes of a body.
fn pieces(scenario: &Scenario, body: &Bytes) -> Vec<Step> {
    let mut steps = Vec::new();
    if let Some(time) = first_token(scenario) {
        steps.push(Step::Pause(time));
    }
    if scenario.has(Fault::Split1) {
        let bytewise = body.len().min(BYTEWISE);
        steps.push(Step::Bytewise(body.slice(..bytewise)));
        steps.push(Step::Write(body.slice(bytewise..)));
    } else if let Some(time) = drip(scenario) {
        let size = body.len().div_ceil(DRIPS).max(1);
        for start in (0..body.len()).step_by(size) {
            steps.push(Step::Write(body.slice(start..body.len().min(start + size))));
            steps.push(Step::Pause(time));
        }
    } else {
        steps.push(Step::Write(body.clone()));
    }
    steps
}

/// The time between events.
pub(super) fn drip(scenario: &Scenario) -> Option<Duration> {
    scenario.faults.iter().find_map(|fault| {
        if let Fault::Drip(time) = fault {
            Some(*time)
        } else {
            None
        }
    })
}

/// The time before the first content.
pub(super) fn first_token(scenario: &Scenario) -> Option<Duration> {
    scenario.faults.iter().find_map(|fault| {
        if let Fault::SlowFirstToken(time) = fault {
            Some(*time)
        } else {
            None
        }
    })
}
