//! `aigw status`.

use std::process::ExitCode;

use crate::cli::StatusArgs;
use crate::client::{Ask, Client};
use crate::failure::Failure;
use crate::output::{Table, show};

const COLUMNS: [(&str, &str); 20] = [
    ("instance", "/runtime/instance"),
    ("version", "/runtime/version"),
    ("role", "/runtime/role"),
    ("serves_revision", "/serving/revision"),
    ("since", "/serving/since"),
    ("behind", "/serving/behind/reason"),
    ("live_revision", "/live/revision"),
    ("published_by", "/live/actor"),
    ("published_at", "/live/at"),
    ("note", "/live/note"),
    ("in_flight", "/runtime/in_flight"),
    ("connections", "/runtime/connections"),
    ("draining", "/runtime/draining"),
    ("uptime_ms", "/runtime/uptime_ms"),
    ("gateway", "/runtime/gateway"),
    ("admin", "/runtime/admin"),
    ("store", "/store/kind"),
    ("store_place", "/store/place"),
    ("store_available", "/store/available"),
    ("checked_at", "/checked_at"),
];

pub(crate) fn run(args: &StatusArgs) -> Result<ExitCode, Failure> {
    let body = Client::new(&args.server)?.ask(&Ask::get("/status"))?.body;
    let table = Table::of([&body], &COLUMNS);
    show(args.server.format, &body, &table, || table.records());
    Ok(ExitCode::SUCCESS)
}
