//! What is measured, and how much of it.

use std::time::Duration;

use super::contestants::Way;

/// Sizes of everything in one run.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) rounds: u32,
    pub(super) cases: Vec<Case>,
    /// How long each fixed-rate sample takes.
    pub(super) fixed_rate: Duration,
    /// Numbers of streams that are held open at once.
    pub(super) open_streams: Vec<u64>,
    /// New streams per second while they are opened.
    pub(super) open_per_second: u64,
    /// Starts of each process.
    pub(super) starts: u32,
}

/// What a caller speaks. The upstream speaks chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// Chat: the request is not translated.
    Chat,
    /// Messages, as an agent does.
    Messages,
    /// Responses, as an agent does.
    Responses,
}

/// One kind of request.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) caller: Caller,
    /// What the fake upstream answers.
    pub(super) scenario: &'static str,
    pub(super) stream: bool,
    /// Bytes of the request body.
    pub(super) body: usize,
    /// Requests in one sample.
    pub(super) requests: u64,
    /// Connections of the closed loop.
    pub(super) connections: usize,
    /// Whether latency at a fixed rate is measured too.
    pub(super) latency: bool,
}

impl Case {
    /// What is measured side by side.
    pub(super) const fn ways(&self) -> [Way; 3] {
        match self.caller {
            Caller::Chat => [Way::Direct, Way::PassThrough, Way::Gateway],
            Caller::Messages | Caller::Responses => {
                [Way::PassThrough, Way::SameDialect, Way::Gateway]
            }
        }
    }
}

const KIB: usize = 1024;
/// An agent's request in mid-task.
const AGENT: usize = 22_000;
/// Scenario of the streams that are held open: one event a second for as long as the measurement takes.
pub(super) const HELD: &str = "events-300+drip-1000ms";

impl Plan {
    /// The plan of a full run, a quick one, or one that only shows that everything runs.
    pub(super) fn new(sanity: bool, quick: bool, rounds: u32) -> Self {
        let mut cases = cases();
        let divisor = if sanity {
            400
        } else if quick {
            4
        } else {
            1
        };
        for case in &mut cases {
            case.requests = (case.requests / divisor).max(if sanity { 8 } else { 1000 });
            case.connections = if sanity { 4 } else { case.connections };
        }
        let seconds = if sanity {
            0.2
        } else if quick {
            1.5
        } else {
            4.0
        };
        Self {
            rounds: if sanity { 1 } else { rounds },
            cases,
            fixed_rate: Duration::from_secs_f64(seconds),
            open_streams: if sanity {
                vec![10, 20]
            } else {
                vec![1000, 10_000]
            },
            open_per_second: if sanity { 100 } else { 1500 },
            starts: if sanity { 1 } else { 7 },
        }
    }
}

fn cases() -> Vec<Case> {
    let request = |name, body, requests| Case {
        name,
        caller: Caller::Chat,
        scenario: "text",
        stream: false,
        body,
        requests,
        connections: 64,
        latency: true,
    };
    let stream = |name, scenario, requests, connections| Case {
        name,
        caller: Caller::Chat,
        scenario,
        stream: true,
        body: KIB,
        requests,
        connections,
        latency: false,
    };
    let translated = |name, caller, requests| Case {
        caller,
        latency: false,
        ..request(name, AGENT, requests)
    };
    let translated_stream = |name, caller, requests| Case {
        caller,
        body: AGENT,
        ..stream(name, "events-50", requests, 64)
    };
    vec![
        request("1 KiB", KIB, 24_000),
        request("64 KiB", 64 * KIB, 12_000),
        request("1 MiB", 1024 * KIB, 3_000),
        stream("50 events at once", "events-50", 6_000, 64),
        stream("50 events, 20 ms apart", "events-50+drip-20ms", 3_000, 500),
        translated("22 KB agent, messages → chat", Caller::Messages, 12_000),
        translated("22 KB agent, responses → chat", Caller::Responses, 12_000),
        translated_stream("50 events, messages → chat", Caller::Messages, 6_000),
        translated_stream("50 events, responses → chat", Caller::Responses, 6_000),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_run_never_samples_less_than_three_thousand_requests() {
        assert!(
            Plan::new(false, false, 3)
                .cases
                .iter()
                .all(|case| case.requests >= 3000)
        );
    }

    #[test]
    fn scenarios_exist() {
        for scenario in cases().iter().map(|case| case.scenario).chain([HELD]) {
            assert!(
                scenario.parse::<aigw_testkit::Scenario>().is_ok(),
                "{scenario}"
            );
        }
    }
}
