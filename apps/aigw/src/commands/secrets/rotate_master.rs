//! `aigw secrets rotate-master`.

use std::process::ExitCode;

use serde_json::json;

use crate::cli::SecretsRotateArgs;
use crate::client::{Ask, Client};
use crate::failure::Failure;
use crate::output::{Table, show};

pub(crate) fn run(args: &SecretsRotateArgs) -> Result<ExitCode, Failure> {
    let key = super::from_stdin("aigw secrets rotate-master < new-master-key.txt")?;
    let ask = Ask::post(
        "/secrets/rotate_master",
        json!({"master_key": key.expose()}),
    );
    Client::new(&args.server)?.ask(&ask)?;
    let body = json!({"rotated": true});
    let table = Table::of([&body], &[("rotated", "/rotated")]);
    show(args.server.format, &body, &table, || {
        "every secret is sealed under the new master key; start every gateway with it from now on: AIGW_MASTER_KEY\n"
            .to_owned()
    });
    Ok(ExitCode::SUCCESS)
}
