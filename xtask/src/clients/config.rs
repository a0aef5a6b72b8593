//! The configuration behind the SDKs: what works, and one failing model per fault and dialect.

use serde_json::{Map, Value, json};

/// Scenarios of models that answer; `ok-text` plays `text`.
const SOUND: [&str; 4] = ["text", "unicode", "tools", "thinking"];

/// Names of models that fail, without `bad-` and the dialect, and the scenarios they play.
const FAULTS: [(&str, &str); 18] = [
    ("400", "status-400"),
    ("413", "status-413"),
    ("422", "status-422"),
    ("context_length", "context_length"),
    ("401", "status-401"),
    ("403", "status-403"),
    ("429", "status-429-after-30"),
    ("500", "status-500"),
    ("503", "status-503"),
    ("529", "status-529"),
    ("reset", "reset"),
    ("silence", "silence"),
    ("html-200", "html-200"),
    ("empty-200", "empty-200"),
    ("error-after-2", "error-after-2"),
    ("cut-after-3", "cut-after-3"),
    ("eof-after-3", "eof-after-3"),
    ("stall-after-3", "stall-after-3"),
];

/// The document, with every provider at this upstream.
pub(super) fn document(upstream: &str) -> String {
    let provider = |key: &str, dialects: &[&str]| {
        json!({
            "kind": "openai-compatible",
            "base_url": upstream,
            "api_key": key,
            "dialects": dialects,
            "network": {"allow": ["127.0.0.0/8"]},
            "timeouts": {"first_byte": "2s", "idle": "2s"},
        })
    };
    let every = ["openai_chat", "openai_responses", "anthropic_messages"];
    let mut providers = Map::new();
    let mut models = Map::new();
    let mut add = |model: &str, name: &str, value: Value, scenario: &str| {
        providers.insert(name.to_owned(), value);
        models.insert(
            model.to_owned(),
            json!({"targets": [{"provider": name, "model": scenario}]}),
        );
    };
    for scenario in SOUND {
        add(
            &format!("ok-{scenario}"),
            "upstream",
            provider("key-upstream", &every),
            scenario,
        );
    }
    for (fault, scenario) in FAULTS {
        for dialect in ["chat", "responses", "messages"] {
            let model = format!("bad-{fault}-{dialect}");
            add(
                &model,
                &model,
                provider(&format!("key-{model}"), &every),
                &format!("{model}/{scenario}"),
            );
        }
    }
    add(
        "chat-only",
        "chat-only",
        provider("key-chat-only", &every[..1]),
        "text",
    );
    add(
        "messages-only",
        "messages-only",
        provider("key-messages-only", &every[2..]),
        "text",
    );
    add("demo", "demo", json!({"kind": "demo"}), "demo");
    json!({"version": 1, "providers": providers, "models": models}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_plays_a_scenario_that_exists() {
        let names = SOUND
            .into_iter()
            .chain(FAULTS.map(|(_, scenario)| scenario));
        for name in names {
            assert!(name.parse::<aigw_testkit::Scenario>().is_ok(), "{name}");
        }
    }

    #[test]
    fn every_model_has_a_provider() {
        let document: Value = serde_json::from_str(&document("http://127.0.0.1:1")).unwrap();
        for (name, model) in document["models"].as_object().unwrap() {
            let provider = model["targets"][0]["provider"].as_str().unwrap();
            assert!(document["providers"][provider].is_object(), "{name}");
        }
    }
}
