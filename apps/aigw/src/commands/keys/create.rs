//! `aigw keys create`.

use std::process::ExitCode;

use serde_json::Value;

use crate::cli::KeysCreateArgs;
use crate::client::{Ask, Client};
use crate::failure::Failure;
use crate::output::show;

pub(crate) fn run(args: &KeysCreateArgs) -> Result<ExitCode, Failure> {
    let mut new = super::policy(&args.policy)?;
    new.insert("name".into(), args.name.clone().into());
    let client = Client::new(&args.server)?;
    let body = client.ask(&Ask::post("/keys", Value::Object(new)))?.body;
    let (table, text) = super::made(&body);
    show(args.server.format, &body, &table, || text);
    Ok(ExitCode::SUCCESS)
}
