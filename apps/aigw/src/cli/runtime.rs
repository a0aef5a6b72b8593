//! The settings of the commands that look at a running gateway.

use clap::{Args, Subcommand};

use super::ServerArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum ProvidersCommand {
    /// List the kinds that `providers.*.kind` may name. Offline.
    Kinds,
    List(ProvidersListArgs),
}

/// List the providers of the live configuration with the health of their credentials and targets.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  aigw providers list
  aigw providers list --format json")]
pub(crate) struct ProvidersListArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Tell where a request would go right now, without sending it: every candidate, and why it is used or skipped.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  aigw explain --model gpt-4o
  aigw explain --model claude-sonnet-4 --dialect anthropic_messages --key team-a")]
pub(crate) struct ExplainArgs {
    /// The model as the caller names it.
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: String,
    /// The dialect that the caller speaks [default: `openai_chat`]
    #[arg(long, value_name = "DIALECT")]
    pub(crate) dialect: Option<String>,
    /// Id or name of the caller's key [default: one that may do everything]
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Print the audit trail, the latest first: who did what, from where, and whether it was done.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  aigw audit
  aigw audit --action config.publish --since 7d
  aigw audit --action auth. --failed
  aigw audit --actor admin --format csv > audit.csv
  aigw audit verify"
)]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    pub(crate) command: Option<AuditCommand>,
    /// Only this action, such as `config.publish`; ending in a dot, such as `config.`, all that begin so.
    #[arg(long, value_name = "ACTION")]
    pub(crate) action: Option<String>,
    /// Only what this credential or person did.
    #[arg(long, value_name = "NAME")]
    pub(crate) actor: Option<String>,
    /// Only what happened since: a time such as 2026-01-31 or 2026-01-31T12:00:00Z (UTC), or how long ago, such as 24h.
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// Only what was not done: denials and failures.
    #[arg(long)]
    pub(crate) failed: bool,
    /// Most rows.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=500))]
    pub(crate) limit: u16,
    /// Only rows before this number: the next page.
    #[arg(long, value_name = "N")]
    pub(crate) before: Option<i64>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    Verify(AuditVerifyArgs),
}

/// Check that no row of the audit trail was edited, removed or moved; exit 1 and the first bad row if one was.
#[derive(Debug, Args)]
pub(crate) struct AuditVerifyArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Print what runs: revision, role, load, replicas.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  aigw status
  aigw status --server https://gateway.example --ca-file ca.pem")]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}
