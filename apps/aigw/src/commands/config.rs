//! `aigw config …`.

mod diff;
mod drafts;
mod history;
mod import;
mod preview;
mod publish;
mod rollback;
mod schema;
mod show;

use std::process::ExitCode;

use super::config_validate;
use crate::cli::ConfigCommand;
use crate::failure::Failure;

pub(crate) fn run(command: &ConfigCommand) -> Result<ExitCode, Failure> {
    match command {
        ConfigCommand::Validate(args) => config_validate::run(args),
        ConfigCommand::Preview(args) => preview::run(args),
        ConfigCommand::Diff(args) => diff::run(args),
        ConfigCommand::Show(args) => show::run(args),
        ConfigCommand::Publish(args) => publish::run(args),
        ConfigCommand::History(args) => history::run(args),
        ConfigCommand::Rollback(args) => rollback::run(args),
        ConfigCommand::Drafts(args) => drafts::run(args),
        ConfigCommand::Schema => schema::run(),
        ConfigCommand::Import(args) => import::run(args),
    }
}
