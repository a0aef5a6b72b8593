//! `aigw config publish`.

use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::cli::{PublishArgs, ServerArgs};
use crate::client::{Ask, Client, Refusal};
use crate::failure::Failure;
use crate::output::{Table, cell, changes_text, show};

const COLUMNS: [(&str, &str); 6] = [
    ("publication", "/publication/id"),
    ("revision", "/publication/revision"),
    ("state", "/publication/state"),
    ("kind", "/publication/kind"),
    ("base", "/publication/base"),
    ("digest", "/revision/digest"),
];
const SIDE: [(&str, &str); 5] = [
    ("revision", "/revision"),
    ("state", "/state"),
    ("by", "/actor"),
    ("at", "/at"),
    ("note", "/note"),
];

pub(crate) fn run(args: &PublishArgs) -> Result<ExitCode, Failure> {
    let mut order = Map::new();
    if let Some(file) = &args.file {
        order.insert("config".into(), read(file)?.into());
    }
    for (name, number) in [
        ("revision", args.revision),
        ("draft", args.draft),
        ("base", args.base),
    ] {
        if let Some(number) = number {
            order.insert(name.into(), number.into());
        }
    }
    order.insert("note".into(), args.note.clone().into());
    let name = args.file.as_ref().map(|file| file.display().to_string());
    send(&args.server, "/config/publish", &order, name.as_deref())
}

/// Sends what is to be live, and prints what became of it. Problems are those of the document `name`.
pub(super) fn send(
    server: &ServerArgs,
    path: &str,
    order: &Map<String, Value>,
    name: Option<&str>,
) -> Result<ExitCode, Failure> {
    let client = Client::new(server)?;
    let ask = Ask::post(path, Value::Object(order.clone()));
    let body = match client.try_ask(&ask)? {
        Ok(answer) => answer.body,
        Err(refusal) if refusal.code == "invalid_config" => {
            return Err(Failure::usage(refusal.with_problems(name)));
        }
        Err(refusal) if refusal.status == StatusCode::CONFLICT => {
            return Err(lost(&client, order, &refusal));
        }
        Err(refusal) => return Err(client.failure(&refusal)),
    };
    super::warn(&body, name);
    let table = Table::of([&body], &COLUMNS);
    show(server.format, &body, &table, || {
        let publication = &body["publication"];
        let (revision, number) = (cell(&publication["revision"]), cell(&publication["id"]));
        format!("revision {revision} is live (publication {number})\n")
    });
    Ok(ExitCode::SUCCESS)
}

/// Somebody else was first: both sides, their difference, and the way on.
fn lost(client: &Client, order: &Map<String, Value>, refusal: &Refusal) -> Failure {
    let mut parts = vec![format!("{}\n", refusal.message())];
    for (title, name) in [("live", "live"), ("being published", "staged")] {
        let side = &refusal.details[name];
        if side.is_object() {
            let side = Table::of([side], &SIDE).records();
            parts.push(format!("{title}:\n{side}"));
        }
    }
    let base = &order.get("base").cloned().unwrap_or_default();
    let live = &refusal.details["live"]["revision"];
    if base.is_i64() && live.is_i64() && base != live {
        let changes = compared(client, json!({"from": base, "to": live}));
        parts.push(format!(
            "what was published since revision {base}:\n{changes}"
        ));
    }
    if let Some(config) = order.get("config") {
        let changes = compared(client, json!({"config": config}));
        parts.push(format!(
            "what publishing yours would change now:\n{changes}"
        ));
    }
    if live.is_i64() {
        parts.push(format!(
            "To go on: `aigw config show > live.yaml`, bring your change into it, and publish it with --base {live}"
        ));
    }
    Failure::operation(parts.join("\n"))
}

/// The difference, or why there is none.
fn compared(client: &Client, sides: Value) -> String {
    match client.try_ask(&Ask::post("/config/diff", sides)) {
        Ok(Ok(answer)) => {
            let changes = answer.body["changes"].as_array();
            changes_text(changes.map_or(&[], Vec::as_slice))
        }
        Ok(Err(refusal)) => format!("{}\n", refusal.message()),
        Err(_) => "the server does not answer any more\n".to_owned(),
    }
}

/// The text of a file, or of standard input for `-`.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    if path == Path::new("-") {
        let mut text = String::new();
        let read = io::stdin().lock().read_to_string(&mut text);
        return read
            .map(|_| text)
            .map_err(|error| Failure::usage(format_args!("standard input: {error}")));
    }
    std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format_args!("{}: {error}", path.display())))
}
