//! `aigw audit …`.

mod verify;

use std::process::ExitCode;

use crate::cli::{AuditArgs, AuditCommand};
use crate::client::{Ask, Client};
use crate::commands::list;
use crate::failure::Failure;
use crate::output::{Table, show_table};
use crate::times::{Direction, moment};

const COLUMNS: [(&str, &str); 9] = [
    ("id", "/id"),
    ("at", "/at"),
    ("actor", "/actor"),
    ("role", "/role"),
    ("source", "/source"),
    ("action", "/action"),
    ("resource", "/resource"),
    ("success", "/success"),
    ("reason", "/reason"),
];

pub(crate) fn run(args: &AuditArgs) -> Result<ExitCode, Failure> {
    match &args.command {
        Some(AuditCommand::Verify(args)) => verify::run(args),
        None => rows(args),
    }
}

fn rows(args: &AuditArgs) -> Result<ExitCode, Failure> {
    let path = query(args)?;
    let body = Client::new(&args.server)?.ask(&Ask::get(&path))?.body;
    let table = Table::of(list::items(&body, "rows"), &COLUMNS);
    show_table(args.server.format, &body, &table);
    list::more(args.server.format, &body);
    Ok(ExitCode::SUCCESS)
}

fn query(args: &AuditArgs) -> Result<String, Failure> {
    let since = args.since.as_deref();
    let since = since
        .map(|text| moment(text, Direction::Past))
        .transpose()?;
    let parameters = [
        ("limit", Some(args.limit.to_string())),
        ("action", args.action.clone()),
        ("actor", args.actor.clone()),
        ("since", since),
        ("before", args.before.map(|number| number.to_string())),
        ("success", args.failed.then(|| "false".to_owned())),
    ];
    Ok(list::asking("/audit", &parameters))
}
