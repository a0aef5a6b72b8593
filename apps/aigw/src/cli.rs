//! The command line.

mod config;
mod keys;
mod runtime;
mod secrets;
mod serve;
mod server;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(crate) use config::{
    ConfigCommand, DiffArgs, DraftsArgs, FileArgs, ForeignFormat, HistoryArgs, ImportArgs,
    PreviewArgs, PublishArgs, RollbackArgs, ShowArgs,
};
pub(crate) use keys::{
    KeyChange, KeyPolicyArgs, KeysCommand, KeysCreateArgs, KeysListArgs, KeysRevokeArgs,
    KeysRotateArgs, KeysUpdateArgs,
};
pub(crate) use runtime::{
    AuditArgs, AuditCommand, AuditVerifyArgs, ExplainArgs, ProvidersCommand, ProvidersListArgs,
    StatusArgs,
};
pub(crate) use secrets::{
    SecretsCommand, SecretsListArgs, SecretsRemoveArgs, SecretsRotateArgs, SecretsSetArgs,
};
pub(crate) use serve::duration;
pub(crate) use serve::{AdminListen, LogFormat, OnFileChange, ServeArgs};
pub(crate) use server::{OutputFormat, SERVER_HEADING, ServerArgs};

const ABOUT: &str = "\
Self-hosted LLM gateway: one URL for OpenAI and Anthropic clients, with routing, failover and records in your hands.";

const EXAMPLES: &str = "\
Examples:
  aigw serve                                start with nothing configured; prints a curl to try
  aigw config validate gateway.yaml         find every problem in a file, offline
  aigw config diff gateway.yaml             what differs from what is live
  aigw config publish gateway.yaml -m 'why' make it live
  aigw keys create team-a                   a client key, shown once
  aigw explain --model gpt-4o               where a request would go right now
  aigw status                               what runs

Commands that ask a running gateway find it by --server or AIGW_SERVER, and show a token: --token, AIGW_ADMIN_TOKEN, or
the file admin-token in the data directory. A viewer token is enough for whatever only reads.

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
    #[command(subcommand)]
    Config(ConfigCommand),
    #[command(subcommand)]
    Keys(KeysCommand),
    #[command(subcommand)]
    Secrets(SecretsCommand),
    /// Providers: what there is, and how the configured ones do.
    #[command(subcommand)]
    Providers(ProvidersCommand),
    Explain(ExplainArgs),
    Audit(AuditArgs),
    Status(StatusArgs),
    Completions(CompletionsArgs),
    /// Print this help for every command, as Markdown.
    Manual,
    /// Print the version.
    Version,
}

/// How offline commands print.
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
