//! What the operating system says about a process (Linux).

use std::io;
use std::time::Duration;

use crate::wire::invalid;

/// Ticks per second of the times in `/proc/PID/stat`; fixed for what user space sees.
const TICKS: u64 = 100;

/// CPU time of a process, all its threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuTime {
    /// In user space, in steps of 10 ms.
    pub user: Duration,
    /// In the kernel, in steps of 10 ms.
    pub system: Duration,
}

/// Memory of a process in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Resident pages (`VmRSS`).
    pub resident: u64,
    /// The highest `VmRSS` so far (`VmHWM`).
    pub peak: u64,
    /// Resident pages with shared ones divided among their users, where it may be read.
    pub proportional: Option<u64>,
}

/// The CPU time that a process has used so far.
pub fn cpu_time(pid: u32) -> io::Result<CpuTime> {
    parse_stat(&std::fs::read_to_string(format!("/proc/{pid}/stat"))?)
}

/// The memory that a process holds now.
pub fn memory(pid: u32) -> io::Result<Memory> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let resident = kib(&status, "VmRSS:").ok_or_else(|| invalid("no VmRSS"))?;
    let peak = kib(&status, "VmHWM:").unwrap_or(resident);
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok();
    let proportional = rollup.and_then(|text| kib(&text, "Pss:"));
    Ok(Memory {
        resident,
        peak,
        proportional,
    })
}

/// How many files a process may open (the soft limit): what bounds the connections of a run.
pub fn open_files_limit(pid: u32) -> io::Result<u64> {
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits"))?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let soft = line
        .and_then(|line| line.split_whitespace().next())
        .ok_or_else(|| invalid("no limit of open files"))?;
    if soft == "unlimited" {
        Ok(u64::MAX)
    } else {
        soft.parse()
            .map_err(|_| invalid("a limit that is not a number"))
    }
}

impl CpuTime {
    /// User and system time together.
    pub fn total(self) -> Duration {
        self.user + self.system
    }
}

fn parse_stat(stat: &str) -> io::Result<CpuTime> {
    // The name in parentheses may hold anything, spaces and parentheses too.
    let (_, rest) = stat
        .rsplit_once(')')
        .ok_or_else(|| invalid("not a stat line"))?;
    let field = |index: usize| -> io::Result<Duration> {
        let ticks = rest
            .split_whitespace()
            .nth(index)
            .and_then(|text| text.parse::<u64>().ok());
        ticks
            .map(|ticks| Duration::from_millis(ticks * 1000 / TICKS))
            .ok_or_else(|| invalid("a stat line without times"))
    };
    Ok(CpuTime {
        user: field(11)?,
        system: field(12)?,
    })
}

/// A value in kB, as bytes.
fn kib(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace()
        .next()?
        .parse::<u64>()
        .ok()
        .map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_behind_a_strange_name() {
        let stat = "42 (a) b (c)) S 1 42 42 0 -1 4194560 1 0 0 0 1234 56 7 8 20 0 3 0 100 1 1";
        let time = parse_stat(stat).unwrap();
        assert_eq!(
            (time.user, time.system),
            (Duration::from_millis(12_340), Duration::from_millis(560))
        );
        assert_eq!(time.total(), Duration::from_millis(12_900));
    }

    #[test]
    fn this_process_has_memory_and_files() {
        let memory = memory(std::process::id()).unwrap();
        assert!(
            memory.resident > 100 * 1024 && memory.peak >= memory.resident,
            "{memory:?}"
        );
        assert!(cpu_time(std::process::id()).is_ok());
        assert!(open_files_limit(std::process::id()).unwrap() > 10);
    }
}
