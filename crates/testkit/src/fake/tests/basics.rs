use std::time::Duration;

use super::{DIALECTS, ask, body, client};
use crate::raw::{Client, End, exchange, request};
use crate::{Content, FakeUpstream, Scenario};

#[tokio::test]
async fn records_what_arrived_in_order_and_spelling() {
    let upstream = FakeUpstream::start().await;
    let headers = [("X-Second", "2"), ("a-first", "1"), ("X-Second", "3")];
    let answer = client(&upstream)
        .await
        .post(
            "/x/v1/chat/completions?y=1",
            &headers,
            body("one/text", false),
        )
        .await
        .unwrap();
    let seen = upstream.last_request().unwrap();
    assert_eq!(
        (seen.method.as_str(), seen.path.as_str()),
        ("POST", "/x/v1/chat/completions?y=1")
    );
    let names: Vec<_> = seen
        .headers
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(names[1..4], ["X-Second=2", "a-first=1", "X-Second=3"]);
    assert_eq!(
        (seen.model().as_str(), seen.body.as_ref()),
        ("one/text", body("one/text", false).as_bytes())
    );
    assert_eq!(
        answer.header("x-request-id"),
        Some(seen.request_id.as_str())
    );
}

#[tokio::test]
async fn a_connection_serves_many_requests_of_every_framing() {
    let upstream = FakeUpstream::start().await;
    let mut client = client(&upstream).await;
    let text = body("text", false);
    let chunked = format!(
        "POST /v1/responses HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{}\r\n{:x};e=1\r\n{}\r\n0\r\n\r\n",
        10,
        &text[..10],
        text.len() - 10,
        &text[10..]
    );
    for _ in 0..2 {
        assert_eq!(
            client
                .post("/v1/chat/completions", &[], &text)
                .await
                .unwrap()
                .status(),
            200
        );
        client.write(chunked.as_bytes()).await.unwrap();
        assert_eq!(client.answer().await.unwrap().json()["object"], "response");
    }
    assert_eq!((upstream.count(), upstream.connections()), (4, 1));
    assert_eq!(upstream.requests()[1].body, text.as_bytes());
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let upstream = FakeUpstream::start().await;
    let mut both = request(
        "POST",
        "/v1/messages",
        "x",
        &[],
        body("a/text", false).as_bytes(),
    );
    both.extend(request(
        "POST",
        "/v1/messages",
        "x",
        &[],
        body("b/text", false).as_bytes(),
    ));
    let mut client = client(&upstream).await;
    client.write(&both).await.unwrap();
    assert_eq!(client.answer().await.unwrap().json()["model"], "a/text");
    assert_eq!(client.answer().await.unwrap().json()["model"], "b/text");
}

#[tokio::test]
async fn expect_continue_is_answered_before_the_body() {
    let upstream = FakeUpstream::start().await;
    let text = body("text", false);
    let mut client = client(&upstream).await;
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        text.len()
    );
    let shown = exchange(upstream.addr(), head.as_bytes(), Duration::from_millis(100))
        .await
        .unwrap();
    assert_eq!(shown.text(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.write(head.as_bytes()).await.unwrap();
    client.write(text.as_bytes()).await.unwrap();
    assert_eq!(client.answer().await.unwrap().status(), 200);
}

#[tokio::test]
async fn the_script_goes_first_then_keys_then_always_then_the_model() {
    let upstream = FakeUpstream::start().await;
    upstream.script(["status-429-after-2", "text"]);
    upstream.on_key("sk-bad", "status-401");
    let status = async |key: &str| {
        let answer = client(&upstream)
            .await
            .post(DIALECTS[0], &[("authorization", key)], body("text", false))
            .await;
        answer.unwrap().status()
    };
    assert_eq!(status("Bearer sk-good").await, 429);
    assert_eq!(upstream.script_left(), 1);
    assert_eq!(status("Bearer sk-bad").await, 200);
    assert_eq!(status("Bearer sk-bad").await, 401);
    assert_eq!(status("Bearer sk-good").await, 200);
    upstream.always(Some(Scenario::from("status-503")));
    assert_eq!(status("Bearer sk-good").await, 503);
    upstream.clear();
    assert_eq!(status("Bearer sk-bad").await, 200);
    assert_eq!(upstream.count(), 1);
}

#[tokio::test]
async fn model_lists_leave_the_script_alone() {
    let upstream = FakeUpstream::start().await;
    upstream.script([Scenario::new(Content::Tools)]);
    let list = client(&upstream)
        .await
        .fetch("/v1/models", &[])
        .await
        .unwrap();
    assert_eq!((list.status(), upstream.script_left()), (200, 1));
}

#[tokio::test]
async fn nothing_is_kept_when_recording_is_off_but_counted() {
    let upstream = FakeUpstream::start().await;
    upstream.record(false);
    assert_eq!(ask(&upstream, DIALECTS[0], "text").await.status(), 200);
    assert_eq!((upstream.requests().len(), upstream.count()), (0, 1));
}

#[tokio::test]
async fn the_same_request_is_answered_with_a_new_id_and_another_with_its_own_answer() {
    let upstream = FakeUpstream::start().await;
    let mut client = client(&upstream).await;
    let first = client
        .post(DIALECTS[1], &[], body("one/text", false))
        .await
        .unwrap();
    let again = client
        .post(DIALECTS[1], &[], body("one/text", false))
        .await
        .unwrap();
    let other = client
        .post(DIALECTS[1], &[], body("two/text", false))
        .await
        .unwrap();
    let ids =
        [&first, &again, &other].map(|answer| answer.header("x-request-id").unwrap().to_owned());
    assert_eq!(
        ids,
        [
            "req_fake_0000000000000001",
            "req_fake_0000000000000002",
            "req_fake_0000000000000003"
        ]
    );
    assert_eq!(
        (first.body == again.body, first.body == other.body),
        (true, false)
    );
}

#[tokio::test]
async fn a_peer_that_leaves_mid_stream_is_counted_and_a_patient_one_is_not() {
    let upstream = FakeUpstream::start().await;
    for (number, model) in (1..).zip([
        "events-1000+drip-20ms",
        "silence",
        "text+slow-first-byte-9000ms",
        "stall-after-1",
    ]) {
        let mut client = client(&upstream).await;
        client
            .send("POST", DIALECTS[2], &[], body(model, true).as_bytes())
            .await
            .unwrap();
        assert!(upstream.wait_requests(number).await);
        drop(client);
        assert!(upstream.wait_cancelled(number).await, "{model}");
    }
    assert_eq!(ask(&upstream, DIALECTS[0], "text").await.status(), 200);
    assert_eq!(upstream.cancelled(), 4);
}

#[tokio::test]
async fn stopping_closes_connections_and_refuses_new_ones() {
    let upstream = FakeUpstream::start().await;
    let addr = upstream.addr();
    let mut idle = client(&upstream).await;
    assert_eq!(
        idle.post(DIALECTS[0], &[], body("text", false))
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(upstream.open_connections(), 1);
    upstream.stop().await;
    assert_ne!(idle.closed().await.unwrap(), End::Quiet);
    assert_eq!(
        Client::connect(addr).await.unwrap_err().kind(),
        std::io::ErrorKind::ConnectionRefused
    );
    let again = FakeUpstream::builder().addr(addr).start().await.unwrap();
    assert_eq!(ask(&again, DIALECTS[0], "text").await.status(), 200);
}

#[tokio::test]
async fn a_refusing_address_refuses() {
    let refusing = FakeUpstream::refusing().unwrap();
    let refused = Client::connect(refusing.addr()).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_hook_sits_between_and_resets_still_reach_the_socket() {
    let builder = FakeUpstream::builder()
        .name("hooked")
        .accept(|tcp| async { Ok(tokio::io::BufStream::new(tcp)) });
    let upstream = builder.start().await.unwrap();
    assert!(
        ask(&upstream, DIALECTS[0], "text")
            .await
            .text()
            .contains("fake upstream hooked")
    );
    let bytes = request(
        "POST",
        DIALECTS[0],
        "x",
        &[],
        body("reset", true).as_bytes(),
    );
    let ended = exchange(upstream.addr(), &bytes, Duration::from_secs(5))
        .await
        .unwrap();
    assert_eq!((ended.end, ended.received.len()), (End::Reset, 0));
}

#[tokio::test]
async fn what_cannot_be_answered_says_so() {
    let upstream = FakeUpstream::start().await;
    let mut client = client(&upstream).await;
    let cases = [
        ("POST", "/v1/nothing", "{}", 404),
        ("GET", "/v1/messages", "", 405),
        ("POST", "/v1/messages", "{\"model\":", 400),
        ("POST", "/v1/messages", "{\"no\":1}", 400),
        (
            "POST",
            "/v1/messages",
            "{\"model\":\"text+cut-afer-3\"}",
            400,
        ),
    ];
    for (method, path, text, status) in cases {
        client
            .send(method, path, &[], text.as_bytes())
            .await
            .unwrap();
        let answer = client.answer().await.unwrap();
        assert_eq!(answer.status(), status, "{method} {path} {text}");
        assert!(
            answer.json()["error"]["message"].is_string(),
            "{}",
            answer.text()
        );
    }
}
