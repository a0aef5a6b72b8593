//! `aigw`, the self-hosted LLM gateway.

mod cli;
mod client;
mod commands;
mod data_dir;
mod document;
mod environment;
mod failure;
mod output;
mod times;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command, ProvidersCommand};
use crate::failure::Failure;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Prints help, version and usage errors itself, and ends with 0 or 2.
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

fn run(cli: Cli) -> Result<ExitCode, Failure> {
    match cli.command {
        Command::Serve(args) => commands::serve::run(args),
        Command::Config(command) => commands::config::run(&command),
        Command::Keys(command) => commands::keys::run(&command),
        Command::Secrets(command) => commands::secrets::run(&command),
        Command::Providers(ProvidersCommand::Kinds) => commands::providers_kinds::run(),
        Command::Providers(ProvidersCommand::List(args)) => commands::providers_list::run(&args),
        Command::Explain(args) => commands::explain::run(&args),
        Command::Audit(args) => commands::audit::run(&args),
        Command::Status(args) => commands::status::run(&args),
        Command::Completions(args) => commands::completions::run(&args),
        Command::Manual => commands::manual::run(),
        Command::Version => commands::version::run(),
    }
}
