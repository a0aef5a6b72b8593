//! `aigw keys rotate`.

use std::process::ExitCode;

use serde_json::json;

use crate::cli::KeysRotateArgs;
use crate::client::{Ask, Client};
use crate::failure::Failure;
use crate::output::show;

pub(crate) fn run(args: &KeysRotateArgs) -> Result<ExitCode, Failure> {
    let client = Client::new(&args.server)?;
    let path = super::path(&client, &args.key)? + "/rotate";
    let grace = json!({"grace_seconds": args.grace.as_secs()});
    let body = client.ask(&Ask::post(&path, grace))?.body;
    let (table, text) = super::made(&body);
    show(args.server.format, &body, &table, || text);
    Ok(ExitCode::SUCCESS)
}
