//! Starts and stops the binary under test.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use aigw_testkit::raw::{Answer, Client};
use tempfile::TempDir;

pub(crate) const CLIENT_KEY: &str = "client-key-for-tests";
pub(crate) const ADMIN_TOKEN: &str = "admin-token-for-tests";
pub(crate) const VIEWER_TOKEN: &str = "viewer-token-for-tests";

/// Ends what a broken gateway would never end.
const PATIENCE: Duration = Duration::from_mins(1);
const LAST_LINE: &str = "The log is on stderr. Ctrl-C stops the gateway.";

pub(crate) fn directory() -> TempDir {
    tempfile::tempdir().expect("a directory")
}

/// `aigw ARGS` in `directory`, with nothing in its environment but `env`.
pub(crate) fn command(directory: &Path, args: &[&str], env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aigw"));
    command
        .current_dir(directory)
        .args(args)
        .env_clear()
        .envs(env.iter().copied())
        .stdin(Stdio::null());
    command
}

/// Keyed hash of a credential under a key of 32 zero bytes, as 64 digits.
pub(crate) fn hash_under_zeros(text: &str) -> String {
    let hash = aigw_gateway::keys::Pepper::new(&[0; 32]).hash(text);
    aigw_store::Digest(*hash.bytes()).to_string()
}

/// Runs a command that is expected to end by itself.
pub(crate) fn run(directory: &Path, args: &[&str], env: &[(&str, &str)]) -> Output {
    command(directory, args, env)
        .output()
        .expect("the binary runs")
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A running `aigw serve` on free ports.
pub(crate) struct Aigw {
    child: Child,
    pub(crate) greeting: String,
    log: Arc<Lines>,
}

#[derive(Default)]
struct Lines {
    text: Mutex<String>,
    grew: Condvar,
}

impl Aigw {
    /// Starts with given credentials.
    pub(crate) fn start(directory: &Path, args: &[&str]) -> Self {
        let env = [
            ("AIGW_CLIENT_KEY", CLIENT_KEY),
            ("AIGW_ADMIN_TOKEN", ADMIN_TOKEN),
            ("AIGW_VIEWER_TOKEN", VIEWER_TOKEN),
        ];
        Self::start_with(directory, args, &env)
    }

    pub(crate) fn start_with(directory: &Path, args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut started = Self::start_unread(directory, args, env);
        let lines = Arc::clone(&started.log);
        let errors = started.child.stderr.take().expect("piped");
        thread::spawn(move || lines.collect(errors));
        assert!(
            started.greeting.contains(LAST_LINE),
            "did not start: {}",
            started.log.to_end()
        );
        started
    }

    /// Starts with a stderr that nobody reads.
    pub(crate) fn start_unread(directory: &Path, args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut all = vec!["serve"];
        for flag in ["--listen", "--admin-listen"] {
            if !args.contains(&flag) {
                all.extend([flag, "127.0.0.1:0"]);
            }
        }
        all.extend(args);
        let mut child = command(directory, &all, env)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let greeting = read_greeting(child.stdout.take().expect("piped"));
        Self {
            child,
            greeting,
            log: Arc::default(),
        }
    }

    /// The word after `label` in the greeting.
    pub(crate) fn shown(&self, label: &str) -> Option<&str> {
        self.greeting
            .lines()
            .find_map(|line| line.trim().strip_prefix(label)?.split_whitespace().next())
    }

    pub(crate) fn address(&self, label: &str) -> SocketAddr {
        let url = self.shown(label).expect("a URL");
        url.split_once("://")
            .expect("a scheme")
            .1
            .parse()
            .expect("an address")
    }

    pub(crate) async fn gateway(&self) -> Client {
        Client::connect(self.address("gateway"))
            .await
            .expect("connects")
    }

    pub(crate) async fn admin(&self) -> Client {
        Client::connect(self.address("admin"))
            .await
            .expect("connects")
    }

    /// Asks the demo model with the given headers.
    pub(crate) async fn ask(&self, headers: &[(&str, &str)]) -> Answer {
        let body = r#"{"model":"demo","messages":[{"role":"user","content":"Hello"}]}"#;
        self.gateway()
            .await
            .post("/v1/chat/completions", headers, body)
            .await
            .expect("an answer")
    }

    /// Waits until as many requests are being served. Needs public metrics.
    pub(crate) async fn wait_for_in_flight(&self, requests: usize) {
        self.wait_for_metric(&format!("aigw_requests_in_flight {requests}\n"))
            .await;
    }

    /// Waits until the metrics contain `text`. Needs public metrics.
    pub(crate) async fn wait_for_metric(&self, text: &str) {
        self.poll_admin("/metrics", |answer| answer.text().contains(text))
            .await;
    }

    pub(crate) async fn wait_until_not_ready(&self) {
        self.poll_admin("/-/ready", |answer| answer.status() == 503)
            .await;
    }

    async fn poll_admin(&self, path: &str, done: impl Fn(&Answer) -> bool) {
        let mut admin = self.admin().await;
        let reached = async { while !done(&admin.fetch(path, &[]).await.expect("an answer")) {} };
        tokio::time::timeout(PATIENCE, reached)
            .await
            .expect("never came");
    }

    pub(crate) fn log(&self) -> String {
        self.log.text.lock().expect("no panic").clone()
    }

    /// Waits until the log contains `text`.
    pub(crate) fn wait_for_log(&self, text: &str) {
        let log = self.log.text.lock().expect("no panic");
        let missing = |log: &mut String| !log.contains(text);
        let (log, waited) = self
            .log
            .grew
            .wait_timeout_while(log, PATIENCE, missing)
            .expect("no panic");
        assert!(!waited.timed_out(), "{text:?} is not in the log:\n{log}");
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -s {name} {}", self.child.id())])
            .status();
        assert!(sent.expect("a shell").success(), "the process is gone");
    }

    /// Waits for the end of the process.
    pub(crate) fn wait(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().expect("ends");
        (status, self.log.to_end())
    }

    /// Waits for the end of a process whose stderr nobody reads.
    pub(crate) fn wait_unread(mut self) -> ExitStatus {
        self.child.wait().expect("ends")
    }

    /// Ends it with SIGTERM.
    pub(crate) fn stop(self) -> String {
        self.signal("TERM");
        let (status, log) = self.wait();
        assert_eq!(status.code(), Some(0), "{log}");
        log
    }
}

impl Drop for Aigw {
    fn drop(&mut self) {
        // Already gone in most tests.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Lines {
    fn collect(&self, errors: impl Read) {
        for line in BufReader::new(errors).lines() {
            let Ok(line) = line else { break };
            let mut text = self.text.lock().expect("no panic");
            text.push_str(&line);
            text.push('\n');
            self.grew.notify_all();
        }
        self.text.lock().expect("no panic").push('\u{4}');
        self.grew.notify_all();
    }

    /// Everything, after the process has ended.
    fn to_end(&self) -> String {
        let text = self.text.lock().expect("no panic");
        let (text, waited) = self
            .grew
            .wait_timeout_while(text, PATIENCE, |text| !text.ends_with('\u{4}'))
            .expect("no panic");
        assert!(!waited.timed_out(), "stderr stays open:\n{text}");
        text.clone()
    }
}

fn read_greeting(out: impl Read) -> String {
    let mut text = String::new();
    for line in BufReader::new(out).lines().map_while(Result::ok) {
        text.push_str(&line);
        text.push('\n');
        if line == LAST_LINE {
            break;
        }
    }
    text
}
