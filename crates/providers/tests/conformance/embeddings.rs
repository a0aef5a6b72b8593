//! The demo provider's embeddings.

use aigw_protocol::Endpoint;
use aigw_providers::demo::answer;
use serde_json::{Value, json};

fn ask(request: &Value) -> Value {
    let answered = answer(
        Endpoint::Embeddings,
        request.to_string().as_bytes(),
        false,
        7,
    );
    assert_eq!((answered.status, answered.events.len()), (200, 1));
    serde_json::from_slice(&answered.events[0]).unwrap()
}

#[test]
fn embeddings_are_unit_vectors_that_depend_on_their_input_alone() {
    let embed = |input: Value, more: Value| {
        let mut request = json!({"model": "demo", "input": input});
        for (name, value) in more.as_object().unwrap() {
            request[name] = value.clone();
        }
        ask(&request)
    };
    let two = embed(json!(["a", "b"]), json!({}));
    assert_eq!(
        (&two["object"], &two["data"][1]["index"]),
        (&json!("list"), &json!(1))
    );
    assert_eq!(two["usage"], json!({"prompt_tokens": 2, "total_tokens": 2}));
    let vector: Vec<f64> = serde_json::from_value(two["data"][0]["embedding"].clone()).unwrap();
    assert_eq!(vector.len(), 16);
    let length: f64 = vector.iter().map(|x| x * x).sum();
    assert!((length - 1.0).abs() < 1e-5, "{length}");
    assert_ne!(two["data"][0]["embedding"], two["data"][1]["embedding"]);
    assert_eq!(
        embed(json!("b"), json!({}))["data"][0]["embedding"],
        two["data"][1]["embedding"]
    );
    assert_eq!(
        embed(json!([[1, 2], [3]]), json!({"dimensions": 3}))["data"][1]["embedding"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(
        embed(json!([1, 2, 3]), json!({}))["usage"]["prompt_tokens"],
        3
    );
}

#[test]
fn embeddings_in_base64_hold_the_same_floats() {
    for dimensions in [1, 2, 3, 16] {
        let mut request = json!({"model": "demo", "input": "a", "dimensions": dimensions});
        let plain = ask(&request);
        let vector: Vec<f32> =
            serde_json::from_value(plain["data"][0]["embedding"].clone()).unwrap();
        request["encoding_format"] = json!("base64");
        let text = ask(&request)["data"][0]["embedding"].clone();
        let expected: Vec<u8> = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
        assert_eq!(decode(text.as_str().unwrap()), expected);
    }
}

/// The bytes of a base64 text.
fn decode(text: &str) -> Vec<u8> {
    assert_eq!(text.len() % 4, 0, "{text}");
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => panic!("{text}"),
    };
    let mut bits = 0_u32;
    let mut bytes = Vec::new();
    for (at, byte) in text.trim_end_matches('=').bytes().enumerate() {
        bits = bits << 6 | u32::from(digit(byte));
        if at % 4 > 0 {
            bytes.push(u8::try_from(bits >> (6 - 2 * (at % 4)) & 255).unwrap());
        }
    }
    bytes
}
