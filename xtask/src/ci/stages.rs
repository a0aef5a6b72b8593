//! The stages as data.

use std::process::Command;

use crate::ci::counts;
use crate::report::Counts;
use crate::run::{answers, cargo};

/// One stage: what it needs, what it runs, how its tests are counted.
pub(super) struct Stage {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// Most minutes that it may take.
    pub(super) minutes: u64,
    /// Whether a run without counted tests is a failure.
    pub(super) counts_tests: bool,
    /// Why it cannot run here, if it cannot.
    pub(super) missing: fn() -> Option<String>,
    pub(super) command: Command,
    pub(super) count: fn(&str) -> Option<Counts>,
}

/// Every stage in the order of running: what is quick to tell comes first.
pub(super) fn all() -> Vec<Stage> {
    vec![
        plain("fmt", "formatting", cargo(&["fmt", "--all", "--check"]))
            .needing(|| missing_component("fmt", "rustfmt")),
        ours("layers", "who may use whom, sizes, purity"),
        plain(
            "clippy",
            "lints, all targets",
            cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--keep-going",
                "--",
                "-D",
                "warnings",
            ]),
        )
        .needing(|| missing_component("clippy", "clippy")),
        tests(),
        doc_tests(),
        ours("postgres", "the store's tests on a real PostgreSQL")
            .needing(crate::postgres::missing),
        plain(
            "docs",
            "documentation builds without a broken link",
            documentation(),
        ),
        ours("gen", "generated documents are up to date").with("--check"),
        ours("smoke", "the real binary against fake upstreams"),
        ours(
            "clients",
            "official SDKs and agents through the real binary",
        ),
        ours("deploy", "deployment files").needing(crate::deploy::missing),
        ours("bench", "the measurements still run").with("--sanity"),
    ]
}

/// A stage whose exit code decides.
fn plain(name: &'static str, about: &'static str, command: Command) -> Stage {
    Stage {
        name,
        about,
        minutes: 20,
        counts_tests: false,
        missing: || None,
        command,
        count: counts::exit_code,
    }
}

/// A stage that is one of our own commands, with our own closing line.
fn ours(name: &'static str, about: &'static str) -> Stage {
    Stage {
        counts_tests: true,
        count: counts::closing_line,
        ..plain(name, about, cargo(&["xtask", name]))
    }
}

fn tests() -> Stage {
    const WITH_NEXTEST: &[&str] = &["nextest", "run", "--workspace", "--no-fail-fast"];
    const WITH_CARGO: &[&str] = &[
        "test",
        "--workspace",
        "--no-fail-fast",
        "--lib",
        "--bins",
        "--tests",
    ];
    let nextest = answers("cargo", &["nextest", "--version"]);
    let command = cargo(if nextest { WITH_NEXTEST } else { WITH_CARGO });
    let count = if nextest {
        counts::nextest
    } else {
        counts::cargo_test
    };
    Stage {
        counts_tests: true,
        count,
        ..plain("tests", "unit, property and end-to-end tests", command)
    }
}

fn doc_tests() -> Stage {
    let command = cargo(&["test", "--workspace", "--doc", "--no-fail-fast"]);
    Stage {
        counts_tests: true,
        count: counts::cargo_test,
        ..plain("doctests", "examples in the documentation", command)
    }
}

fn documentation() -> Command {
    let mut command = cargo(&["doc", "--workspace", "--no-deps"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    command
}

impl Stage {
    fn needing(self, missing: fn() -> Option<String>) -> Self {
        Self { missing, ..self }
    }

    fn with(mut self, flag: &str) -> Self {
        self.command.arg(flag);
        self
    }

    /// A stage of ours that runs a script instead.
    #[cfg(test)]
    pub(super) fn script(script: &str) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Self {
            command,
            ..ours("script", "")
        }
    }
}

fn missing_component(subcommand: &str, component: &str) -> Option<String> {
    let there = answers("cargo", &[subcommand, "--version"]);
    (!there).then(|| format!("`cargo {subcommand}` does not run: rustup component add {component}"))
}
