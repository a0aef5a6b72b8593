//! `models.*`.

use aigw_routing::Strategy;

use super::{
    CooldownDoc, FallbackClass, MemberText, ModelText, ProviderText, RetryDoc, StickyDoc, StreamDoc,
};
use crate::Fidelity;
use crate::declare::section;
use crate::read::{Choice, Count, Json, List, MemberName, Named, OffOr, Table, Text, Whole};

section! {
    /// A public model: the name callers send, and where it leads.
    ModelDoc titled "models.*" {
        required "targets" => targets: List<TargetDoc, 1, 256>, "Where its requests may go.", "[{provider: openai}]";
        default("weighted") "strategy" => strategy: Choice<Strategy>, "Order of the targets of one priority. `weighted`: in proportion to the weights. `round_robin`: in turn. `least_latency`: shortest time to the first byte first. `least_busy`: fewest requests in flight for its weight first. `ordered`: as written.", "least_busy";
        optional "fallbacks" => fallbacks: List<Text<ModelText>, 0, 64>, "Models (or aliases) tried in this order when this one fails. Cycles are refused.", "[claude-sonnet]";
        optional "aliases" => aliases: List<Text<ModelText>, 0, 256>, "Further names that callers may send. Not globs.", "[gpt-4o-latest]";
        optional "params" => params: ParamsDoc, "Changes to the members of request bodies.", "{drop: [user]}";
        default("lenient") "fidelity" => fidelity: Choice<Fidelity>, "What happens to request fields that a target's dialect cannot express: `lenient` leaves them out and reports it, `strict` refuses the request.", "strict";
        optional "context_window" => context_window: Whole<1, 1_000_000_000>, "Tokens that fit into one request. Told to callers; after `context_length` only fallbacks with a larger window are tried.", "128000";
        optional "max_output_tokens" => max_output_tokens: Whole<1, 1_000_000_000>, "Tokens that one answer may have. Told to callers.", "16384";
        optional "retry" => retry: RetryDoc, "Overrides keys of `routing.retry`.", "{attempts: 2}";
        optional "cooldown" => cooldown: CooldownDoc, "Overrides keys of `routing.cooldown`.", "{failures: 5}";
        optional "fallback_on" => fallback_on: List<Choice<FallbackClass>, 0, 16>, "Replaces `routing.fallback_on`.", "[timeout]";
        optional "sticky" => sticky: OffOr<StickyDoc>, "Overrides keys of `routing.sticky`, or `off`.", "off";
        optional "stream" => stream: StreamDoc, "Overrides keys of `routing.stream`.", "{on_break: continue}";
    }
    later {
        "cache", "Overrides the response cache.";
        "limits", "Overrides limits.";
    }
}

impl Named for Strategy {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("weighted", Self::Weighted),
        ("round_robin", Self::RoundRobin),
        ("least_latency", Self::LeastLatency),
        ("least_busy", Self::LeastBusy),
        ("ordered", Self::Ordered),
    ];
    const LATER: &'static [&'static str] = &["lowest_cost"];
}

impl Named for Fidelity {
    const NAMES: &'static [(&'static str, Self)] =
        &[("lenient", Self::Lenient), ("strict", Self::Strict)];
}

section! {
    /// Where requests may go: a provider and the name of the model there.
    TargetDoc titled "models.*.targets[]" {
        required "provider" => provider: Text<ProviderText>, "One of `providers`.", "openai";
        optional "model" => model: Text<ModelText>, "Name of the model upstream. Not written: the public name; below a glob, the name that the caller sent.", "gpt-4o-2024-11-20";
        default("1") "weight" => weight: Count<0, 1000>, "Share within its priority; 0 drains: no new traffic, sticky callers stay.", "3";
        default("0") "priority" => priority: Count<0, 1000>, "Targets with a lower number go first; higher ones are used when none of those can be.", "1";
    }
}

section! {
    /// Changes to the top-level members of request bodies. `model` and `stream` cannot be changed.
    ParamsDoc titled "models.*.params" {
        optional "defaults" => defaults: Table<MemberName, Json>, "Members added when the caller did not send them.", "{temperature: 0.2}";
        optional "set" => set: Table<MemberName, Json>, "Members set whatever the caller sent.", "{store: false}";
        optional "drop" => drop: List<Text<MemberText>, 0, 256>, "Members taken out.", "[user]";
    }
}
