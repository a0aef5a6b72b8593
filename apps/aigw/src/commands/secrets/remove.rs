//! `aigw secrets remove`.

use std::process::ExitCode;

use http::Method;
use serde_json::json;

use crate::cli::SecretsRemoveArgs;
use crate::client::{Ask, Client};
use crate::commands::list::escaped;
use crate::failure::Failure;
use crate::output::{Table, show};

pub(crate) fn run(args: &SecretsRemoveArgs) -> Result<ExitCode, Failure> {
    let path = format!("/secrets/{}", escaped(&args.name));
    Client::new(&args.server)?.ask(&Ask::new(Method::DELETE, &path))?;
    let body = json!({"removed": args.name});
    let table = Table::of([&body], &[("removed", "/removed")]);
    show(args.server.format, &body, &table, || {
        format!("secret {} is removed\n", args.name)
    });
    Ok(ExitCode::SUCCESS)
}
