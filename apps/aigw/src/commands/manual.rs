//! `aigw manual`.

use std::fmt::Write;
use std::process::ExitCode;

use clap::{Arg, Command, CommandFactory};

use crate::cli::{Cli, SERVER_HEADING};
use crate::failure::{Failure, print};

#[expect(clippy::unnecessary_wraps, reason = "commands have one shape")]
pub(crate) fn run() -> Result<ExitCode, Failure> {
    print(manual());
    Ok(ExitCode::SUCCESS)
}

/// Every command with its arguments, from the definitions that the command line is read with.
fn manual() -> String {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    let mut out = String::from(
        "# Command line\n\nGenerated from the program by `cargo xtask gen`; `aigw COMMAND --help` prints the same.\n",
    );
    section(&mut out, &root, "aigw");
    server_flags(&mut out, &root);
    out
}

/// Once, since two dozen commands have the same.
fn server_flags(out: &mut String, root: &Command) {
    let Some(command) = root.find_subcommand("status") else {
        return;
    };
    out.push_str("\n## Server flags\n\nOf every command that asks a running gateway.\n");
    rows(out, command.get_arguments().filter(|arg| of_server(arg)));
}

fn of_server(arg: &Arg) -> bool {
    arg.get_help_heading() == Some(SERVER_HEADING)
}

fn section(out: &mut String, command: &Command, name: &str) {
    // Writing into a String cannot fail.
    let _ = writeln!(out, "\n## `{name}`");
    let about = command.get_long_about().or(command.get_about());
    if let Some(about) = about {
        let _ = writeln!(out, "\n{}", about.to_string().trim_end());
    }
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let _ = writeln!(out, "\n```\n{usage}\n```");
    arguments(out, command);
    if let Some(help) = command.get_after_help() {
        let _ = writeln!(out, "\n```\n{}\n```", help.to_string().trim_end());
    }
    for below in command.get_subcommands() {
        section(out, below, &format!("{name} {}", below.get_name()));
    }
}

fn arguments(out: &mut String, command: &Command) {
    let told = |arg: &&Arg| {
        let id = arg.get_id().as_str();
        !arg.is_hide_set() && !of_server(arg) && !matches!(id, "help" | "version")
    };
    rows(out, command.get_arguments().filter(told));
    if command.get_arguments().any(of_server) {
        out.push_str("\nAnd the [server flags](#server-flags).\n");
    }
}

fn rows<'a>(out: &mut String, arguments: impl Iterator<Item = &'a Arg>) {
    let mut arguments = arguments.peekable();
    if arguments.peek().is_some() {
        out.push_str("\n| argument | meaning |\n|---|---|\n");
    }
    for arg in arguments {
        let _ = writeln!(out, "| `{}` | {} |", signature(arg), meaning(arg));
    }
}

/// `-m, --note <TEXT>`, `<FILE>`.
fn signature(arg: &Arg) -> String {
    let values = arg.get_value_names().into_iter().flatten();
    let values = values.filter(|_| arg.get_action().takes_values());
    let values: Vec<_> = values.map(|value| format!(" <{value}>")).collect();
    let values = values.concat();
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    let names: Vec<_> = short.into_iter().chain(long).collect();
    let signature = format!("{}{values}", names.join(", "));
    // A bar would end the cell.
    signature.trim().replace('|', "\\|")
}

fn meaning(arg: &Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    // clap takes the full stop away.
    let stop = if help.ends_with(['.', ']']) { "" } else { "." };
    let mut parts = vec![help + stop];
    if let Some(name) = arg.get_env() {
        parts.push(format!("Environment: `{}`.", name.to_string_lossy()));
    }
    let defaults = arg.get_default_values().iter();
    let defaults: Vec<_> = defaults.map(|value| value.to_string_lossy()).collect();
    if !defaults.is_empty() && arg.get_action().takes_values() {
        parts.push(format!("Default: `{}`.", defaults.join(", ")));
    }
    let possible = arg.get_possible_values();
    let possible: Vec<_> = possible
        .iter()
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if !possible.is_empty() && arg.get_action().takes_values() {
        parts.push(format!("One of {}.", possible.join(", ")));
    }
    parts.join(" ").replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_flag_is_there() {
        let manual = manual();
        for part in [
            "## `aigw config publish`",
            "`-m, --note <TEXT>`",
            "## `aigw secrets rotate-master`",
            "One of `text`, `json`, `csv`.",
            "Environment: `AIGW_LISTEN`.",
            "aigw config rollback 6 -m",
        ] {
            assert!(manual.contains(part), "{part} is not in {manual}");
        }
        assert!(!manual.contains("--help <"), "{manual}");
    }

    #[test]
    fn every_command_that_is_not_a_group_says_what_it_does() {
        fn check(command: &Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }

    #[test]
    fn the_definitions_hold_together() {
        Cli::command().debug_assert();
    }
}
