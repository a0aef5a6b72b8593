//! What became of a foreign file.

use std::fmt;

use serde::Serialize;

/// A converted file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// The document, in YAML.
    pub document: String,
    /// What became of every part of the source, in its order.
    pub findings: Vec<ImportFinding>,
}

/// How well a part could be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportFidelity {
    /// It means the same here.
    Exact,
    /// The nearest that there is was written.
    Approximate,
    /// Nothing was written, or something has to be done by hand.
    Manual,
}

impl ImportFidelity {
    /// `exact`, `approximate` or `manual`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Approximate => "approximate",
            Self::Manual => "manual",
        }
    }
}

/// What became of one part of the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportFinding {
    /// How well it could be said.
    pub fidelity: ImportFidelity,
    /// Where it stands in the source.
    pub path: String,
    /// Line in the source, from 1.
    pub line: u32,
    /// What was written instead, and what differs or is to be done.
    pub reason: String,
}

/// One line: `LINE: fidelity PATH: reason`.
impl fmt::Display for ImportFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fidelity = self.fidelity.as_str();
        write!(
            f,
            "{}: {fidelity} {}: {}",
            self.line, self.path, self.reason
        )
    }
}
