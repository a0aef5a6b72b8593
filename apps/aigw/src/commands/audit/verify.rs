//! `aigw audit verify`.

use std::process::ExitCode;

use crate::cli::AuditVerifyArgs;
use crate::client::{Ask, Client};
use crate::failure::Failure;
use crate::output::{Table, cell, show};

const COLUMNS: [(&str, &str); 3] = [("rows", "/rows"), ("last", "/last"), ("hash", "/hash")];

pub(crate) fn run(args: &AuditVerifyArgs) -> Result<ExitCode, Failure> {
    let client = Client::new(&args.server)?;
    let body = client.ask(&Ask::get("/audit/verify"))?.body;
    let table = Table::of([&body], &COLUMNS);
    show(args.server.format, &body, &table, || {
        let (rows, last, hash) = (
            cell(&body["rows"]),
            cell(&body["last"]),
            cell(&body["hash"]),
        );
        format!("the audit is in order: {rows} rows, the last is {last} with the hash {hash}\n")
    });
    Ok(ExitCode::SUCCESS)
}
