//! The commands that ask a running gateway, against a real one.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::{ADMIN_TOKEN, Aigw, VIEWER_TOKEN, command, directory, run, stderr};

const CONFIG: &str = "version: 1\nproviders: {d: {kind: demo}}\nmodels: {demo: {targets: [{provider: d}]}, two: {targets: [{provider: d}]}}\n";
const CANARY: &str = "canary-of-a-sealed-secret";

/// A gateway and whoever administers it.
struct Site {
    home: tempfile::TempDir,
    running: Aigw,
    server: String,
}

impl Site {
    fn start() -> Self {
        let home = directory();
        let running = Aigw::start(home.path(), &[]);
        let server = format!("http://{}", running.address("admin"));
        Self {
            home,
            running,
            server,
        }
    }

    fn path(&self) -> &Path {
        self.home.path()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).expect("writes");
    }

    fn ask_as(&self, token: &str, args: &[&str]) -> Output {
        let env = [("AIGW_SERVER", &*self.server), ("AIGW_ADMIN_TOKEN", token)];
        run(self.path(), args, &env)
    }

    /// What a command prints that is expected to work.
    fn ask(&self, args: &[&str]) -> String {
        let output = self.ask_as(ADMIN_TOKEN, args);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{args:?}: {}",
            stderr(&output)
        );
        assert!(!stderr(&output).contains(CANARY), "{args:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    fn json(&self, args: &[&str]) -> Value {
        let text = self.ask(&[args, &["--format", "json"]].concat());
        serde_json::from_str(&text).expect("JSON")
    }

    fn pipe(&self, text: &str, args: &[&str]) -> String {
        let env = [
            ("AIGW_SERVER", &*self.server),
            ("AIGW_ADMIN_TOKEN", ADMIN_TOKEN),
        ];
        let mut child = command(self.path(), args, &env)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut stdin = child.stdin.take().expect("piped");
        stdin.write_all(text.as_bytes()).expect("writes");
        drop(stdin);
        let output = child.wait_with_output().expect("ends");
        assert_eq!(
            output.status.code(),
            Some(0),
            "{args:?}: {}",
            stderr(&output)
        );
        String::from_utf8(output.stdout).expect("text")
    }

    async fn status_of(&self, key: &str) -> u16 {
        let key = format!("Bearer {key}");
        self.running.ask(&[("authorization", &key)]).await.status()
    }
}

#[test]
fn a_configuration_is_compared_published_and_taken_back() {
    let site = Site::start();
    site.write("a.yaml", CONFIG);
    assert!(
        site.ask(&["config", "diff", "a.yaml"])
            .contains("+ model two added")
    );
    let preview = site.json(&["config", "preview", "a.yaml", "--on-server"]);
    assert_eq!(preview["valid"], true);
    let publish = [
        "config",
        "publish",
        "a.yaml",
        "-m",
        "two, \"models\"",
        "--base",
        "1",
    ];
    assert_eq!(site.ask(&publish), "revision 2 is live (publication 2)\n");
    assert_eq!(site.ask(&["config", "show"]), CONFIG);
    assert!(
        site.ask(&["explain", "--model", "two"])
            .contains("two at revision 2")
    );

    let lost = site.ask_as(ADMIN_TOKEN, &publish);
    assert_eq!(lost.status.code(), Some(1));
    for part in [
        "live:\nrevision  2",
        "what changed since revision 1",
        "--base 2",
    ] {
        assert!(stderr(&lost).contains(part), "{part}: {}", stderr(&lost));
    }

    site.ask(&["config", "rollback", "1", "-m", "back"]);
    let gone = site.ask_as(ADMIN_TOKEN, &["explain", "--model", "two"]);
    assert_eq!(gone.status.code(), Some(1), "{}", stderr(&gone));
    let history = site.ask(&["config", "history", "--format", "csv"]);
    let states: Vec<_> = history
        .lines()
        .skip(1)
        .map(|line| line.split(',').take(4).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        states,
        [
            "3 1 live rollback",
            "2 2 superseded publish",
            "1 1 superseded bootstrap"
        ]
    );
    assert!(history.contains("\"two, \"\"models\"\"\""), "{history}");
    assert!(
        site.ask(&["audit", "verify"])
            .starts_with("the audit is in order")
    );
}

#[test]
fn an_invalid_document_is_exit_2_with_its_place_and_nothing_changes() {
    let site = Site::start();
    site.write("bad.yaml", "version: 1\nproviders: {d: {kind: demmo}}\n");
    let output = site.ask_as(ADMIN_TOKEN, &["config", "publish", "bad.yaml", "-m", "no"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("bad.yaml:2:23: error[unknown_name]"),
        "{}",
        stderr(&output)
    );
    assert_eq!(site.json(&["status"])["live"]["revision"], 1);
}

#[test]
fn a_viewer_reads_and_is_refused_every_change_with_exit_4() {
    let site = Site::start();
    site.write("a.yaml", CONFIG);
    for args in [
        &["status"][..],
        &["config", "diff", "a.yaml"],
        &["keys", "list"],
        &["audit"],
    ] {
        let output = site.ask_as(VIEWER_TOKEN, args);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{args:?}: {}",
            stderr(&output)
        );
    }
    for args in [
        &["config", "publish", "a.yaml", "-m", "no"][..],
        &["config", "rollback", "1", "-m", "no"],
        &["keys", "create", "no"],
        &["secrets", "remove", "no"],
    ] {
        let output = site.ask_as(VIEWER_TOKEN, args);
        assert_eq!(
            output.status.code(),
            Some(4),
            "{args:?}: {}",
            stderr(&output)
        );
    }
    let denied = site.ask(&["audit", "--failed", "--format", "csv"]);
    assert!(denied.lines().count() > 1, "{denied}");
}

#[tokio::test]
async fn a_key_opens_the_gateway_until_it_is_revoked() {
    let site = Site::start();
    let made = site.json(&[
        "keys",
        "create",
        "team",
        "--model",
        "demo",
        "--expires",
        "1d",
    ]);
    let first = made["secret"].as_str().expect("a text").to_owned();
    assert_eq!(site.status_of(&first).await, 200);
    let changed = site.json(&["keys", "update", "team", "--tag", "x", "--clear", "expires"]);
    assert_eq!(
        (&changed["tags"][0], &changed["expires_at"]),
        (&"x".into(), &Value::Null)
    );
    let text = site.ask(&["keys", "rotate", "team", "--grace", "1h"]);
    let second = text.lines().next().expect("a line").to_owned();
    assert_eq!(
        [site.status_of(&first).await, site.status_of(&second).await],
        [200, 200]
    );
    site.ask(&["keys", "revoke", "team"]);
    let refused = async {
        while site.status_of(&first).await != 401 || site.status_of(&second).await != 401 {}
    };
    let in_time = tokio::time::timeout(Duration::from_secs(10), refused).await;
    assert!(in_time.is_ok(), "a revoked key still opens the gateway");
    let listed = site.ask(&["keys", "list", "--format", "csv"]);
    assert!(
        listed.contains(",team,") && !listed.contains(&second),
        "{listed}"
    );
}

#[test]
fn a_sealed_secret_is_used_and_never_shown() {
    let site = Site::start();
    let set = site.pipe(&format!("{CANARY}\n"), &["secrets", "set", "s"]);
    assert_eq!(set, "secret s is sealed, version 1\n");
    site.write(
        "a.yaml",
        "version: 1\nproviders: {d: {kind: demo, api_key: '${secret:s}'}}\nmodels: {demo: {targets: [{provider: d}]}}\n",
    );
    site.ask(&["config", "publish", "a.yaml", "-m", "sealed"]);
    let set = site.pipe(&format!("{CANARY}-2\n"), &["secrets", "set", "s"]);
    assert_eq!(
        set,
        "secret s is sealed, version 2; revision 3 is live with it\n"
    );
    for args in [
        &["secrets", "list"][..],
        &["config", "show"],
        &["config", "preview"],
        &["config", "diff", "--from", "2", "--to", "3"],
        &["config", "history", "--revisions"],
        &["audit"],
        &["status"],
        &["providers", "list"],
    ] {
        for format in ["text", "json", "csv"] {
            let text = site.ask(&[args, &["--format", format]].concat());
            assert!(
                !text.is_empty() && !text.contains(CANARY),
                "{args:?} {format}: {text}"
            );
        }
    }
    let used = site.ask_as(ADMIN_TOKEN, &["secrets", "remove", "s"]);
    assert_eq!(used.status.code(), Some(1), "{}", stderr(&used));
    assert!(!site.running.stop().contains(CANARY));
}
