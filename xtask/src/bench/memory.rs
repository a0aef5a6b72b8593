//! Resident memory: idle, and with many streams held open.

use std::net::SocketAddr;
use std::time::Duration;

use aigw_testkit::load::Streams;
use aigw_testkit::proc;
use anyhow::{Result, ensure};

use super::contestants::{Binaries, Server, Way, call, launch};
use super::measure::count;
use super::plan::{HELD, Plan};
use super::results::Results;

/// Files that a process needs besides the two connections of every stream.
const OTHER_FILES: u64 = 120;

/// Measures pass-through and gateway in fresh processes, one after the other.
pub(super) async fn measure(binaries: &Binaries, plan: &Plan, results: &mut Results) -> Result<()> {
    let upstream = Server::upstream(binaries)?;
    let bare = Server::pass_through(binaries, upstream.addr)?;
    one(Way::PassThrough, bare.child.id(), bare.addr, plan, results).await?;
    drop(bare);
    let gateway = launch(binaries, upstream.addr)?.start()?;
    one(Way::Gateway, gateway.pid(), gateway.addr, plan, results).await
}

async fn one(
    way: Way,
    pid: u32,
    addr: SocketAddr,
    plan: &Plan,
    results: &mut Results,
) -> Result<()> {
    // A second for whatever a process still does after its start.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let idle = resident_kib(pid)?;
    results.add("RSS idle", "MiB", way, idle / 1024.0);
    for planned in &plan.open_streams {
        let wanted = (*planned).min(proc::open_files_limit(pid)?.saturating_sub(OTHER_FILES) / 2);
        let held = hold(addr, wanted, plan.open_per_second).await?;
        let resident = resident_kib(pid)?;
        println!(
            "  {way:?}: {:.1} MiB with {wanted} streams",
            resident / 1024.0
        );
        let name = thousands(*planned);
        results.add(
            &format!("RSS, {name} open streams"),
            "MiB",
            way,
            resident / 1024.0,
        );
        results.add(
            &format!("RSS per open stream, {name}"),
            "KiB",
            way,
            (resident - idle) / count(wanted),
        );
        if way == Way::Gateway {
            results.held_streams.push(wanted);
        }
        held.close().await;
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    Ok(())
}

/// Opens so many streams and lets them run for two seconds.
async fn hold(addr: SocketAddr, wanted: u64, per_second: u64) -> Result<Streams> {
    let streams = Streams::open(&call(addr, HELD, true, 1024), wanted, per_second);
    let all = streams.all_begun(Duration::from_secs(120)).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    ensure!(
        all && streams.failed() == 0,
        "{} of {wanted} streams failed, {} live",
        streams.failed(),
        streams.live()
    );
    ensure!(
        streams.live() == wanted,
        "{} of {wanted} streams are open",
        streams.live()
    );
    Ok(streams)
}

fn resident_kib(pid: u32) -> Result<f64> {
    Ok(count(proc::memory(pid)?.resident) / 1024.0)
}

/// `10,000` for 10000.
fn thousands(number: u64) -> String {
    if number < 1000 {
        number.to_string()
    } else {
        format!("{},{:03}", number / 1000, number % 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_in_the_goals() {
        assert_eq!(
            [thousands(20), thousands(1000), thousands(10_000)],
            ["20", "1,000", "10,000"]
        );
    }
}
