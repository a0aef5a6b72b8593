use bytes::Bytes;

use super::*;

fn read(document: &str) -> Result<Envelope, EnvelopeError> {
    let whole = Envelope::scan(&Body::from(document.as_bytes().to_vec()));
    let bytewise: Body = document
        .as_bytes()
        .chunks(1)
        .map(Bytes::copy_from_slice)
        .collect();
    let split = Envelope::scan(&bytewise);
    assert_eq!(
        split
            .as_ref()
            .map(|envelope| (envelope.model(), envelope.model_span(), envelope.stream())),
        whole
            .as_ref()
            .map(|envelope| (envelope.model(), envelope.model_span(), envelope.stream())),
    );
    whole
}

fn refusal(document: &str) -> EnvelopeError {
    read(document).unwrap_err()
}

#[test]
fn model_and_stream_are_read() {
    let envelope = read(r#"{"stream": true, "model": "a\u002fb"}"#).unwrap();
    assert_eq!(envelope.model(), "a/b");
    assert_eq!(envelope.model_span(), Some(26..36));
    assert!(envelope.stream());
    assert!(!read(r#"{"stream":null,"model":"m"}"#).unwrap().stream());
    assert!(!read(r#"{"model":"m"}"#).unwrap().stream());
}

#[test]
fn an_escaped_key_is_the_model() {
    assert_eq!(read(r#"{"\u006dod\u0065l":"m"}"#).unwrap().model(), "m");
}

#[test]
fn a_second_model_is_refused_in_any_spelling() {
    for second in ["model", "\\u006dodel", "Model", "MODEL", "mode\\u004c"] {
        for (first, second) in [("model", second), (second, "model")] {
            let document = format!(r#"{{"{first}":"a","x":1,"{second}":"b"}}"#);
            assert_eq!(
                refusal(&document),
                EnvelopeError::DuplicateModel,
                "{document}"
            );
        }
    }
}

#[test]
fn another_case_alone_is_no_model() {
    assert_eq!(refusal(r#"{"Model":"a"}"#), EnvelopeError::MissingModel);
    assert_eq!(
        refusal(r#"{"models":"a","mode":"b"}"#),
        EnvelopeError::MissingModel
    );
}

#[test]
fn a_nested_model_is_none_and_no_second_one() {
    assert_eq!(
        refusal(r#"{"x":{"model":"a"}}"#),
        EnvelopeError::MissingModel
    );
    let envelope = read(r#"{"x":{"model":"a"},"model":"b","y":[{"model":1}]}"#).unwrap();
    assert_eq!(envelope.model(), "b");
}

#[test]
fn a_model_must_be_text_with_content() {
    for value in ["1", "null", "[]", "{\"model\":\"m\"}", "true"] {
        assert_eq!(
            refusal(&format!(r#"{{"model":{value}}}"#)),
            EnvelopeError::ModelNotString,
            "{value}"
        );
    }
    assert_eq!(refusal(r#"{"model":""}"#), EnvelopeError::EmptyModel);
    assert_eq!(
        refusal(r#"{"model":"a\ud83d"}"#),
        EnvelopeError::ModelNotText
    );
}

#[test]
fn stream_must_be_boolean_and_the_last_one_counts() {
    assert_eq!(
        refusal(r#"{"model":"m","stream":"true"}"#),
        EnvelopeError::StreamNotBool
    );
    assert_eq!(
        refusal(r#"{"model":"m","stream":1}"#),
        EnvelopeError::StreamNotBool
    );
    assert!(
        read(r#"{"stream":false,"model":"m","stream":true}"#)
            .unwrap()
            .stream()
    );
}

#[test]
fn json_errors_are_handed_on() {
    let error = Envelope::scan(&Body::from(b"\xEF\xBB\xBF{}".to_vec())).unwrap_err();
    assert_eq!(error, EnvelopeError::Json(JsonError::Bom));
    assert_eq!(
        error.to_string(),
        "JSON must not start with a byte order mark"
    );
}

#[test]
fn further_members_are_read_on_demand() {
    let document = r#"{"model":"m","user":"a","user":"b\n","metadata":{"user_id":"u","n":1},"max_tokens":12,"n":1.5}"#;
    let body = Body::from(document.as_bytes().to_vec());
    let envelope = Envelope::scan(&body).unwrap();
    assert_eq!(envelope.text(&body, "user").as_deref(), Some("b\n"));
    assert_eq!(
        envelope
            .nested_text(&body, "metadata", "user_id")
            .as_deref(),
        Some("u")
    );
    assert_eq!(envelope.nested_text(&body, "metadata", "n"), None);
    assert_eq!(envelope.nested_text(&body, "user", "n"), None);
    assert_eq!(envelope.integer(&body, "max_tokens"), Some(12));
    assert_eq!(envelope.integer(&body, "n"), None);
    assert_eq!(envelope.text(&body, "absent"), None);
}

#[test]
fn requested_usage_is_seen() {
    let asks = |options: &str| {
        read(&format!(r#"{{"model":"m","stream_options":{options}}}"#))
            .unwrap()
            .usage_requested()
    };
    assert!(asks(r#"{"include_usage":true}"#));
    assert!(asks(r#"{"include_usage":false,"include_usage" : true }"#));
    for options in [
        "null",
        "{}",
        r#"{"include_usage":false}"#,
        r#"{"x":{"include_usage":true}}"#,
        "true",
    ] {
        assert!(!asks(options), "{options}");
    }
}
