//! `cargo xtask bench`: the gateway against a bare pass-through and against no gateway, in one interleaved run.

mod body;
mod contestants;
mod docs;
mod goals;
mod measure;
mod memory;
mod plan;
mod results;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::aigw::{self, Profile};
use crate::report::Counts;
use crate::run;
use contestants::{Binaries, Field};
use plan::Plan;
use results::Results;

/// Flags of `cargo xtask bench`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Builds everything for release, then measures for some minutes. Let nothing else run meanwhile.\n\
                        Only loopback addresses are used; every process that is started is ended."
)]
pub(crate) struct Options {
    /// Smaller samples: a minute instead of several, for a first look.
    #[arg(long)]
    quick: bool,
    /// Tiny samples of unoptimised builds: shows that the measurements run, measures nothing.
    #[arg(long, conflicts_with = "quick")]
    sanity: bool,
    /// Rounds; the median over them counts.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=25))]
    rounds: u32,
    /// Write the results as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write docs/performance.md.
    #[arg(long)]
    write_docs: bool,
    /// Measure only rows whose name contains this.
    #[arg(long, value_name = "SUBSTRING", default_value = "")]
    only: String,
    /// The binaries are built and this process is optimised.
    #[arg(long, hide = true)]
    built: bool,
}

/// Measures, prints the table, and writes what was asked for.
pub(crate) fn run(options: &Options) -> Result<Counts> {
    if !options.sanity && !options.built {
        return again_optimised();
    }
    let profile = if options.sanity {
        Profile::Dev
    } else {
        Profile::Release
    };
    let binaries = Binaries::build(profile)?;
    let plan = Plan::new(options.sanity, options.quick, options.rounds);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mut results = runtime.block_on(measure_all(&binaries, &plan, &options.only))?;
    if !options.sanity {
        results.judge();
    }
    println!("\n{}", docs::table(&results));
    if let Some(file) = &options.json {
        std::fs::write(file, serde_json::to_string_pretty(&results)? + "\n")?;
    }
    if options.write_docs {
        std::fs::write(
            run::root().join("docs/performance.md"),
            docs::page(&results),
        )?;
    }
    Ok(closing(&results, options.sanity))
}

async fn measure_all(binaries: &Binaries, plan: &Plan, only: &str) -> Result<Results> {
    let mut results = Results::new(plan);
    let field = Field::start(binaries)?;
    for case in plan.cases.iter().filter(|case| case.name.contains(only)) {
        measure::case(case, &field, plan, &mut results).await?;
    }
    drop(field);
    if "memory".contains(only) {
        memory::measure(binaries, plan, &mut results).await?;
    }
    if "start".contains(only) {
        measure::start_up(binaries, plan, &mut results).await?;
    }
    Ok(results)
}

/// A row counts as passed when it was measured; with real samples also only when its goal was met.
fn closing(results: &Results, sanity: bool) -> Counts {
    let mut counts = Counts::default();
    for row in &results.rows {
        counts += Counts::one(row.is_measured() && (sanity || row.met != Some(false)));
    }
    println!("{counts}");
    counts
}

/// Runs the same command again in a release build of this tool: an unoptimised load generator would be what is
/// measured. The new process may open as many files as this machine lets it.
fn again_optimised() -> Result<Counts> {
    let program = aigw::build("xtask", "xtask", Profile::Release)?;
    let mut command = Command::new("sh");
    command.args(["-c", aigw::WITH_ALL_FILES]).arg(program);
    command
        .args(std::env::args_os().skip(1))
        .arg("--built")
        .current_dir(run::root());
    let status = command.status()?;
    ensure!(
        status.code().is_some(),
        "the measuring process was killed: {status}"
    );
    // It has printed its own closing line, and its exit code says the same.
    Ok(Counts::one(status.success()))
}
