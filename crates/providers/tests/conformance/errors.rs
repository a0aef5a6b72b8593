//! Error answers of vendors, and what they are taken for.

use std::time::Duration;

use aigw_protocol::ErrorKind;
use aigw_providers::classify;
use http::header::{HeaderMap, HeaderValue};

use crate::fixture;

/// One line of `errors.txt`.
struct Case {
    name: String,
    status: u16,
    expected: String,
    body: String,
}

fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(fixture("errors.txt")).unwrap();
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let parts: Vec<&str> = line.splitn(4, '|').map(str::trim).collect();
            let [name, status, expected, body] = parts[..] else {
                panic!("{line}")
            };
            let status = status.parse().unwrap();
            Case {
                name: name.to_owned(),
                status,
                expected: expected.to_owned(),
                body: body.to_owned(),
            }
        })
        .collect()
}

#[test]
fn every_recorded_error_is_taken_for_what_it_is() {
    let cases = cases();
    let vendors: std::collections::BTreeSet<&str> = cases
        .iter()
        .filter_map(|case| Some(case.name.split_once('/')?.0))
        .collect();
    assert!(
        cases.len() >= 90 && vendors.len() >= 15,
        "{} cases of {}",
        cases.len(),
        vendors.len()
    );
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let found = classify(case.status, &HeaderMap::new(), case.body.as_bytes())
                .kind
                .unwrap();
            let found = format!("{found:?}");
            (found != case.expected)
                .then(|| format!("{}: {found}, not {}", case.name, case.expected))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_cut_or_broken_body_falls_back_to_the_status() {
    for case in cases() {
        let cut = &case.body.as_bytes()[..case.body.len() / 2];
        let found = classify(case.status, &HeaderMap::new(), cut).kind;
        assert_eq!(
            found,
            classify(case.status, &HeaderMap::new(), b"").kind,
            "{}",
            case.name
        );
    }
}

#[test]
fn every_status_has_a_kind_but_success() {
    for status in 100..300 {
        assert_eq!(
            classify(status, &HeaderMap::new(), br#"{"error":{"code":"x"}}"#).kind,
            None,
            "{status}"
        );
    }
    for status in 300..600 {
        assert!(
            classify(status, &HeaderMap::new(), b"").kind.is_some(),
            "{status}"
        );
    }
    assert_eq!(
        classify(307, &HeaderMap::new(), b"").kind,
        Some(ErrorKind::ServerError)
    );
}

#[test]
fn the_upstreams_own_words_are_kept() {
    let mut headers = HeaderMap::new();
    headers.insert("request-id", HeaderValue::from_static("req_9"));
    let body = br#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let found = classify(529, &headers, body);
    assert_eq!(found.kind, Some(ErrorKind::Overloaded));
    assert_eq!(found.code.as_deref(), Some("overloaded_error"));
    assert_eq!(found.message.as_deref(), Some("Overloaded"));
    assert_eq!(found.request_id.as_deref(), Some("req_9"));
    assert_eq!(found.retry_after, None);
}

#[test]
fn a_wait_that_only_the_body_names_is_found() {
    let wait = |delay: &str| {
        let body =
            format!(r#"[{{"error":{{"code":429,"details":[{{"retryDelay" : {delay}}}]}}}}]"#);
        classify(429, &HeaderMap::new(), body.as_bytes()).retry_after
    };
    assert_eq!(wait(r#""34.5s""#), Some(Duration::from_millis(34_500)));
    assert_eq!(wait(r#""0s""#), Some(Duration::ZERO));
    for nonsense in [r#""soon""#, r#""-3s""#, "34", r#""34""#, "\"9"] {
        assert_eq!(wait(nonsense), None, "{nonsense}");
    }
}
