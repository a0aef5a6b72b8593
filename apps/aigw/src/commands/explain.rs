//! `aigw explain`.

use std::process::ExitCode;

use serde_json::{Map, Value};

use super::list::items;
use crate::cli::ExplainArgs;
use crate::client::{Ask, Client};
use crate::failure::Failure;
use crate::output::{Table, cell, show, visible};

pub(crate) fn run(args: &ExplainArgs) -> Result<ExitCode, Failure> {
    let mut ask = Map::new();
    ask.insert("model".into(), args.model.clone().into());
    for (name, value) in [("dialect", &args.dialect), ("key", &args.key)] {
        if let Some(value) = value {
            ask.insert(name.into(), value.clone().into());
        }
    }
    let client = Client::new(&args.server)?;
    let body = client.ask(&Ask::post("/explain", Value::Object(ask)))?.body;
    let table = candidates(&body);
    show(args.server.format, &body, &table, || as_text(&body, &table));
    Ok(ExitCode::SUCCESS)
}

fn as_text(body: &Value, table: &Table) -> String {
    let (asked, revision) = (visible(&cell(&body["asked"])), cell(&body["revision"]));
    let verdict = match body["refused"].as_str() {
        Some(reason) => format!("refused: {}", visible(reason)),
        None => "the first rank is tried first".to_owned(),
    };
    format!(
        "{asked} at revision {revision}: {verdict}\n\n{}",
        table.text()
    )
}

/// One row for each target of each model; one without target for a model that is passed over.
fn candidates(body: &Value) -> Table {
    let mut table = Table::new(&[
        "model",
        "rank",
        "provider",
        "upstream_model",
        "upstream_dialect",
        "skipped",
    ]);
    for model in items(body, "models") {
        let name = cell(&model["model"]);
        if !model["skipped"].is_null() {
            let mut row = vec![String::new(); 6];
            (row[0], row[5]) = (name.clone(), cell(&model["skipped"]));
            table.push(row);
        }
        for target in items(model, "targets") {
            let of_target = [
                "rank",
                "provider",
                "upstream_model",
                "upstream_dialect",
                "skipped",
            ];
            let cells = of_target.iter().map(|name| cell(&target[name]));
            table.push(std::iter::once(name.clone()).chain(cells).collect());
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn candidates_and_reasons_are_rows() {
        let body = json!({"revision": 7, "asked": "m", "refused": null, "models": [
            {"model": "m", "skipped": null, "targets": [
                {"provider": "a", "upstream_model": "u", "upstream_dialect": "openai_chat", "rank": 1, "skipped": null},
                {"provider": "b", "upstream_model": null, "upstream_dialect": null, "rank": null, "skipped": "held: 3 s left"}]},
            {"model": "n", "skipped": "loop", "targets": []}]});
        assert_eq!(
            candidates(&body).csv(),
            "model,rank,provider,upstream_model,upstream_dialect,skipped\n\
             m,1,a,u,openai_chat,\nm,,b,,,held: 3 s left\nn,,,,,loop\n"
        );
        assert!(as_text(&body, &candidates(&body)).starts_with("m at revision 7: the first rank"));
    }
}
