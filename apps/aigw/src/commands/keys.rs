//! `aigw keys …`.

mod create;
mod list;
mod revoke;
mod rotate;
mod update;

use std::process::ExitCode;

use serde_json::{Map, Value};

use crate::cli::{KeyPolicyArgs, KeysCommand};
use crate::client::{Ask, Client};
use crate::commands::list::{escaped, items};
use crate::failure::Failure;
use crate::output::{Table, cell, visible};
use crate::times::{Direction, moment};

const COLUMNS: [(&str, &str); 12] = [
    ("id", "/id"),
    ("name", "/name"),
    ("group", "/group"),
    ("models", "/models"),
    ("endpoints", "/endpoints"),
    ("ip_allow", "/ip_allow"),
    ("tags", "/tags"),
    ("priority", "/priority"),
    ("expires_at", "/expires_at"),
    ("grace_until", "/grace_until"),
    ("created_at", "/created_at"),
    ("revoked_at", "/revoked_at"),
];

pub(crate) fn run(command: &KeysCommand) -> Result<ExitCode, Failure> {
    match command {
        KeysCommand::Create(args) => create::run(args),
        KeysCommand::List(args) => list::run(args),
        KeysCommand::Update(args) => update::run(args),
        KeysCommand::Rotate(args) => rotate::run(args),
        KeysCommand::Revoke(args) => revoke::run(args),
    }
}

/// What was said about what a key may do.
fn policy(args: &KeyPolicyArgs) -> Result<Map<String, Value>, Failure> {
    let mut policy = Map::new();
    for (name, list) in [
        ("models", &args.models),
        ("endpoints", &args.endpoints),
        ("ip_allow", &args.ip_allow),
        ("tags", &args.tags),
    ] {
        if !list.is_empty() {
            policy.insert(name.into(), list.clone().into());
        }
    }
    if let Some(group) = &args.group {
        policy.insert("group".into(), group.clone().into());
    }
    if let Some(priority) = args.priority {
        policy.insert("priority".into(), priority.into());
    }
    if let Some(expires) = &args.expires {
        let end = moment(expires, Direction::Future)?;
        policy.insert("expires_at".into(), end.into());
    }
    Ok(policy)
}

/// The path of the key that has this id or, if none has, this name. Of several of a name, revoked ones do not count.
fn path(client: &Client, key: &str) -> Result<String, Failure> {
    let body = client.ask(&Ask::get("/keys"))?.body;
    let keys = items(&body, "keys");
    let by_id = keys.iter().find(|one| one["id"] == key);
    let mut by_name = keys
        .iter()
        .filter(|one| one["name"] == key && one["revoked_at"].is_null());
    let found = by_id.or_else(|| by_name.next()).ok_or_else(|| {
        Failure::operation(format_args!(
            "there is no key with the id or name `{}` that is not revoked: `aigw keys list` lists them",
            visible(key)
        ))
    })?;
    Ok(format!("/keys/{}", escaped(&cell(&found["id"]))))
}

/// A key and its text, for the one time that there is one.
fn made(body: &Value) -> (Table, String) {
    let mut columns = vec![("secret", "/secret")];
    let pointers = COLUMNS.map(|(head, pointer)| (head, format!("/key{pointer}")));
    columns.extend(pointers.iter().map(|(head, pointer)| (*head, &**pointer)));
    let table = Table::of([body], &columns);
    let (name, id) = (cell(&body["key"]["name"]), cell(&body["key"]["id"]));
    let text = format!(
        "{}\n\nThis is the text of key {} (id {id}). It is shown now and never again.\n",
        cell(&body["secret"]),
        visible(&name)
    );
    (table, text)
}
