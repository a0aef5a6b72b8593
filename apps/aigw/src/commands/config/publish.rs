//! `aigw config publish`.

use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::cli::{OutputFormat, PublishArgs};
use crate::client::{Ask, Client, Refusal};
use crate::commands::list;
use crate::failure::{Failure, remark};
use crate::output::{Table, cell, problem, show, visible};

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
    let client = Client::new(&args.server)?;
    if let Some(id) = args.draft {
        let draft = client.ask(&Ask::get(&format!("/config/drafts/{id}")))?;
        let seen = json!({"id": id, "version": draft.body["version"]});
        order.insert("draft".into(), seen);
    }
    for (name, number) in [("revision", args.revision), ("base", args.base)] {
        if let Some(number) = number {
            order.insert(name.into(), number.into());
        }
    }
    order.insert("note".into(), args.note.clone().into());
    let name = args.file.as_ref().map(|file| file.display().to_string());
    let name = name.as_deref();
    let body = send(&client, "/config/publish", order, name)?;
    report(args.server.format, &body, name);
    Ok(ExitCode::SUCCESS)
}

/// Sends what is to be live. Problems are those of the document `name`.
pub(super) fn send(
    client: &Client,
    path: &str,
    order: Map<String, Value>,
    name: Option<&str>,
) -> Result<Value, Failure> {
    let ask = Ask::post(path, Value::Object(order));
    match client.try_ask(&ask)? {
        Ok(answer) => Ok(answer.body),
        Err(refusal) if refusal.code == "invalid_config" => {
            Err(Failure::usage(refusal.with_problems(name)))
        }
        Err(refusal) if refusal.status == StatusCode::CONFLICT => Err(lost(client, &refusal)),
        Err(refusal) => Err(client.failure(&refusal)),
    }
}

/// Prints what was published.
pub(super) fn report(format: OutputFormat, body: &Value, name: Option<&str>) {
    for found in list::items(body, "problems") {
        remark(problem(found, name));
    }
    show(format, body, &Table::of([body], &COLUMNS), || {
        let publication = &body["publication"];
        let (revision, number) = (cell(&publication["revision"]), cell(&publication["id"]));
        format!("revision {revision} is live (publication {number})\n")
    });
}

/// Somebody else was first: both sides, their difference, and the way on.
fn lost(client: &Client, refusal: &Refusal) -> Failure {
    let details = &refusal.details;
    let mut parts = vec![format!("{}\n", refusal.message())];
    for (title, name) in [("live", "live"), ("being published", "staged")] {
        let side = &details[name];
        if side.is_object() {
            let side = Table::of([side], &SIDE).records();
            parts.push(format!("{title}:\n{side}"));
        }
    }
    let (base, live) = (&details["base"], &details["live"]["revision"]);
    if base.is_i64() && live.is_i64() && base != live {
        let changes = compared(client, base, live);
        parts.push(format!("what changed since revision {base}:\n{changes}"));
    }
    if let Some(changes) = details["diff"]["text"].as_str() {
        let changes = visible(changes);
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

/// The difference, or why there is none to be had.
fn compared(client: &Client, from: &Value, to: &Value) -> String {
    let ask = Ask::post("/config/diff", json!({"from": from, "to": to}));
    match client.try_ask(&ask) {
        Ok(Ok(answer)) => visible(&cell(&answer.body["text"])),
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
