//! `router_settings`, and what `litellm_settings` says about the same.

use super::deployment::Deployments;
use crate::import::writer::{Writer, number, seconds, whole};
use crate::import::yaml::Out;
use crate::spot::Spot;

const KNOWN: [&str; 12] = [
    "routing_strategy",
    "num_retries",
    "timeout",
    "request_timeout",
    "allowed_fails",
    "cooldown_time",
    "fallbacks",
    "context_window_fallbacks",
    "content_policy_fallbacks",
    "default_fallbacks",
    "model_group_alias",
    "drop_params",
];

pub(super) fn convert(writer: &mut Writer<'_>, root: Spot<'_>, deployments: &Deployments) {
    let sections = ["router_settings", "litellm_settings"].map(|key| root.member(key));
    for section in sections.into_iter().flatten() {
        aliases(writer, section);
    }
    for section in sections.into_iter().flatten() {
        strategy(writer, section, deployments);
        numbers(writer, section, deployments);
        fallbacks(writer, section, deployments);
    }
    if let Some(section) = sections[0] {
        writer.rest(
            section,
            &KNOWN,
            "there is no counterpart; nothing was written",
        );
    }
    if let Some(section) = sections[1] {
        writer.rest(
            section,
            &KNOWN,
            "belongs to the process or to recording here; nothing was written",
        );
    }
}

fn strategy(writer: &mut Writer<'_>, section: Spot<'_>, deployments: &Deployments) {
    let Some(spot) = section.member("routing_strategy") else {
        return;
    };
    let (strategy, is_exact) = match spot.text().unwrap_or_default() {
        "simple-shuffle" => ("weighted", true),
        "least-busy" => ("least_busy", true),
        "latency-based-routing" => ("least_latency", false),
        "usage-based-routing" | "usage-based-routing-v2" => ("least_busy", false),
        _ => {
            return writer.manual(spot, "there is no such strategy; models keep `weighted`");
        }
    };
    if strategy != "weighted" {
        for model in &deployments.models {
            writer
                .out
                .set(&["models", model, "strategy"], Out::text(strategy));
        }
    }
    if is_exact {
        writer.exact(spot, format!("strategy `{strategy}` of every model"));
    } else {
        writer.approximate(
            spot,
            format!("the nearest strategy is `{strategy}`, written at every model"),
        );
    }
}

fn numbers(writer: &mut Writer<'_>, section: Spot<'_>, deployments: &Deployments) {
    if let (Some(spot), Some(retries)) = (
        section.member("num_retries"),
        whole(section.member("num_retries"), 19),
    ) {
        writer.out.set(
            &["routing", "retry", "attempts"],
            Out::Raw((retries + 1).to_string()),
        );
        writer.approximate(
            spot,
            "attempts count the first call too, and are spread over all targets of a model",
        );
    }
    if let (Some(spot), Some(fails)) = (
        section.member("allowed_fails"),
        whole(section.member("allowed_fails"), 999),
    ) {
        writer.out.set(
            &["routing", "cooldown", "failures"],
            Out::Raw((fails + 1).to_string()),
        );
        writer
            .out
            .set(&["routing", "cooldown", "window"], Out::text("1m"));
        writer.approximate(
            spot,
            "one failure more than allowed within a minute holds a target",
        );
    }
    if let (Some(spot), Some(time)) = (
        section.member("cooldown_time"),
        number(section.member("cooldown_time")),
    ) {
        writer
            .out
            .set(&["routing", "cooldown", "for"], seconds(time));
        writer.exact(spot, "how long a target is held");
    }
    for key in ["timeout", "request_timeout"] {
        let Some((spot, time)) = section
            .member(key)
            .zip(number(section.member(key)).filter(|time| *time > 0.0))
        else {
            continue;
        };
        for provider in &deployments.providers {
            let timeouts = writer.out.at(&["providers", provider, "timeouts"]);
            if timeouts.member("total").is_none() {
                timeouts.set(&["total"], seconds(time));
            }
        }
        writer.approximate(
            spot,
            "timeout `total` of every provider that has none of its own",
        );
    }
    if let Some(spot) = section.member("drop_params") {
        match spot.text() {
            Some("true" | "True") => {
                writer.exact(spot, "`fidelity: lenient`, which is the default");
            }
            _ => writer.manual(
                spot,
                "set `fidelity: strict` at the models whose callers must get an error instead",
            ),
        }
    }
}

fn fallbacks(writer: &mut Writer<'_>, section: Spot<'_>, deployments: &Deployments) {
    for key in [
        "fallbacks",
        "context_window_fallbacks",
        "content_policy_fallbacks",
    ] {
        let Some(list) = section.member(key) else {
            continue;
        };
        match key {
            "context_window_fallbacks" => writer.approximate(list, "ordinary fallbacks; after `context_length` only those with a larger `context_window` are tried"),
            "content_policy_fallbacks" => writer.approximate(list, "ordinary fallbacks; add `content_filter` to `routing.fallback_on` to use them for refusals"),
            _ => {}
        }
        for (model, names) in list.items().into_iter().flat_map(Spot::members) {
            for name in names.items() {
                writer.fallback(name, model, name.text().unwrap_or_default());
            }
        }
    }
    if let Some(list) = section.member("default_fallbacks") {
        for name in list.items() {
            let fallback = name.text().unwrap_or_default();
            for model in deployments.models.iter().filter(|model| *model != fallback) {
                writer.fallback(name, model, fallback);
            }
        }
    }
}

fn aliases(writer: &mut Writer<'_>, section: Spot<'_>) {
    let list = section
        .member("model_group_alias")
        .map(Spot::members)
        .unwrap_or_default();
    for (alias, spot) in list {
        let model = spot
            .text()
            .or_else(|| spot.member("model").and_then(Spot::text))
            .unwrap_or_default();
        if !writer.has_model(model)
            || writer.has_model(alias)
            || aigw_routing::Glob::is_pattern(alias)
        {
            writer.manual(
                spot,
                "left out: there is no such model, or the alias is the name of one or a glob",
            );
        } else if writer.is_model_name(spot, alias) {
            writer
                .out
                .push(&["models", model, "aliases"], Out::text(alias));
            writer.exact(spot, format!("`{alias}` is an alias of `{model}`"));
        }
    }
}
