//! A diff as text, and as two columns.

use std::fmt;

use indexmap::IndexMap;
use serde::Serialize;

use super::{Change, Diff, RiskSeverity, What};

/// The changes to one subject, for showing both sides next to each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiffSection {
    /// The section of the document.
    pub area: String,
    /// What the changes are about.
    pub subject: String,
    /// The worst risk among them.
    pub severity: Option<RiskSeverity>,
    /// One row per change.
    pub rows: Vec<DiffRow>,
}

/// One change in two columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiffRow {
    /// Number of the change in [`Diff::changes`].
    pub change: usize,
    /// Which part of the subject; empty for the whole.
    pub part: String,
    /// Left column; `None`: nothing was there.
    pub before: Option<String>,
    /// Right column; `None`: nothing is there.
    pub after: Option<String>,
}

impl Diff {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The worst risk of all changes.
    pub fn severity(&self) -> Option<RiskSeverity> {
        worst(self.changes.iter())
    }

    /// The changes side by side, one section per subject.
    pub fn side_by_side(&self) -> Vec<DiffSection> {
        let mut subjects: IndexMap<(&str, &str), Vec<usize>> = IndexMap::new();
        for (index, change) in self.changes.iter().enumerate() {
            subjects
                .entry((&change.area, &change.subject))
                .or_default()
                .push(index);
        }
        subjects
            .into_iter()
            .map(|((area, subject), changes)| DiffSection {
                area: String::from(area),
                subject: String::from(subject),
                severity: worst(changes.iter().map(|index| &self.changes[*index])),
                rows: changes
                    .iter()
                    .map(|index| row(*index, &self.changes[*index]))
                    .collect(),
            })
            .collect()
    }
}

fn worst<'c>(changes: impl Iterator<Item = &'c Change>) -> Option<RiskSeverity> {
    changes
        .flat_map(|change| &change.risks)
        .map(|risk| risk.severity)
        .max()
}

fn row(index: usize, change: &Change) -> DiffRow {
    let (before, after) = match &change.what {
        What::Added { after } => (None, Some(after.clone())),
        What::Removed { before } => (Some(before.clone()), None),
        What::Changed { before, after } | What::Renamed { before, after } => {
            (Some(before.clone()), Some(after.clone()))
        }
        What::Reordered { before, after } => (Some(before.join(", ")), Some(after.join(", "))),
        What::SecretChanged { shown } => (
            Some(shown.clone()),
            Some(format!("{shown} (another secret)")),
        ),
    };
    DiffRow {
        change: index,
        part: change.part.clone(),
        before,
        after,
    }
}

/// One line per change, grouped by section, its risks below it.
impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return writeln!(f, "no change");
        }
        let mut area = "";
        for change in &self.changes {
            if change.area != area {
                area = &change.area;
                writeln!(f, "{area}")?;
            }
            writeln!(f, "  {change}")?;
            for risk in &change.risks {
                writeln!(
                    f,
                    "      {} risk [{}]: {}",
                    risk.severity.as_str(),
                    risk.code,
                    risk.text
                )?;
            }
        }
        Ok(())
    }
}

/// One line: `~ provider openai: timeout idle 60s → 30s`.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.what {
            What::Added { .. } => '+',
            What::Removed { .. } => '-',
            _ => '~',
        };
        write!(f, "{sign} {}", self.subject)?;
        if !self.part.is_empty() {
            write!(f, ": {}", self.part)?;
        }
        match &self.what {
            What::Added { after } if self.part.ends_with(after.as_str()) => f.write_str(" added"),
            What::Added { after } => write!(f, " added {after}"),
            What::Removed { .. } => f.write_str(" removed"),
            What::Changed { before, after } => write!(f, " {before} → {after}"),
            What::Reordered { before, after } => write!(
                f,
                " reordered: {} → {}",
                before.join(", "),
                after.join(", ")
            ),
            What::Renamed { before, .. } => write!(f, " renamed from {before}"),
            What::SecretChanged { .. } => f.write_str(" secret changed"),
        }
    }
}
