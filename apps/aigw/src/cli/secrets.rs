//! The settings of `aigw secrets`.

use clap::{Args, Subcommand};

use super::ServerArgs;

/// Sealed secrets, which a configuration refers to as `${secret:NAME}`. Their values never come out again.
#[derive(Debug, Subcommand)]
pub(crate) enum SecretsCommand {
    Set(SecretsSetArgs),
    List(SecretsListArgs),
    Remove(SecretsRemoveArgs),
    RotateMaster(SecretsRotateArgs),
}

/// Seal a value, which is read from standard input; a line end at its end is not part of it.
///
/// If what is live refers to the secret, it is published anew with the value, as another revision.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  aigw secrets set openai < key.txt
  read -rs KEY && printf %s \"$KEY\" | aigw secrets set openai
  pass show openai | aigw secrets set openai

Then, in the configuration: api_key: ${secret:openai}")]
pub(crate) struct SecretsSetArgs {
    /// What `${secret:NAME}` calls it.
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// List sealed secrets: names, versions and times, never values.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  aigw secrets list --format csv")]
pub(crate) struct SecretsListArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Remove a sealed secret that nothing live refers to.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  aigw secrets remove openai")]
pub(crate) struct SecretsRemoveArgs {
    /// Its name.
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Seal every secret anew under another master key, which is read from standard input.
///
/// Values stay as they are. Every gateway on this store has to be started with the new key from then on.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  openssl rand -hex 32 > new-master-key.txt
  aigw secrets rotate-master < new-master-key.txt")]
pub(crate) struct SecretsRotateArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}
