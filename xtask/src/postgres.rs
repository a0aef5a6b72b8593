//! `cargo xtask postgres`: a throw-away PostgreSQL, and the tests that need one.

mod cluster;

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::ci::counts;
use crate::report::Counts;
use crate::run::{cargo, root, tee};
pub(crate) use cluster::{Cluster, missing};

/// Where tests find the server: a URL of a database whose user may create others.
const VARIABLE: &str = "AIGW_TEST_POSTGRES";
/// Longest that the tests, or another command, may take.
const LIMIT: Duration = Duration::from_secs(20 * 60);

/// Flags of `cargo xtask postgres`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The server is started on a free port of 127.0.0.1 from the installed PostgreSQL, with an empty cluster that is removed afterwards."
)]
pub(crate) struct Options {
    /// A command to run instead of the tests of store and control plane; it finds the server in `AIGW_TEST_POSTGRES`.
    #[arg(trailing_var_arg = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Starts a server, runs the tests or the command, and stops the server.
pub(crate) fn run(options: &Options) -> Result<Counts> {
    let cluster = Cluster::start().context("cannot start a throw-away PostgreSQL")?;
    let mut command = match options.command.split_first() {
        None => cargo(&[
            "test",
            "--package",
            "aigw-store",
            "--package",
            "aigw-admin",
            "--features",
            "aigw-store/postgres-tests,aigw-admin/postgres-tests",
            "--test",
            "on_postgres",
        ]),
        Some((program, args)) => {
            let mut command = Command::new(program);
            command.args(args).current_dir(root());
            command
        }
    };
    command.env(VARIABLE, cluster.url());
    let finished = tee(command, LIMIT)?;
    let counts = match counts::cargo_test(&finished.output) {
        Some(counts) if finished.success || counts.failed > 0 => counts,
        _ => Counts::one(finished.success && !options.command.is_empty()),
    };
    println!("{counts}");
    Ok(counts)
}
