use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use aigw_store::{OpenOptions, Store};

use crate::support::{ADMIN_TOKEN, Aigw, CLIENT_KEY, directory, run, stderr};

const PUBLISH: [&str; 4] = ["--config", "aigw.yaml", "--on-file-change", "publish"];

fn write(home: &Path, text: &str) {
    let half = home.join("half");
    fs::write(&half, text).expect("writes");
    fs::rename(half, home.join("aigw.yaml")).expect("replaces");
}

/// A document that differs from that of every other number.
fn numbered(number: usize) -> String {
    format!(
        "version: 1\nproviders: {{d: {{kind: demo}}}}\nmodels: {{demo: {{targets: [{{provider: d}}], aliases: [n{number}]}}}}\n"
    )
}

async fn revision(running: &Aigw) -> String {
    let answer = running.ask(&[("x-api-key", CLIENT_KEY)]).await;
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let revision = answer.header("x-aigw-revision");
    revision.expect("a revision").to_owned()
}

/// Publishes `number` and waits until it is live.
fn publish(home: &Path, running: &Aigw, number: usize) {
    write(home, &numbered(number));
    running.signal("HUP");
    running.wait_for_log(&format!("configuration published revision={number} "));
}

fn damage_store(home: &Path) {
    for name in ["store.db-wal", "store.db-shm"] {
        let _ = fs::remove_file(home.join(".aigw").join(name));
    }
    fs::write(home.join(".aigw/store.db"), "this is no database").expect("writes");
}

fn last_good(home: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(home.join(".aigw/last-good")).expect("is there");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("readable").path())
        .collect();
    paths.sort();
    paths
}

#[tokio::test]
async fn without_the_store_a_start_serves_what_was_live_last() {
    let home = directory();
    write(home.path(), &numbered(1));
    let running = Aigw::start(home.path(), &PUBLISH);
    publish(home.path(), &running, 2);
    running.stop();
    damage_store(home.path());
    let running = Aigw::start(home.path(), &PUBLISH);
    assert!(
        running.greeting.contains("last known good"),
        "{}",
        running.greeting
    );
    running.wait_for_log("the store cannot be used");
    assert_eq!(revision(&running).await, "2");
    let wrong = running.ask(&[("x-api-key", "some-other-client-key")]).await;
    assert_eq!(wrong.status(), 401, "{}", wrong.text());
    running.stop();

    let newest = last_good(home.path()).pop().expect("kept");
    fs::write(&newest, "damaged").expect("writes");
    let running = Aigw::start(home.path(), &PUBLISH);
    running.wait_for_log("its checksum does not fit");
    assert_eq!(revision(&running).await, "1");
    running.stop();

    for file in last_good(home.path()) {
        fs::write(file, "damaged").expect("writes");
    }
    let output = run(home.path(), &["serve", "--listen", "127.0.0.1:0"], &[]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("the store is damaged"),
        "{}",
        stderr(&output)
    );
}

#[tokio::test]
async fn a_reference_with_another_value_is_another_revision_and_a_missing_one_ends_the_start() {
    let home = directory();
    let text = numbered(1).replace(
        "{d: {kind: demo}}",
        "{d: {kind: demo}, o: {kind: openai, api_key: \"${UPSTREAM}\"}}",
    );
    write(home.path(), &text);
    let start = |value: &str| {
        let env = [
            ("UPSTREAM", value),
            ("AIGW_CLIENT_KEY", CLIENT_KEY),
            ("AIGW_ADMIN_TOKEN", ADMIN_TOKEN),
        ];
        Aigw::start_with(home.path(), &PUBLISH, &env)
    };
    for (value, expected) in [
        ("sk-one", "1"),
        ("sk-two", "2"),
        ("sk-two", "2"),
        ("sk-one", "1"),
    ] {
        let running = start(value);
        assert_eq!(revision(&running).await, expected, "{value}");
        running.stop();
    }
    let output = run(home.path(), &["serve", "--listen", "127.0.0.1:0"], &[]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("revision 1 is live") && said.contains("`UPSTREAM` is not set"),
        "{said}"
    );
}

#[tokio::test]
async fn an_edit_made_while_nothing_ran_is_seen_at_the_next_start() {
    let home = directory();
    write(home.path(), &numbered(1));
    Aigw::start(home.path(), &["--config", "aigw.yaml"]).stop();
    write(home.path(), &numbered(2));
    let drafting = Aigw::start(home.path(), &["--config", "aigw.yaml"]);
    drafting.wait_for_log("changed and is valid, but not live");
    assert!(
        drafting.greeting.contains("says something else"),
        "{}",
        drafting.greeting
    );
    assert_eq!(revision(&drafting).await, "1");
    drafting.stop();
    write(home.path(), &numbered(3));
    let publishing = Aigw::start(home.path(), &PUBLISH);
    assert_eq!(revision(&publishing).await, "2");
}

#[tokio::test]
async fn after_a_kill_in_the_middle_of_publishing_the_ledger_says_what_is_served() {
    let home = directory();
    write(home.path(), &numbered(1));
    for (round, step) in [
        "begun",
        "old superseded",
        "new live",
        "before commit",
        "committed",
    ]
    .into_iter()
    .enumerate()
    {
        let mut args = PUBLISH.to_vec();
        args.extend(["--log-level", "info,aigw_store::step=trace"]);
        let running = Aigw::start(home.path(), &args);
        let before: i64 = revision(&running).await.parse().expect("a number");
        write(home.path(), &numbered(round + 2));
        running.signal("HUP");
        // Of the start's own steps there are some already: the kill comes wherever the publication is by now.
        running.wait_for_log(step);
        running.signal("KILL");
        drop(running);
        let url = home.path().join(".aigw/store.db");
        let url = url.to_str().expect("text").parse().expect("a store");
        let store = Store::open(&url, &OpenOptions::new("test"))
            .await
            .expect("opens");
        let live = store
            .live()
            .await
            .expect("answers")
            .expect("something is live");
        store.verify_audit().await.expect("the chain holds");
        let served = store.revision(live.revision).await.expect("is stored");
        store.close().await;
        let is_new = served.text == numbered(round + 2);
        assert!(is_new || live.revision.0 == before, "{step}: {live:?}");
        // With the file left alone, the restart serves what the ledger says.
        let running = Aigw::start(
            home.path(),
            &["--config", "aigw.yaml", "--on-file-change", "ignore"],
        );
        assert_eq!(
            revision(&running).await,
            live.revision.0.to_string(),
            "{step}"
        );
        running.stop();
    }
}

#[test]
fn two_hundred_publications_under_load_lose_no_request() {
    let home = directory();
    write(home.path(), &numbered(1));
    let running = Aigw::start(
        home.path(),
        &["--config", "aigw.yaml", "--log-level", "info,request=off"],
    );
    let done = AtomicBool::new(false);
    let load = async {
        let mut client = running.gateway().await;
        let body = r#"{"model":"demo","messages":[{"role":"user","content":"Hello"}]}"#;
        let (mut served, mut newest) = (0_u32, 0_usize);
        while !done.load(Ordering::Relaxed) {
            let answer = client
                .post("/v1/chat/completions", &[("x-api-key", CLIENT_KEY)], body)
                .await
                .expect("an answer");
            assert_eq!(answer.status(), 200, "{}", answer.text());
            let revision = answer.header("x-aigw-revision").expect("a revision");
            let revision = revision.parse().expect("a number");
            assert!(revision >= newest, "revision {revision} after {newest}");
            newest = revision;
            served += 1;
        }
        served
    };
    let publications = || {
        for number in 2..=201 {
            publish(home.path(), &running, number);
        }
        done.store(true, Ordering::Relaxed);
    };
    let served = std::thread::scope(|scope| {
        scope.spawn(publications);
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(load)
    });
    assert!(served > 0);
}

#[tokio::test]
async fn a_gateway_serves_what_a_control_process_publishes() {
    let home = directory();
    write(home.path(), &numbered(1));
    let env = [
        ("AIGW_CLIENT_KEY", CLIENT_KEY),
        ("AIGW_ADMIN_TOKEN", ADMIN_TOKEN),
    ];
    let mut args = PUBLISH.to_vec();
    args.extend(["--role", "control"]);
    let control = Aigw::start_with(home.path(), &args, &env);
    assert_eq!(control.shown("gateway"), Some("off"));
    let gateway = Aigw::start_with(home.path(), &["--role", "gateway"], &env);
    assert_eq!(revision(&gateway).await, "1");
    write(home.path(), &numbered(2));
    control.wait_for_log("configuration published");
    gateway.wait_for_log("following a publication");
    assert_eq!(revision(&gateway).await, "2");
}

#[test]
fn one_data_directory_is_for_one_process() {
    let home = directory();
    let running = Aigw::start(home.path(), &[]);
    let output = run(home.path(), &["serve", "--listen", "127.0.0.1:0"], &[]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("uses this data directory"),
        "{}",
        stderr(&output)
    );
    running.stop();
}

#[tokio::test]
async fn credentials_of_a_version_without_a_store_stay_good() {
    let home = directory();
    let data = home.path().join(".aigw");
    fs::create_dir(&data).expect("creates");
    let hash = crate::support::hash_under_zeros(CLIENT_KEY);
    let admin = crate::support::hash_under_zeros(ADMIN_TOKEN);
    let zeros = "0".repeat(64);
    let file = format!(
        "{{\"version\":1,\"pepper\":\"{zeros}\",\"admin\":\"{admin}\",\"clients\":[{{\"name\":\"bootstrap\",\"id\":null,\"hash\":\"{hash}\"}}]}}"
    );
    fs::write(data.join("keys.json"), file).expect("writes");
    let running = Aigw::start_with(home.path(), &[], &[]);
    assert_eq!(
        (running.shown("client key"), running.shown("admin token")),
        (None, None)
    );
    assert_eq!(
        running.ask(&[("x-api-key", CLIENT_KEY)]).await.status(),
        200
    );
    let bearer = format!("Bearer {ADMIN_TOKEN}");
    let mut admin = running.admin().await;
    let metrics = admin.fetch("/metrics", &[("authorization", &bearer)]).await;
    assert_eq!(metrics.expect("an answer").status(), 200);
    assert!(!data.join("keys.json").exists() && data.join("keys.json.migrated").exists());
}

#[tokio::test]
async fn what_the_admin_api_publishes_is_served_and_the_gateway_role_has_no_api() {
    let home = directory();
    write(home.path(), &numbered(1));
    let env = [
        ("AIGW_CLIENT_KEY", CLIENT_KEY),
        ("AIGW_ADMIN_TOKEN", ADMIN_TOKEN),
    ];
    let control = Aigw::start_with(home.path(), &["--role", "control"], &env);
    let gateway = Aigw::start_with(home.path(), &["--role", "gateway"], &env);
    let bearer = format!("Bearer {ADMIN_TOKEN}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    let escaped = numbered(2).replace('"', "\\\"").replace('\n', "\\n");
    let body = format!("{{\"config\":\"{escaped}\",\"note\":\"by a test\"}}");
    let mut admin = control.admin().await;
    let path = "/api/admin/config/publish";
    let answer = admin
        .post(path, &headers, body.as_str())
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200, "{}", answer.text());
    gateway.wait_for_log("following a publication");
    assert_eq!(revision(&gateway).await, "2");
    let mut other = gateway.admin().await;
    let absent = other.fetch("/api/admin/status", &headers).await;
    assert_eq!(absent.expect("an answer").status(), 404);
}
