//! Development tasks: `cargo xtask --help` lists them.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks to its terminal"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "a development tool reads the clock and the environment where it needs them"
)]

mod aigw;
mod bench;
mod ci;
mod clients;
mod deploy;
mod generate;
mod layers;
mod postgres;
mod report;
mod run;
mod smoke;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Development tasks of AI Model Gateway.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    after_help = "CI runs `cargo xtask ci`; run the same before a push."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything that must hold: format, lints, layers, tests, docs, smoke, clients. One run shows all failures.
    Ci(ci::Options),
    /// Checks who may depend on whom, sizes of files, and that pure crates know no clock.
    Layers,
    /// The real binary against fake upstreams: every dialect, every failure class, every refusal.
    Smoke(smoke::Options),
    /// Official SDKs and agents through the real binary, against fake upstreams of every dialect.
    Clients(clients::Options),
    /// Processor time, latency and memory against a bare pass-through, measured in one run.
    Bench(bench::Options),
    /// The store's tests on a throw-away `PostgreSQL`, or any other command beside one.
    Postgres(postgres::Options),
    /// Deployment files: the unit, the balancer, compose and container files, as far as no container engine is needed.
    Deploy,
    /// Writes the documents that are made from code: configuration, providers, errors.
    Gen(generate::Options),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Ci(options) => ci::run(&options),
        Command::Layers => layers::run(),
        Command::Smoke(options) => smoke::run(&options),
        Command::Clients(options) => clients::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Postgres(options) => postgres::run(&options),
        Command::Deploy => Ok(deploy::run()),
        Command::Gen(options) => generate::run(&options),
    };
    match outcome {
        Ok(counts) if counts.failed == 0 => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
