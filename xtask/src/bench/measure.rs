//! Samples of one case: processor time, rate, and latency at a fixed rate.

use std::collections::BTreeMap;
use std::time::Duration;

use aigw_testkit::load::{Call, Report, Until, closed, fixed_rate};
use aigw_testkit::proc;
use anyhow::{Context, Result, ensure};

use super::contestants::{Binaries, Field, Server, Way, call, launch};
use super::plan::{Case, Plan};
use super::results::Results;

/// Connections over which requests at a fixed rate are spread.
const FIXED_RATE_CONNECTIONS: usize = 64;
/// Steps towards the rate of half load.
const CALIBRATIONS: u32 = 4;
/// Turns that each way takes in a round of latencies.
const SLICES: u32 = 4;

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
        let rate = half_load(case, field, plan, results).await?;
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
    let (load, before) = (Load::begin()?, cpu_micros(pid)?);
    let report = closed(&call, case.connections, Until::Requests(case.requests)).await;
    let cpu = cpu_micros(pid)? - before;
    results.steal_percent = results.steal_percent.max(load.end()?.stolen);
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

/// The rate through the gateway at which the machine's processors are half busy.
///
/// Half of the closed loop's rate is too much: 64 connections that are always busy share wake-ups that single requests
/// pay for one by one.
async fn half_load(case: &Case, field: &Field, plan: &Plan, results: &Results) -> Result<f64> {
    let mut rate = results
        .row(&format!("requests per second, {}", case.name))
        .and_then(|row| row.median(Way::Gateway))
        .context("the gateway's rate was not measured")?
        / 4.0;
    let call = field.call(case, Way::Gateway);
    for _ in 0..CALIBRATIONS {
        let load = Load::begin()?;
        fixed_rate(&call, rate, plan.fixed_rate / 4, FIXED_RATE_CONNECTIONS).await;
        // One step changes the rate no more than threefold, whatever else the machine did meanwhile.
        rate *= (50.0 / load.end()?.busy).clamp(1.0 / 3.0, 3.0);
    }
    Ok(rate)
}

/// One round of latencies: what each way adds to the direct one. A round is cut into slices in which the ways take turns,
/// so that what the machine does meanwhile meets all of them.
async fn latency(
    case: &Case,
    field: &Field,
    (plan, rate, round): (&Plan, f64, u32),
    results: &mut Results,
) -> Result<()> {
    let mut reports: BTreeMap<Way, Report> = BTreeMap::new();
    for slice in 0..SLICES {
        for way in in_turn(case, round + slice) {
            let call = field.call(case, way);
            let time = plan.fixed_rate / SLICES;
            let report = fixed_rate(&call, rate, time, FIXED_RATE_CONNECTIONS).await;
            check(case, way, &report, results)?;
            reports.entry(way).or_default().merge(&report);
        }
    }
    let direct = reports.get(&Way::Direct).context("no direct sample")?;
    for (name, quantile) in [("p50", 0.5), ("p99", 0.99)] {
        let base = millis(direct.latency(quantile));
        for (way, report) in &reports {
            let base = if *way == Way::Direct { 0.0 } else { base };
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

/// What the machine's processors did during a time.
struct Load {
    ticks: Ticks,
}

/// Shares of the processors' time, in percent.
struct Shares {
    /// Neither idle nor waiting for a disk.
    busy: f64,
    /// Given to others by the hypervisor.
    stolen: f64,
}

/// Hundredths of a second since the machine started, over all processors.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Ticks {
    all: u64,
    idle: u64,
    stolen: u64,
}

impl Load {
    fn begin() -> Result<Self> {
        let ticks = Ticks::read()?;
        Ok(Self { ticks })
    }

    fn end(&self) -> Result<Shares> {
        let now = Ticks::read()?;
        let all = now.all.saturating_sub(self.ticks.all).max(1);
        let share = |ticks: u64| 100.0 * count(ticks) / count(all);
        Ok(Shares {
            busy: share(all.saturating_sub(now.idle - self.ticks.idle)).max(1.0),
            stolen: share(now.stolen.saturating_sub(self.ticks.stolen)),
        })
    }
}

impl Ticks {
    fn read() -> Result<Self> {
        Ok(Self::of(&std::fs::read_to_string("/proc/stat")?))
    }

    /// The first line: user, nice, system, idle, waiting for a disk, interrupts, soft interrupts, stolen.
    fn of(stat: &str) -> Self {
        let first = stat.lines().next().unwrap_or_default();
        let numbers: Vec<u64> = first
            .split_whitespace()
            .skip(1)
            .take(8)
            .filter_map(|ticks| ticks.parse().ok())
            .collect();
        let [.., idle, waiting, _, _, stolen] = numbers[..] else {
            return Self::default();
        };
        Self {
            all: numbers.iter().sum(),
            idle: idle + waiting,
            stolen,
        }
    }
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
    fn idle_and_stolen_time_are_told_from_the_rest() {
        let ticks = Ticks {
            all: 36,
            idle: 9,
            stolen: 8,
        };
        assert_eq!(Ticks::of("cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1"), ticks);
        assert_eq!(Ticks::of(""), Ticks::default());
    }
}
