//! What is checked of an agent: what it says and does, and what arrived at the upstream.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aigw_testkit::{FakeUpstream, Recorded};
use anyhow::{Result, bail, ensure};

use super::native;
use super::process::{self, Ended};
use crate::clients::client::World;

/// The most time that one run of an agent may take.
const LIMIT: Duration = Duration::from_secs(120);

/// What stands in prompts and expectations for a word that no other run has.
const NONCE: &str = "{nonce}";

/// What stands in prompts for the working directory.
const WORK: &str = "{work}";

/// One check of an agent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Check {
    pub(super) name: &'static str,
    /// The model without its `-on-<dialect>`; where it ends with `-for-` it is one that only this agent asks.
    pub(super) model: &'static str,
    pub(super) prompt: &'static str,
    /// Whether the agent must end with success.
    pub(super) succeeds: bool,
    /// What it must say.
    pub(super) says: &'static [&'static str],
    /// What must stand together in one of the requests that arrive.
    pub(super) arrives: &'static [&'static str],
    /// A file that must be in its working directory afterwards, with this content.
    pub(super) leaves: Option<(&'static str, &'static str)>,
}

/// One run of an agent.
#[derive(Debug)]
pub(super) struct Run<'r> {
    installed: &'r Path,
    home: tempfile::TempDir,
    /// `http://127.0.0.1:PORT`.
    pub(super) gateway: &'r str,
    pub(super) way: &'static str,
    pub(super) model: String,
    pub(super) prompt: String,
    upstream: &'static str,
    nonce: String,
}

impl Run<'_> {
    /// The files of an empty home.
    pub(super) fn new<'r>(
        (agent, way): (&str, &'static str),
        check: &Check,
        upstream: &'static str,
        installed: &'r Path,
        world: &World<'r>,
    ) -> Result<Run<'r>> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let nonce = format!("run{}n{number}", std::process::id());
        let model = match check.model.split_once("-for-") {
            Some((model, _)) => format!("{model}-on-{upstream}-for-{agent}"),
            None => format!("{}-on-{upstream}", check.model),
        };
        let home = tempfile::TempDir::new()?;
        let work = home.path().join("work");
        std::fs::create_dir(&work)?;
        Ok(Run {
            installed,
            home,
            gateway: world.gateway,
            way,
            model,
            prompt: check
                .prompt
                .replace(NONCE, &nonce)
                .replace(WORK, &work.to_string_lossy()),
            upstream,
            nonce,
        })
    }

    /// The empty home.
    pub(super) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Writes a file of the home.
    pub(super) fn write(&self, file: &str, content: &str) -> Result<()> {
        let file = self.home().join(file);
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(std::fs::write(file, content)?)
    }

    /// A command in the empty working directory, that knows nothing of this machine.
    pub(super) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = crate::clients::isolated::command(program, self.home());
        command.current_dir(self.home().join("work"));
        command
    }

    /// A file that was installed.
    pub(super) fn installed(&self, file: impl AsRef<Path>) -> Result<PathBuf> {
        let file = self.installed.join("node_modules").join(file);
        ensure!(file.exists(), "{} is not installed", file.display());
        Ok(file)
    }

    /// A Node on which the newest agents run.
    pub(super) fn newest_node(&self) -> PathBuf {
        self.installed(native("node", "bin/node"))
            .unwrap_or_else(|_| "node".into())
    }

    /// The requests of this run that arrived in the upstream's dialect.
    fn arrived(&self, upstream: &FakeUpstream) -> Vec<Recorded> {
        let path = match self.upstream {
            "openai_chat" => "/chat/completions",
            "openai_responses" => "/responses",
            "anthropic_messages" => "/messages",
            _ => "enerateContent",
        };
        let mut requests = upstream.requests();
        requests.retain(|request| {
            request.path.contains(path)
                && memchr::memmem::find(&request.body, self.nonce.as_bytes()).is_some()
        });
        requests
    }
}

impl Check {
    /// What a run that ends well has in common with others.
    pub(super) const SUCCESS: Self = Self {
        name: "",
        model: "",
        prompt: "",
        succeeds: true,
        says: &[],
        arrives: &[],
        leaves: None,
    };

    /// The same of one that ends with an error.
    pub(super) const FAILURE: Self = Self {
        succeeds: false,
        ..Self::SUCCESS
    };

    /// Runs the agent; an error says what was wrong.
    pub(super) fn problem(
        &self,
        run: &Run<'_>,
        command: fn(&Run<'_>) -> Result<Command>,
        upstream: &FakeUpstream,
    ) -> Result<()> {
        let ended = process::run(command(run)?, run.home(), LIMIT)?;
        self.judge(run, &ended, &run.arrived(upstream))
            .map_err(|problem| problem.context(end_of(&ended.said)))
    }

    fn judge(&self, run: &Run<'_>, ended: &Ended, arrived: &[Recorded]) -> Result<()> {
        match ended.code {
            None => bail!("it did not end by itself"),
            Some(code) => ensure!((code == 0) == self.succeeds, "it ended with {code}"),
        }
        for words in self.says {
            let words = words.replace(NONCE, &run.nonce);
            ensure!(ended.said.contains(&words), "it did not say `{words}`");
        }
        ensure!(!arrived.is_empty(), "nothing arrived at the upstream");
        let all = |request: &&Recorded| {
            let body = String::from_utf8_lossy(&request.body);
            self.arrives
                .iter()
                .all(|words| body.contains(&words.replace(NONCE, &run.nonce)))
        };
        ensure!(
            arrived.iter().any(|request| all(&request)),
            "no request with {:?} arrived, only {}",
            self.arrives,
            arrived.len()
        );
        if let Some((file, content)) = self.leaves {
            let found = std::fs::read_to_string(run.home().join("work").join(file));
            let wanted = content.replace(NONCE, &run.nonce);
            ensure!(
                found.is_ok_and(|found| found == wanted),
                "it did not leave {file} as it should be"
            );
        }
        Ok(())
    }
}

/// The last words of a text.
fn end_of(said: &str) -> String {
    let skipped = said.chars().count().saturating_sub(600);
    said.chars().skip(skipped).collect()
}

#[cfg(test)]
mod tests;
