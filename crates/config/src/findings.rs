//! Collecting problems.

use crate::tree::{Fault, Mark, NodeId, Tree};
use crate::{Problem, Severity};

/// Most problems that are told one by one.
const MAX_PROBLEMS: usize = 500;
/// Problems after which no more names are compared for suggestions: that work grows with problems times names.
const MAX_SUGGESTED: usize = 100;

/// A problem that does not know its place yet.
#[derive(Debug)]
pub(crate) struct Finding {
    severity: Severity,
    code: &'static str,
    reason: String,
    hint: Option<String>,
}

impl Finding {
    pub(crate) fn error(code: &'static str, reason: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            reason: reason.into(),
            hint: None,
        }
    }

    pub(crate) fn warning(code: &'static str, reason: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            code,
            reason: reason.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }

    /// Adds `did you mean` for a nearest name.
    pub(crate) fn suggest(self, nearest: Option<&str>) -> Self {
        match nearest {
            Some(name) => self.hint(format!("did you mean `{name}`?")),
            None => self,
        }
    }
}

/// Every problem found so far.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    list: Vec<Problem>,
    untold: usize,
    errors: usize,
}

impl Problems {
    /// Adds everything that is wrong with the text itself.
    pub(crate) fn faults(&mut self, faults: Vec<Fault>) {
        for fault in faults {
            let finding = Finding::error(fault.code, fault.reason).maybe_hint(fault.hint);
            self.push(|| fault.path, fault.mark, finding);
        }
    }

    /// A problem with the value of a node.
    pub(crate) fn at(&mut self, tree: &Tree<'_>, node: NodeId, finding: Finding) {
        let mark = tree.mark(node);
        self.push(|| tree.path(node), mark, finding);
    }

    /// A problem with the key of a node.
    pub(crate) fn at_key(&mut self, tree: &Tree<'_>, node: NodeId, finding: Finding) {
        let mark = tree.key_mark(node);
        self.push(|| tree.path(node), mark, finding);
    }

    /// A problem at a given place.
    pub(crate) fn push(&mut self, path: impl FnOnce() -> String, mark: Mark, finding: Finding) {
        let Finding {
            severity,
            code,
            reason,
            hint,
        } = finding;
        self.errors += usize::from(severity == Severity::Error);
        if self.list.len() >= MAX_PROBLEMS {
            self.untold += 1;
            return;
        }
        let Mark { line, column } = mark;
        self.list.push(Problem {
            severity,
            code,
            path: path(),
            line,
            column,
            reason,
            hint,
        });
    }

    /// Whether names may still be compared for suggestions.
    pub(crate) fn suggests(&self) -> bool {
        self.list.len() < MAX_SUGGESTED
    }

    /// Whether anything found so far blocks.
    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// The problems in the order of the document.
    pub(crate) fn into_sorted(mut self) -> Vec<Problem> {
        self.list.sort_by(|a, b| {
            (a.line, a.column, a.severity, a.code, &a.path, &a.reason)
                .cmp(&(b.line, b.column, b.severity, b.code, &b.path, &b.reason))
        });
        if self.untold > 0 {
            let (line, column) = self
                .list
                .last()
                .map_or((1, 1), |last| (last.line, last.column));
            let severity = if self.errors > 0 {
                Severity::Error
            } else {
                Severity::Warning
            };
            let reason = format!("{} more problems are not listed", self.untold);
            let code = "too_many_problems";
            self.list.push(Problem {
                severity,
                code,
                path: String::new(),
                line,
                column,
                reason,
                hint: None,
            });
        }
        self.list
    }
}
