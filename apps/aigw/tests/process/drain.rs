use aigw_testkit::raw::Client;

use crate::support::{Aigw, CLIENT_KEY, directory};

const BODY: &str = r#"{"model":"demo","messages":[{"role":"user","content":"Hello"}]}"#;

/// A request whose body is still to come, of which the gateway has begun to read.
async fn begin(running: &Aigw) -> Client {
    let mut client = running.gateway().await;
    let length = BODY.len();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nx-api-key: {CLIENT_KEY}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\nexpect: 100-continue\r\n\r\n"
    );
    client.write(head.as_bytes()).await.expect("sends");
    running.wait_for_in_flight(1).await;
    client
}

#[tokio::test]
async fn requests_in_flight_finish_and_readiness_says_so() {
    let home = directory();
    let running = Aigw::start(home.path(), &["--metrics-public"]);
    let mut client = begin(&running).await;
    running.signal("TERM");
    running.wait_until_not_ready().await;
    Client::connect(running.address("gateway"))
        .await
        .expect_err("no longer listens");
    client.write(BODY.as_bytes()).await.expect("sends");
    let answer = client.answer().await.expect("an answer");
    assert_eq!(answer.status(), 200, "{}", answer.text());
    assert_eq!(answer.header("connection"), Some("close"));
    let id = answer.header("x-request-id").expect("an id").to_owned();
    drop(client);
    let (status, log) = running.wait();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains(&id), "the record is flushed: {log}");
    assert!(log.contains("finished=1 cut=0"), "{log}");
}

#[tokio::test]
async fn what_does_not_finish_in_time_is_cut() {
    let home = directory();
    let running = Aigw::start(
        home.path(),
        &["--metrics-public", "--drain-timeout", "50ms"],
    );
    let _client = begin(&running).await;
    running.signal("INT");
    let (status, log) = running.wait();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("finished=0 cut=1"), "{log}");
}

#[tokio::test]
async fn a_second_signal_ends_at_once() {
    let home = directory();
    let running = Aigw::start(home.path(), &["--metrics-public"]);
    let _client = begin(&running).await;
    running.signal("TERM");
    running.wait_until_not_ready().await;
    running.signal("INT");
    assert_eq!(running.wait().0.code(), Some(130));
}
