//! What a process serves, in comparison with what the ledger says.

use aigw_config::{Problem, Severity};
use aigw_store::{Publication, RevisionNumber, Timestamp};

use crate::runtime::Checked;

/// What this process serves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Serving {
    /// The publication that it serves; `None` before the first, and after a start without the store.
    pub publication: Option<Publication>,
    /// The revision that it serves; `None` before the first.
    pub revision: Option<RevisionNumber>,
    /// Since when.
    pub since: Timestamp,
    /// What it should serve and cannot.
    pub behind: Option<Behind>,
}

/// A live publication that this process could not take over: it goes on serving the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// The publication.
    pub publication: Publication,
    /// Why not.
    pub reason: String,
}

/// A check that did not come to its end.
pub(super) fn interrupted(error: &tokio::task::JoinError) -> Checked {
    Checked {
        config: None,
        problems: vec![Problem {
            severity: Severity::Error,
            code: "interrupted",
            path: String::new(),
            line: 1,
            column: 1,
            reason: format!("the check did not come to its end: {error}"),
            hint: Some("try again; if it happens again, report the document as a bug".to_owned()),
        }],
        preview: None,
        references: Vec::new(),
    }
}

/// The errors among problems, as one line.
pub(super) fn errors(problems: &[Problem]) -> String {
    let lines: Vec<_> = problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .map(ToString::to_string)
        .collect();
    lines.join("; ")
}
