//! Documents of shapes that nobody sends in good faith, from every dialect to every dialect.

use aigw_protocol::Dialect;
use aigw_protocol::codec::{self, Target};
use aigw_protocol::hub::Document;
use serde_json::{Value, json};

use crate::fixtures::{Case, DIALECTS, cases, view};

/// What is written for a target, or in which words that is refused.
fn translated(from: Dialect, body: &[u8], to: Dialect) -> Result<Vec<u8>, String> {
    let document = Document::check(body).map_err(|error| error.to_string())?;
    let request = codec::decode_request(from, document).map_err(|error| error.to_string())?;
    let target = Target {
        scope: "s1",
        ..Target::new(to, "m")
    };
    let mut out = Vec::new();
    match codec::encode_request(&request, &target, &mut out) {
        Ok(_loss) => Ok(out),
        Err(error) => Err(error.to_string()),
    }
}

/// An answer as every caller gets it.
fn answered(from: Dialect, body: &[u8], to: Dialect) -> Result<Vec<u8>, String> {
    let document = Document::check(body).map_err(|error| error.to_string())?;
    let answer = codec::decode_response(from, document).map_err(|error| error.to_string())?;
    let mut out = Vec::new();
    let _loss = codec::encode_response(answer, &view(to), &mut out);
    Ok(out)
}

/// Each dialect with the next one: what is large is slow in a test, and every decoder and every encoder is in it.
fn ring() -> impl Iterator<Item = (Dialect, Dialect)> {
    let next = DIALECTS.iter().cycle().skip(1);
    DIALECTS.iter().copied().zip(next.copied())
}

/// A conversation of `calls` calls with their results, in the form of a dialect.
fn calling(dialect: Dialect, calls: usize) -> Value {
    let all = 0..calls;
    let id = |n: usize| format!("call_{n}");
    match dialect {
        Dialect::OpenaiChat => {
            let call = |n| json!({"id": id(n), "type": "function", "function": {"name": "f", "arguments": format!("{{\"n\":{n}}}")}});
            let result =
                |n| json!({"role": "tool", "tool_call_id": id(n), "content": format!("r{n}")});
            let mut messages = vec![json!({"role": "user", "content": "x"})];
            messages.push(json!({"role": "assistant", "content": null, "tool_calls": all.clone().map(call).collect::<Vec<_>>()}));
            messages.extend(all.map(result));
            json!({"model": "m", "messages": messages})
        }
        Dialect::OpenaiResponses => {
            let call = |n| json!({"type": "function_call", "call_id": id(n), "name": "f", "arguments": format!("{{\"n\":{n}}}")});
            let result = |n| json!({"type": "function_call_output", "call_id": id(n), "output": format!("r{n}")});
            let mut items = vec![json!({"role": "user", "content": "x"})];
            items.extend(all.clone().map(call));
            items.extend(all.map(result));
            json!({"model": "m", "input": items})
        }
        Dialect::AnthropicMessages => {
            let call = |n| json!({"type": "tool_use", "id": id(n), "name": "f", "input": {"n": n}});
            let result = |n| json!({"type": "tool_result", "tool_use_id": id(n), "content": format!("r{n}")});
            json!({"model": "m", "max_tokens": 9, "messages": [
                {"role": "user", "content": "x"},
                {"role": "assistant", "content": all.clone().map(call).collect::<Vec<_>>()},
                {"role": "user", "content": all.map(result).collect::<Vec<_>>()},
            ]})
        }
        Dialect::GeminiGenerate => {
            let call = |n| json!({"functionCall": {"id": id(n), "name": "f", "args": {"n": n}}});
            let result = |n| json!({"functionResponse": {"id": id(n), "name": "f", "response": {"output": format!("r{n}")}}});
            json!({"contents": [
                {"role": "user", "parts": [{"text": "x"}]},
                {"role": "model", "parts": all.clone().map(call).collect::<Vec<_>>()},
                {"role": "user", "parts": all.map(result).collect::<Vec<_>>()},
            ]})
        }
    }
}

/// Places of the ids of calls, in the order in which they are written.
fn ids_of_calls(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(elements) => elements
            .iter()
            .for_each(|element| ids_of_calls(element, found)),
        Value::Object(members) => {
            let kind = value["type"].as_str().unwrap_or_default();
            let id = match kind {
                "function" | "tool_use" => value.get("id"),
                "function_call" => value.get("call_id"),
                _ => value.get("functionCall").and_then(|call| call.get("id")),
            };
            found.extend(id.and_then(Value::as_str).map(str::to_owned));
            members
                .values()
                .for_each(|member| ids_of_calls(member, found));
        }
        _ => {}
    }
}

#[test]
fn ten_thousand_calls_with_their_results_keep_their_order() {
    for (from, to) in ring() {
        let body = calling(from, 10_000).to_string();
        let out = translated(from, body.as_bytes(), to).unwrap();
        let mut found = Vec::new();
        ids_of_calls(&serde_json::from_slice(&out).unwrap(), &mut found);
        assert_eq!(found.len(), 10_000, "{from} to {to}");
        assert!(
            (0..10_000).all(|n| found[n] == format!("call_{n}")),
            "{from} to {to}"
        );
        let results = String::from_utf8(out).unwrap();
        assert!(
            results.contains("r0\"") && results.contains("r9999\""),
            "{from} to {to}"
        );
    }
}

/// Twice as many calls take twice as many bytes, and no more.
#[test]
fn what_is_written_grows_with_what_is_read() {
    for from in DIALECTS.iter().copied() {
        for to in DIALECTS.iter().copied() {
            let length = |calls| {
                let body = calling(from, calls).to_string();
                translated(from, body.as_bytes(), to).unwrap().len()
            };
            let (one, two) = (length(1000), length(2000));
            assert!(two < one * 9 / 4, "{from} to {to}: {one}, then {two}");
        }
    }
}

#[test]
fn a_schema_a_hundred_levels_deep_arrives_in_every_pair() {
    let mut schema = json!({"type": "string", "description": "the innermost"});
    for _ in 0..100 {
        schema = json!({"type": "object", "properties": {"a": schema}});
    }
    for from in DIALECTS.iter().copied() {
        let mut body = calling(from, 1);
        body["tools"] = match from {
            Dialect::OpenaiChat => {
                json!([{"type": "function", "function": {"name": "f", "parameters": schema}}])
            }
            Dialect::OpenaiResponses => {
                json!([{"type": "function", "name": "f", "parameters": schema}])
            }
            Dialect::AnthropicMessages => json!([{"name": "f", "input_schema": schema}]),
            Dialect::GeminiGenerate => {
                json!([{"functionDeclarations": [{"name": "f", "parametersJsonSchema": schema}]}])
            }
        };
        for to in DIALECTS.iter().copied() {
            let out = translated(from, body.to_string().as_bytes(), to).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert_eq!(
                text.matches("\"properties\":{\"a\":").count(),
                100,
                "{from} to {to}"
            );
            assert!(text.contains("the innermost"), "{from} to {to}");
        }
    }
}

#[test]
fn ten_mebibytes_of_a_picture_arrive() {
    let data = "QUJD".repeat((10 << 20) / 4);
    let url = format!("data:image/png;base64,{data}");
    for (from, to) in ring() {
        let body = match from {
            Dialect::OpenaiChat => {
                json!({"model": "m", "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]})
            }
            Dialect::OpenaiResponses => {
                json!({"model": "m", "input": [{"role": "user", "content": [{"type": "input_image", "image_url": url}]}]})
            }
            Dialect::AnthropicMessages => {
                json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": [
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}]}]})
            }
            Dialect::GeminiGenerate => {
                json!({"contents": [{"role": "user", "parts": [{"inlineData": {"mimeType": "image/png", "data": data}}]}]})
            }
        };
        let out = translated(from, body.to_string().as_bytes(), to).unwrap();
        assert!(out.len() < data.len() + 1024, "{from} to {to}");
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.contains(&data) && text.contains("image/png"),
            "{from} to {to}"
        );
    }
}

/// Pointers to all members of all objects.
fn members(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, member) in object {
                let path = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                members(member, &path, found);
                found.push(path);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                members(element, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// What belongs to callers and tools, or is handed on as it stands: a null in it is theirs.
const THEIRS: &[&str] = &[
    "/input_schema/",
    "/output_schema/",
    "/parameters/",
    "/parameters_json_schema/",
    "/parametersJsonSchema/",
    "/schema/",
    "/responseJsonSchema/",
    "/responseSchema/",
    "/response_schema/",
    "/response_json_schema/",
    "/input/",
    "/args/",
    "/arguments/",
    "/action/",
    "/operation/",
    "/output/",
    "/response/",
    "/metadata/",
    "/client_metadata/",
    "/logit_bias/",
    "/labels/",
    "/user_location/",
    "/cache_control/",
    "/prompt_cache_options/",
    "/logprobs/",
    // Tools that a search has found are handed on as it gave them.
    "/tools/",
];

/// Members without which an object is not what it says it is.
const REQUIRED: &[&str] = &[
    "/content",
    "/custom",
    "/json_schema",
    "/allowed_tools",
    "/approximate",
];

/// The document with a member as null, and without it.
fn null_and_absent(document: &Value, path: &str) -> Option<[Vec<u8>; 2]> {
    let (parent, key) = path.rsplit_once('/')?;
    let key = key.replace("~1", "/").replace("~0", "~");
    let [mut null, mut absent] = [document.clone(), document.clone()];
    null.pointer_mut(parent)?
        .as_object_mut()?
        .insert(key.clone(), Value::Null);
    absent.pointer_mut(parent)?.as_object_mut()?.remove(&key);
    Some([
        null.to_string().into_bytes(),
        absent.to_string().into_bytes(),
    ])
}

type Translate = fn(Dialect, &[u8], Dialect) -> Result<Vec<u8>, String>;

fn nulls_say_nothing(case: &Case, translate: Translate, wrong: &mut Vec<String>) -> usize {
    let document: Value = serde_json::from_slice(&case.content).unwrap();
    let mut paths = Vec::new();
    members(&document, "", &mut paths);
    // Raw parts of a dialect are not taken apart: what they hold is only seen by their own.
    let theirs = |path: &&String| {
        let path = ["/input", "/output", "/tools"]
            .iter()
            .find_map(|name| path.strip_prefix(name))
            .unwrap_or(path);
        THEIRS.iter().any(|name| path.contains(name))
            || REQUIRED.iter().any(|name| path.ends_with(name))
    };
    paths.retain(|path| !theirs(&path));
    for path in &paths {
        let Some([null, absent]) = null_and_absent(&document, path) else {
            continue;
        };
        for to in DIALECTS.iter().copied().filter(|to| *to != case.dialect) {
            let [null, absent] = [&null, &absent].map(|body| translate(case.dialect, body, to));
            if null != absent {
                let refused = |result: &Result<Vec<u8>, String>| result.is_err();
                wrong.push(format!(
                    "{}/{} to {to}: {path} (refused: {} {})",
                    case.dialect,
                    case.name,
                    refused(&null),
                    refused(&absent)
                ));
            }
        }
    }
    paths.len()
}

#[test]
fn null_is_the_same_as_absent_wherever_it_stands() {
    let mut wrong = Vec::new();
    let mut checked = 0;
    for case in cases("request") {
        checked += nulls_say_nothing(&case, translated, &mut wrong);
    }
    for case in cases("response") {
        checked += nulls_say_nothing(&case, answered, &mut wrong);
    }
    assert!(checked > 1000, "{checked}");
    assert!(
        wrong.is_empty(),
        "{} of {checked}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
