//! Risks of changes to providers.

use super::{Found, Risks, listed};
use crate::diff::What;
use crate::diff::facts::Both;

/// Below this many milliseconds, answers of models that think first are cut off.
const SHORT: [(&str, u64, &str); 5] = [
    ("connect", 500, "500ms"),
    ("first_byte", 15_000, "15s"),
    ("first_token", 30_000, "30s"),
    ("idle", 15_000, "15s"),
    ("total", 120_000, "2m"),
];

pub(super) fn risks(
    risks: &mut Risks,
    found: &Found,
    facts: &Both<'_>,
    provider: &str,
    rest: &[&str],
) {
    match rest {
        [] if found.is_removed() => out_of_service(risks, facts, provider, "provider_removed"),
        ["enabled"] if found.after.as_deref() == Some("false") => {
            out_of_service(risks, facts, provider, "provider_disabled");
        }
        ["kind"] => risks.medium(
            "kind_changed",
            "requests are written for another kind of server",
        ),
        ["base_url"] => address(risks, found),
        ["api_key" | "headers", ..] | ["credentials", _, "api_key"] => {
            key(risks, found, facts, provider);
        }
        ["credentials", ..] => credential(risks, found, facts, provider, rest),
        ["timeouts", timeout] => short(risks, found, timeout),
        ["max_in_flight"] | ["rate_limit", ..] => limit(risks, found),
        ["network", "allow", range] if found.is_added() => {
            risks.medium(
                "network_widened",
                format!("the gateway may now connect to {range} for this provider"),
            );
        }
        ["dialects", ..] if found.is_removed() => {
            risks.medium(
                "dialect_removed",
                "requests in this dialect are translated, or go elsewhere",
            );
        }
        ["ca_file"] if !found.is_added() => {
            risks.medium(
                "trust_changed",
                "the server's certificate is checked against other authorities",
            );
        }
        ["usage"] if found.after.as_deref() == Some("as_asked") => {
            risks.low(
                "usage_unasked",
                "streams whose caller does not ask for usage have no token counts",
            );
        }
        ["probe"] if found.after.as_deref() == Some("off") => {
            risks.low("probe_off", "failures are noticed by requests only");
        }
        _ => {}
    }
}

/// No more requests go to the provider.
fn out_of_service(risks: &mut Risks, facts: &Both<'_>, provider: &str, code: &'static str) {
    let served: Vec<&str> = facts
        .before
        .models_of(provider)
        .filter(|model| {
            let model = facts.before.models.get(*model);
            model.is_some_and(|model| {
                model
                    .targets
                    .iter()
                    .any(|target| target.provider == provider && facts.before.serves(target))
            })
        })
        .collect();
    if served.is_empty() {
        return;
    }
    let (alive, dead): (Vec<&str>, Vec<&str>) = served
        .into_iter()
        .partition(|model| facts.after.is_served(model));
    if !dead.is_empty() {
        let text = format!("nothing else serves {}", listed(dead.into_iter()));
        risks.high(code, text);
    }
    if !alive.is_empty() {
        let text = format!(
            "it serves {}; the other targets take that over",
            listed(alive.into_iter())
        );
        risks.medium(code, text);
    }
}

fn address(risks: &mut Risks, found: &Found) {
    let parts = |text: &Option<String>| {
        let (scheme, rest) = text.as_deref()?.split_once("://")?;
        let authority = rest.split('/').next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        Some((scheme.to_ascii_lowercase(), String::from(host)))
    };
    let (before, after) = (parts(&found.before), parts(&found.after));
    let host = |parts: &Option<(String, String)>| parts.as_ref().map(|(_, host)| host.clone());
    if host(&before) != host(&after) {
        risks.high(
            "host_changed",
            "requests and the provider's keys go to another host",
        );
    }
    if after.is_some_and(|(scheme, _)| scheme == "http")
        && before.is_none_or(|(scheme, _)| scheme != "http")
    {
        risks.high("clear_text", "keys and prompts travel without encryption");
    }
}

fn key(risks: &mut Risks, found: &Found, facts: &Both<'_>, provider: &str) {
    let keys = facts
        .after
        .providers
        .get(provider)
        .map_or(0, |provider| provider.keys);
    match found.what {
        What::Removed { .. } if keys == 0 => {
            risks.high("key_removed", "requests go out without a key");
        }
        What::Changed { .. } | What::SecretChanged { .. } => {
            risks.low(
                "key_changed",
                "a wrong key shows only when the provider is asked: probe it after publishing",
            );
        }
        _ => {}
    }
}

fn credential(risks: &mut Risks, found: &Found, facts: &Both<'_>, provider: &str, rest: &[&str]) {
    let drained = matches!(rest, [_, _, "weight"]) && found.after.as_deref() == Some("0");
    if !drained && !found.is_removed() {
        return;
    }
    match facts
        .after
        .providers
        .get(provider)
        .map_or(0, |provider| provider.keys)
    {
        0 => risks.high(
            "key_removed",
            "no credential of the provider gets traffic any more",
        ),
        left => risks.medium(
            "key_removed",
            format!("its share goes to the {left} that are left"),
        ),
    }
}

fn short(risks: &mut Risks, found: &Found, timeout: &str) {
    let Some((_, bound, shown)) = SHORT.iter().find(|(name, _, _)| *name == timeout) else {
        return;
    };
    if found.shortened_to().is_some_and(|after| after < *bound) {
        let text = format!("below {shown}, slow but sound answers are cut off");
        risks.medium("timeout_short", text);
    }
}

fn limit(risks: &mut Risks, found: &Found) {
    if found.is_removed() {
        risks.low(
            "limit_removed",
            "the provider may be sent more than it takes",
        );
    } else if found.loosened() == Some(true) {
        risks.low(
            "limit_raised",
            "the provider may be sent more than it takes",
        );
    } else if found.is_added() || found.loosened() == Some(false) {
        risks.low(
            "limit_lowered",
            "requests beyond it wait, go elsewhere or get 429",
        );
    }
}
