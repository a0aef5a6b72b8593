//! What is wrong with a document, and where.

use std::fmt;

/// How bad a [`Problem`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The document compiles to nothing until this is corrected.
    Error,
    /// The document compiles, but probably not to what was meant.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One finding in a document: place, reason and, where there is one, the way out.
///
/// No text of a problem ever holds a resolved reference or the value of a key that carries secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whether it blocks.
    pub severity: Severity,
    /// Stable identifier of the kind of problem, such as `unknown_key`.
    pub code: &'static str,
    /// Where in the document's structure, such as `providers.openai.timeouts.idle`; empty for the whole document.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong, in one sentence.
    pub reason: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// One line: `LINE:COLUMN: severity[code] path: reason (hint)`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}[{}] ",
            self.line, self.column, self.severity, self.code
        )?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.reason)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}
