//! `aigw config show`.

use std::process::ExitCode;

use crate::cli::ShowArgs;
use crate::client::{Ask, Client};
use crate::failure::{Failure, remark};
use crate::output::{Table, cell, show};

const COLUMNS: [(&str, &str); 3] = [
    ("revision", "/revision/revision"),
    ("digest", "/revision/digest"),
    ("text", "/text"),
];
const DRAFT_COLUMNS: [(&str, &str); 3] =
    [("draft", "/id"), ("version", "/version"), ("text", "/text")];

pub(crate) fn run(args: &ShowArgs) -> Result<ExitCode, Failure> {
    let (path, columns) = match (args.revision, args.draft) {
        (Some(revision), _) => (format!("/config/revisions/{revision}"), COLUMNS),
        (_, Some(draft)) => (format!("/config/drafts/{draft}"), DRAFT_COLUMNS),
        _ => ("/config".to_owned(), COLUMNS),
    };
    let body = Client::new(&args.server)?.ask(&Ask::get(&path))?.body;
    let table = Table::of([&body], &columns);
    // Byte for byte, so that it can be edited and published again.
    show(args.server.format, &body, &table, || cell(&body["text"]));
    if body["redacted"] == true {
        remark(
            "warning: keys that are written out are shown as [redacted]: put references in their place before publishing this",
        );
    }
    Ok(ExitCode::SUCCESS)
}
