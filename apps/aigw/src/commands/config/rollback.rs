//! `aigw config rollback`.

use std::process::ExitCode;

use serde_json::Map;

use crate::cli::RollbackArgs;
use crate::failure::Failure;

pub(crate) fn run(args: &RollbackArgs) -> Result<ExitCode, Failure> {
    let mut order = Map::new();
    order.insert("revision".into(), args.revision.into());
    order.insert("note".into(), args.note.clone().into());
    if let Some(base) = args.base {
        order.insert("base".into(), base.into());
    }
    super::publish::send(&args.server, "/config/rollback", &order, None)
}
