//! `aigw completions SHELL`.

use std::process::ExitCode;

use clap::CommandFactory;

use crate::cli::{Cli, CompletionsArgs};
use crate::failure::{Failure, print};

#[expect(clippy::unnecessary_wraps, reason = "commands have one shape")]
pub(crate) fn run(args: &CompletionsArgs) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "aigw", &mut script);
    print(String::from_utf8_lossy(&script));
    Ok(ExitCode::SUCCESS)
}
