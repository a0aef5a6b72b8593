//! `aigw config drafts`.

use std::process::ExitCode;

use http::Method;

use crate::cli::DraftsArgs;
use crate::client::{Ask, Client};
use crate::commands::list;
use crate::failure::Failure;
use crate::output::{Table, show, show_table};

const COLUMNS: [(&str, &str); 8] = [
    ("id", "/id"),
    ("version", "/version"),
    ("title", "/title"),
    ("origin", "/origin"),
    ("base", "/base"),
    ("changed_at", "/changed_at"),
    ("by", "/changed_by"),
    ("note", "/note"),
];

pub(crate) fn run(args: &DraftsArgs) -> Result<ExitCode, Failure> {
    let client = Client::new(&args.server)?;
    if let Some(id) = args.discard {
        return discard(args, &client, id);
    }
    let body = client.ask(&Ask::get("/config/drafts"))?.body;
    let table = Table::of(list::items(&body, "drafts"), &COLUMNS);
    show_table(args.server.format, &body, &table);
    Ok(ExitCode::SUCCESS)
}

/// Discards the draft as it is now: whoever saves it in this moment keeps it.
fn discard(args: &DraftsArgs, client: &Client, id: i64) -> Result<ExitCode, Failure> {
    let path = format!("/config/drafts/{id}");
    let draft = client.ask(&Ask::get(&path))?;
    let tag = draft.etag.unwrap_or_default();
    client.ask(&Ask::new(Method::DELETE, &path).if_match(&tag))?;
    let table = Table::of([&draft.body], &COLUMNS);
    show(args.server.format, &draft.body, &table, || {
        format!("draft {id} is discarded\n")
    });
    Ok(ExitCode::SUCCESS)
}
