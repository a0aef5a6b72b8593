//! The schema against every document below `fixtures/config`, by a reader of the part of JSON Schema that it uses.

use std::fs;
use std::path::Path;

use regex_lite::Regex;

use super::*;
use crate::compile::tests::world::{CATALOG, compile};

fn whole() -> Value {
    serde_json::from_str(&schema(&CATALOG)).unwrap()
}

/// The first reason for which `value` is not valid, with the way to it.
fn refuse(root: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    let rules = schema.as_object().unwrap();
    rules
        .iter()
        .find_map(|(keyword, wanted)| match keyword.as_str() {
            "$ref" => {
                let pointer = wanted.as_str().unwrap().trim_start_matches('#');
                refuse(root, root.pointer(pointer).unwrap(), value, at)
            }
            "anyOf" => {
                let mut reasons = wanted.as_array().unwrap().iter();
                let fits = reasons.any(|schema| refuse(root, schema, value, at).is_none());
                (!fits).then(|| format!("{at}: none of {wanted}"))
            }
            "items" => {
                let mut items = value.as_array()?.iter();
                items.find_map(|item| refuse(root, wanted, item, &format!("{at}[]")))
            }
            "propertyNames" => {
                let mut names = value.as_object()?.keys();
                names.find_map(|name| refuse(root, wanted, &json!(name), at))
            }
            "properties" => {
                let mut properties = wanted.as_object().unwrap().iter();
                properties.find_map(|(name, schema)| {
                    refuse(root, schema, value.get(name)?, &format!("{at}.{name}"))
                })
            }
            "additionalProperties" => {
                let declared = |name: &str| {
                    rules
                        .get("properties")
                        .is_some_and(|all| all.get(name).is_some())
                };
                let mut others = value
                    .as_object()?
                    .iter()
                    .filter(|(name, _)| !declared(name));
                others.find_map(|(name, value)| match wanted {
                    Value::Bool(_) => Some(format!("{at}: `{name}` is not known")),
                    _ => refuse(root, wanted, value, &format!("{at}.{name}")),
                })
            }
            _ => (!fits(keyword, wanted, value)).then(|| format!("{at}: {keyword} {wanted}")),
        })
}

/// Whether the value keeps to a rule that concerns it alone.
fn fits(keyword: &str, wanted: &Value, value: &Value) -> bool {
    let bound = || wanted.as_f64().unwrap();
    let count = || usize::try_from(wanted.as_u64().unwrap()).unwrap();
    match keyword {
        "type" => {
            let kinds = wanted
                .as_array()
                .cloned()
                .unwrap_or_else(|| vec![wanted.clone()]);
            kinds
                .iter()
                .any(|kind| is_of(value, kind.as_str().unwrap()))
        }
        "enum" => wanted.as_array().unwrap().contains(value),
        "const" => wanted == value,
        "pattern" => {
            let pattern = Regex::new(wanted.as_str().unwrap()).unwrap();
            value.as_str().is_none_or(|text| pattern.is_match(text))
        }
        "minimum" => value.as_f64().is_none_or(|number| number >= bound()),
        "maximum" => value.as_f64().is_none_or(|number| number <= bound()),
        "minItems" => value.as_array().is_none_or(|items| items.len() >= count()),
        "maxItems" => value.as_array().is_none_or(|items| items.len() <= count()),
        "required" => {
            let mut names = wanted.as_array().unwrap().iter();
            !value.is_object() || names.all(|name| value.get(name.as_str().unwrap()).is_some())
        }
        "$schema" | "$defs" | "$comment" | "title" | "description" | "default" | "examples" => true,
        other => panic!("the reader does not know `{other}`"),
    }
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        other => panic!("no type {other}"),
    }
}

fn refused(text: &str) -> Option<String> {
    let value =
        parsed(text.trim_start_matches('\u{feff}')).unwrap_or_else(|| panic!("not JSON: {text}"));
    let schema = whole();
    refuse(&schema, &schema, &value, "")
}

#[test]
fn everything_that_compiles_is_valid() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/config/valid");
    let mut seen = 0;
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            seen += 1;
            let text = fs::read_to_string(&path).unwrap();
            assert_eq!(refused(&text), None, "{}", path.display());
        }
    }
    assert!(seen >= 10);
}

/// A document around a piece of a provider.
fn provider(keys: &str) -> String {
    format!(
        "version: 1\nproviders: {{p: {{kind: openai, api_key: k, {keys}}}}}\nmodels: {{m: {{targets: [{{provider: p}}]}}}}\n"
    )
}

#[test]
fn spellings_that_compile_are_valid() {
    for keys in [
        "max_in_flight: 0x1F",
        "max_in_flight: '0x1F'",
        "max_in_flight: '20'",
        "max_in_flight: '+7'",
        "max_in_flight: '${LIMIT}'",
        "enabled: 'true'",
        "enabled: '${SWITCH}'",
        "enabled: True",
        "rate_limit: {requests_per_second: .5, max_wait: 0}",
        "rate_limit: {requests_per_second: '1e1', max_wait: '0'}",
        "timeouts: {idle: '5 s', total: '${TOTAL}'}",
        "timeouts:",
        "probe: false",
        "probe: 'off'",
        "base_url: '${UPSTREAM_URL}'",
        "base_url: 'HTTP://h:1/x'",
        "headers: {X-Number: 5}",
        "network: {allow: }",
    ] {
        let text = provider(keys);
        let compiled = compile(&text);
        assert!(compiled.config.is_some(), "{keys}: {:?}", compiled.problems);
        assert_eq!(refused(&text), None, "{keys}");
    }
}

#[test]
fn typical_mistakes_are_not_valid() {
    for keys in [
        "api_keys: x",
        "timeout: {idle: 5s}",
        "timeouts: {idle: 30}",
        "timeouts: {idle: 1h30m}",
        "timeouts: {idle: 30sec}",
        "timeouts: 30s",
        "max_in_flight: many",
        "max_in_flight: 0",
        "max_in_flight: 1.5",
        "enabled: yes",
        "enabled: 1",
        "base_url: api.example.com",
        "base_url: 'https://u:p@h/v1'",
        "dialects: openai_chat",
        "dialects: [openai]",
        "dialects: []",
        "credentials: [{name: a}]",
        "rate_limit: {burst: 5}",
        "probe: on",
        "probe: {path: health}",
        "network: {allow: [10.0.0.1]}",
        "usage: maybe",
        "headers: {'bad name': x}",
    ] {
        let text = provider(keys);
        assert!(compile(&text).config.is_none(), "{keys}");
        assert!(refused(&text).is_some(), "{keys}");
    }
    for text in [
        "providers: {p: {kind: demo}}\nmodels: {m: {targets: [{provider: p}]}}",
        "version: 2\nproviders: {}\nmodels: {}",
        "version: 1\nproviders: {p: {kind: openia}}\nmodels: {}",
        "version: 1\nproviders: {'a b': {kind: demo}}\nmodels: {}",
        "version: 1\nproviders: {}\nmodels: {m: {targets: []}}",
        "version: 1\nproviders: {}\nmodels: {m: {targets: [{model: x}]}}",
        "version: 1\nproviders: {}\nmodels: {m: {targets: [{provider: p}], strategy: wieghted}}",
        "version: 1\nproviders: {}\nmodels: {}\nlimits: {body: 64K}",
        "version: 1\nproviders: {}\nmodels: {}\nclients: {}",
        "version: 1\nproviders: {}\nmodels: {}\nrewrites: [{from: a}]",
    ] {
        assert!(refused(text).is_some(), "{text}");
    }
}

#[test]
fn defaults_and_examples_are_valid_by_their_own_schema() {
    let root = whole();
    let sections = root["$defs"].as_object().unwrap().values().chain([&root]);
    let mut seen = 0;
    for section in sections {
        let Some(properties) = section.get("properties").and_then(Value::as_object) else {
            continue;
        };
        for (name, schema) in properties {
            let examples = schema["examples"]
                .as_array()
                .unwrap_or_else(|| panic!("{name} has no example"));
            for value in examples.iter().chain(schema.get("default")) {
                seen += 1;
                assert_eq!(refuse(&root, schema, value, name), None, "{name}");
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn every_key_is_described() {
    let text = schema(&CATALOG);
    for (key, description) in [
        (
            "on_break",
            "What happens when a stream breaks after content was sent.",
        ),
        (
            "requests_per_second",
            "Sustained rate; fractions are allowed.",
        ),
    ] {
        assert!(
            text.contains(&format!("\"{key}\"")) && text.contains(description),
            "{key}"
        );
    }
    assert!(
        !text.contains("\"telemetry\""),
        "keys of later versions are not offered"
    );
}
