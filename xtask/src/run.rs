//! Running other programs.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// The root of the work tree.
pub(crate) fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// `cargo` with these arguments, in the root of the work tree.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(args).current_dir(root());
    command
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// Whether `program args` runs and succeeds; its output is thrown away.
pub(crate) fn answers(program: &str, args: &[&str]) -> bool {
    Command::new(program)
        .args(args)
        .current_dir(root())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What a program printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) success: bool,
    pub(crate) output: String,
}

/// Runs a program whose output goes into the result alone, and ends it after `limit`.
pub(crate) fn capture(command: Command, limit: Duration) -> Result<Finished> {
    watch(command, limit, false)
}

/// Runs a program whose output goes both to the terminal and into the result, and ends it after `limit`.
pub(crate) fn tee(command: Command, limit: Duration) -> Result<Finished> {
    watch(command, limit, true)
}

fn watch(mut command: Command, limit: Duration, echo: bool) -> Result<Finished> {
    let name = format!("{command:?}");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {name}"))?;
    let out = copy_lines(child.stdout.take(), echo.then(std::io::stdout));
    let err = copy_lines(child.stderr.take(), echo.then(std::io::stderr));
    let status = wait(&mut child, limit)?;
    let mut output = out.join().unwrap_or_default();
    output.push_str(&err.join().unwrap_or_default());
    match status {
        Some(status) => Ok(Finished {
            success: status.success(),
            output,
        }),
        None => bail!("ended after {} s without a result: {name}", limit.as_secs()),
    }
}

/// Runs a program, gives what it printed to standard output, and fails with its error output if it fails.
pub(crate) fn read(mut command: Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {command:?}"))?;
    if !output.status.success() {
        bail!(
            "{command:?} failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("{command:?} printed something that is not UTF-8"))
}

/// Waits for the child at most `limit`; ends it when the time is up.
fn wait(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn copy_lines<R, W>(from: Option<R>, mut to: Option<W>) -> thread::JoinHandle<String>
where
    R: Read + Send + 'static,
    W: Write + Send + 'static,
{
    thread::spawn(move || {
        let mut kept = String::new();
        let Some(from) = from else { return kept };
        for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned() + "\n";
            // The copy for the terminal may fail when nobody reads it; the kept one still counts.
            let _ = to.as_mut().map(|to| to.write_all(line.as_bytes()));
            kept.push_str(&line);
        }
        kept
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_streams_of_a_program_are_kept() {
        let finished = tee(
            sh("echo out; echo err >&2; exit 3"),
            Duration::from_secs(30),
        )
        .unwrap();
        assert!(!finished.success);
        assert_eq!(finished.output, "out\nerr\n");
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let error = tee(sh("exec sleep 600"), Duration::from_millis(50)).unwrap_err();
        assert!(error.to_string().contains("without a result"), "{error}");
    }

    #[test]
    fn a_failing_program_tells_what_it_said() {
        let error = read(sh("echo broken >&2; exit 1")).unwrap_err();
        assert!(error.to_string().contains("broken"), "{error}");
    }
}
