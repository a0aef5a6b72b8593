//! `aigw keys update`.

use std::process::ExitCode;

use http::Method;
use serde_json::{Value, json};

use crate::cli::{KeyChange, KeysUpdateArgs};
use crate::client::{Ask, Client};
use crate::failure::Failure;
use crate::output::{Table, show};

pub(crate) fn run(args: &KeysUpdateArgs) -> Result<ExitCode, Failure> {
    let mut change = super::policy(&args.policy)?;
    if let Some(name) = &args.rename {
        change.insert("name".into(), name.clone().into());
    }
    for what in &args.clear {
        let (name, nothing) = cleared(*what);
        if change.insert(name.into(), nothing).is_some() {
            return Err(Failure::usage(format_args!(
                "`{name}` is both given and cleared, or cleared twice: say one thing"
            )));
        }
    }
    if change.is_empty() {
        return Err(Failure::usage(
            "nothing is to be changed: `aigw keys update --help` lists what can be",
        ));
    }
    let client = Client::new(&args.server)?;
    let path = super::path(&client, &args.key)?;
    let seen = client.ask(&Ask::get(&path))?;
    let tag = seen.etag.unwrap_or_else(|| "*".to_owned());
    let ask = Ask::new(Method::PATCH, &path)
        .with(Value::Object(change))
        .if_match(&tag);
    let body = client.ask(&ask)?.body;
    let table = Table::of([&body], &super::COLUMNS);
    show(args.server.format, &body, &table, || table.records());
    Ok(ExitCode::SUCCESS)
}

/// The member that says so, and what it says then.
fn cleared(what: KeyChange) -> (&'static str, Value) {
    match what {
        KeyChange::Group => ("group", Value::Null),
        KeyChange::Models => ("models", json!([])),
        KeyChange::Endpoints => ("endpoints", json!([])),
        KeyChange::IpAllow => ("ip_allow", json!([])),
        KeyChange::Tags => ("tags", json!([])),
        KeyChange::Expires => ("expires_at", Value::Null),
    }
}
