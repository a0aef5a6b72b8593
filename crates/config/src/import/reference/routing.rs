//! `routing`: retries, cooldown, stickiness, probes, intercepts.

use crate::import::writer::{Writer, map, milliseconds, whole};
use crate::import::yaml::Out;
use crate::spot::Spot;

const DAY: u64 = 86_400_000;

pub(super) fn convert(writer: &mut Writer<'_>, routing: Spot<'_>, providers: &[String]) {
    strategy(writer, routing);
    retries(writer, routing);
    if let Some(policy) = routing.member("failure_policy") {
        cooldown(writer, policy);
    }
    if let Some(health) = routing.member("health") {
        probes(writer, health, providers);
    }
    if let Some(sticky) = routing.member("sticky_sessions") {
        stickiness(writer, sticky);
    }
    for intercept in routing
        .member("intercepts")
        .map(Spot::items)
        .unwrap_or_default()
    {
        intercepted(writer, intercept);
    }
    if let Some(ssrf) = routing.member("ssrf") {
        networks(writer, ssrf, providers);
    }
    for (key, why) in [
        ("rate_limit", "limits of callers belong to their keys"),
        (
            "cache",
            "the response cache is not part of the document in this version",
        ),
        (
            "key_rotation",
            "had no effect there; a provider has `credentials`",
        ),
        (
            "queue",
            "had no effect there; see `max_in_flight` and `limits.queue`",
        ),
        ("compression", "had no effect there"),
    ] {
        if let Some(spot) = routing.member(key) {
            writer.manual(spot, why);
        }
    }
    let known = [
        "strategy",
        "max_retries",
        "retry_backoff",
        "retry",
        "failure_policy",
        "health",
        "sticky_sessions",
        "intercepts",
        "ssrf",
        "rate_limit",
        "cache",
        "key_rotation",
        "queue",
        "compression",
    ];
    writer.rest(
        routing,
        &known,
        "there is no counterpart; nothing was written",
    );
}

fn strategy(writer: &mut Writer<'_>, routing: Spot<'_>) {
    let Some(spot) = routing.member("strategy") else {
        return;
    };
    match spot.text().unwrap_or_default() {
        "health_weighted_rr" | "weighted_rr" => writer.approximate(
            spot,
            "`weighted`, the default; health puts targets last whatever the strategy",
        ),
        "round_robin" => {
            for model in writer
                .out
                .member("models")
                .map(Out::keys)
                .unwrap_or_default()
            {
                writer
                    .out
                    .set(&["models", &model, "strategy"], Out::text("round_robin"));
            }
            writer.exact(spot, "`round_robin`, written at every model");
        }
        _ => writer.manual(spot, "there is no such strategy; models keep `weighted`"),
    }
}

fn retries(writer: &mut Writer<'_>, routing: Spot<'_>) {
    if let (Some(spot), Some(retries)) = (
        routing.member("max_retries"),
        whole(routing.member("max_retries"), 19),
    ) {
        // The source takes 0 for its default of 2.
        let attempts = if retries == 0 { 3 } else { retries + 1 };
        writer.out.set(
            &["routing", "retry", "attempts"],
            Out::Raw(attempts.to_string()),
        );
        writer.exact(
            spot,
            format!("{attempts} attempts, the first call among them"),
        );
    }
    if let Some(backoff) = routing.member("retry_backoff") {
        let first = whole(backoff.member("initial_ms"), 600_000).unwrap_or(3000);
        let most = whole(backoff.member("max_ms"), 600_000)
            .unwrap_or(30_000)
            .max(first);
        writer
            .out
            .set(&["routing", "retry", "backoff"], milliseconds(first));
        writer
            .out
            .set(&["routing", "retry", "backoff_max"], milliseconds(most));
        writer.approximate(
            backoff,
            "waits are random up to the backoff, and only before the same target is tried again",
        );
    }
    let Some(retry) = routing.member("retry") else {
        return;
    };
    if let (Some(spot), Some(budget)) = (
        retry.member("max_elapsed_ms"),
        whole(retry.member("max_elapsed_ms"), DAY).filter(|budget| *budget > 0),
    ) {
        writer
            .out
            .set(&["routing", "retry", "budget"], milliseconds(budget));
        writer.approximate(
            spot,
            "`budget`, which each model of a chain of fallbacks has for itself",
        );
    }
    writer.rest(retry, &["max_elapsed_ms"], "which failures are tried again follows from their class; use `intercepts` for answers that hide one");
}

fn cooldown(writer: &mut Writer<'_>, policy: Spot<'_>) {
    if policy.member("disable_cooldown").and_then(Spot::text) == Some("true") {
        writer.out.set(
            &["routing", "cooldown", "failures"],
            Out::Raw(String::from("1000")),
        );
        writer.approximate(policy, "a cooldown cannot be switched off; it begins only after 1000 failures within its window");
    } else if let (Some(spot), Some(failures)) = (
        policy.member("threshold"),
        whole(policy.member("threshold"), 1000).filter(|failures| *failures > 0),
    ) {
        writer.out.set(
            &["routing", "cooldown", "failures"],
            Out::Raw(failures.to_string()),
        );
        writer.approximate(
            spot,
            "failures within `window` count, also when calls between them succeed",
        );
    }
    if let (Some(spot), Some(time)) = (
        policy.member("cooldown_sec"),
        whole(policy.member("cooldown_sec"), DAY / 1000).filter(|time| *time > 0),
    ) {
        writer
            .out
            .set(&["routing", "cooldown", "for"], milliseconds(time * 1000));
        writer.exact(spot, "how long a target is held");
    }
    writer.rest(policy, &["disable_cooldown", "threshold", "cooldown_sec"], "no counterpart: a held target comes back through one trial request, after 429 when the provider says so");
}

fn probes(writer: &mut Writer<'_>, health: Spot<'_>, providers: &[String]) {
    if health.member("enabled").and_then(Spot::text) != Some("true") {
        return writer.exact(health, "is off: no probes were written");
    }
    let interval = whole(health.member("interval_sec"), DAY / 1000)
        .unwrap_or(10)
        .max(1)
        * 1000;
    let timeout = whole(health.member("timeout_ms"), 3_600_000)
        .unwrap_or(2000)
        .clamp(1, interval);
    let path = health
        .member("path")
        .and_then(Spot::text)
        .unwrap_or("/v1/models");
    let path = path
        .strip_prefix("/v1")
        .filter(|path| path.starts_with('/'))
        .unwrap_or(path);
    let probe = map([
        ("path", Out::text(path)),
        ("interval", milliseconds(interval)),
        ("timeout", milliseconds(timeout)),
    ]);
    for provider in providers {
        writer
            .out
            .set(&["providers", provider, "probe"], probe.clone());
    }
    writer.approximate(
        health,
        "a probe of every provider, below its base URL; a failing one puts its targets last",
    );
}

fn stickiness(writer: &mut Writer<'_>, sticky: Spot<'_>) {
    if sticky.member("enabled").and_then(Spot::text) == Some("true") {
        let ttl = whole(sticky.member("ttl_sec"), 604_800)
            .unwrap_or(1800)
            .max(1);
        writer.out.set(
            &["routing", "sticky"],
            map([("ttl", milliseconds(ttl * 1000))]),
        );
        writer.approximate(sticky, "callers stay by the session that they name");
    } else {
        writer.out.set(&["routing", "sticky"], Out::text("off"));
        writer.exact(sticky, "`sticky: off`");
    }
}

fn intercepted(writer: &mut Writer<'_>, intercept: Spot<'_>) {
    let statuses: Vec<u64> = items(intercept, "status_codes")
        .into_iter()
        .filter_map(|spot| whole(Some(spot), 1000))
        .filter(|code| (100..600).contains(code))
        .collect();
    let words: Vec<Out> = items(intercept, "message_keywords")
        .into_iter()
        .map(Writer::text)
        .collect();
    let off = intercept.member("enabled").and_then(Spot::text) == Some("false");
    if off || (statuses.is_empty() && words.is_empty()) {
        return writer.manual(
            intercept,
            "left out: it is off, or names neither status codes nor keywords",
        );
    }
    let class = if statuses.contains(&429) {
        "rate_limited"
    } else {
        "server_error"
    };
    let mut written = Out::map();
    if !statuses.is_empty() {
        written.set(
            &["statuses"],
            Out::List(
                statuses
                    .into_iter()
                    .map(|code| Out::Raw(code.to_string()))
                    .collect(),
            ),
        );
    }
    if !words.is_empty() {
        written.set(&["body_contains"], Out::List(words));
    }
    written.set(&["as"], Out::text(class));
    writer.out.push(&["intercepts"], written);
    writer.approximate(intercept, format!("had no effect there; here it is an intercept of class `{class}`, with case, on every path"));
}

fn networks(writer: &mut Writer<'_>, ssrf: Spot<'_>, providers: &[String]) {
    const LOCAL: [&str; 2] = ["127.0.0.0/8", "::1/128"];
    const PRIVATE: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];
    let on = |key: &str| ssrf.member(key).and_then(Spot::text) == Some("true");
    let mut ranges: Vec<Out> = Vec::new();
    if on("allow_localhost") {
        ranges.extend(LOCAL.map(Out::text));
    }
    if on("allow_private_ip") {
        ranges.extend(PRIVATE.map(Out::text));
    }
    if ranges.is_empty() {
        return;
    }
    for provider in providers {
        writer.out.set(
            &["providers", provider, "network", "allow"],
            Out::List(ranges.clone()),
        );
    }
    writer.approximate(
        ssrf,
        "ranges that every provider may be reached in; leave them at those that need it",
    );
}

fn items<'t>(spot: Spot<'t>, key: &str) -> Vec<Spot<'t>> {
    spot.member(key).map(Spot::items).unwrap_or_default()
}
