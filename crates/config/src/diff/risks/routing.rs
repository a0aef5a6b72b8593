//! Risks of changes to policies, limits and rewrites.

use super::{Found, Risks, milliseconds};
use crate::diff::What;
use crate::diff::facts::Both;

/// With so many failures, a target that is down is asked for a long time.
const MANY_FAILURES: f64 = 50.0;
/// A hold shorter than this many milliseconds holds nothing back.
const SHORT_HOLD: u64 = 1000;

/// A policy of `routing`, or of a model that overrides it.
pub(super) fn policy(risks: &mut Risks, found: &Found, rest: &[&str], whose: &str) {
    let after = found.after.as_deref().unwrap_or_default();
    match rest {
        ["retry", "attempts"] if after == "1" => {
            risks.medium(
                "no_retry",
                format!("a failed call of {whose} is not tried on another target"),
            );
        }
        ["retry", "attempts"] if found.loosened() == Some(true) => {
            risks.low(
                "more_attempts",
                "failing requests take longer and may cost more",
            );
        }
        ["retry", "budget"] if found.shortened_to().is_some_and(|span| span < 10_000) => {
            risks.medium(
                "timeout_short",
                "below 10s, the second attempt often comes too late",
            );
        }
        ["cooldown", "failures"]
            if after
                .parse()
                .is_ok_and(|failures: f64| failures >= MANY_FAILURES) =>
        {
            risks.medium("cooldown_disabled", "a target that is down is asked so often before it is held out that the cooldown is as good as off");
        }
        ["cooldown", "for"] if milliseconds(after).is_some_and(|span| span < SHORT_HOLD) => {
            risks.medium(
                "cooldown_disabled",
                "below 1s, a target that is down is asked again at once",
            );
        }
        ["fallback_on", class] if found.is_removed() => {
            risks.medium(
                "fallback_lost",
                format!("failures of class {class} no longer lead to fallbacks"),
            );
        }
        ["fallback_on"] => risks.low(
            "fallback_changed",
            "other failures than before lead to fallbacks",
        ),
        ["sticky"] if after == "off" => {
            risks.low(
                "sticky_off",
                "sessions move between targets, which loses their prompt caches",
            );
        }
        ["stream", "on_break"] if after == "error" => {
            risks.low(
                "streams_break",
                "streams that break are no longer continued elsewhere",
            );
        }
        _ => {}
    }
}

/// A bound of the data plane.
pub(super) fn limit(risks: &mut Risks, found: &Found, rest: &[&str]) {
    match (found.loosened(), rest) {
        (Some(true), ["body" | "in_flight" | "upstream_body" | "upstream_event"]) => {
            risks.low("limit_raised", "the gateway may need more memory");
        }
        (Some(true), _) => risks.low(
            "limit_raised",
            "slow callers and full providers hold connections for longer",
        ),
        (Some(false), ["body"]) => {
            risks.medium("limit_lowered", "larger requests, with images say, get 413");
        }
        (Some(false), ["in_flight"]) => {
            risks.medium("limit_lowered", "more requests at a time get 503");
        }
        (Some(false), ["upstream_body" | "upstream_event"]) => {
            risks.medium("limit_lowered", "larger answers are cut off with an error");
        }
        (Some(false), _) => risks.medium("limit_lowered", "slower callers are turned away"),
        (None, _) => {}
    }
}

pub(super) fn rewrite(risks: &mut Risks, found: &Found, facts: &Both<'_>, from: &str) {
    match found.what {
        What::Added { .. } => {
            let glob = aigw_routing::Glob::new(from);
            let hidden: Vec<&str> = facts
                .after
                .models
                .keys()
                .map(String::as_str)
                .filter(|name| glob.matches(name))
                .collect();
            if !hidden.is_empty() {
                let names = super::listed(hidden.into_iter());
                risks.medium(
                    "traffic_moves",
                    format!("requests for {names} go to another model"),
                );
            }
        }
        What::Removed { .. } if facts.after.takes(from).is_none() => {
            risks.medium(
                "name_removed",
                format!("requests for `{from}` may be answered with 404"),
            );
        }
        _ => {}
    }
}
