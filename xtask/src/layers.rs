//! `cargo xtask layers`: the shape of the workspace, checked.
//!
//! The rules are data in [`table`]; the checks are functions from facts to sentences, so that each is tested with a
//! fabricated violation.

mod dependencies;
mod sources;
mod table;

use anyhow::{Context, Result};

use crate::report::Counts;
use crate::run;
use dependencies::Graph;
use sources::Source;

/// Checks everything and prints one sentence per violation.
pub(crate) fn run() -> Result<Counts> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(run::root())
        .exec()?;
    let graph = Graph::read(&metadata).context("cargo metadata gave no dependency graph")?;
    let sources = read_sources()?;
    let lock = std::fs::read_to_string(run::root().join("Cargo.lock"))?;
    let checks: [(&str, Vec<String>); 6] = [
        (
            "arrows between our crates",
            dependencies::arrows(&graph, table::RULES),
        ),
        (
            "packages kept out of crates",
            dependencies::kept_out(&graph, table::RULES),
        ),
        (
            "packages in Cargo.lock",
            dependencies::locked(&lock, table::LOCKED_MAX),
        ),
        ("file sizes and names", sources::sizes(&sources)),
        ("texts that must not be", sources::banned_texts(&sources)),
        (
            "purity of pure crates",
            sources::impurities(&sources, table::RULES),
        ),
    ];
    Ok(print(&checks))
}

fn print(checks: &[(&str, Vec<String>)]) -> Counts {
    let mut counts = Counts::default();
    for (name, violations) in checks {
        println!(
            "{} {name}",
            if violations.is_empty() {
                "ok    "
            } else {
                "FAILED"
            }
        );
        for violation in violations {
            println!("         {violation}");
        }
        counts += Counts::one(violations.is_empty());
    }
    println!("{counts}");
    counts
}

/// Every text file that is or would be committed.
fn read_sources() -> Result<Vec<Source>> {
    let mut git = std::process::Command::new("git");
    git.args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ])
    .current_dir(run::root());
    let names = run::read(git)?;
    let mut sources = Vec::new();
    for path in names.split_terminator('\0') {
        // A file that git knows may have been removed from the work tree, and data need not be text.
        if let Ok(text) = std::fs::read_to_string(run::root().join(path)) {
            sources.push(Source {
                path: path.to_owned(),
                text,
            });
        }
    }
    Ok(sources)
}
