//! Every failure class, alone, with a second target and with a fallback model, as data.

mod outcome;
mod run;

pub(super) use run::run;

use super::dialect::Dialect;

/// One fault and what must come of it.
#[derive(Debug)]
pub(super) struct Row {
    /// Scenario of the fake upstream.
    pub(super) fault: &'static str,
    /// Failure class in the record; empty when the fault is none.
    pub(super) class: &'static str,
    pub(super) when: When,
    /// What the caller sees when there is nowhere else to go.
    pub(super) alone: Ends,
    /// Whether another target, and a fallback, is asked instead.
    pub(super) moves: Moves,
}

/// Which requests a fault makes sense for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Both,
    Streams,
    Buffered,
    /// Streams of one family of dialects.
    StreamsOf(&'static [Dialect]),
}

impl When {
    fn fits(self, dialect: Dialect, stream: bool) -> bool {
        match self {
            Self::Both => true,
            Self::Streams => stream,
            Self::Buffered => !stream,
            Self::StreamsOf(dialects) => stream && dialects.contains(&dialect),
        }
    }
}

/// How an answer ends for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// The whole answer.
    Served,
    /// The upstream's status and its own body.
    Upstream(u16),
    /// An overload that the upstream told inside a stream: the vendor's own status for it.
    ToldOverload,
    /// An error that the gateway words, with this status and code.
    Gateway(u16, &'static str),
    /// Content, then the dialect's error event. The record calls it this.
    Broken(&'static str),
}

/// Where a failed request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moves {
    /// Nowhere: the caller gets the answer.
    Never,
    /// To another target, and to a fallback model.
    Anywhere,
    /// Only to a fallback model.
    Fallback,
}

/// How a model's targets are arranged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrangement {
    Alone,
    Second,
    Fallback,
}

impl Arrangement {
    pub(super) const ALL: [Self; 3] = [Self::Alone, Self::Second, Self::Fallback];
}

/// One cell: a fault in one dialect, streaming or not, in one arrangement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub(super) row: &'static Row,
    pub(super) dialect: Dialect,
    pub(super) stream: bool,
    pub(super) arrangement: Arrangement,
    number: usize,
}

impl Cell {
    /// The public model's name.
    pub(super) fn model(&self) -> String {
        format!("cell-{}", self.number)
    }

    /// The name that the failing upstream is sent; it plays the scenario after the slash.
    pub(super) fn upstream_model(&self) -> String {
        format!("cell-{}/{}", self.number, self.row.fault)
    }

    /// Whether the fault is about waiting, so that the provider needs short timeouts.
    pub(super) fn needs_short_timeouts(&self) -> bool {
        self.row.class == "timeout"
    }

    /// Whether the request ends at another target than the failing one.
    pub(super) fn moves(&self) -> bool {
        match (self.arrangement, self.row.moves) {
            (Arrangement::Alone, _)
            | (_, Moves::Never)
            | (Arrangement::Second, Moves::Fallback) => false,
            (Arrangement::Second | Arrangement::Fallback, _) => true,
        }
    }

    pub(super) fn ends(&self) -> Ends {
        if self.moves() {
            Ends::Served
        } else {
            self.row.alone
        }
    }

    /// How the answer was reached, as header and record say it.
    pub(super) fn route_mode(&self) -> &'static str {
        match self.arrangement {
            Arrangement::Second if self.moves() => "failover",
            Arrangement::Fallback if self.moves() => "model_fallback",
            _ => "direct",
        }
    }
}

/// Every cell.
pub(super) fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for row in ROWS {
        for dialect in Dialect::ALL {
            for stream in [false, true] {
                let fits = row.when.fits(dialect, stream);
                for arrangement in Arrangement::ALL.into_iter().filter(|_| fits) {
                    cells.push(Cell {
                        row,
                        dialect,
                        stream,
                        arrangement,
                        number: cells.len(),
                    });
                }
            }
        }
    }
    cells
}

const fn row(
    fault: &'static str,
    class: &'static str,
    when: When,
    alone: Ends,
    moves: Moves,
) -> Row {
    Row {
        fault,
        class,
        when,
        alone,
        moves,
    }
}

use Ends::{Broken, Gateway, Served, ToldOverload, Upstream};
use Moves::{Anywhere, Fallback, Never};
use When::{Both, Buffered, Streams, StreamsOf};

/// Dialects that say why an answer finished before they end it: a missing end can then be added.
const FINISHING: &[Dialect] = &[Dialect::Chat, Dialect::Messages];

/// The table of the failure classes, and of oddities that are no failures.
const ROWS: &[Row] = &[
    row("text", "", Both, Served, Never),
    row("tools", "", Both, Served, Never),
    row("thinking", "", Both, Served, Never),
    row("gzip", "", Both, Served, Never),
    row("early-hints", "", Both, Served, Never),
    row("no-length", "", Both, Served, Never),
    row("crlf", "", Streams, Served, Never),
    row("comments", "", Streams, Served, Never),
    row("split-1", "", Streams, Served, Never),
    row("one-write", "", Streams, Served, Never),
    row("no-terminator", "", StreamsOf(FINISHING), Served, Never),
    row(
        "no-terminator",
        "network",
        StreamsOf(&[Dialect::Responses]),
        Broken("cut"),
        Never,
    ),
    row("malformed-after-2", "", Streams, Served, Never),
    row("status-400", "invalid_request", Both, Upstream(400), Never),
    row("status-413", "invalid_request", Both, Upstream(413), Never),
    row("status-422", "invalid_request", Both, Upstream(422), Never),
    row(
        "context_length",
        "context_length",
        Both,
        Upstream(400),
        Fallback,
    ),
    row(
        "content_filter",
        "content_filter",
        Both,
        Upstream(400),
        Never,
    ),
    row(
        "status-401",
        "auth",
        Both,
        Gateway(502, "provider_auth"),
        Anywhere,
    ),
    row(
        "status-403",
        "auth",
        Both,
        Gateway(502, "provider_auth"),
        Anywhere,
    ),
    row(
        "status-402",
        "billing",
        Both,
        Gateway(502, "provider_auth"),
        Anywhere,
    ),
    row(
        "insufficient_quota",
        "billing",
        Both,
        Gateway(502, "provider_auth"),
        Anywhere,
    ),
    row(
        "model_not_found",
        "model_missing",
        Both,
        Gateway(502, "upstream_model_missing"),
        Anywhere,
    ),
    row(
        "status-429-after-30",
        "rate_limited",
        Both,
        Upstream(429),
        Anywhere,
    ),
    row("status-503", "overloaded", Both, Upstream(503), Anywhere),
    row("status-529", "overloaded", Both, Upstream(529), Anywhere),
    row("status-500", "server_error", Both, Upstream(500), Anywhere),
    row(
        "status-502",
        "server_error",
        Both,
        Gateway(502, ""),
        Anywhere,
    ),
    row(
        "reset",
        "network",
        Both,
        Gateway(502, "upstream_unreachable"),
        Anywhere,
    ),
    row(
        "hangup",
        "network",
        Both,
        Gateway(502, "upstream_unreachable"),
        Anywhere,
    ),
    row(
        "bad-status-line",
        "server_error",
        Both,
        Gateway(502, ""),
        Anywhere,
    ),
    row(
        "cut-after-3",
        "network",
        Buffered,
        Gateway(502, ""),
        Anywhere,
    ),
    row(
        "silence",
        "timeout",
        Both,
        Gateway(504, "upstream_timeout"),
        Anywhere,
    ),
    row(
        "slow-first-token-5000ms",
        "timeout",
        Streams,
        Gateway(504, "upstream_timeout"),
        Anywhere,
    ),
    row(
        "html-200",
        "server_error",
        Both,
        Gateway(502, "upstream_invalid_answer"),
        Anywhere,
    ),
    row(
        "empty-200",
        "server_error",
        Both,
        Gateway(502, "upstream_invalid_answer"),
        Anywhere,
    ),
    row("error-first", "overloaded", Streams, ToldOverload, Anywhere),
    row(
        "error-first-500",
        "server_error",
        Streams,
        Upstream(502),
        Anywhere,
    ),
    row("error-alone", "overloaded", Streams, ToldOverload, Anywhere),
    row("error-after-2", "overloaded", Streams, Broken("cut"), Never),
    row("cut-after-3", "network", Streams, Broken("cut"), Never),
    row("eof-after-3", "network", Streams, Broken("cut"), Never),
    row("raw-eof-after-3", "network", Streams, Broken("cut"), Never),
    row(
        "stall-after-3",
        "timeout",
        Streams,
        Broken("stalled"),
        Never,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_class_of_an_upstream_is_forced() {
        let classes = "invalid_request context_length content_filter auth billing model_missing rate_limited overloaded \
                       server_error network timeout";
        for class in classes.split_whitespace() {
            assert!(ROWS.iter().any(|row| row.class == class), "{class}");
        }
    }

    #[test]
    fn every_fault_is_a_scenario_that_exists() {
        for row in ROWS {
            assert!(
                row.fault.parse::<aigw_testkit::Scenario>().is_ok(),
                "{}",
                row.fault
            );
        }
    }

    #[test]
    fn a_cell_moves_only_where_its_class_allows() {
        let modes = |fault: &str| -> Vec<&str> {
            let cells = cells();
            let of_fault = cells.iter().filter(|cell| {
                cell.row.fault == fault && cell.dialect == Dialect::Chat && cell.stream
            });
            of_fault.map(Cell::route_mode).collect()
        };
        assert_eq!(modes("status-400"), ["direct", "direct", "direct"]);
        assert_eq!(
            modes("context_length"),
            ["direct", "direct", "model_fallback"]
        );
        assert_eq!(
            modes("status-503"),
            ["direct", "failover", "model_fallback"]
        );
    }
}
