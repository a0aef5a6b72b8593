//! `aigw config diff`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::slice;

use aigw_config::{Change, Document, Side, What, diff};
use serde_json::{Map, Value, json};

use crate::cli::DiffArgs;
use crate::client::{Ask, Client};
use crate::commands::list;
use crate::failure::Failure;
use crate::output::{cell, changes_table, show, visible};

pub(crate) fn run(args: &DiffArgs) -> Result<ExitCode, Failure> {
    let body = match args.files.as_slice() {
        [before, after] if args.server.names_server() || args.from.is_some() => {
            return Err(Failure::usage(format_args!(
                "{} and {} are compared on this machine: leave out --from and the flags of the server, or one of the files",
                before.display(),
                after.display()
            )));
        }
        [before, after] => offline(before, after)?,
        file => ask(args, file.first().map(AsRef::as_ref))?,
    };
    let changes = list::items(&body, "changes");
    show(args.server.format, &body, &changes_table(changes), || {
        visible(&cell(&body["text"]))
    });
    Ok(ExitCode::SUCCESS)
}

fn ask(args: &DiffArgs, file: Option<&Path>) -> Result<Value, Failure> {
    let mut sides = Map::new();
    for (name, number) in [("from", args.from), ("to", args.to)] {
        if let Some(number) = number {
            sides.insert(name.into(), number.into());
        }
    }
    if let Some(file) = file {
        sides.insert("config".into(), super::publish::read(file)?.into());
    }
    let client = Client::new(&args.server)?;
    Ok(client
        .ask(&Ask::post("/config/diff", Value::Object(sides)))?
        .body)
}

fn offline(before: &Path, after: &Path) -> Result<Value, Failure> {
    let texts = (super::publish::read(before)?, super::publish::read(after)?);
    let (before, after) = (parse(before, &texts.0)?, parse(after, &texts.1)?);
    // Both files meet the same environment, so that no secret behind a reference can differ.
    let secrets = BTreeMap::new();
    let side = |document| Side {
        document,
        secrets: &secrets,
    };
    let diff = diff(side(&before), side(&after), None);
    let changes: Vec<_> = diff.changes.iter().map(change).collect();
    Ok(json!({"changes": changes, "text": diff.to_string()}))
}

/// As the admin API has it.
fn change(change: &Change) -> Value {
    let none: &[String] = &[];
    let (kind, before, after) = match &change.what {
        What::Added { after } => ("added", none, slice::from_ref(after)),
        What::Removed { before } => ("removed", slice::from_ref(before), none),
        What::Changed { before, after } => {
            ("changed", slice::from_ref(before), slice::from_ref(after))
        }
        What::Renamed { before, after } => {
            ("renamed", slice::from_ref(before), slice::from_ref(after))
        }
        What::Reordered { before, after } => ("reordered", &before[..], &after[..]),
        What::SecretChanged { shown } => (
            "secret_changed",
            slice::from_ref(shown),
            slice::from_ref(shown),
        ),
    };
    json!({
        "area": change.area, "path": change.path, "subject": change.subject, "part": change.part,
        "kind": kind, "before": before, "after": after, "risks": change.risks,
    })
}

fn parse<'t>(path: &Path, text: &'t str) -> Result<Document<'t>, Failure> {
    Document::parse(text).map_err(|problems| {
        let lines: Vec<_> = problems
            .iter()
            .map(|problem| format!("{}:{problem}", path.display()))
            .collect();
        Failure::usage(format!(
            "{} cannot be read\n{}",
            path.display(),
            lines.join("\n")
        ))
    })
}
