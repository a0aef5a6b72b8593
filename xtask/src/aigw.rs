//! The real `aigw` binary: built, started with an empty home, and ended.

mod output;

use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::run;
pub(crate) use output::Output;

/// The client key that started gateways accept.
pub(crate) const KEY: &str = "sk-aigw-xtask-5f2c61d09a7b4e38";
/// Their admin token.
pub(crate) const ADMIN_TOKEN: &str = "xtask-admin-7d14f0a2c95b";
/// How long anything that should happen at once may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A shell script that runs its arguments with as many open files as the machine allows.
pub(crate) const WITH_ALL_FILES: &str = "ulimit -n \"$(ulimit -Hn)\"; exec \"$0\" \"$@\"";

/// How optimised a build is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Dev,
    Release,
}

/// Builds one binary of the workspace and gives its path.
pub(crate) fn build(package: &str, binary: &str, profile: Profile) -> Result<PathBuf> {
    let mut command = run::cargo(&["build", "--quiet", "--package", package, "--bin", binary]);
    let directory = match profile {
        Profile::Dev => "debug",
        Profile::Release => {
            command.arg("--release");
            "release"
        }
    };
    if !command.status()?.success() {
        bail!("{binary} does not build");
    }
    Ok(run::target_dir().join(directory).join(binary))
}

/// How a gateway is to start. Home and data directory are empty and vanish with it.
#[derive(Debug)]
pub(crate) struct Launch {
    binary: PathBuf,
    home: Arc<TempDir>,
    config: Option<String>,
    flags: Vec<String>,
    env: Vec<(String, String)>,
    /// Whether log lines go to a file of the home directory instead of being read here.
    logs_to_file: bool,
}

impl Launch {
    /// A launch with a client key, an admin token and JSON log lines.
    pub(crate) fn new(binary: impl Into<PathBuf>) -> Result<Self> {
        let env = vec![
            ("AIGW_CLIENT_KEY".into(), KEY.into()),
            ("AIGW_ADMIN_TOKEN".into(), ADMIN_TOKEN.into()),
        ];
        let flags = ["--log-format", "json"].map(String::from).into();
        Ok(Self {
            binary: binary.into(),
            home: Arc::new(TempDir::new()?),
            config: None,
            flags,
            env,
            logs_to_file: false,
        })
    }

    /// A launch with nothing configured, as on the first day.
    pub(crate) fn bare(binary: impl Into<PathBuf>) -> Result<Self> {
        Ok(Self {
            flags: Vec::new(),
            env: Vec::new(),
            ..Self::new(binary)?
        })
    }

    /// The text of the configuration file.
    pub(crate) fn config(mut self, text: impl Into<String>) -> Self {
        self.config = Some(text.into());
        self
    }

    /// One more flag with its value.
    pub(crate) fn flag(mut self, name: &str, value: &str) -> Self {
        self.flags.extend([name.to_owned(), value.to_owned()]);
        self
    }

    /// Writes the log to a file, as a service does, so that reading it costs nothing while something is measured.
    pub(crate) fn logging_to_file(self) -> Self {
        Self {
            logs_to_file: true,
            ..self
        }
    }

    /// The same home for another start.
    pub(crate) fn again(&self) -> Self {
        let Self {
            binary,
            home,
            config,
            flags,
            env,
            logs_to_file,
        } = self;
        Self {
            binary: binary.clone(),
            home: Arc::clone(home),
            config: config.clone(),
            flags: flags.clone(),
            env: env.clone(),
            logs_to_file: *logs_to_file,
        }
    }

    /// Starts it and waits until it has said where it listens.
    pub(crate) fn start(&self) -> Result<Gateway> {
        let spawned = Instant::now();
        let mut child = self
            .command()?
            .spawn()
            .with_context(|| format!("cannot start {}", self.binary.display()))?;
        let output = Output::follow(child.stdout.take(), child.stderr.take());
        let Some(places) = output.wait_for(PATIENCE, listening) else {
            child.kill()?;
            child.wait()?;
            bail!(
                "the gateway did not say where it listens; it said:\n{}",
                output.text()
            );
        };
        Ok(Gateway {
            child,
            addr: places.0,
            admin: places.1,
            output,
            spawned,
            home: Arc::clone(&self.home),
        })
    }

    /// Runs it where it must refuse to serve; gives how it ended and everything it said.
    pub(crate) fn refuse(&self) -> Result<(ExitStatus, String)> {
        let mut child = self.command()?.spawn()?;
        let output = Output::follow(child.stdout.take(), child.stderr.take());
        let Some(status) = wait(&mut child, PATIENCE)? else {
            child.kill()?;
            child.wait()?;
            bail!("the gateway did not refuse; it said:\n{}", output.text());
        };
        output.wait_closed(PATIENCE);
        Ok((status, output.text()))
    }

    fn command(&self) -> Result<Command> {
        let home = self.home.path();
        let mut command = Command::new(&self.binary);
        command
            .arg("serve")
            .current_dir(home)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        command.stderr(if self.logs_to_file {
            File::create(home.join("log"))?.into()
        } else {
            Stdio::piped()
        });
        command
            .env_clear()
            .env("HOME", home)
            .envs(self.env.iter().map(|(name, value)| (name, value)));
        for (flag, value) in [
            ("--listen", "127.0.0.1:0"),
            ("--admin-listen", "127.0.0.1:0"),
        ] {
            if !self.flags.iter().any(|given| given == flag) {
                command.args([flag, value]);
            }
        }
        if let Some(config) = &self.config {
            let file = home.join("aigw-under-test.yaml");
            std::fs::write(&file, config)?;
            command.arg("--config").arg(file);
        }
        command.args(&self.flags);
        Ok(command)
    }
}

/// A running gateway; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Gateway {
    child: Child,
    /// Where callers connect.
    pub(crate) addr: SocketAddr,
    /// Where the control plane listens.
    pub(crate) admin: Option<SocketAddr>,
    /// What it has said so far.
    pub(crate) output: Arc<Output>,
    /// When its process was started.
    pub(crate) spawned: Instant,
    home: Arc<TempDir>,
}

impl Gateway {
    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its home directory.
    pub(crate) fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// Asks it to end as an init system does.
    pub(crate) fn terminate(&self) -> Result<()> {
        let status = Command::new("kill")
            .args(["-TERM", &self.pid().to_string()])
            .status()?;
        if !status.success() {
            bail!("cannot signal the gateway");
        }
        Ok(())
    }

    /// Waits for its end; `None` when it goes on for longer than `limit`.
    pub(crate) fn wait(&mut self, limit: Duration) -> Result<Option<ExitStatus>> {
        wait(&mut self.child, limit)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // It may have ended by itself; what matters is that it is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        match child.try_wait()? {
            Some(status) => return Ok(Some(status)),
            None if start.elapsed() > limit => return Ok(None),
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}

/// The data plane's address and the control plane's, from what the gateway prints at its start.
fn listening(lines: &[String]) -> Option<(SocketAddr, Option<SocketAddr>)> {
    let mut found = lines.iter().filter_map(|line| address(line));
    let data = found.next()?;
    let admin = found.next();
    admin.map(|admin| (data, Some(admin)))
}

/// The first `http://ADDRESS:PORT` in a line.
pub(crate) fn address(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("http://")?;
    let end = rest
        .find(|c: char| !(c.is_ascii_hexdigit() || ".:[]".contains(c)))
        .unwrap_or(rest.len());
    rest[..end].trim_end_matches(['.', ':']).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_what_the_gateway_prints() {
        for line in [
            "gateway  http://127.0.0.1:18080",
            "{\"url\":\"http://127.0.0.1:18080/v1\"}",
            "at http://127.0.0.1:18080.",
        ] {
            assert_eq!(
                address(line),
                Some(SocketAddr::from(([127, 0, 0, 1], 18080))),
                "{line}"
            );
        }
        assert_eq!(address("see https://example.com"), None);
    }

    #[test]
    fn both_listeners_are_needed() {
        let lines = [
            "a http://127.0.0.1:1".to_owned(),
            "b http://127.0.0.1:2/admin".to_owned(),
        ];
        assert_eq!(listening(&lines[..1]), None);
        let (data, admin) = listening(&lines).unwrap();
        assert_eq!((data.port(), admin.unwrap().port()), (1, 2));
    }
}
