//! `aigw providers list`.

use std::process::ExitCode;

use serde_json::Value;

use super::list::items;
use crate::cli::ProvidersListArgs;
use crate::client::{Ask, Client};
use crate::failure::Failure;
use crate::output::{Table, cell, show_table};

pub(crate) fn run(args: &ProvidersListArgs) -> Result<ExitCode, Failure> {
    let body = Client::new(&args.server)?
        .ask(&Ask::get("/providers"))?
        .body;
    show_table(args.server.format, &body, &health(&body));
    Ok(ExitCode::SUCCESS)
}

/// One row for each provider, followed by its credentials and targets.
fn health(body: &Value) -> Table {
    let mut table = Table::new(&[
        "provider",
        "part",
        "name",
        "state",
        "reason",
        "left_ms",
        "in_flight",
        "max_in_flight",
    ]);
    for provider in items(body, "providers") {
        let mut row = |part: &str, item: &Value, name: &str| {
            let of_item = ["state", "reason", "left_ms", "in_flight", "max_in_flight"];
            let mut cells = vec![cell(&provider["name"]), part.to_owned(), cell(&item[name])];
            cells.extend(of_item.iter().map(|name| cell(&item[name])));
            table.push(cells);
        };
        row("provider", provider, "kind");
        for (part, list) in [("credential", "credentials"), ("target", "targets")] {
            for item in items(provider, list) {
                row(part, item, "name");
            }
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn parts_follow_their_provider() {
        let body = json!({"providers": [{"name": "p", "kind": "demo", "state": "degraded", "in_flight": 1, "max_in_flight": 4,
            "credentials": [{"name": "k", "state": "held", "reason": "rate_limited", "left_ms": 900, "in_flight": 0}],
            "targets": [{"name": "m/u", "state": "healthy", "reason": null, "left_ms": null, "in_flight": 1}]}]});
        assert_eq!(
            super::health(&body).csv(),
            "provider,part,name,state,reason,left_ms,in_flight,max_in_flight\n\
             p,provider,demo,degraded,,,1,4\n\
             p,credential,k,held,rate_limited,900,0,\n\
             p,target,m/u,healthy,,,1,\n"
        );
    }
}
