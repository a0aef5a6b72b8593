//! The configuration behind the clients: behaviours and faults on every upstream dialect, and one failing model per
//! fault and client dialect for the SDKs of OpenAI and Anthropic.

use serde_json::{Map, Value, json};

use super::client::UPSTREAMS;

/// How models named `<behaviour>-on-<dialect>` behave.
const BEHAVIOURS: [&str; 3] = ["talk", "agent", "reasoner"];

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

/// The document, with every provider at this upstream, and for each client its own models that are rate limited.
pub(super) fn document(upstream: &str, clients: &[&str]) -> String {
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
    for dialect in UPSTREAMS {
        on(dialect, clients, &mut |model: &str, scenario: &str| {
            add(
                model,
                model,
                provider(&format!("key-{model}"), &[dialect]),
                scenario,
            );
        });
    }
    for (name, model) in &mut models {
        if name.contains("-on-") {
            model["retry"] = json!({"attempts": 1});
            model["cooldown"] = json!({"failures": 1000});
        }
    }
    json!({"version": 1, "providers": providers, "models": models}).to_string()
}

/// The models on one dialect of upstreams.
fn on(dialect: &str, clients: &[&str], add: &mut dyn FnMut(&str, &str)) {
    for behaviour in BEHAVIOURS {
        let model = format!("{behaviour}-on-{dialect}");
        add(&model, &format!("{model}/{behaviour}"));
    }
    // Codex takes the shape of its requests from how a model's name begins.
    for family in ["gpt-5.5", "gpt-6-sol"] {
        for behaviour in ["agent", "reasoner"] {
            let model = format!("{family}-{behaviour}-on-{dialect}");
            add(&model, &format!("{model}/{behaviour}"));
        }
    }
    let overloaded = if dialect == "gemini_generate" {
        503
    } else {
        529
    };
    let faults = [
        ("overloaded", format!("status-{overloaded}")),
        ("context", "context_length".to_owned()),
    ];
    for (name, scenario) in faults {
        let model = format!("{name}-on-{dialect}");
        add(&model, &format!("{model}/{scenario}"));
    }
    // A rate limit holds its target for as long as it says.
    for client in clients {
        let model = format!("429-on-{dialect}-for-{client}");
        add(&model, &format!("{model}/status-429-after-30"));
        let model = format!("429-soon-on-{dialect}-for-{client}");
        add(&model, &format!("{model}/status-429-after-1"));
    }
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
        let document: Value =
            serde_json::from_str(&document("http://127.0.0.1:1", &["sdk"])).unwrap();
        for (name, model) in document["models"].as_object().unwrap() {
            let provider = model["targets"][0]["provider"].as_str().unwrap();
            assert!(document["providers"][provider].is_object(), "{name}");
        }
    }
}
