//! `cargo xtask gen`: documents that are made from the code they describe.

mod translation;

use anyhow::Result;

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

/// Writes or checks every document.
pub(crate) fn run(options: &Options) -> Result<Counts> {
    let mut counts = Counts::default();
    for (path, make) in DOCUMENTS {
        let file = run::root().join(path);
        let wanted = make();
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
        let pages = DOCUMENTS.iter().filter(|(path, _)| path.ends_with(".md"));
        for (path, make) in pages {
            assert!(make().starts_with("# "), "{path}");
        }
    }
}
