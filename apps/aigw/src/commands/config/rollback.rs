//! `aigw config rollback`.

use std::process::ExitCode;

use serde_json::Map;

use crate::cli::RollbackArgs;
use crate::client::Client;
use crate::failure::Failure;

pub(crate) fn run(args: &RollbackArgs) -> Result<ExitCode, Failure> {
    let mut order = Map::new();
    order.insert("revision".into(), args.revision.into());
    order.insert("note".into(), args.note.clone().into());
    if let Some(base) = args.base {
        order.insert("base".into(), base.into());
    }
    let client = Client::new(&args.server)?;
    let body = super::publish::send(&client, "/config/rollback", order, None)?;
    super::publish::report(args.server.format, &body, None);
    Ok(ExitCode::SUCCESS)
}
