//! Samples of one case: processor time, rate, and latency at a fixed rate.

use std::time::{Duration, Instant};

use aigw_testkit::load::{Call, Report, Until, closed, fixed_rate};
use aigw_testkit::proc;
use anyhow::{Context, Result, ensure};

use super::contestants::{Binaries, Field, Server, Way, call, launch};
use super::plan::{Case, Plan};
use super::results::Results;

/// Connections over which requests at a fixed rate are spread.
const FIXED_RATE_CONNECTIONS: usize = 64;

/// Measures one case in every round, each way once per round, beginning with another one each time.
pub(super) async fn case(
    case: &Case,
    field: &Field,
    plan: &Plan,
    results: &mut Results,
) -> Result<()> {
    for way in case.ways() {
        // Connections, caches and allocators are warm before anything counts.
        closed(
            &field.call(case, way),
            case.connections,
            Until::Requests(case.requests / 10 + 1),
        )
        .await;
    }
    for round in 0..plan.rounds {
        for way in in_turn(case, round) {
            throughput(case, field, way, results).await?;
        }
    }
    if case.latency {
        let rate = half_load(case, results).context("the gateway's rate was not measured")?;
        println!("  {}: latency at {rate:.0} requests/s", case.name);
        for round in 0..plan.rounds {
            latency(case, field, (plan, rate, round), results).await?;
        }
    }
    Ok(())
}

/// The order of the ways in a round, so that none always comes first.
fn in_turn(case: &Case, round: u32) -> [Way; 3] {
    let mut ways = case.ways();
    ways.rotate_left(round as usize % 3);
    ways
}

async fn throughput(case: &Case, field: &Field, way: Way, results: &mut Results) -> Result<()> {
    let call = field.call(case, way);
    let pid = field.pid(way);
    let (steal, before) = (Steal::begin()?, cpu_micros(pid)?);
    let report = closed(&call, case.connections, Until::Requests(case.requests)).await;
    let cpu = cpu_micros(pid)? - before;
    results.steal_percent = results.steal_percent.max(steal.percent()?);
    check(case, way, &report, results)?;
    let each = cpu / count(report.ok);
    println!(
        "  {}, {way:?}: {each:.1} µs, {:.0}/s",
        case.name,
        report.rate()
    );
    let unit = if case.stream { "stream" } else { "request" };
    if way != Way::Direct {
        results.add(&format!("CPU per {unit}, {}", case.name), "µs", way, each);
    }
    if !case.name.contains("apart") {
        results.add(
            &format!("{unit}s per second, {}", case.name),
            "1/s",
            way,
            report.rate(),
        );
    }
    Ok(())
}

/// Half of what the slowest way carries.
fn half_load(case: &Case, results: &Results) -> Option<f64> {
    results
        .row(&format!("requests per second, {}", case.name))?
        .median(Way::Gateway)
        .map(|rate| rate / 2.0)
}

/// One round of latencies: what each way adds to the direct one.
async fn latency(
    case: &Case,
    field: &Field,
    round: (&Plan, f64, u32),
    results: &mut Results,
) -> Result<()> {
    let (plan, rate, round) = round;
    let mut reports = Vec::new();
    for way in in_turn(case, round) {
        let call = field.call(case, way);
        let report = fixed_rate(&call, rate, plan.fixed_rate, FIXED_RATE_CONNECTIONS).await;
        check(case, way, &report, results)?;
        reports.push((way, report));
    }
    let direct = reports
        .iter()
        .find(|(way, _)| *way == Way::Direct)
        .map(|(_, report)| report.clone());
    let direct = direct.context("no direct sample")?;
    for (name, quantile) in [("p50", 0.5), ("p99", 0.99)] {
        for (way, report) in &reports {
            let base = if *way == Way::Direct {
                0.0
            } else {
                millis(direct.latency(quantile))
            };
            let added = millis(report.latency(quantile)) - base;
            results.add(&format!("added {name}, {}", case.name), "ms", *way, added);
        }
    }
    Ok(())
}

/// From the start of the process to the end of its first answer.
pub(super) async fn start_up(
    binaries: &Binaries,
    plan: &Plan,
    results: &mut Results,
) -> Result<()> {
    let upstream = Server::upstream(binaries)?;
    for _ in 0..plan.starts {
        let bare = Server::pass_through(binaries, upstream.addr)?;
        first_answer(&call(bare.addr, "text", false, 1024)).await?;
        results.add(
            "start to first answer",
            "ms",
            Way::PassThrough,
            millis(bare.spawned.elapsed()),
        );
        drop(bare);
        let launch = launch(binaries, upstream.addr)?;
        let gateway = launch.start()?;
        first_answer(&call(gateway.addr, "text", false, 1024)).await?;
        results.add(
            "start to first answer",
            "ms",
            Way::Gateway,
            millis(gateway.spawned.elapsed()),
        );
    }
    Ok(())
}

async fn first_answer(call: &Call) -> Result<()> {
    let report = closed(call, 1, Until::Requests(1)).await;
    ensure!(
        report.ok == 1,
        "the first request failed: {:?}",
        report.errors
    );
    Ok(())
}

/// A sample with more than a few errors says nothing about the requests that went well.
fn check(case: &Case, way: Way, report: &Report, results: &mut Results) -> Result<()> {
    results.errors += report.failed();
    let total = report.ok + report.failed();
    ensure!(
        report.failed() * 1000 <= total,
        "{} {way:?}: {} of {total} failed: {:?}",
        case.name,
        report.failed(),
        report.errors
    );
    let events = if case.stream { 50 } else { 0 };
    ensure!(
        report.events >= report.ok * events,
        "{} {way:?}: events were lost",
        case.name
    );
    Ok(())
}

fn cpu_micros(pid: u32) -> Result<f64> {
    Ok(proc::cpu_time(pid)?.total().as_secs_f64() * 1e6)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a run are far below 2^52"
)]
pub(super) fn count(number: u64) -> f64 {
    number as f64
}

pub(super) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Processor time that the hypervisor gave to others while a sample ran.
struct Steal {
    begin: Instant,
    ticks: u64,
}

impl Steal {
    fn begin() -> Result<Self> {
        Ok(Self {
            begin: Instant::now(),
            ticks: stolen(&std::fs::read_to_string("/proc/stat")?),
        })
    }

    /// In percent of all processors' time.
    fn percent(&self) -> Result<f64> {
        let ticks = stolen(&std::fs::read_to_string("/proc/stat")?).saturating_sub(self.ticks);
        let processors = std::thread::available_parallelism()?.get();
        let all = self.begin.elapsed().as_secs_f64() * 100.0 * count(processors as u64);
        Ok(if all > 1.0 {
            100.0 * count(ticks) / all
        } else {
            0.0
        })
    }
}

/// The eighth number of the first line: hundredths of a second.
fn stolen(stat: &str) -> u64 {
    let first = stat.lines().next().unwrap_or_default();
    first
        .split_whitespace()
        .nth(8)
        .and_then(|ticks| ticks.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_comes_first_once_in_three_rounds() {
        for case in Plan::new(true, false, 3).cases {
            let first: Vec<Way> = (0..3).map(|round| in_turn(&case, round)[0]).collect();
            assert_eq!(first, case.ways());
        }
    }

    #[test]
    fn stolen_time_is_the_eighth_number() {
        assert_eq!(stolen("cpu  1 2 3 4 5 6 7 88 9 10\ncpu0 1"), 88);
        assert_eq!(stolen(""), 0);
    }
}
