//! Processes that may start others and hang: bounded, and ended with all that they started.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How a process ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// Its exit code; `None` when it was ended, by the limit or by a signal.
    pub(super) code: Option<i32>,
    /// What it said, standard output before standard error.
    pub(super) said: String,
}

/// Runs a command in a process group of its own, and ends the group when the command has ended or the time is up.
pub(super) fn run(mut command: Command, home: &Path, limit: Duration) -> Result<Ended> {
    // Files instead of pipes: what a left-over child holds open must not keep anybody waiting.
    let files = ["stdout", "stderr"].map(|name| home.join(name));
    let [out, err] = &files;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(File::create(out)?)
        .stderr(File::create(err)?)
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot start {command:?}"))?;
    let start = Instant::now();
    let mut status = child.try_wait()?;
    while status.is_none() && start.elapsed() < limit {
        thread::sleep(Duration::from_millis(10));
        status = child.try_wait()?;
    }
    // The group may be empty by now.
    let _ = Command::new("kill")
        .args(["-KILL", "--", &format!("-{}", child.id())])
        .stderr(Stdio::null())
        .status();
    child.wait()?;
    let mut said = String::new();
    for file in &files {
        said.push_str(&String::from_utf8_lossy(&fs::read(file)?));
    }
    Ok(Ended {
        code: status.and_then(|status| status.code()),
        said,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, limit: Duration) -> Ended {
        let home = tempfile::TempDir::new().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        run(command, home.path(), limit).unwrap()
    }

    #[test]
    fn code_and_words_are_kept() {
        let ended = sh("echo out; echo err >&2; exit 3", Duration::from_secs(30));
        assert_eq!((ended.code, ended.said.as_str()), (Some(3), "out\nerr\n"));
    }

    #[test]
    fn what_it_started_ends_with_it() {
        let ended = sh("sleep 600 & echo $!", Duration::from_secs(30));
        let gone = || {
            let state = fs::read_to_string(format!("/proc/{}/stat", ended.said.trim()));
            state.map_or(true, |state| state.contains(") Z "))
        };
        let start = Instant::now();
        while !gone() {
            assert!(start.elapsed() < Duration::from_secs(30), "it lives on");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn the_limit_ends_it() {
        let ended = sh("echo begun; exec sleep 600", Duration::from_millis(200));
        assert_eq!(ended.code, None);
    }
}
