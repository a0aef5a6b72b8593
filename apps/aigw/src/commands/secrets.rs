//! `aigw secrets …`.

mod list;
mod remove;
mod rotate_master;
mod set;

use std::io::{self, IsTerminal, Read};
use std::process::ExitCode;

use aigw_config::Secret;

use crate::cli::SecretsCommand;
use crate::failure::Failure;

/// Most bytes that are read: more than any secret may have.
const LONGEST: u64 = 1024 * 1024;

pub(crate) fn run(command: &SecretsCommand) -> Result<ExitCode, Failure> {
    match command {
        SecretsCommand::Set(args) => set::run(args),
        SecretsCommand::List(args) => list::run(args),
        SecretsCommand::Remove(args) => remove::run(args),
        SecretsCommand::RotateMaster(args) => rotate_master::run(args),
    }
}

/// A value from standard input, without the line end at its end. A terminal would show what is typed.
fn from_stdin(example: &str) -> Result<Secret<String>, Failure> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Err(Failure::usage(format_args!(
            "the value is read from standard input, and a terminal would show it; pipe it in:\n  {example}"
        )));
    }
    let mut text = String::new();
    let read = stdin.lock().take(LONGEST).read_to_string(&mut text);
    let value = Secret::new(text);
    read.map_err(|error| Failure::usage(format_args!("standard input: {error}")))?;
    let text = value.expose();
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(Failure::usage("standard input holds no value"));
    }
    Ok(Secret::new(text.to_owned()))
}
