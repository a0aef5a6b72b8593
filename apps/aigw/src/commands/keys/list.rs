//! `aigw keys list`.

use std::process::ExitCode;

use crate::cli::KeysListArgs;
use crate::client::{Ask, Client};
use crate::commands::list::items;
use crate::failure::Failure;
use crate::output::{Table, show_table};

pub(crate) fn run(args: &KeysListArgs) -> Result<ExitCode, Failure> {
    let body = Client::new(&args.server)?.ask(&Ask::get("/keys"))?.body;
    let table = Table::of(items(&body, "keys"), &super::COLUMNS);
    show_table(args.server.format, &body, &table);
    Ok(ExitCode::SUCCESS)
}
