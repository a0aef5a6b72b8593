//! `providers`: each becomes a provider, and each of its models a target.

use crate::import::writer::{Writer, map, milliseconds, number, provider_name, variable, whole};
use crate::import::yaml::Out;
use crate::spot::Spot;

const KNOWN: [&str; 15] = [
    "name",
    "protocol_adapter",
    "base_url",
    "anthropic_base_url",
    "api_key",
    "provider_class",
    "models",
    "model_aliases",
    "weight",
    "timeout_ms",
    "same_retries",
    "rate_limit",
    "enabled",
    "headers",
    "fallback_models",
];

/// Writes providers, models and fallbacks; the names of the providers.
pub(super) fn convert(writer: &mut Writer<'_>, root: Spot<'_>) -> Vec<String> {
    let list = root
        .member("providers")
        .map(Spot::items)
        .unwrap_or_default();
    for entry in &list {
        for (adapter, address) in addresses(*entry) {
            if let Some(address) = address {
                provider(writer, *entry, adapter, address);
            }
        }
    }
    // Fallbacks name models of other providers, which are all known only now.
    for entry in list {
        let names = entry
            .member("fallback_models")
            .map(Spot::items)
            .unwrap_or_default();
        for model in models(entry) {
            for name in &names {
                writer.fallback(*name, &model.0, name.text().unwrap_or_default());
            }
        }
    }
    writer
        .out
        .member("providers")
        .map(Out::keys)
        .unwrap_or_default()
}

/// The protocols that the entry speaks, and where.
fn addresses(entry: Spot<'_>) -> [(&'static str, Option<Spot<'_>>); 2] {
    let (open, anthropic) = (entry.member("base_url"), entry.member("anthropic_base_url"));
    match entry.member("protocol_adapter").and_then(Spot::text) {
        Some("anthropic_messages") => [("anthropic_messages", anthropic.or(open)), ("", None)],
        _ => [("openai", open), ("anthropic_messages", anthropic)],
    }
}

fn provider(writer: &mut Writer<'_>, entry: Spot<'_>, adapter: &'static str, address: Spot<'_>) {
    let label = entry
        .member("name")
        .and_then(Spot::text)
        .unwrap_or("provider");
    let is_second = adapter == "anthropic_messages"
        && entry
            .member("base_url")
            .is_some_and(|open| open.node != address.node)
        && entry.member("protocol_adapter").and_then(Spot::text) != Some("anthropic_messages");
    let wanted = if is_second {
        format!("{label}-anthropic")
    } else {
        String::from(label)
    };
    let name = provider_name(&wanted, &writer.out);
    if name != wanted {
        writer.approximate(entry, format!("is called `{name}` here: names are unique and have letters, digits, `_`, `-` and `.`"));
    }
    let (kind, family) = match adapter {
        "anthropic_messages" => ("anthropic-compatible", "anthropic"),
        _ => ("openai-compatible", "openai"),
    };
    let kind = if writer.catalog.kind(kind).is_some() {
        kind
    } else {
        family
    };
    writer
        .out
        .set(&["providers", &name, "kind"], Out::text(kind));
    writer
        .out
        .set(&["providers", &name, "base_url"], Writer::text(address));
    writer.exact(address, format!("provider `{name}`, kind `{kind}`"));
    if is_second {
        writer.approximate(address, "a server with two addresses is two providers here, each with its own health and limits");
    }
    if let Some(key) = entry.member("api_key") {
        let value = writer.secret(key, &variable(&[label, "api_key"]));
        writer.out.set(&["providers", &name, "api_key"], value);
    }
    settings(writer, entry, &name);
    targets(writer, entry, &name);
    writer.rest(
        entry,
        &KNOWN,
        "there is no counterpart; nothing was written",
    );
}

fn settings(writer: &mut Writer<'_>, entry: Spot<'_>, name: &str) {
    if let Some(headers) = entry.member("headers") {
        writer.headers(name, headers);
    }
    if let (Some(spot), Some(time)) = (
        entry.member("timeout_ms"),
        whole(entry.member("timeout_ms"), 86_400_000).filter(|time| *time > 0),
    ) {
        writer.out.set(
            &["providers", name, "timeouts", "first_byte"],
            milliseconds(time),
        );
        writer.approximate(spot, "timeout `first_byte`: the whole call there, which cut long answers off; `total` keeps its default");
    }
    if entry.member("enabled").and_then(Spot::text) == Some("false") {
        writer.out.set(
            &["providers", name, "enabled"],
            Out::Raw(String::from("false")),
        );
    }
    if let Some(limit) = entry.member("rate_limit") {
        rate_limit(writer, limit, name);
    }
    for (key, why) in [
        (
            "same_retries",
            "other targets are tried before the same one again; see `routing.retry`",
        ),
        ("provider_class", "was for information only"),
    ] {
        if let Some(spot) = entry.member(key) {
            writer.manual(spot, why);
        }
    }
}

fn rate_limit(writer: &mut Writer<'_>, limit: Spot<'_>, name: &str) {
    if limit.member("enabled").and_then(Spot::text) != Some("true") {
        return writer.exact(limit, "is off: no limit was written");
    }
    let Some(rate) = number(limit.member("requests_per_second")).filter(|rate| *rate >= 0.001)
    else {
        return writer.manual(limit, "left out: it has no rate above 0");
    };
    let mut written = map([("requests_per_second", Out::Raw(rate.to_string()))]);
    if let Some(burst) = whole(limit.member("burst"), 1_000_000).filter(|burst| *burst > 0) {
        written.set(&["burst"], Out::Raw(burst.to_string()));
    }
    writer.out.set(&["providers", name, "rate_limit"], written);
    writer.exact(limit, "`rate_limit` of the provider");
}

/// Public names and upstream names of the entry's models.
fn models(entry: Spot<'_>) -> Vec<(String, String, Spot<'_>)> {
    let listed = entry.member("models").map(Spot::items).unwrap_or_default();
    let aliases = entry
        .member("model_aliases")
        .map(Spot::members)
        .unwrap_or_default();
    let upstream = |public: &str| {
        aliases
            .iter()
            .find(|(name, _)| *name == public)
            .and_then(|(_, spot)| spot.text())
    };
    let mut models: Vec<(String, String, Spot<'_>)> = Vec::new();
    for spot in listed {
        let public = spot.text().unwrap_or_default();
        models.push((
            String::from(public),
            String::from(upstream(public).unwrap_or(public)),
            spot,
        ));
    }
    for (public, spot) in &aliases {
        if !models.iter().any(|(known, _, _)| known == public) {
            models.push((
                String::from(*public),
                String::from(spot.text().unwrap_or_default()),
                *spot,
            ));
        }
    }
    models
}

fn targets(writer: &mut Writer<'_>, entry: Spot<'_>, name: &str) {
    let weight = whole(entry.member("weight"), 1000).filter(|weight| *weight > 1);
    for (public, upstream, spot) in models(entry) {
        if !writer.is_model_name(spot, &public) || !writer.is_model_name(spot, &upstream) {
            continue;
        }
        let mut target = map([("provider", Out::text(name))]);
        if !aigw_routing::Glob::is_pattern(&upstream) {
            target.set(&["model"], Out::text(upstream.clone()));
        }
        if let Some(weight) = weight {
            target.set(&["weight"], Out::Raw(weight.to_string()));
        }
        writer.out.push(&["models", &public, "targets"], target);
        if public == upstream {
            writer.exact(spot, format!("a target of `{public}` at `{name}`"));
        } else {
            writer.approximate(spot, format!("`{public}` is sent as `{upstream}`; turn it round if the alias was meant the other way"));
        }
    }
}
