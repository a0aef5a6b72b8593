//! `cargo xtask smoke`: the real binary against fake upstreams.

mod checks;
mod config;
mod dialect;
mod matrix;
mod world;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::aigw::{self, Profile};
use crate::report::{Counts, Table};
use world::World;

/// Flags of `cargo xtask smoke`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Builds `aigw`, starts it with an empty home on free ports, and plays every failure class to it.\n\
                        Nothing but loopback addresses is used. `--only SUBSTRING` repeats one check."
)]
pub(crate) struct Options {
    /// Run only checks whose name contains this.
    #[arg(long, value_name = "SUBSTRING", default_value = "")]
    only: String,
}

/// One check: a claim, and the function that tries it.
struct Check {
    claim: &'static str,
    run: for<'w> fn(&'w World) -> Trying<'w>,
}

/// A check under way.
type Trying<'w> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'w>>;

/// How one check or one row of the matrix ended.
#[derive(Debug)]
struct Line {
    claim: String,
    counts: Counts,
    took: Duration,
    problems: Vec<String>,
}

/// How long one check may take at most.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs every check and prints a table.
pub(crate) fn run(options: &Options) -> Result<Counts> {
    let binary = aigw::build("aigw", "aigw", Profile::Dev)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let lines = runtime.block_on(async {
        let world = Arc::new(World::start(binary).await?);
        let mut lines = matrix::run(&world, &options.only).await;
        for check in checks::all()
            .iter()
            .filter(|check| check.claim.contains(&options.only))
        {
            lines.push(one(check, &world).await);
        }
        anyhow::Ok(lines)
    })?;
    Ok(print(&lines))
}

async fn one(check: &Check, world: &World) -> Line {
    let start = Instant::now();
    let outcome = match tokio::time::timeout(LIMIT, (check.run)(world)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(anyhow::anyhow!("did not end within {} s", LIMIT.as_secs())),
    };
    let problems: Vec<String> = outcome
        .err()
        .map(|error| format!("{error:#}"))
        .into_iter()
        .collect();
    let counts = Counts::one(problems.is_empty());
    Line {
        claim: check.claim.to_owned(),
        counts,
        took: start.elapsed(),
        problems,
    }
}

fn print(lines: &[Line]) -> Counts {
    let mut table = Table::new(&["check", "passed", "failed", "ms"]);
    let mut total = Counts::default();
    for line in lines {
        let Counts { passed, failed, .. } = line.counts;
        let ms = line.took.as_millis().to_string();
        table.row([
            line.claim.clone(),
            passed.to_string(),
            failed.to_string(),
            ms,
        ]);
        total += line.counts;
    }
    println!("{table}");
    for line in lines {
        for problem in &line.problems {
            println!("FAILED {}: {problem}", line.claim);
        }
    }
    println!("{total}");
    total
}
