//! The configuration of the gateway under test, made from the matrix and a few models by hand.

use serde_json::{Map, Value, json};

use super::matrix::{self, Arrangement, Cell};
use super::world::Upstreams;

/// Largest body that the gateway under test takes.
pub(super) const BODY_LIMIT: usize = 1024 * 1024;

/// The document. JSON is YAML, and needs no thought about quotes.
pub(super) fn document(upstreams: &Upstreams) -> String {
    let mut providers = fixed_providers(upstreams);
    let mut models = fixed_models();
    for cell in matrix::cells() {
        add_cell(&cell, upstreams, &mut providers, &mut models);
    }
    let document = json!({
        "version": 1,
        "providers": providers,
        "models": models,
        "limits": {"body": "1MiB"},
    });
    document.to_string()
}

/// Each cell has providers of its own, so that no cell's cooldown holds another cell's target.
fn add_cell(
    cell: &Cell,
    upstreams: &Upstreams,
    providers: &mut Map<String, Value>,
    models: &mut Map<String, Value>,
) {
    let name = cell.model();
    let mut first = provider(&upstreams.alpha.base_url(), &format!("key-{name}"));
    if cell.needs_short_timeouts() {
        first["timeouts"] = json!({"connect": "2s", "first_byte": "700ms", "first_token": "900ms", "idle": "700ms"});
    }
    providers.insert(format!("{name}-a"), first);
    let mut targets =
        vec![json!({"provider": format!("{name}-a"), "model": cell.upstream_model()})];
    if cell.arrangement == Arrangement::Second {
        targets.push(json!({"provider": "beta", "model": format!("{name}/text")}));
    }
    let mut model = json!({"targets": targets, "strategy": "ordered", "context_window": 8000});
    if cell.arrangement == Arrangement::Fallback {
        model["fallbacks"] = json!(["wide"]);
    }
    models.insert(name, model);
}

fn fixed_providers(upstreams: &Upstreams) -> Map<String, Value> {
    let mut chat_only = provider(&upstreams.alpha.base_url(), "key-chat-only");
    chat_only["dialects"] = json!(["openai_chat"]);
    let mut walled = provider(&upstreams.alpha.base_url(), "key-walled");
    walled["network"] = json!({"allow": []});
    let rows = [
        ("alpha", provider(&upstreams.alpha.base_url(), "key-alpha")),
        // The path that official SDKs put into their base URLs must make no difference.
        (
            "beta",
            provider(&format!("{}/v1", upstreams.beta.base_url()), "key-beta"),
        ),
        ("gamma", provider(&upstreams.gamma.base_url(), "key-gamma")),
        (
            "closed",
            provider(&upstreams.refusing.base_url(), "key-closed"),
        ),
        ("chat-only", chat_only),
        ("walled", walled),
        ("demo", json!({"kind": "demo"})),
    ];
    rows.into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn provider(base_url: &str, key: &str) -> Value {
    json!({
        "kind": "openai-compatible",
        "base_url": base_url,
        "api_key": key,
        "dialects": ["openai_chat", "openai_responses", "anthropic_messages"],
        "network": {"allow": ["127.0.0.0/8"]},
    })
}

fn fixed_models() -> Map<String, Value> {
    let one =
        |provider: &str, model: &str| json!({"targets": [{"provider": provider, "model": model}]});
    let mut described = one("alpha", "upstream-plain");
    described["context_window"] = 128_000.into();
    described["max_output_tokens"] = 4096.into();
    described["aliases"] = json!(["plain-latest"]);
    let mut wide = one("gamma", "gamma-text");
    wide["context_window"] = 1_000_000.into();
    let rows = [
        ("plain", described),
        ("wide", wide),
        ("slow", one("alpha", "slow/events-40+drip-40ms")),
        ("closed", one("closed", "any")),
        ("chat-only", one("chat-only", "any")),
        ("walled", one("walled", "any")),
        ("short-wait", one("alpha", "scripted-wait")),
        ("demo", one("demo", "demo")),
        ("glob-*", json!({"targets": [{"provider": "alpha"}]})),
    ];
    rows.into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
