use std::fs;
use std::path::Path;

use crate::support::{Aigw, CLIENT_KEY, directory};

const VALID: &str =
    "version: 1\nproviders: {d: {kind: demo}}\nmodels: {demo: {targets: [{provider: d}]}}\n";
const RENAMED: &str = "version: 1\nproviders: {d: {kind: demo}}\nmodels: {other: {targets: [{provider: d}], aliases: [demo]}}\n";
const BROKEN: &str =
    "version: 1\nproviders: {d: {kind: demo}}\nmodels: {demo: {targets: [{provider: nobody}]}}\n";

fn start(home: &Path, mode: &str) -> Aigw {
    write(home, VALID);
    let args = [
        "--config",
        "aigw.yaml",
        "--on-file-change",
        mode,
        "--data-dir",
        mode,
    ];
    Aigw::start(home, &args)
}

fn write(home: &Path, text: &str) {
    let half = home.join("half");
    fs::write(&half, text).expect("writes");
    fs::rename(half, home.join("aigw.yaml")).expect("replaces");
}

async fn revision(running: &Aigw) -> String {
    let answer = running.ask(&[("x-api-key", CLIENT_KEY)]).await;
    assert_eq!(answer.status(), 200, "{}", answer.text());
    answer
        .header("x-aigw-revision")
        .expect("a revision")
        .to_owned()
}

#[tokio::test]
async fn publish_serves_valid_files_and_keeps_the_old_on_problems() {
    let home = directory();
    let running = start(home.path(), "publish");
    assert_eq!(revision(&running).await, "1");
    write(home.path(), BROKEN);
    running.wait_for_log("the old one stays live");
    assert!(running.log().contains("aigw.yaml:3:"), "{}", running.log());
    assert_eq!(revision(&running).await, "1");
    write(home.path(), RENAMED);
    running.wait_for_log("configuration published");
    assert_eq!(revision(&running).await, "2");
}

#[tokio::test]
async fn draft_only_reports_until_sighup() {
    let home = directory();
    let running = start(home.path(), "draft");
    write(home.path(), RENAMED);
    running.wait_for_log("changed and is valid, but not live");
    assert_eq!(revision(&running).await, "1");
    running.signal("HUP");
    running.wait_for_log("configuration published");
    assert_eq!(revision(&running).await, "2");
    running.signal("HUP");
    running.wait_for_log("says what is live already");
    assert_eq!(revision(&running).await, "2");
}

#[tokio::test]
async fn ignore_does_nothing_until_sighup() {
    let home = directory();
    let running = start(home.path(), "ignore");
    // Another gateway looks at the same file every second: when it has seen two changes, this one would have seen one.
    let witness = start(home.path(), "draft");
    write(home.path(), BROKEN);
    witness.wait_for_log("the old one stays live");
    write(home.path(), RENAMED);
    witness.wait_for_log("changed and is valid, but not live");
    assert_eq!(running.log(), "");
    assert_eq!(revision(&running).await, "1");
    running.signal("HUP");
    running.wait_for_log("configuration published");
    assert_eq!(revision(&running).await, "2");
}
