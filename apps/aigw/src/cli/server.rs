//! Which server a command asks, as whom, and how it prints the answer.

use std::path::PathBuf;
use std::time::Duration;

use aigw_config::Secret;
use clap::{Args, ValueEnum};

use super::duration;
use crate::client::Address;

/// Above the flags of [`ServerArgs`] in the help.
pub(crate) const SERVER_HEADING: &str = "Server";

/// Flags of every command that asks a running gateway. What is not given here is looked up in the environment by
/// [`crate::client::Client`], so that a flag that was given can be told from a default.
#[derive(Debug, Args)]
#[command(next_help_heading = SERVER_HEADING)]
pub(crate) struct ServerArgs {
    /// URL of the admin listener [env: `AIGW_SERVER`] [default: `http://127.0.0.1:18081`]
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<Address>,

    /// Admin or viewer token; other users of this machine may see it, so prefer the environment [env: `AIGW_ADMIN_TOKEN`,
    /// or `AIGW_ADMIN_TOKEN_FILE` with the name of a file] [default: for a server on this machine, what the file
    /// admin-token in its data directory holds]
    #[arg(long, value_name = "TOKEN", value_parser = secret)]
    pub(crate) token: Option<Secret<String>>,

    /// Data directory of the server on this machine [env: `AIGW_DATA_DIR`] [default: .aigw]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Certificates (PEM) to trust for https beside those of the system [env: `AIGW_CA_FILE`]
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,

    /// How long the server may take to answer [default: 60s]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,

    /// How to print the answer.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: OutputFormat,
}

impl ServerArgs {
    /// Whether the command line says anything about a server.
    pub(crate) const fn names_server(&self) -> bool {
        self.server.is_some()
            || self.token.is_some()
            || self.data_dir.is_some()
            || self.ca_file.is_some()
            || self.timeout.is_some()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum OutputFormat {
    /// Tables and lines for people.
    #[default]
    Text,
    /// The server's answer as it is.
    Json,
    /// A header and one row per item.
    Csv,
}

#[expect(clippy::unnecessary_wraps, reason = "clap wants a result")]
fn secret(text: &str) -> Result<Secret<String>, String> {
    Ok(Secret::new(text.to_owned()))
}
