//! `aigw keys revoke`.

use std::process::ExitCode;

use http::Method;

use crate::cli::KeysRevokeArgs;
use crate::client::{Ask, Client};
use crate::failure::Failure;
use crate::output::{Table, cell, show, visible};

pub(crate) fn run(args: &KeysRevokeArgs) -> Result<ExitCode, Failure> {
    let client = Client::new(&args.server)?;
    let path = super::path(&client, &args.key)? + "/revoke";
    let body = client.ask(&Ask::new(Method::POST, &path))?.body;
    let table = Table::of([&body], &super::COLUMNS);
    show(args.server.format, &body, &table, || {
        let (name, id) = (visible(&cell(&body["name"])), cell(&body["id"]));
        format!("key {name} (id {id}) is revoked\n")
    });
    Ok(ExitCode::SUCCESS)
}
