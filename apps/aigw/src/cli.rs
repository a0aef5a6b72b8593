//! The command line.

mod serve;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(crate) use serve::{AdminListen, LogFormat, OnFileChange, ServeArgs};

const ABOUT: &str = "\
Self-hosted LLM gateway: one URL for OpenAI and Anthropic clients, with routing, failover and records in your hands.";

const EXAMPLES: &str = "\
Examples:
  aigw serve                        start with nothing configured; prints a curl to try
  aigw serve --config gateway.yaml  serve a configuration of your own
  aigw config validate gateway.yaml find every problem in it, offline
  aigw serve --help                 all settings, with defaults and environment names

Exit codes: 0 done, 1 the operation failed, 2 usage or invalid configuration, 3 server not reachable, 4 not allowed";

#[derive(Debug, Parser)]
#[command(name = "aigw", version, about = ABOUT, after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(ServeArgs),
    /// Check and inspect configuration files, offline.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// The provider table.
    #[command(subcommand)]
    Providers(ProvidersCommand),
    Completions(CompletionsArgs),
    /// Print the version.
    Version,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every problem with line, column, path, reason and hint; exit 2 if the file is not valid.
    Validate(FileArgs),
    /// Print what the file would serve: models, targets, dialects, fallbacks.
    Preview(FileArgs),
    /// Print what differs between two files, by meaning, with what may go wrong.
    Diff(DiffArgs),
    /// Print the JSON Schema of configuration files, for editors.
    Schema,
    /// Convert the configuration file of another gateway; findings go to stderr, the document to stdout.
    Import(ImportArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProvidersCommand {
    /// List the kinds that `providers.*.kind` may name.
    Kinds,
}

#[derive(Debug, Args)]
pub(crate) struct FileArgs {
    /// The configuration file (YAML or JSON).
    pub(crate) file: PathBuf,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Whose file it is.
    #[arg(long, value_enum)]
    pub(crate) from: ForeignFormat,
    /// The file to convert.
    pub(crate) file: PathBuf,
    /// How to print; `json` prints document and findings together to stdout.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ForeignFormat {
    /// The `config.yaml` of the LiteLLM proxy.
    Litellm,
    /// The `config.yaml` with `providers[].protocol_adapter`.
    Reference,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The configuration file to compare from.
    pub(crate) before: PathBuf,
    /// The configuration file to compare to.
    pub(crate) after: PathBuf,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON document.
    Json,
}

/// Print a completion script, for example `aigw completions bash > /etc/bash_completion.d/aigw`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell to complete in.
    pub(crate) shell: Shell,
}
