//! Risks of changes to models.

use super::{Found, Risks, routing};
use crate::diff::What;
use crate::diff::facts::{Both, Facts, TargetFacts};

pub(super) fn risks(
    risks: &mut Risks,
    found: &Found,
    facts: &Both<'_>,
    model: &str,
    rest: &[&str],
) {
    match rest {
        [] => whole(risks, found, facts, model),
        ["aliases", alias] if found.is_removed() => name_lost(risks, facts, alias),
        ["targets", target] if found.is_removed() => target_removed(risks, facts, model, target),
        ["targets", target] if found.is_added() => unpriced(risks, facts, model, Some(target)),
        ["targets", _, "model"] => {
            risks.medium(
                "upstream_changed",
                "callers get answers of another upstream model under the same name",
            );
            unpriced(risks, facts, model, None);
        }
        ["targets", _, "weight"] if found.after.as_deref() == Some("0") => {
            drained(risks, facts, model);
        }
        ["targets", _, "priority"] => preferred(risks, facts, model),
        ["targets"] if matches!(found.what, What::Reordered { .. }) => {
            risks.low(
                "order_changed",
                "with `strategy: ordered`, another target is asked first",
            );
        }
        ["fallbacks", _] if found.is_removed() => fallback_lost(risks, facts, model),
        ["fidelity"] if found.after.as_deref() == Some("strict") => {
            risks.medium(
                "fidelity_changed",
                "requests with fields that a target cannot express are refused",
            );
        }
        ["fidelity"] => risks.medium(
            "fidelity_changed",
            "fields that a target cannot express are left out",
        ),
        ["params", ..] => risks.low(
            "params_changed",
            "the bodies that go upstream change for every caller",
        ),
        ["context_window" | "max_output_tokens"] if found.loosened() == Some(false) => {
            risks.low(
                "window_smaller",
                "callers are told that less fits, and shorten what they send",
            );
        }
        _ => routing::policy(risks, found, rest, "this model"),
    }
}

fn whole(risks: &mut Risks, found: &Found, facts: &Both<'_>, model: &str) {
    match &found.what {
        What::Added { .. } => unpriced(risks, facts, model, None),
        What::Removed { .. } => {
            name_lost(risks, facts, model);
            for alias in facts
                .before
                .models
                .get(model)
                .map(|model| model.aliases.as_slice())
                .unwrap_or_default()
            {
                name_lost(risks, facts, alias);
            }
        }
        What::Renamed { .. } => {
            name_lost(risks, facts, found.before.as_deref().unwrap_or_default());
        }
        _ => {}
    }
}

/// Callers use a name that is no longer declared.
fn name_lost(risks: &mut Risks, facts: &Both<'_>, name: &str) {
    match facts.after.takes(name) {
        Some(other) => risks.medium(
            "name_moved",
            format!("requests for `{name}` are now taken by `{other}`"),
        ),
        None => risks.high(
            "name_removed",
            format!("requests for `{name}` are answered with 404"),
        ),
    }
}

fn target_removed(risks: &mut Risks, facts: &Both<'_>, model: &str, target: &str) {
    let served =
        find(&facts.before, model, target).is_some_and(|target| facts.before.serves(target));
    if !served {
        return;
    }
    if facts.after.is_served(model) {
        risks.medium(
            "target_removed",
            "it serves traffic; the other targets take that over",
        );
    } else {
        risks.high(
            "target_removed",
            "it serves traffic, and no other target can",
        );
    }
    preferred(risks, facts, model);
}

fn drained(risks: &mut Risks, facts: &Both<'_>, model: &str) {
    if facts.after.is_served(model) {
        risks.medium("target_drained", "with weight 0 it gets no new traffic");
    } else {
        risks.high(
            "target_drained",
            "every target has weight 0 or a disabled provider: new requests fail",
        );
    }
}

/// Notes that another set of targets now goes first.
fn preferred(risks: &mut Risks, facts: &Both<'_>, model: &str) {
    let (before, after) = (first(&facts.before, model), first(&facts.after, model));
    if !after.is_empty() && before.iter().all(|target| !after.contains(target)) {
        risks.medium(
            "traffic_moves",
            format!("the first choice is now {}", after.join(", ")),
        );
    }
}

/// The targets of the best priority that can serve.
fn first(facts: &Facts, model: &str) -> Vec<String> {
    let targets = facts
        .models
        .get(model)
        .map(|model| model.targets.as_slice())
        .unwrap_or_default();
    let serving = || targets.iter().filter(|target| facts.serves(target));
    let best = serving().map(|target| target.priority).min();
    serving()
        .filter(|target| Some(target.priority) == best)
        .map(identity)
        .collect()
}

fn fallback_lost(risks: &mut Risks, facts: &Both<'_>, model: &str) {
    let left = facts
        .after
        .models
        .get(model)
        .is_some_and(|model| !model.fallbacks.is_empty());
    if left {
        risks.medium(
            "fallback_lost",
            "one model less is tried when this one fails",
        );
    } else {
        risks.high(
            "fallback_lost",
            "no other model is tried any more when this one fails",
        );
    }
}

/// Notes upstream models whose price is not known: those of one target, or of all.
fn unpriced(risks: &mut Risks, facts: &Both<'_>, model: &str, target: Option<&str>) {
    let Some(priced) = facts.prices else { return };
    let targets = facts
        .after
        .models
        .get(model)
        .map(|model| model.targets.as_slice())
        .unwrap_or_default();
    let mut noted: Vec<&str> = Vec::new();
    for candidate in targets
        .iter()
        .filter(|candidate| target.is_none_or(|wanted| identity(candidate) == wanted))
    {
        if !priced(&candidate.model) && !noted.contains(&candidate.model.as_str()) {
            noted.push(&candidate.model);
            risks.medium(
                "price_unknown",
                format!(
                    "the price of `{}` is not known: its cost is not counted",
                    candidate.model
                ),
            );
        }
    }
}

fn find<'f>(facts: &'f Facts, model: &str, target: &str) -> Option<&'f TargetFacts> {
    facts
        .models
        .get(model)?
        .targets
        .iter()
        .find(|candidate| identity(candidate) == target)
}

fn identity(target: &TargetFacts) -> String {
    format!("{}/{}", target.provider, target.model)
}
