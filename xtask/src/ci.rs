//! `cargo xtask ci`: every stage, timed, with one closing line.

pub(crate) mod counts;
mod stages;

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::report::{Counts, Table};
use crate::run;
use stages::Stage;

/// Flags of `cargo xtask ci`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A stage whose tool is missing says `skipped: why`; with CI=true that is a failure."
)]
pub(crate) struct Options {
    /// Run only these stages (repeatable).
    #[arg(long, value_name = "STAGE")]
    only: Vec<String>,
    /// List the stages and end.
    #[arg(long)]
    list: bool,
}

/// How a stage ended.
#[derive(Debug)]
enum Outcome {
    Ran(Counts),
    Skipped(String),
    Failed(String),
}

impl Outcome {
    /// What the stage adds to the closing line; `strict` makes a skipped stage a failed one.
    fn counts(&self, strict: bool) -> Counts {
        match self {
            Self::Ran(counts) => *counts,
            Self::Skipped(_) if !strict => Counts {
                skipped: 1,
                ..Counts::default()
            },
            Self::Skipped(_) | Self::Failed(_) => Counts::one(false),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Ran(counts) => counts.to_string(),
            Self::Skipped(why) => format!("skipped: {why}"),
            Self::Failed(why) => format!("failed: {why}"),
        }
    }
}

/// Runs the stages in order; later stages run after a failure too, so that one run shows everything.
pub(crate) fn run(options: &Options) -> Result<Counts> {
    let stages = stages::all();
    if let Some(unknown) = options
        .only
        .iter()
        .find(|name| stages.iter().all(|stage| stage.name != **name))
    {
        anyhow::bail!("no stage is called {unknown}; `cargo xtask ci --list` lists them");
    }
    if options.list {
        for stage in stages {
            println!("{:10} {}", stage.name, stage.about);
        }
        return Ok(Counts::default());
    }
    let strict = std::env::var("CI").is_ok_and(|value| value == "true");
    let mut table = Table::new(&["stage", "seconds", "outcome"]);
    let mut total = Counts::default();
    let chosen = stages.into_iter().filter(|stage| {
        options.only.is_empty() || options.only.iter().any(|name| name == stage.name)
    });
    for stage in chosen {
        let name = stage.name;
        println!("\n=== {name}: {}", stage.about);
        let start = Instant::now();
        let outcome = run_stage(stage);
        println!("--- {name}: {}", outcome.text());
        total += outcome.counts(strict);
        table.row([
            name.to_owned(),
            format!("{:.1}", start.elapsed().as_secs_f64()),
            outcome.text(),
        ]);
    }
    println!("\n{table}\n{total}");
    Ok(total)
}

fn run_stage(stage: Stage) -> Outcome {
    if let Some(why) = (stage.missing)() {
        return Outcome::Skipped(why);
    }
    let finished = match run::tee(stage.command, Duration::from_secs(stage.minutes * 60)) {
        Ok(finished) => finished,
        Err(error) => return Outcome::Failed(format!("{error:#}")),
    };
    Outcome::Ran(match (stage.count)(&finished.output) {
        // A runner that counts no failure may still have failed: a test binary that did not build, say.
        Some(counts) if !finished.success && counts.failed == 0 => Counts {
            failed: 1,
            ..counts
        },
        Some(counts) => counts,
        None => Counts::one(finished.success && !stage.counts_tests),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skipped_stage_fails_only_where_everything_must_be_there() {
        let skipped = Outcome::Skipped("no such tool".into());
        assert_eq!(skipped.counts(true), Counts::one(false));
        assert_eq!(
            skipped.counts(false),
            Counts {
                skipped: 1,
                ..Counts::default()
            }
        );
    }

    #[test]
    fn a_stage_counts_what_its_program_counted() {
        let outcome = run_stage(Stage::script("echo 7 passed, 0 failed"));
        assert_eq!(outcome.text(), "7 passed, 0 failed");
    }

    #[test]
    fn a_program_that_ends_badly_fails_its_stage_whatever_it_counted() {
        let outcome = run_stage(Stage::script("echo 7 passed, 0 failed; exit 1"));
        assert_eq!(
            outcome.counts(false),
            Counts {
                passed: 7,
                failed: 1,
                skipped: 0
            }
        );
    }

    #[test]
    fn a_test_stage_that_ran_no_test_fails() {
        assert_eq!(
            run_stage(Stage::script("true")).counts(false),
            Counts::one(false)
        );
    }
}
