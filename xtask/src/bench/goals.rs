//! What the gateway has to reach.

use serde::Serialize;

/// One goal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Goal {
    /// At most so many times what the row is compared with, in the same run.
    Times(f64),
    /// At most this, in the row's unit.
    AtMost(f64),
}

impl Goal {
    /// Whether it is met; `None` when what it needs was not measured.
    pub(super) fn met(self, ratio: Option<f64>, value: Option<f64>) -> Option<bool> {
        match self {
            Self::Times(limit) => ratio.map(|ratio| ratio <= limit),
            Self::AtMost(limit) => value.map(|value| value <= limit),
        }
    }
}

const GOALS: &[(&str, Goal)] = &[
    ("CPU per request, 1 KiB", Goal::Times(1.5)),
    ("CPU per request, 64 KiB", Goal::Times(1.5)),
    ("CPU per request, 1 MiB", Goal::Times(1.5)),
    ("CPU per stream, 50 events at once", Goal::Times(0.3)),
    ("CPU per stream, 50 events, 20 ms apart", Goal::Times(1.2)),
    (
        "CPU per request, 22 KB agent, messages → chat",
        Goal::Times(2.5),
    ),
    (
        "CPU per request, 22 KB agent, responses → chat",
        Goal::Times(2.5),
    ),
    (
        "CPU per stream, 50 events, messages → chat",
        Goal::Times(2.0),
    ),
    (
        "CPU per stream, 50 events, responses → chat",
        Goal::Times(2.0),
    ),
    ("added p99, 1 KiB", Goal::Times(2.0)),
    ("added p99, 64 KiB", Goal::Times(2.0)),
    ("added p99, 1 MiB", Goal::Times(2.0)),
    ("RSS idle", Goal::AtMost(20.0)),
    ("RSS per open stream, 10,000", Goal::AtMost(25.0)),
    ("start to first answer", Goal::AtMost(150.0)),
];

/// The goal of a row.
pub(super) fn of(name: &str) -> Option<Goal> {
    GOALS
        .iter()
        .find(|(of, _)| *of == name)
        .map(|(_, goal)| *goal)
}
