//! A PostgreSQL cluster that lives as long as its value.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::run::{answers, read};

/// Where distributions put the programs that are not in the search path.
const VERSIONS: &str = "/usr/lib/postgresql";
/// Users to run as instead of root, which PostgreSQL refuses.
const USERS: &[&str] = &["postgres", "nobody"];
/// Longest that the server may take to be ready, or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server with an empty cluster. Stopped and removed when dropped.
#[derive(Debug)]
pub(crate) struct Cluster {
    server: Child,
    port: u16,
    dir: TempDir,
}

/// Why there can be no cluster here, if there can be none.
pub(crate) fn missing() -> Option<String> {
    let why = "PostgreSQL is not installed: apt-get install postgresql";
    programs().is_none().then(|| why.to_owned())
}

impl Cluster {
    /// Makes a cluster and starts its server on a free port of 127.0.0.1.
    pub(crate) fn start() -> Result<Self> {
        let programs = programs().context("PostgreSQL is not installed")?;
        let dir = tempfile::tempdir()?;
        let user = User::of(dir.path())?;
        let (data, password) = (dir.path().join("data"), dir.path().join("password"));
        fs::write(&password, "aigw")?;
        user.own(dir.path())?;
        user.own(&password)?;
        let mut init = user.command(&programs.join("initdb"));
        init.args(["--auth=scram-sha-256", "--username=aigw", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync"])
            .arg(format!("--pwfile={}", password.display()))
            .arg(format!("--pgdata={}", data.display()))
            .current_dir(dir.path());
        read(init)?;
        let port = free_port()?;
        let log = fs::File::create(dir.path().join("log"))?;
        let mut serve = user.command(&programs.join("postgres"));
        // What the machine does when its power fails is not tested here, and syncing takes most of the time.
        serve
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string()])
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"])
            .args([
                "-c",
                "unix_socket_directories=",
                "-c",
                "max_connections=300",
            ])
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let server = serve.spawn().context("cannot start postgres")?;
        let mut cluster = Self { server, port, dir };
        cluster.wait(&programs.join("pg_isready"))?;
        Ok(cluster)
    }

    /// The URL of its first database, whose user may do everything.
    pub(crate) fn url(&self) -> String {
        format!("postgres://aigw:aigw@127.0.0.1:{}/postgres", self.port)
    }

    fn wait(&mut self, is_ready: &Path) -> Result<()> {
        let is_ready = is_ready.to_string_lossy().into_owned();
        let (port, start) = (self.port.to_string(), Instant::now());
        while !answers(&is_ready, &["-q", "-h", "127.0.0.1", "-p", &port]) {
            let log = || fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
            if let Some(status) = self.server.try_wait()? {
                bail!("postgres ended at once ({status}): {}", log());
            }
            if start.elapsed() > PATIENCE {
                bail!("postgres was not ready in time: {}", log());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown: connections are closed and children ended. Only if that does not help is
        // the server killed, and its children end when they notice.
        let asked = answers("kill", &["-INT", &self.server.id().to_string()]);
        let start = Instant::now();
        while asked && start.elapsed() < PATIENCE {
            if let Ok(Some(_)) = self.server.try_wait() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Whom the server runs as.
#[derive(Debug)]
enum User {
    /// Whoever runs this.
    Myself,
    /// Another user, because this one is root.
    Other { uid: u32, gid: u32 },
}

impl User {
    /// `mine` is something that belongs to whoever runs this.
    fn of(mine: &Path) -> Result<Self> {
        if fs::metadata(mine)?.uid() != 0 {
            return Ok(Self::Myself);
        }
        for user in USERS {
            if let (Ok(uid), Ok(gid)) = (id(user, "-u"), id(user, "-g")) {
                return Ok(Self::Other { uid, gid });
            }
        }
        bail!("PostgreSQL refuses to run as root, and there is no user postgres or nobody")
    }

    fn own(&self, path: &Path) -> Result<()> {
        if let Self::Other { uid, gid } = self {
            chown(path, Some(*uid), Some(*gid))?;
        }
        let mode = if path.is_dir() { 0o700 } else { 0o600 };
        Ok(fs::set_permissions(path, fs::Permissions::from_mode(mode))?)
    }

    fn command(&self, program: &Path) -> Command {
        // The server ends with this process, however that ends.
        let mut command = Command::new("setpriv");
        command.arg("--pdeathsig=INT");
        if let Self::Other { uid, gid } = self {
            command.args([format!("--reuid={uid}"), format!("--regid={gid}")]);
            command.arg("--clear-groups");
        }
        command.arg("--").arg(program);
        command
    }
}

fn id(user: &str, which: &str) -> Result<u32> {
    let mut command = Command::new("id");
    command.args([which, user]);
    Ok(read(command)?.trim().parse()?)
}

/// The directory of `initdb` and `postgres`: of the newest version, or wherever the search path has them.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir(VERSIONS).into_iter().flatten().flatten();
    let mut dirs: Vec<_> = versions
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    dirs.sort();
    let newest_first = dirs.into_iter().rev().map(|(_, dir)| dir);
    let path = std::env::var_os("PATH").unwrap_or_default();
    newest_first
        .chain(std::env::split_paths(&path).collect::<Vec<_>>())
        .find(|dir| {
            ["initdb", "postgres", "pg_isready"]
                .iter()
                .all(|program| dir.join(program).is_file())
        })
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
