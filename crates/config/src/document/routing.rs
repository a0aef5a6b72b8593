//! `routing`.

use aigw_routing::{FailureClass, OnBreak, StickySource};

use super::{DAY, MINUTE};
use crate::declare::section;
use crate::read::{Choice, Count, List, Named, OffOr, Span};

section! {
    /// How failures are handled, for every model that does not say otherwise.
    RoutingDoc titled "routing" {
        optional "retry" => retry: RetryDoc, "Attempts and their spacing.", "{attempts: 3}";
        optional "cooldown" => cooldown: CooldownDoc, "When a failing target is held out.", "{failures: 5}";
        default("[rate_limited, overloaded, server_error, network, timeout, auth, billing, model_missing, context_length]") "fallback_on" => fallback_on: List<Choice<FallbackClass>, 0, 16>, "Failure classes that lead on to the fallbacks.", "[timeout, network]";
        default("{by: [session], ttl: 30m}") "sticky" => sticky: OffOr<StickyDoc>, "Callers that stay on the target that answered them, or `off`.", "{ttl: 10m}";
        optional "stream" => stream: StreamDoc, "Streams that break.", "{on_break: continue}";
    }
}

section! {
    /// Attempts and their spacing. Other targets are tried first and at once; waiting is for a target that is tried again.
    RetryDoc titled "routing.retry" {
        default("4") "attempts" => attempts: Count<1, 20>, "Upstream calls over all targets of one model. Fallbacks have their own.", "2";
        default("200ms") "backoff" => backoff: Span<0, { 10 * MINUTE }>, "Longest wait before the same target is tried again; doubles with each time, and the actual wait is random below it.", "500ms";
        default("5s") "backoff_max" => backoff_max: Span<0, { 10 * MINUTE }>, "Where the doubling ends.", "2s";
        default("5s") "retry_after_max" => retry_after_max: Span<0, { 10 * MINUTE }>, "Longest `retry-after` that is waited for.", "1s";
        default("60s") "budget" => budget: Span<1, DAY>, "Time after which no further attempt of the model begins.", "30s";
    }
}

section! {
    /// When a failing target is held out. Failures that count are `overloaded`, `server_error`, `network` and `timeout`.
    CooldownDoc titled "routing.cooldown" {
        default("3") "failures" => failures: Count<1, 1000>, "Failures within `window` that hold the target.", "5";
        default("30s") "window" => window: Span<1, DAY>, "How far back failures count.", "1m";
        default("30s") "for" => hold: Span<1, DAY>, "How long the target is held; then a single request is the trial that ends it or not.", "10s";
    }
}

/// A class that may lead to fallbacks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FallbackClass(pub(crate) FailureClass);

impl Named for FallbackClass {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("rate_limited", Self(FailureClass::RateLimited)),
        ("overloaded", Self(FailureClass::Overloaded)),
        ("server_error", Self(FailureClass::ServerError)),
        ("network", Self(FailureClass::Network)),
        ("timeout", Self(FailureClass::Timeout)),
        ("auth", Self(FailureClass::Auth)),
        ("billing", Self(FailureClass::Billing)),
        ("model_missing", Self(FailureClass::ModelMissing)),
        ("context_length", Self(FailureClass::ContextLength)),
        ("content_filter", Self(FailureClass::ContentFilter)),
    ];
}

section! {
    /// Callers that stay on the target that answered them.
    StickyDoc titled "routing.sticky" {
        default("[session]") "by" => by: List<Choice<StickySource>, 1, 2>, "What tells callers apart; the first that the request has is taken. `session`: the session that it names. `user`: the end user that it names.", "[session, user]";
        default("30m") "ttl" => ttl: Span<1000, { 7 * DAY }>, "How long a caller stays after the last success.", "10m";
    }
}

impl Named for StickySource {
    const NAMES: &'static [(&'static str, Self)] =
        &[("session", Self::Session), ("user", Self::User)];
}

section! {
    /// Streams that break.
    StreamDoc titled "routing.stream" {
        default("error") "on_break" => on_break: Choice<OnBreak>, "What happens when a stream breaks after content was sent. `error`: it ends with the dialect's error event. `continue`: another target is asked for the rest of a text-only answer.", "continue";
    }
}

impl Named for OnBreak {
    const NAMES: &'static [(&'static str, Self)] =
        &[("error", Self::Error), ("continue", Self::Continue)];
}
