use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{Aigw, directory};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("exists").permissions().mode() & 0o777
}

#[tokio::test]
async fn works_with_nothing_configured_and_shows_credentials_once() {
    let home = directory();
    let data = home.path().join(".aigw");
    let first = Aigw::start_with(home.path(), &[], &[]);
    let key = first.shown("client key").expect("a client key").to_owned();
    let token = first
        .shown("admin token")
        .expect("an admin token")
        .to_owned();
    assert!(first.greeting.contains(&format!(
        "curl http://{}/v1/chat/completions",
        first.address("gateway")
    )));
    assert!(
        first
            .greeting
            .contains(&format!("authorization: Bearer {key}")),
        "{}",
        first.greeting
    );

    let answer = first
        .ask(&[("authorization", &format!("Bearer {key}"))])
        .await;
    assert_eq!(answer.status(), 200, "{}", answer.text());
    assert!(
        answer.json()["choices"][0]["message"]["content"].is_string(),
        "{}",
        answer.text()
    );

    assert_eq!(mode(&data), 0o700);
    for private in ["store.db", "master-key"] {
        assert_eq!(mode(&data.join(private)), 0o600, "{private}");
    }
    assert_eq!(mode(&data.join("admin-token")), 0o600);
    assert_eq!(
        fs::read_to_string(data.join("admin-token"))
            .expect("exists")
            .trim(),
        token
    );
    let secret = key.rsplit('-').next().expect("a secret");
    let log = first.stop();
    let kept = fs::read(data.join("store.db")).expect("exists");
    let kept = String::from_utf8_lossy(&kept);
    assert!(kept.contains("bootstrap"), "the key's name is kept");
    assert!(
        !kept.contains(secret) && !kept.contains(&token),
        "only hashes are kept"
    );
    assert!(!log.contains(secret) && !log.contains(&token), "{log}");

    let second = Aigw::start_with(home.path(), &[], &[]);
    assert_eq!(
        (second.shown("client key"), second.shown("admin token")),
        (None, None)
    );
    assert!(
        !second.greeting.contains(secret) && !second.greeting.contains(&token),
        "{}",
        second.greeting
    );
    assert_eq!(second.ask(&[("x-api-key", &key)]).await.status(), 200);
    let bearer = format!("Bearer {token}");
    let metrics = second
        .admin()
        .await
        .fetch("/metrics", &[("authorization", &bearer)])
        .await
        .expect("an answer");
    assert_eq!(metrics.status(), 200);
}

#[tokio::test]
async fn keys_found_in_the_environment_become_providers_by_reference() {
    let home = directory();
    let env = [
        ("OPENAI_API_KEY", "sk-test-openai"),
        ("ANTHROPIC_API_KEY", "sk-test-anthropic"),
        ("XAI_API_KEY", ""),
    ];
    let running = Aigw::start_with(home.path(), &[], &env);
    let starter = fs::read_to_string(home.path().join(".aigw/aigw.yaml")).expect("written");
    assert!(
        starter.contains("api_key: ${OPENAI_API_KEY}") && starter.contains("\"claude-*\""),
        "{starter}"
    );
    assert!(
        !starter.contains("sk-test") && !starter.contains("xai"),
        "{starter}"
    );
    let key = running
        .shown("client key")
        .expect("a client key")
        .to_owned();
    let models = running
        .gateway()
        .await
        .fetch("/v1/models", &[("x-api-key", &key)])
        .await
        .expect("an answer");
    assert!(models.text().contains("\"demo\""), "{}", models.text());
    assert!(!running.stop().contains("sk-test"));
}

#[test]
fn a_configuration_in_the_working_directory_goes_before_the_starter() {
    let home = directory();
    let text =
        "version: 1\nproviders: {d: {kind: demo}}\nmodels: {mine: {targets: [{provider: d}]}}\n";
    fs::write(home.path().join("aigw.yaml"), text).expect("writes");
    let running = Aigw::start_with(home.path(), &[], &[]);
    assert_eq!(running.shown("config"), Some("aigw.yaml"));
    assert!(
        !running.greeting.contains("curl"),
        "there is no demo model to ask: {}",
        running.greeting
    );
    assert!(!home.path().join(".aigw/aigw.yaml").exists());
}

#[tokio::test]
async fn credentials_from_the_environment_replace_generated_ones() {
    let home = directory();
    let first = Aigw::start_with(home.path(), &[], &[]);
    let key = first.shown("client key").expect("a client key").to_owned();
    first.stop();
    let second = Aigw::start(home.path(), &[]);
    assert_eq!(second.shown("client key"), None);
    assert_eq!(second.ask(&[("x-api-key", &key)]).await.status(), 401);
    assert_eq!(
        second
            .ask(&[("x-api-key", crate::support::CLIENT_KEY)])
            .await
            .status(),
        200
    );
}

#[tokio::test]
async fn credentials_may_come_from_files() {
    let home = directory();
    fs::write(home.path().join("key"), "client-key-in-a-file\n").expect("writes");
    fs::write(home.path().join("token"), "admin-token-in-a-file\n").expect("writes");
    let env = [
        ("AIGW_CLIENT_KEY_FILE", "key"),
        ("AIGW_ADMIN_TOKEN_FILE", "token"),
    ];
    let running = Aigw::start_with(home.path(), &["--listen", "0.0.0.0:0"], &env);
    assert_eq!(
        running
            .ask(&[("api-key", "client-key-in-a-file")])
            .await
            .status(),
        200
    );
    assert_eq!(
        (running.shown("client key"), running.shown("admin token")),
        (None, None)
    );
}
