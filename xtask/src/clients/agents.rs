//! Agents of the command line, each given one prompt as a script would give it. The fake upstream plays the model: it
//! calls the tools that the prompt names, and the agent runs them.

mod check;
mod claude_code;
mod codex;
mod gemini_cli;
mod openclaw;
mod opencode;
mod process;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};

use super::cache::Cache;
use super::client::{Client, Outcome, UPSTREAMS, World};
use crate::run;
use check::{Check, Run};

/// The pins of the agents that CI drives, and of the others.
const CI: &str = "xtask/clients/agents/ci";
const MORE: &str = "xtask/clients/agents/more";

/// One agent.
#[derive(Debug, Clone, Copy)]
struct Agent {
    name: &'static str,
    package: &'static str,
    /// The folder with its pins.
    pins: &'static str,
    /// Its interfaces, the one with every check first.
    ways: &'static [Way],
    /// Writes its settings into the home and gives the command.
    command: fn(&Run<'_>) -> Result<std::process::Command>,
}

/// One interface of an agent, with what is checked through it.
#[derive(Debug, Clone, Copy)]
struct Way {
    /// Its name in the matrix; empty where there is only one.
    name: &'static str,
    checks: &'static [Check],
}

/// Every agent.
pub(super) fn all() -> Vec<Box<dyn Client>> {
    let agents = [
        claude_code::AGENT,
        codex::AGENT,
        opencode::AGENT,
        gemini_cli::AGENT,
        openclaw::AGENT,
    ];
    agents
        .into_iter()
        .map(|agent| Box::new(agent) as Box<dyn Client>)
        .collect()
}

impl Client for Agent {
    fn name(&self) -> &str {
        self.name
    }

    fn versions(&self) -> Result<String> {
        let file = run::root().join(self.pins).join("package.json");
        let manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(file)?)?;
        let version = manifest["dependencies"][self.package].as_str();
        let version = version.with_context(|| format!("{} is not pinned", self.package))?;
        Ok(format!("{} {version}", self.package))
    }

    fn in_ci(&self) -> bool {
        self.pins == CI
    }

    fn missing(&self) -> Option<String> {
        let there = ["npm", "node"].map(|program| run::answers(program, &["--version"]));
        (there != [true, true]).then(|| "npm and node are not installed".to_owned())
    }

    fn install(&self, cache: &Cache) -> Result<PathBuf> {
        cache.npm_unscripted(self.pins)
    }

    fn drive(
        &self,
        installed: &Path,
        world: &World<'_>,
        tell: &mut dyn FnMut(Outcome),
    ) -> Result<()> {
        for upstream in UPSTREAMS {
            for way in self.ways {
                for check in way.checks {
                    let start = Instant::now();
                    let run = Run::new((self.name, way.name), check, upstream, installed, world)?;
                    let problem = check.problem(&run, self.command, world.upstream);
                    tell(Outcome {
                        way: way.name.to_owned(),
                        upstream: upstream.to_owned(),
                        check: check.name.to_owned(),
                        problem: problem.err().map(|problem| format!("{problem:#}")),
                        limit: None,
                        ms: u64::try_from(start.elapsed().as_millis())?,
                    });
                }
            }
        }
        Ok(())
    }
}

/// A program of a package that holds the build for this platform, as `opencode-linux-x64` does for one.
fn native(package: &str, program: &str) -> PathBuf {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    Path::new(&format!("{package}-{system}-{processor}")).join(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_agent_is_pinned() {
        for agent in all() {
            let versions = agent.versions().unwrap();
            assert!(
                versions.contains(|c: char| c.is_ascii_digit()),
                "{versions}"
            );
        }
    }

    #[test]
    fn ci_drives_codex_and_claude_code() {
        let agents = all();
        let driven: Vec<_> = agents.iter().filter(|agent| agent.in_ci()).collect();
        let names: Vec<_> = driven.iter().map(|agent| agent.name()).collect();
        assert_eq!(names, ["claude-code", "codex"]);
    }

    #[test]
    fn the_first_way_has_a_text_and_a_tool_conversation() {
        for agent in [
            claude_code::AGENT,
            codex::AGENT,
            opencode::AGENT,
            gemini_cli::AGENT,
            openclaw::AGENT,
        ] {
            let names: Vec<_> = agent.ways[0]
                .checks
                .iter()
                .map(|check| check.name)
                .collect();
            assert!(
                names.starts_with(&["text", "tool, two turns"]),
                "{}: {names:?}",
                agent.name
            );
        }
    }
}
