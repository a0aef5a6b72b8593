//! `aigw`, the self-hosted LLM gateway.

mod cli;
mod commands;
mod data_dir;
mod document;
mod environment;
mod failure;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command, ConfigCommand, ProvidersCommand};
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
        Command::Config(ConfigCommand::Validate(args)) => commands::config_validate::run(&args),
        Command::Config(ConfigCommand::Preview(args)) => commands::config_preview::run(&args),
        Command::Config(ConfigCommand::Diff(args)) => commands::config::diff::run(&args),
        Command::Config(ConfigCommand::Import(args)) => commands::config::import::run(&args),
        Command::Config(ConfigCommand::Schema) => commands::config::schema::run(),
        Command::Providers(ProvidersCommand::Kinds) => commands::providers_kinds::run(),
        Command::Completions(args) => commands::completions::run(&args),
        Command::Version => commands::version::run(),
    }
}
