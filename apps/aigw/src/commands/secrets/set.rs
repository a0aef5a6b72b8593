//! `aigw secrets set`.

use std::process::ExitCode;

use http::Method;
use serde_json::{Value, json};

use crate::cli::SecretsSetArgs;
use crate::client::{Ask, Client};
use crate::commands::list::escaped;
use crate::failure::Failure;
use crate::output::{Table, cell, show, visible};

const COLUMNS: [(&str, &str); 5] = [
    ("name", "/secret/name"),
    ("version", "/secret/version"),
    ("changed_at", "/secret/changed_at"),
    ("revision", "/publication/revision"),
    ("not_published", "/not_published"),
];

pub(crate) fn run(args: &SecretsSetArgs) -> Result<ExitCode, Failure> {
    let example = format!(
        "read -rs VALUE && printf %s \"$VALUE\" | aigw secrets set {}",
        args.name
    );
    let value = super::from_stdin(&example)?;
    let path = format!("/secrets/{}", escaped(&args.name));
    let ask = Ask::new(Method::PUT, &path).with(json!({"value": value.expose()}));
    let body = Client::new(&args.server)?.ask(&ask)?.body;
    let table = Table::of([&body], &COLUMNS);
    show(args.server.format, &body, &table, || sealed(&body));
    if let Some(reason) = body["not_published"].as_str() {
        return Err(Failure::operation(format_args!(
            "the secret is sealed, but what is live is still served with the value before: {}",
            visible(reason)
        )));
    }
    Ok(ExitCode::SUCCESS)
}

fn sealed(body: &Value) -> String {
    let (name, version) = (
        cell(&body["secret"]["name"]),
        cell(&body["secret"]["version"]),
    );
    let sealed = format!("secret {name} is sealed, version {version}");
    match cell(&body["publication"]["revision"]) {
        revision if revision.is_empty() => format!("{sealed}\n"),
        revision => format!("{sealed}; revision {revision} is live with it\n"),
    }
}
