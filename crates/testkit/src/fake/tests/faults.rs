use std::io::ErrorKind;
use std::time::Duration;

use async_compression::tokio::write::GzipDecoder;
use serde_json::json;
use tokio::io::AsyncWriteExt;

use super::{
    DIALECTS, QUIET, ask, body, broken, client, exchanged, is_terminal, is_text, stream, texts,
};
use crate::{ErrorCase, FakeUpstream};

#[tokio::test]
async fn every_error_has_its_status_and_its_vendors_shape() {
    let upstream = FakeUpstream::start().await;
    for case in ErrorCase::ALL {
        let model = format!("x/status-{}", case.as_str());
        let [chat, messages] = [
            ask(&upstream, DIALECTS[0], &model).await,
            ask(&upstream, DIALECTS[2], &model).await,
        ];
        if let Ok(status) = case.as_str().parse::<u16>() {
            assert_eq!(
                (chat.status(), messages.status()),
                (status, status),
                "{model}"
            );
        }
        if case == ErrorCase::BadGateway {
            assert!(chat.text().starts_with("<html>"));
            continue;
        }
        let (openai, anthropic) = (chat.json(), messages.json());
        assert!(
            openai["error"]["message"].is_string() && openai["error"]["type"].is_string(),
            "{openai}"
        );
        assert!(
            anthropic["type"] == "error" && anthropic["error"]["type"].is_string(),
            "{anthropic}"
        );
        assert_eq!(
            anthropic["request_id"].as_str(),
            messages.header("request-id")
        );
    }
    let code = async |model: &str| {
        let answer = ask(&upstream, DIALECTS[1], model).await;
        (
            answer.status(),
            answer.json()["error"]["code"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    };
    assert_eq!(
        code("context_length").await,
        (400, "context_length_exceeded".to_owned())
    );
    assert_eq!(
        code("insufficient_quota").await,
        (429, "insufficient_quota".to_owned())
    );
    assert_eq!(
        code("model_not_found").await,
        (404, "model_not_found".to_owned())
    );
    assert_eq!(
        code("content_filter").await,
        (400, "content_filter".to_owned())
    );
}

#[tokio::test]
async fn errors_say_how_long_to_wait() {
    let upstream = FakeUpstream::start().await;
    let seconds = ask(&upstream, DIALECTS[0], "status-429-after-2").await;
    assert_eq!(
        (
            seconds.header("retry-after"),
            seconds.header("x-ratelimit-limit-requests")
        ),
        (Some("2"), Some("500"))
    );
    let millis = ask(&upstream, DIALECTS[0], "status-429-after-ms-70").await;
    assert_eq!(millis.header("retry-after-ms"), Some("70"));
    let before = crate::clock::wall();
    let date = ask(&upstream, DIALECTS[2], "status-503-date-100").await;
    let at = httpdate::parse_http_date(date.header("retry-after").unwrap()).unwrap();
    assert!(at > before + Duration::from_secs(98), "{at:?}");
}

#[tokio::test]
async fn streams_break_after_three_contents_in_four_ways() {
    let upstream = FakeUpstream::start().await;
    for path in DIALECTS {
        for (model, kind) in [
            ("cut-after-3", ErrorKind::ConnectionReset),
            ("raw-eof-after-3", ErrorKind::UnexpectedEof),
            ("stall-after-3", ErrorKind::TimedOut),
        ] {
            let (events, ended) = broken(&upstream, path, model).await;
            assert_eq!((texts(&events), ended), (3, kind), "{path} {model}");
        }
        let (_, events) = stream(&upstream, path, "eof-after-3").await;
        assert_eq!(
            (texts(&events), events.iter().any(is_terminal)),
            (3, false),
            "{path}"
        );
        let (events, _) = broken(&upstream, path, "cut-after-0").await;
        assert!(
            texts(&events) == 0 && !events.is_empty(),
            "{path}: the lifecycle is there, content is not"
        );
    }
}

#[tokio::test]
async fn buffered_answers_break_half_way() {
    let upstream = FakeUpstream::start().await;
    for (model, kind) in [
        ("cut-after-3", ErrorKind::ConnectionReset),
        ("raw-eof-after-3", ErrorKind::UnexpectedEof),
        ("stall-after-3", ErrorKind::TimedOut),
    ] {
        let mut client = client(&upstream).await.patience(QUIET);
        let error = client
            .post(DIALECTS[1], &[], body(model, false))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{model}");
    }
    for model in ["eof-after-3", "malformed-after-2"] {
        let answer = ask(&upstream, DIALECTS[1], model).await;
        assert!(
            answer.body.len() > 100 && answer.json().is_null(),
            "{model}"
        );
    }
}

#[tokio::test]
async fn a_malformed_event_stands_alone_in_a_stream_that_goes_on() {
    let upstream = FakeUpstream::start().await;
    for path in DIALECTS {
        let (_, events) = stream(&upstream, path, "malformed-after-2").await;
        let bad: Vec<_> = (0..events.len())
            .filter(|at| events[*at].data != "[DONE]" && events[*at].json().is_null())
            .collect();
        assert_eq!(bad.len(), 1, "{path}");
        assert_eq!(texts(&events[..bad[0]]), 2, "{path}");
        assert!(
            texts(&events[bad[0]..]) > 2 && events.last().is_some_and(is_terminal),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_stream_without_terminator_has_everything_else() {
    let upstream = FakeUpstream::start().await;
    for path in DIALECTS {
        let (_, whole) = stream(&upstream, path, "text").await;
        let (_, events) = stream(&upstream, path, "no-terminator").await;
        assert_eq!(events.len() + 1, whole.len(), "{path}");
        assert!(!events.iter().any(is_terminal), "{path}");
    }
}

#[tokio::test]
async fn in_band_errors_come_where_they_should_and_end_the_stream() {
    let upstream = FakeUpstream::start().await;
    for path in DIALECTS {
        for (model, before, lifecycle) in [
            ("error-first", 0, true),
            ("error-after-2", 2, true),
            ("error-alone", 0, false),
        ] {
            let (head, events) = stream(&upstream, path, model).await;
            let last = events.last().unwrap().json();
            assert_eq!(
                (head.status, texts(&events)),
                (200, before),
                "{path} {model}"
            );
            assert_eq!(events.len() > 1, lifecycle, "{path} {model}");
            assert!(
                last["error"].is_object() || last["type"] == "error",
                "{path} {model}: {last}"
            );
        }
        let (_, events) = stream(&upstream, path, "error-first-429").await;
        assert!(
            events
                .last()
                .unwrap()
                .data
                .to_lowercase()
                .contains("rate limit"),
            "{path}"
        );
    }
    let (_, events) = stream(&upstream, DIALECTS[1], "failed-after-1").await;
    let last = events.last().unwrap();
    assert_eq!(
        (last.name.as_deref(), &last.json()["response"]["status"]),
        (Some("response.failed"), &json!("failed"))
    );
    assert_eq!(last.json()["sequence_number"], events.len() - 1);
}

async fn unzipped(bytes: &[u8], whole: bool) -> String {
    let mut decoder = GzipDecoder::new(Vec::new());
    decoder.write_all(bytes).await.unwrap();
    if whole {
        decoder.shutdown().await.unwrap();
    } else {
        decoder.flush().await.unwrap();
    }
    String::from_utf8(decoder.into_inner()).unwrap()
}

#[tokio::test]
async fn gzip_is_valid_and_every_event_can_be_decoded_when_it_comes() {
    let upstream = FakeUpstream::start().await;
    for streaming in [true, false] {
        let mut client = client(&upstream).await;
        client
            .send(
                "POST",
                DIALECTS[0],
                &[],
                body("x/text+gzip", streaming).as_bytes(),
            )
            .await
            .unwrap();
        let answer = client.answer().await.unwrap();
        assert_eq!(answer.header("content-encoding"), Some("gzip"));
        let text = unzipped(&answer.body, true).await;
        assert!(
            text.contains("x/text+gzip") && text.ends_with("data: [DONE]\n\n") == streaming,
            "{text}"
        );
    }
    let stalled = exchanged(&upstream, "events-9+gzip+stall-after-2+no-length", true)
        .await
        .received;
    let start = stalled
        .windows(4)
        .position(|bytes| bytes == b"\r\n\r\n")
        .unwrap()
        + 4;
    assert!(unzipped(&stalled[start..], false).await.ends_with("\n\n"));
}

#[tokio::test]
async fn answers_of_the_wrong_kind_with_status_200() {
    let upstream = FakeUpstream::start().await;
    for path in DIALECTS {
        let (head, events) = stream(&upstream, path, "wrong-type").await;
        assert!(
            head.header("content-type")
                .is_some_and(|kind| kind.starts_with("text/html"))
        );
        assert!(events.last().is_some_and(is_terminal));
        let html = ask(&upstream, path, "html-200").await;
        assert!(html.status() == 200 && html.text().starts_with("<!doctype html>"));
        let (head, events) = stream(&upstream, path, "empty-200").await;
        assert_eq!(
            (head.status, head.header("content-length"), events.len()),
            (200, Some("0"), 0)
        );
        let mut client = client(&upstream).await;
        client
            .send("POST", path, &[], body("json-for-stream", true).as_bytes())
            .await
            .unwrap();
        let json = client.answer().await.unwrap();
        assert_eq!(
            (json.header("content-type"), json.json()["model"].as_str()),
            (Some("application/json"), Some("json-for-stream"))
        );
        let error = ask(&upstream, path, "error-200-429").await;
        assert!(error.status() == 200 && error.json()["error"]["message"].is_string());
    }
}

#[tokio::test]
async fn spellings_of_streams_that_mean_the_same() {
    let upstream = FakeUpstream::start().await;
    for path in DIALECTS {
        let (_, plain) = stream(&upstream, path, "x/text").await;
        for fault in [
            "crlf",
            "comments",
            "split-1",
            "one-write",
            "early-hints",
            "close",
            "stale",
            "no-length",
        ] {
            let (_, events) = stream(&upstream, path, &format!("x/text+{fault}")).await;
            let said: Vec<_> = events
                .iter()
                .filter(|event| !event.data.is_empty())
                .collect();
            assert_eq!(said.len(), plain.len(), "{path} {fault}");
        }
        let (_, crlf) = stream(&upstream, path, "crlf").await;
        assert!(crlf.iter().all(|event| event.raw.ends_with(b"\r\n\r\n")));
        let (_, comments) = stream(&upstream, path, "comments").await;
        assert_eq!(
            comments
                .iter()
                .filter(|event| event.raw.starts_with(b":"))
                .count()
                * 2,
            comments.len()
        );
    }
}

#[tokio::test]
async fn usage_in_the_last_chunk_instead_of_its_own() {
    let upstream = FakeUpstream::start().await;
    let (_, events) = stream(&upstream, DIALECTS[0], "usage-in-last").await;
    let finish = events
        .iter()
        .map(crate::raw::Event::json)
        .find(|json| json["choices"][0]["finish_reason"] == "stop");
    assert_eq!(finish.unwrap()["usage"]["total_tokens"], 36);
    assert!(
        events.iter().any(is_text)
            && !events
                .iter()
                .any(|event| event.json()["choices"] == json!([]))
    );
}
