//! `cargo xtask gen`: documents that are made from the code they describe.

mod translation;

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::aigw::{Profile, build};
use crate::report::Counts;
use crate::run;

/// Flags of `cargo xtask gen`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Write nothing; fail when a document differs from what would be written.
    #[arg(long)]
    check: bool,
}

/// Path of a document and what makes it.
type Document = (&'static str, fn() -> String);

const DOCUMENTS: &[Document] = &[
    ("docs/configuration.md", aigw_config::reference),
    ("docs/providers.md", aigw_providers::reference),
    ("docs/errors.md", aigw_gateway::errors_reference),
    ("docs/translation.md", translation::page),
    ("docs/openapi.json", aigw_admin::api::openapi),
];

/// What the program itself prints about its command line.
const MANUAL: &str = "docs/cli.md";

/// Writes or checks every document.
pub(crate) fn run(options: &Options) -> Result<Counts> {
    let mut counts = Counts::default();
    let made = DOCUMENTS.iter().map(|(path, make)| (*path, make()));
    for (path, wanted) in made.chain([(MANUAL, manual()?)]) {
        let file = run::root().join(path);
        let there = std::fs::read_to_string(&file).unwrap_or_default();
        let place = difference(&there, &wanted);
        match place {
            None => println!("ok      {path}"),
            Some(line) if options.check => {
                println!(
                    "FAILED  {path} differs from line {line} on: run `cargo xtask gen` and commit it"
                );
            }
            Some(_) => {
                std::fs::write(&file, wanted)?;
                println!("written {path}");
            }
        }
        counts += Counts::one(place.is_none() || !options.check);
    }
    println!("{counts}");
    Ok(counts)
}

fn manual() -> Result<String> {
    let binary = build("aigw", "aigw", Profile::Dev)?;
    let output = Command::new(binary).arg("manual").env_clear().output()?;
    if !output.status.success() {
        bail!(
            "`aigw manual` failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    String::from_utf8(output.stdout).context("`aigw manual` does not print text")
}

/// The first line that differs, from 1.
fn difference(there: &str, wanted: &str) -> Option<usize> {
    if there == wanted {
        return None;
    }
    let same = there
        .lines()
        .zip(wanted.lines())
        .take_while(|(there, wanted)| there == wanted)
        .count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_different_line_is_told() {
        assert_eq!(difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(difference("", "a\n"), Some(1));
        assert_eq!(difference("a", "a\n"), Some(2));
    }

    #[test]
    fn every_page_has_a_title() {
        let pages = DOCUMENTS
            .iter()
            .filter(|(path, _)| !path.ends_with("openapi.json"));
        for (path, make) in pages {
            assert!(make().starts_with("# "), "{path}");
        }
    }
}
