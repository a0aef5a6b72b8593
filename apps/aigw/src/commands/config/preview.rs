//! `aigw config preview`.

mod offline;

use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::cli::PreviewArgs;
use crate::client::{Ask, Client};
use crate::commands::list;
use crate::failure::Failure;
use crate::output::{Table, cell, problem, show, visible};

pub(crate) fn run(args: &PreviewArgs) -> Result<ExitCode, Failure> {
    let (text, body, valid) = match &args.file {
        Some(file) if !args.on_server && !args.server.names_server() => {
            let found = offline::inspected(file)?;
            (found.text, found.json, found.valid)
        }
        file => {
            let body = ask(args, file.as_deref())?;
            let name = file.as_ref().map(|file| file.display().to_string());
            let valid = body["valid"].as_bool().unwrap_or(true);
            (as_text(&body, name.as_deref()), body, valid)
        }
    };
    show(args.server.format, &body, &targets(&body), || text);
    Ok(if valid {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    })
}

fn ask(args: &PreviewArgs, file: Option<&Path>) -> Result<Value, Failure> {
    let client = Client::new(&args.server)?;
    let what = match (file, args.revision) {
        (Some(file), _) => json!({"config": super::publish::read(file)?}),
        (_, Some(revision)) => json!({"revision": revision}),
        _ => json!({}),
    };
    Ok(client.ask(&Ask::post("/config/preview", what))?.body)
}

/// Problems, references and one line per target.
fn as_text(body: &Value, name: Option<&str>) -> String {
    let problems = list::items(body, "problems").iter();
    let problems = problems.map(|found| problem(found, name) + "\n");
    let references = list::items(body, "references").iter();
    let references = references.map(|found| {
        let present = if found["present"] == true {
            "present"
        } else {
            "missing"
        };
        format!("{}: {present}\n", visible(&cell(&found["reference"])))
    });
    let mut out: String = problems.chain(references).collect();
    out += &visible(&cell(&body["preview"]["text"]));
    out
}

/// One row for each target of each model; one without target for a model that has none.
fn targets(body: &Value) -> Table {
    let mut table = Table::new(&[
        "model",
        "aliases",
        "strategy",
        "fallbacks",
        "provider",
        "upstream_model",
        "weight",
        "priority",
        "enabled",
        "asked_in",
    ]);
    for model in list::items(&body["preview"], "models") {
        let none = Value::Null;
        let targets = list::items(model, "targets");
        let targets = if targets.is_empty() {
            std::slice::from_ref(&none)
        } else {
            targets
        };
        for target in targets {
            let of_model = ["name", "aliases", "strategy", "fallbacks"];
            let of_target = ["provider", "model", "weight", "priority", "enabled"];
            let of_model = of_model.iter().map(|name| cell(&model[name]));
            let of_target = of_target.iter().map(|name| cell(&target[name]));
            let mut row: Vec<_> = of_model.chain(of_target).collect();
            row.push(asked(target));
            table.push(row);
        }
    }
    table
}

/// The dialect in which a target is asked, by the caller's.
fn asked(target: &Value) -> String {
    let asked = list::items(target, "asked").iter();
    let asked = asked.map(|one| format!("{}: {}", cell(&one["client"]), cell(&one["upstream"])));
    asked.collect::<Vec<_>>().join("; ")
}
