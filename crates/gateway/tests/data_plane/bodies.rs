//! Bodies that are refused: what is not one JSON object with one model, what is too large, what is coded otherwise.

use aigw_testkit::FakeUpstream;

use crate::harness::{AUTH, DIALECTS, World, one_model, refusal, refused, request};

#[tokio::test]
async fn bad_bodies_are_400_and_say_why() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&one_model("*", &upstream.base_url(), "text"));
    let deep = format!(
        r#"{{"model":"m","x":{}{}}}"#,
        "[".repeat(5000),
        "]".repeat(5000)
    );
    let many = format!(
        r#"{{"model":"m"{}}}"#,
        (0..5000).fold(String::new(), |all, n| all + &format!(r#","k{n}":1"#))
    );
    let cases: [(&[u8], &str); 29] = [
        (b"", "invalid_json"),
        (b" \n", "invalid_json"),
        (b"null", "invalid_json"),
        (b"[]", "invalid_json"),
        (b"\"model\"", "invalid_json"),
        (b"{", "invalid_json"),
        (b"{\"model\":\"m\"", "invalid_json"),
        (b"{\"model\":\"m\"} x", "invalid_json"),
        (b"{\"model\":\"m\"}{\"model\":\"m\"}", "invalid_json"),
        (b"{\"model\":\"m\",}", "invalid_json"),
        (b"{'model':'m'}", "invalid_json"),
        (b"{\"model\":\"m\",\"x\":01}", "invalid_json"),
        (b"{\"model\":\"m\",\"x\":NaN}", "invalid_json"),
        (b"{\"model\":\"m\",\"x\":\"a\nb\"}", "invalid_json"),
        (b"{\"model\":\"m\",\"x\":\"\\x\"}", "invalid_json"),
        (b"\xef\xbb\xbf{\"model\":\"m\"}", "invalid_json"),
        (b"\xff\xfe{\0\"\0", "invalid_json"),
        (b"{\"model\":\"m\",\"x\":\"\xc3\x28\"}", "invalid_json"),
        (b"{\"model\":\"m\",\"x\":\"\xed\xa0\x80\"}", "invalid_json"),
        (deep.as_bytes(), "invalid_json"),
        (many.as_bytes(), "invalid_json"),
        (b"{}", "missing_model"),
        (b"{\"Model\":\"m\"}", "missing_model"),
        (b"{\"x\":{\"model\":\"m\"}}", "missing_model"),
        (b"{\"model\":7}", "invalid_model"),
        (b"{\"model\":null}", "invalid_model"),
        (b"{\"model\":\"\"}", "invalid_model"),
        (b"{\"model\":\"\\ud800\"}", "invalid_model"),
        (b"{\"model\":\"m\",\"stream\":\"yes\"}", "invalid_parameter"),
    ];
    for dialect in DIALECTS {
        let (path, _) = request(dialect, "m", false);
        for (body, code) in cases {
            let answer = world
                .client()
                .await
                .post(path, &[AUTH], body)
                .await
                .unwrap();
            assert_eq!(
                refusal(dialect, &answer),
                refused(400, code),
                "{}",
                String::from_utf8_lossy(&body[..body.len().min(80)])
            );
        }
    }
    assert_eq!(upstream.count(), 0);
}

#[tokio::test]
async fn a_second_model_in_any_spelling_is_400() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&one_model("*", &upstream.base_url(), "text"));
    for body in [
        r#"{"model":"a","model":"b"}"#,
        r#"{"model":"a","model":"a"}"#,
        r#"{"model":"a","\u006dodel":"b"}"#,
        r#"{"\u006Dode\u006c":"a","model":"b"}"#,
        r#"{"model":"a","Model":"b"}"#,
        r#"{"MODEL":"a","model":"b"}"#,
        r#"{"model":"a","x":1,"model":null}"#,
    ] {
        for dialect in DIALECTS {
            let (path, _) = request(dialect, "m", false);
            let answer = world
                .client()
                .await
                .post(path, &[AUTH], body)
                .await
                .unwrap();
            assert_eq!(
                refusal(dialect, &answer),
                refused(400, "duplicate_model"),
                "{body}"
            );
        }
    }
    assert_eq!(upstream.count(), 0);
}

#[tokio::test]
async fn too_large_bodies_are_413_by_their_word_and_by_count() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&format!(
        "{}limits: {{body: 64KiB}}\n",
        one_model("m", &upstream.base_url(), "text")
    ));
    for dialect in DIALECTS {
        let (path, _) = request(dialect, "m", false);
        let mut client = world.client().await;
        // Announced, and not sent: the answer does not wait for it.
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\ncontent-length: 10000000\r\n\r\n",
            AUTH.1
        );
        client.write(head.as_bytes()).await.unwrap();
        assert_eq!(
            refusal(dialect, &client.answer().await.unwrap()),
            refused(413, "request_too_large")
        );
        // Counted, in a body whose end is not known.
        let mut client = world.client().await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\ntransfer-encoding: chunked\r\n\r\n",
            AUTH.1
        );
        client.write(head.as_bytes()).await.unwrap();
        let chunk = crate::canned::chunk(&[b' '; 8192]);
        for _ in 0..9 {
            if client.write(&chunk).await.is_err() {
                break;
            }
        }
        assert_eq!(
            refusal(dialect, &client.answer().await.unwrap()),
            refused(413, "request_too_large")
        );
        // At the limit, and one byte more.
        let fits = format!(r#"{{"model":"m","pad":"{}"}}"#, "x".repeat((64 << 10) - 22));
        assert_eq!(fits.len(), 64 << 10);
        assert_eq!(
            world
                .client()
                .await
                .post(path, &[AUTH], &fits)
                .await
                .unwrap()
                .status(),
            200
        );
        let answer = world
            .client()
            .await
            .post(path, &[AUTH], format!("{fits} "))
            .await
            .unwrap();
        assert_eq!(answer.status(), 413);
    }
    assert_eq!(upstream.count(), 3);
}

#[tokio::test]
async fn unknown_content_encodings_are_415() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&one_model("m", &upstream.base_url(), "text"));
    for dialect in DIALECTS {
        let (path, body) = request(dialect, "m", false);
        for coding in ["compress", "gzip, gzip", "aws-chunked", "\u{e9}"] {
            let answer = world
                .client()
                .await
                .post(path, &[AUTH, ("content-encoding", coding)], &body)
                .await
                .unwrap();
            assert_eq!(
                refusal(dialect, &answer),
                refused(415, "unsupported_encoding"),
                "{coding}"
            );
        }
        let answer = world
            .client()
            .await
            .post(path, &[AUTH, ("content-encoding", "identity")], &body)
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
    }
}
