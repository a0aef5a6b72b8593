//! `aigw config schema`.

use std::process::ExitCode;

use crate::failure::{Failure, print};

#[expect(clippy::unnecessary_wraps, reason = "commands have one shape")]
pub(crate) fn run() -> Result<ExitCode, Failure> {
    print(aigw_gateway::with_catalog(aigw_config::schema));
    Ok(ExitCode::SUCCESS)
}
