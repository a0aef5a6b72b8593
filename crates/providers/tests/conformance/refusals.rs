//! What the demo provider refuses, and how.

use aigw_protocol::{Dialect, Endpoint, read_error};
use aigw_providers::demo::answer;
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn what_the_real_apis_refuse_is_refused_in_their_shape() {
    let cases = [
        (
            Endpoint::ChatCompletions,
            json!({"model": "demo"}),
            "messages",
        ),
        (
            Endpoint::ChatCompletions,
            json!({"model": "demo", "messages": []}),
            "messages",
        ),
        (
            Endpoint::ChatCompletions,
            json!({"model": "demo", "messages": [{"content": "x"}]}),
            "role",
        ),
        (
            Endpoint::ChatCompletions,
            json!({"model": "demo", "messages": [{"role": "user", "content": 3}]}),
            "content",
        ),
        (
            Endpoint::ChatCompletions,
            json!({"messages": [{"role": "user", "content": "x"}]}),
            "model",
        ),
        (Endpoint::ChatCompletions, json!([]), "object"),
        (Endpoint::Responses, json!({"model": "demo"}), "input"),
        (
            Endpoint::Responses,
            json!({"model": "demo", "input": [3]}),
            "input",
        ),
        (
            Endpoint::Responses,
            json!({"model": "demo", "input": "x", "max_output_tokens": 0}),
            "max_output_tokens",
        ),
        (
            Endpoint::Messages,
            json!({"model": "demo", "messages": [{"role": "user", "content": "x"}]}),
            "max_tokens",
        ),
        (
            Endpoint::Messages,
            json!({"model": "demo", "max_tokens": 9, "messages": "x"}),
            "messages",
        ),
        (
            Endpoint::Embeddings,
            json!({"model": "demo", "input": []}),
            "input",
        ),
        (
            Endpoint::Embeddings,
            json!({"model": "demo", "input": "x", "dimensions": 0}),
            "dimensions",
        ),
        (
            Endpoint::Embeddings,
            json!({"model": "demo", "input": "x", "encoding_format": "hex"}),
            "encoding_format",
        ),
    ];
    for (endpoint, request, word) in cases {
        for stream in [false, true] {
            let refused = answer(endpoint, request.to_string().as_bytes(), stream, 7);
            assert_eq!(refused.status, 400, "{request}");
            let body: Value = serde_json::from_slice(&refused.events[0]).unwrap();
            assert_eq!(
                body["type"] == "error",
                endpoint == Endpoint::Messages,
                "{body}"
            );
            let error = read_error(&refused.events[0]).unwrap();
            assert!(error.message.unwrap().contains(word), "{body}");
        }
    }
    assert_eq!(answer(Endpoint::Messages, b"{", false, 1).status, 400);
}

#[test]
fn endpoints_that_the_demo_has_not_are_answered_with_501() {
    for endpoint in Endpoint::ALL {
        let status = answer(endpoint, br#"{"model":"demo"}"#, false, 7).status;
        let dialect = endpoint.dialect();
        let served = dialect.is_some_and(|dialect| dialect != Dialect::GeminiGenerate)
            || endpoint == Endpoint::Embeddings;
        assert_eq!(
            status,
            if served { 400 } else { 501 },
            "{}",
            endpoint.name()
        );
    }
}

proptest! {
    #[test]
    fn no_body_is_without_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..64), stream: bool) {
        for endpoint in Endpoint::ALL {
            let answered = answer(endpoint, &bytes, stream, 0);
            prop_assert!(matches!(answered.status, 400 | 501));
            prop_assert!(read_error(&answered.events[0]).is_some());
        }
    }
}
