//! `cargo xtask clients`: official SDKs through the real binary.

mod config;
mod venv;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use aigw_testkit::FakeUpstream;
use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::aigw::{self, Gateway, KEY, Launch, Profile};
use crate::report::{Counts, Table};
use crate::run;

/// How long one SDK's checks may take together.
const LIMIT: Duration = Duration::from_secs(300);

/// One line of a script's output.
#[derive(Debug, Deserialize)]
struct Outcome {
    client: String,
    check: String,
    problem: Option<String>,
    /// How long it took, in milliseconds.
    ms: u64,
}

/// Installs the SDKs into a cached environment, runs every script, and prints the matrix.
pub(crate) fn run() -> Result<Counts> {
    let python = venv::python()?;
    let binary = aigw::build("aigw", "aigw", Profile::Dev)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let upstream = runtime.block_on(FakeUpstream::named("upstream"));
    let gateway = Launch::new(binary)?
        .config(config::document(&upstream.base_url()))
        .start()?;
    let mut outcomes = Vec::new();
    for script in ["openai_checks.py", "anthropic_checks.py"] {
        outcomes.extend(play(&python, script, &gateway)?);
    }
    print(&outcomes)
}

/// Runs one script with nothing of this machine's settings and no way out but loopback.
fn play(python: &Path, script: &str, gateway: &Gateway) -> Result<Vec<Outcome>> {
    let home = tempfile::TempDir::new()?;
    let mut command = Command::new(python);
    command
        .arg(run::root().join("xtask/clients").join(script))
        .current_dir(home.path());
    command
        .env_clear()
        .env("HOME", home.path())
        .env("PYTHONDONTWRITEBYTECODE", "1");
    // Port 9 is closed: whatever ignores NO_PROXY or looks for another host fails instead of leaving the machine.
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"] {
        command.env(name, "http://127.0.0.1:9");
    }
    command
        .env("NO_PROXY", "127.0.0.1")
        .env("AIGW_CLIENT_KEY", KEY);
    command.env("AIGW_UNDER_TEST", format!("http://{}", gateway.addr));
    let finished = run::tee(command, LIMIT)?;
    ensure!(finished.success, "{script} broke off");
    finished
        .output
        .lines()
        .filter(|line| line.starts_with("{\"client\""))
        .map(parse)
        .collect()
}

fn parse(line: &str) -> Result<Outcome> {
    serde_json::from_str(line).with_context(|| line.to_owned())
}

fn print(outcomes: &[Outcome]) -> Result<Counts> {
    ensure!(!outcomes.is_empty(), "no check ran");
    let mut table = Table::new(&["client", "check", "outcome", "ms"]);
    let mut counts = Counts::default();
    for Outcome {
        client,
        check,
        problem,
        ms,
    } in outcomes
    {
        let outcome = if problem.is_none() { "ok" } else { "FAILED" };
        table.row([
            client.clone(),
            check.clone(),
            outcome.to_owned(),
            ms.to_string(),
        ]);
        counts += Counts::one(problem.is_none());
    }
    println!("\n{table}");
    for Outcome {
        client,
        check,
        problem,
        ..
    } in outcomes
    {
        if let Some(problem) = problem {
            println!("FAILED {client} {check}: {problem}");
        }
    }
    println!("{counts}");
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(problem: Option<&str>) -> Outcome {
        parse(
            &serde_json::json!({"client": "c", "check": "a", "problem": problem, "ms": 1})
                .to_string(),
        )
        .unwrap()
    }

    #[test]
    fn a_problem_fails_its_check() {
        let counts = print(&[outcome(None), outcome(Some("wrong"))]).unwrap();
        assert_eq!((counts.passed, counts.failed), (1, 1));
    }

    #[test]
    fn a_run_without_checks_is_a_failure() {
        assert!(print(&[]).is_err());
    }
}
