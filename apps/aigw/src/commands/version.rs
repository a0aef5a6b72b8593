//! `aigw version`.

use std::process::ExitCode;

use crate::failure::{Failure, print};

/// The version of this build.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

#[expect(clippy::unnecessary_wraps, reason = "commands have one shape")]
pub(crate) fn run() -> Result<ExitCode, Failure> {
    print(format_args!("aigw {VERSION}\n"));
    Ok(ExitCode::SUCCESS)
}
