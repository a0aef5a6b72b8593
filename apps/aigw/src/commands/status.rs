//! `aigw status`.

use std::process::ExitCode;

use serde_json::Value;

use crate::cli::StatusArgs;
use crate::client::{Ask, Client};
use crate::failure::Failure;
use crate::output::{Table, cell, show_table};

pub(crate) fn run(args: &StatusArgs) -> Result<ExitCode, Failure> {
    let body = Client::new(&args.server)?.ask(&Ask::get("/status"))?.body;
    let mut table = Table::new(&["name", "value"]);
    flatten(&mut table, "", &body);
    show_table(args.server.format, &body, &table);
    Ok(ExitCode::SUCCESS)
}

/// One row for each value, named by the way to it.
fn flatten(table: &mut Table, name: &str, value: &Value) {
    let below = |part: &str| match name {
        "" => part.to_owned(),
        name => format!("{name}.{part}"),
    };
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (part, member) in members {
                flatten(table, &below(part), member);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (index, item) in items.iter().enumerate() {
                flatten(table, &below(&index.to_string()), item);
            }
        }
        value => table.push(vec![name.to_owned(), cell(value)]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_value_is_a_row_named_by_the_way_to_it() {
        let mut table = Table::new(&["name", "value"]);
        let body = json!({"revision": 7, "replicas": [{"instance": "a"}], "tags": ["x", "y"], "live": {"by": null}});
        flatten(&mut table, "", &body);
        assert_eq!(
            table.csv(),
            "name,value\nlive.by,\nreplicas.0.instance,a\nrevision,7\ntags,\"x, y\"\n"
        );
    }
}
