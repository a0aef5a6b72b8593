//! Outcomes of all clients as one matrix: client × dialect of the upstream.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::client::{Outcome, UPSTREAMS};
use crate::report::{Counts, Table};

/// What is known of every client that was driven.
#[derive(Debug, Default)]
pub(crate) struct Matrix {
    rows: Vec<Row>,
}

/// One interface of one client.
#[derive(Debug)]
struct Row {
    name: String,
    outcomes: Vec<Outcome>,
}

impl Matrix {
    /// Adds what a client's checks said, one row for each of its interfaces.
    pub(crate) fn add(&mut self, client: &str, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            let name = if outcome.way.is_empty() {
                client.to_owned()
            } else {
                format!("{client} · {}", outcome.way)
            };
            match self.rows.iter_mut().find(|row| row.name == name) {
                Some(row) => row.outcomes.push(outcome),
                None => self.rows.push(Row {
                    name,
                    outcomes: vec![outcome],
                }),
            }
        }
    }

    /// All checks together.
    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for row in &self.rows {
            counts += row.counts(|_| true);
        }
        counts
    }

    /// The matrix for a terminal.
    pub(crate) fn table(&self) -> Table {
        let mut headings = vec!["client", "gateway"];
        headings.extend(UPSTREAMS);
        let mut table = Table::new(&headings);
        for row in &self.rows {
            let [a, b, c, d] = UPSTREAMS.map(|upstream| row.cell(upstream));
            table.row([row.name.clone(), row.cell(""), a, b, c, d]);
        }
        table
    }

    /// The matrix for a document.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!(
            "| client | {} |\n|---|{}\n",
            UPSTREAMS.join(" | "),
            "---|".repeat(UPSTREAMS.len())
        );
        for row in self.rows.iter().filter(|row| row.is_matrix()) {
            let cells = UPSTREAMS.map(|upstream| row.cell(upstream)).join(" | ");
            // Writing to a string cannot fail.
            let _written = writeln!(text, "| {} | {cells} |", row.name);
        }
        text
    }

    /// One line for each failed check.
    pub(crate) fn failures(&self) -> Vec<String> {
        let lines = self.rows.iter().flat_map(|row| {
            row.outcomes.iter().filter_map(|outcome| {
                let problem = outcome.problem.as_ref()?;
                Some(format!(
                    "FAILED {} {} {}: {problem}",
                    row.name, outcome.upstream, outcome.check
                ))
            })
        });
        lines.collect()
    }

    /// What clients cannot do themselves: client, check and reason, without repetition.
    pub(crate) fn limits(&self) -> BTreeSet<(String, String, String)> {
        let all = self.rows.iter().flat_map(|row| {
            row.outcomes.iter().filter_map(|outcome| {
                let limit = outcome.limit.clone()?;
                Some((row.name.clone(), outcome.check.clone(), limit))
            })
        });
        all.collect()
    }
}

impl Row {
    fn counts(&self, wanted: impl Fn(&Outcome) -> bool) -> Counts {
        let mut counts = Counts::default();
        let counted = self
            .outcomes
            .iter()
            .filter(|outcome| outcome.limit.is_none());
        for outcome in counted.filter(|outcome| wanted(outcome)) {
            counts += Counts::one(outcome.problem.is_none());
        }
        counts
    }

    /// Passed and all checks with this upstream.
    fn cell(&self, upstream: &str) -> String {
        let counts = self.counts(|outcome| outcome.upstream == upstream);
        match (counts.passed, counts.passed + counts.failed) {
            (_, 0) => "–".to_owned(),
            (passed, all) if passed == all => format!("{all} ok"),
            (passed, all) => format!("{passed} of {all}"),
        }
    }

    fn is_matrix(&self) -> bool {
        self.outcomes
            .iter()
            .any(|outcome| !outcome.upstream.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(upstream: &str, problem: Option<&str>, limit: Option<&str>) -> Outcome {
        Outcome {
            way: "chat".to_owned(),
            upstream: upstream.to_owned(),
            check: "text".to_owned(),
            problem: problem.map(str::to_owned),
            limit: limit.map(str::to_owned),
            ms: 1,
        }
    }

    #[test]
    fn cells_count_what_passed_and_limits_are_not_counted() {
        let mut matrix = Matrix::default();
        matrix.add(
            "sdk",
            vec![
                outcome("openai_chat", None, None),
                outcome("openai_chat", Some("wrong"), None),
                outcome("gemini_generate", None, None),
                outcome("gemini_generate", None, Some("it cannot")),
            ],
        );
        let counts = matrix.counts();
        assert_eq!((counts.passed, counts.failed), (2, 1));
        assert!(
            matrix
                .markdown()
                .ends_with("| sdk · chat | 1 of 2 | – | – | 1 ok |\n")
        );
        assert_eq!(
            matrix.failures(),
            ["FAILED sdk · chat openai_chat text: wrong"]
        );
        assert_eq!(matrix.limits().len(), 1);
    }
}
