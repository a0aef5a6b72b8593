use crate::support::{ADMIN_TOKEN, Aigw, CLIENT_KEY, VIEWER_TOKEN, directory};

async fn metrics(running: &Aigw, headers: &[(&str, &str)]) -> aigw_testkit::raw::Answer {
    running
        .admin()
        .await
        .fetch("/metrics", headers)
        .await
        .expect("an answer")
}

#[tokio::test]
async fn metrics_want_a_token_and_nothing_else_does() {
    let home = directory();
    let running = Aigw::start(home.path(), &[]);
    for path in ["/-/health", "/health", "/-/ready", "/ready"] {
        let answer = running
            .admin()
            .await
            .fetch(path, &[])
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
    for token in [ADMIN_TOKEN, VIEWER_TOKEN] {
        let answer = metrics(&running, &[("authorization", &format!("Bearer {token}"))]).await;
        assert_eq!(answer.status(), 200);
        assert!(
            answer.text().contains("aigw_requests_in_flight 0"),
            "{}",
            answer.text()
        );
    }
    let wrong = format!("Bearer {ADMIN_TOKEN}x");
    let client = format!("Bearer {CLIENT_KEY}");
    for headers in [
        vec![],
        vec![("authorization", &*wrong)],
        vec![("authorization", &client)],
        vec![("host", "127.0.0.1")],
    ] {
        let answer = metrics(&running, &headers).await;
        assert_eq!(answer.status(), 401, "{headers:?}");
        assert_eq!(
            answer.header("www-authenticate"),
            Some("Bearer realm=\"aigw\"")
        );
        assert_eq!(answer.json()["error"]["code"], "unauthorized");
    }
}

#[tokio::test]
async fn metrics_can_be_made_public() {
    let home = directory();
    let running = Aigw::start(home.path(), &["--metrics-public"]);
    assert_eq!(metrics(&running, &[]).await.status(), 200);
}

#[tokio::test]
async fn other_paths_and_methods_are_refused() {
    let home = directory();
    let running = Aigw::start(home.path(), &[]);
    let mut admin = running.admin().await;
    let answer = admin
        .fetch("/v1/models", &[("x-api-key", CLIENT_KEY)])
        .await
        .expect("an answer");
    assert_eq!(
        (answer.status(), answer.json()["error"]["code"].as_str()),
        (404, Some("not_found"))
    );
    let answer = admin.post("/metrics", &[], "{}").await.expect("an answer");
    assert_eq!(
        (answer.status(), answer.header("allow")),
        (405, Some("GET, HEAD"))
    );
}

#[tokio::test]
async fn finished_requests_are_counted_and_logged_without_secrets() {
    let home = directory();
    let running = Aigw::start(home.path(), &["--log-format", "json"]);
    let answer = running.ask(&[("x-api-key", CLIENT_KEY)]).await;
    let id = answer.header("x-request-id").expect("an id").to_owned();
    running.wait_for_log(&id);
    let text = metrics(
        &running,
        &[("authorization", &format!("Bearer {VIEWER_TOKEN}"))],
    )
    .await
    .text();
    assert!(
        text.contains(r#"aigw_requests_total{endpoint="chat_completions",provider="demo""#),
        "{text}"
    );
    let log = running.stop();
    assert!(log.contains(r#""key":"bootstrap""#), "{log}");
    assert!(
        !log.contains(CLIENT_KEY) && !log.contains(ADMIN_TOKEN),
        "{log}"
    );
    for line in log.lines().filter(|line| line.starts_with('{')) {
        assert!(line.ends_with('}'), "not one object a line: {line}");
    }
    assert_eq!(
        log.lines()
            .filter(|line| !line.starts_with('{'))
            .collect::<Vec<_>>(),
        ["\u{4}"]
    );
}

#[test]
fn the_admin_listener_can_be_off() {
    let home = directory();
    let running = Aigw::start(home.path(), &["--admin-listen", "off"]);
    assert_eq!(running.shown("admin"), Some("off"));
}

/// More lines than a pipe holds.
const REQUESTS: usize = 1000;

#[tokio::test]
async fn a_log_that_nobody_reads_stops_neither_requests_nor_metrics_nor_the_end() {
    let home = directory();
    let running = Aigw::start_unread(
        home.path(),
        &["--metrics-public"],
        &[("AIGW_CLIENT_KEY", CLIENT_KEY)],
    );
    let mut gateway = running.gateway().await;
    for _ in 0..REQUESTS {
        let answer = gateway
            .fetch("/v1/models", &[("x-api-key", CLIENT_KEY)])
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 200);
    }
    running.wait_for_metric(&format!("}} {REQUESTS}\n")).await;
    running.signal("TERM");
    assert_eq!(running.wait_unread().code(), Some(0));
}
