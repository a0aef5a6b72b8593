//! `aigw secrets list`.

use std::process::ExitCode;

use crate::cli::SecretsListArgs;
use crate::client::{Ask, Client};
use crate::commands::list::items;
use crate::failure::Failure;
use crate::output::{Table, show_table};

const COLUMNS: [(&str, &str); 5] = [
    ("name", "/name"),
    ("version", "/version"),
    ("created_at", "/created_at"),
    ("changed_at", "/changed_at"),
    ("by", "/changed_by"),
];

pub(crate) fn run(args: &SecretsListArgs) -> Result<ExitCode, Failure> {
    let body = Client::new(&args.server)?.ask(&Ask::get("/secrets"))?.body;
    let table = Table::of(items(&body, "secrets"), &COLUMNS);
    show_table(args.server.format, &body, &table);
    Ok(ExitCode::SUCCESS)
}
