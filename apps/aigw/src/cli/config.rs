//! The settings of `aigw config`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Format, ServerArgs};

/// Configuration: files on this machine, and what a running gateway serves.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Offline, without a server: validate, schema, import, `preview FILE`, `diff FILE FILE`. The others ask a running gateway."
)]
pub(crate) enum ConfigCommand {
    /// Print every problem with line, column, path, reason and hint; exit 2 if the file is not valid. Offline.
    Validate(FileArgs),
    Preview(PreviewArgs),
    Diff(DiffArgs),
    Show(ShowArgs),
    Publish(PublishArgs),
    History(HistoryArgs),
    Rollback(RollbackArgs),
    Drafts(DraftsArgs),
    /// Print the JSON Schema of configuration files, for editors. Offline.
    Schema,
    /// Convert the configuration file of another gateway; findings go to stderr, the document to stdout. Offline.
    Import(ImportArgs),
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

/// Print what a configuration would serve: models, targets, dialects, fallbacks.
///
/// With FILE alone this is offline: references are looked up in the environment and the files of this machine. The server
/// is asked, with its environment and its sealed secrets, if there is no FILE, or if any server flag is given.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  aigw config preview gateway.yaml               offline
  aigw config preview gateway.yaml --on-server   as the running gateway would serve it
  aigw config preview                            what is live
  aigw config preview --revision 7 --format csv  an older revision, one row per target")]
pub(crate) struct PreviewArgs {
    /// The configuration file (YAML or JSON) [default: what is live on the server]
    pub(crate) file: Option<PathBuf>,
    /// A stored revision instead of a file.
    #[arg(long, value_name = "R", conflicts_with = "file")]
    pub(crate) revision: Option<i64>,
    /// Have the server check FILE.
    #[arg(long, requires = "file")]
    pub(crate) on_server: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Print what differs, by meaning, with what may go wrong.
///
/// Two files are compared offline. One file is compared with what is live on the server, or with the revision that --from
/// names. Without a file, --from and --to name revisions; what is not given is what is live.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  aigw config diff gateway.yaml            what publishing it would change
  aigw config diff gateway.yaml --from 7   how it differs from revision 7
  aigw config diff --from 6 --to 7         what revision 7 changed
  aigw config diff --to 6                  what going back to revision 6 would change
  aigw config diff old.yaml new.yaml       two files, offline")]
pub(crate) struct DiffArgs {
    /// One file to compare with the server, or two to compare with each other.
    #[arg(value_name = "FILE", num_args = 0..=2, required_unless_present_any = ["from", "to"])]
    pub(crate) files: Vec<PathBuf>,
    /// The revision to compare from [default: what is live]
    #[arg(long, value_name = "R")]
    pub(crate) from: Option<i64>,
    /// The revision to compare to [default: what is live]
    #[arg(long, value_name = "R", conflicts_with = "files")]
    pub(crate) to: Option<i64>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Print the configuration that is live: the text as it was published, secrets as references.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  aigw config show > live.yaml
  aigw config show --revision 7
  aigw config show --draft 3
  aigw config show --format json   with revision and digest")]
pub(crate) struct ShowArgs {
    /// A stored revision instead.
    #[arg(long, value_name = "R", conflicts_with = "draft")]
    pub(crate) revision: Option<i64>,
    /// A draft instead.
    #[arg(long, value_name = "D")]
    pub(crate) draft: Option<i64>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Make a configuration live: a file, a stored revision or a draft.
///
/// The server compiles and checks it first. If anything is wrong, every problem is printed with its place, what is live
/// stays live, and the exit code is 2. Requests under way finish on the configuration that they began with.
///
/// With --base R it is published only if revision R is live. If somebody else was first, both sides and their difference
/// are printed, and the exit code is 1.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  aigw config publish gateway.yaml -m 'add the EU endpoint'
  aigw config publish gateway.yaml -m 'add the EU endpoint' --base 7
  generate-config | aigw config publish - -m 'nightly'
  aigw config publish --draft 3 -m 'as reviewed'
  aigw config publish --revision 7 -m 'again'")]
pub(crate) struct PublishArgs {
    /// The configuration file (YAML or JSON); `-` reads standard input.
    #[arg(required_unless_present_any = ["revision", "draft"])]
    pub(crate) file: Option<PathBuf>,
    /// A stored revision.
    #[arg(long, value_name = "R", conflicts_with_all = ["file", "draft"])]
    pub(crate) revision: Option<i64>,
    /// A draft; it is discarded once it is live.
    #[arg(long, value_name = "D", conflicts_with = "file")]
    pub(crate) draft: Option<i64>,
    /// Why, for the history.
    #[arg(short = 'm', long, value_name = "TEXT")]
    pub(crate) note: String,
    /// The revision that must be live.
    #[arg(long, value_name = "R")]
    pub(crate) base: Option<i64>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// List what was published, the latest first: when, by whom, why, and what became of it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  aigw config history
  aigw config history --limit 100 --before 250
  aigw config history --revisions   every stored revision, with its digest and parent")]
pub(crate) struct HistoryArgs {
    /// List revisions instead of publications.
    #[arg(long)]
    pub(crate) revisions: bool,
    /// Most rows.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=500))]
    pub(crate) limit: u16,
    /// Only what comes before this number: the next page.
    #[arg(long, value_name = "N")]
    pub(crate) before: Option<i64>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Go back to an older revision, compiled and checked as of now.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  aigw config history
  aigw config rollback 6 -m 'the new endpoint times out'
  aigw config rollback 6 -m 'the new endpoint times out' --base 7")]
pub(crate) struct RollbackArgs {
    /// The revision to go back to.
    #[arg(value_name = "R")]
    pub(crate) revision: i64,
    /// Why, for the history.
    #[arg(short = 'm', long, value_name = "TEXT")]
    pub(crate) note: String,
    /// The revision that must be live.
    #[arg(long, value_name = "R")]
    pub(crate) base: Option<i64>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// List drafts: texts that were saved and not published, such as changes of the watched file.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  aigw config drafts
  aigw config show --draft 3
  aigw config publish --draft 3 -m 'as reviewed'
  aigw config drafts --discard 3")]
pub(crate) struct DraftsArgs {
    /// Discard this one.
    #[arg(long, value_name = "D")]
    pub(crate) discard: Option<i64>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}
