//! The configuration document: found, read, compiled.

use std::fs;
use std::path::{Path, PathBuf};

use aigw_config::{Config, Problem, Severity};

use crate::environment::Process;
use crate::failure::Failure;

/// A document as it was read, and what it compiled to.
#[derive(Debug)]
pub(crate) struct Document {
    /// The configuration, unless a problem blocks.
    pub(crate) config: Option<Config>,
    /// Every problem, in the order of the document.
    pub(crate) problems: Vec<Problem>,
    path: PathBuf,
}

impl Document {
    /// Reads and compiles the file at `path`.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(path)
            .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
        Ok(Self::compile(path, &text))
    }

    /// Compiles `text`, which was read from `path`.
    pub(crate) fn compile(path: &Path, text: &str) -> Self {
        let name = path.display().to_string();
        let compiled = aigw_gateway::compile(&name, text, &Process);
        Self {
            config: compiled.config,
            problems: compiled.problems,
            path: path.to_owned(),
        }
    }

    /// One line per problem, each beginning with `file:line:column`.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (Severity, String)> {
        self.problems.iter().map(|problem| {
            (
                problem.severity,
                format!("{}:{problem}", self.path.display()),
            )
        })
    }

    /// The configuration, or every problem as one text.
    pub(crate) fn into_config(self) -> Result<Config, Failure> {
        let lines: Vec<_> = self.lines().map(|(_, line)| line).collect();
        let path = self.path.display();
        self.config.ok_or_else(|| {
            Failure::usage(format!(
                "{path} is not a valid configuration\n{}",
                lines.join("\n")
            ))
        })
    }
}
