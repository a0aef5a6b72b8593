//! The `config.yaml` of the gateway with `providers[].protocol_adapter`.

mod providers;
mod routing;

use super::writer::{Writer, map, whole};
use super::yaml::Out;
use crate::spot::Spot;

/// Converts the whole file.
pub(super) fn convert(writer: &mut Writer<'_>, root: Spot<'_>) {
    let routing = root.member("routing");
    let names = providers::convert(writer, root);
    if let Some(routing) = routing {
        routing::convert(writer, routing, &names);
    }
    rewrites(writer, root);
    server(writer, root);
    admin(writer, root);
    for (key, why) in [
        (
            "telemetry",
            "where telemetry is kept and for how long is not part of the document in this version",
        ),
        (
            "pricing",
            "prices are not part of the document in this version",
        ),
        (
            "benchmarking",
            "benchmarks are not part of the configuration",
        ),
    ] {
        if let Some(spot) = root.member(key) {
            writer.manual(spot, why);
        }
    }
    let known = [
        "server",
        "admin",
        "routing",
        "providers",
        "telemetry",
        "pricing",
        "benchmarking",
        "compat",
    ];
    writer.rest(root, &known, "there is no counterpart; nothing was written");
}

fn server(writer: &mut Writer<'_>, root: Spot<'_>) {
    let Some(server) = root.member("server") else {
        return;
    };
    if let Some(spot) = server.member("listen") {
        writer.manual(spot, "the address is a setting of the process: `--listen`");
    }
    if let (Some(spot), Some(bytes)) = (
        server.member("max_body_bytes"),
        whole(server.member("max_body_bytes"), 4 << 30),
    ) {
        writer
            .out
            .set(&["limits", "body"], Out::Raw(bytes.max(1024).to_string()));
        writer.exact(spot, "`limits.body`");
    }
    writer.rest(
        server,
        &["listen", "max_body_bytes"],
        "had no effect there; see `limits` for timeouts of callers",
    );
}

fn admin(writer: &mut Writer<'_>, root: Spot<'_>) {
    let Some(admin) = root.member("admin") else {
        return;
    };
    for (key, spot) in admin.members() {
        let note = match key {
            "bootstrap_token" | "cookie_signing_key" => {
                "was not copied: set `AIGW_ADMIN_TOKEN`; sessions need no key of their own"
            }
            "tokens" => {
                "were not copied: callers get keys of their own with `aigw keys create`, which cannot administer anything"
            }
            _ => "administration is a setting of the process, not of the document",
        };
        writer.manual(spot, note);
    }
}

/// `compat.bridge`: rewrites of model names.
fn rewrites(writer: &mut Writer<'_>, root: Spot<'_>) {
    let Some(compat) = root.member("compat") else {
        return;
    };
    writer.rest(
        compat,
        &["bridge"],
        "had no effect there; nothing was written",
    );
    let Some(bridge) = compat.member("bridge") else {
        return;
    };
    if bridge.member("enabled").and_then(Spot::text) != Some("true") {
        return writer.exact(bridge, "is off: no rewrites were written");
    }
    let agents: Vec<Out> = bridge
        .member("exclude_user_agents")
        .map(Spot::items)
        .unwrap_or_default()
        .into_iter()
        .map(Writer::text)
        .collect();
    for rule in bridge.member("rules").map(Spot::items).unwrap_or_default() {
        rewrite(writer, rule, &agents);
    }
}

fn rewrite(writer: &mut Writer<'_>, rule: Spot<'_>, agents: &[Out]) {
    let text = |key: &str| rule.member(key).and_then(Spot::text).unwrap_or_default();
    let (from, to) = (text("from").trim(), text("to").trim());
    if from.is_empty() || to.is_empty() {
        return writer.exact(rule, "was passed over there too: `from` or `to` is empty");
    }
    if from.contains(['[', ']', '{', '\\']) || from.contains("**") {
        return writer.manual(
            rule,
            "left out: a glob has `*` and `?` only; write one rewrite for each case",
        );
    }
    if !writer.is_model_name(rule, from) || !writer.is_model_name(rule, to) {
        return;
    }
    if !writer.takes(to) {
        return writer.manual(rule, "left out: it leads to a model that no provider has");
    }
    let mut rewrite = map([("from", Out::text(from)), ("to", Out::text(to))]);
    if !agents.is_empty() {
        rewrite.set(&["unless_user_agent"], Out::List(agents.to_vec()));
    }
    writer.out.push(&["rewrites"], rewrite);
    if aigw_routing::Glob::is_pattern(from) {
        writer.exact(rule, "a rewrite");
    } else {
        writer.approximate(rule, "a rewrite; names are compared with their case here");
    }
}
