//! The settings of `aigw keys`.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::{ServerArgs, duration};

/// Client keys: what callers of the gateway send.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    Create(KeysCreateArgs),
    List(KeysListArgs),
    Update(KeysUpdateArgs),
    Rotate(KeysRotateArgs),
    Revoke(KeysRevokeArgs),
}

/// What a key may do.
#[derive(Debug, Args)]
pub(crate) struct KeyPolicyArgs {
    /// The group that it belongs to.
    #[arg(long, value_name = "NAME")]
    pub(crate) group: Option<String>,
    /// Public model that it may use, or a glob; repeatable [default: all]
    #[arg(long = "model", value_name = "GLOB")]
    pub(crate) models: Vec<String>,
    /// Endpoint that it may use; repeatable [default: all]
    #[arg(long = "endpoint", value_name = "NAME")]
    pub(crate) endpoints: Vec<String>,
    /// Network that it may be used from; repeatable [default: all]
    #[arg(long = "ip-allow", value_name = "CIDR")]
    pub(crate) ip_allow: Vec<String>,
    /// Label for people and reports; repeatable.
    #[arg(long = "tag", value_name = "TEXT")]
    pub(crate) tags: Vec<String>,
    /// Who goes first when requests wait; higher goes first.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) priority: Option<i32>,
    /// End it after this time, such as 30d, or at a time such as 2027-01-31 or 2027-01-31T12:00:00Z (UTC).
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires: Option<String>,
}

/// Make a client key. Its text is printed once and kept nowhere; the gateway knows only its keyed hash.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  aigw keys create team-a
  aigw keys create ci --model 'gpt-4o*' --model demo --expires 30d
  aigw keys create laptop --ip-allow 10.0.0.0/8 --format json")]
pub(crate) struct KeysCreateArgs {
    /// What to call it, in lists, records and limits.
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) policy: KeyPolicyArgs,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// List client keys, without their texts.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  aigw keys list
  aigw keys list --format csv > keys.csv")]
pub(crate) struct KeysListArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// What `aigw keys update` takes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum KeyChange {
    /// Belongs to no group.
    Group,
    /// May use all models.
    Models,
    /// May use all endpoints.
    Endpoints,
    /// May be used from everywhere.
    IpAllow,
    /// Has no labels.
    Tags,
    /// Never ends.
    Expires,
}

/// Change what a client key is called and may do. What is not given stays; lists are replaced as a whole.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  aigw keys update team-a --model 'gpt-4o*'
  aigw keys update team-a --clear models --expires 90d
  aigw keys update 4f2a --rename team-b")]
pub(crate) struct KeysUpdateArgs {
    /// Its id or name.
    #[arg(value_name = "KEY")]
    pub(crate) key: String,
    /// Another name.
    #[arg(long, value_name = "NAME")]
    pub(crate) rename: Option<String>,
    /// Take something back; repeatable.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) clear: Vec<KeyChange>,
    #[command(flatten)]
    pub(crate) policy: KeyPolicyArgs,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Give a client key another text, printed once. The one before is good for a while.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  aigw keys rotate team-a             the old text is good for another 24 h
  aigw keys rotate team-a --grace 0s  the old text ends at once")]
pub(crate) struct KeysRotateArgs {
    /// Its id or name.
    #[arg(value_name = "KEY")]
    pub(crate) key: String,
    /// How long the old text is still good.
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = duration)]
    pub(crate) grace: Duration,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// End a client key at once, on every replica within a second, and for good.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  aigw keys revoke team-a")]
pub(crate) struct KeysRevokeArgs {
    /// Its id or name.
    #[arg(value_name = "KEY")]
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}
