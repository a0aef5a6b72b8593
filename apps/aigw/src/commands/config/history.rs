//! `aigw config history`.

use std::process::ExitCode;

use crate::cli::HistoryArgs;
use crate::client::{Ask, Client};
use crate::commands::list;
use crate::failure::Failure;
use crate::output::{Table, show_table};

const PUBLICATIONS: [(&str, &str); 8] = [
    ("id", "/id"),
    ("revision", "/revision"),
    ("state", "/state"),
    ("kind", "/kind"),
    ("at", "/at"),
    ("by", "/actor"),
    ("note", "/note"),
    ("reason", "/reason"),
];
const REVISIONS: [(&str, &str); 8] = [
    ("revision", "/revision"),
    ("parent", "/parent"),
    ("origin", "/origin"),
    ("at", "/at"),
    ("by", "/author"),
    ("size", "/size"),
    ("digest", "/digest"),
    ("note", "/note"),
];

pub(crate) fn run(args: &HistoryArgs) -> Result<ExitCode, Failure> {
    let (path, name, columns) = if args.revisions {
        ("/config/history", "revisions", REVISIONS)
    } else {
        ("/config/publications", "publications", PUBLICATIONS)
    };
    let parameters = [
        ("limit", Some(args.limit.to_string())),
        ("before", args.before.map(|number| number.to_string())),
    ];
    let path = list::asking(path, &parameters);
    let body = Client::new(&args.server)?.ask(&Ask::get(&path))?.body;
    let table = Table::of(list::items(&body, name), &columns);
    show_table(args.server.format, &body, &table);
    list::more(args.server.format, &body);
    Ok(ExitCode::SUCCESS)
}
