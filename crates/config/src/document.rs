//! The sections of the document, declared.

mod model;
mod provider;
mod routing;
mod rules;

use aigw_routing::FailureClass;

use crate::declare::section;
use crate::read::{Choice, Count, List, ModelName, Named, ProviderName, Size, Span, Table, Text};

pub(crate) use model::{ModelDoc, ParamsDoc, TargetDoc};
pub(crate) use provider::{CredentialDoc, ProbeDoc, ProviderDoc, RateLimitDoc, TimeoutsDoc};
pub(crate) use routing::{CooldownDoc, FallbackClass, RetryDoc, RoutingDoc, StickyDoc, StreamDoc};
pub(crate) use rules::{
    AnyGlob, AnyText, FileName, Glob, MemberText, ModelText, Network, ProbePath, ProviderText, Url,
    Version, glob_syntax,
};

/// One day in milliseconds.
const DAY: u64 = 86_400_000;
/// One hour in milliseconds.
const HOUR: u64 = 3_600_000;
/// One minute in milliseconds.
const MINUTE: u64 = 60_000;

section! {
    /// A document is YAML 1.2 or JSON, at most 10 MiB, without anchors, aliases and tags. Keys that are not listed here
    /// are errors.
    ///
    /// `${NAME}` stands for an environment variable, `${file:/path}` for the content of a file (without the line end at
    /// its end), `${secret:name}` for a sealed secret; they may be all or part of any value, and are resolved when the
    /// document is compiled. `${secret:name}` is allowed only in values that are never shown: `api_key` and `headers`. `$${` stands for the text `${`.
    ///
    /// Durations are whole numbers with a unit out of `ms`, `s`, `m`, `h` and `d`; a bare `0` needs none. Sizes are whole
    /// numbers of bytes, or with a unit out of `KB`, `MB`, `GB` (powers of 1000), `KiB`, `MiB` and `GiB` (powers of 1024).
    RootDoc titled "the document" {
        required "version" => version: Version, "Format of the document; this version reads `1`.", "1";
        required "providers" => providers: Table<ProviderName, ProviderDoc>, "Where requests can be sent: companies or servers with a base URL and credentials. At least one.", "{openai: {kind: openai, api_key: \"${OPENAI_API_KEY}\"}}";
        required "models" => models: Table<ModelName, ModelDoc>, "The names that callers send, and where they lead. `*` in a name stands for any text, `?` for one character; an exact name goes before globs, and of several globs the one with the longest text before its first wildcard is taken. At least one.", "{gpt-4o: {targets: [{provider: openai}]}}";
        optional "routing" => routing: RoutingDoc, "How failures are handled; models may override each block.", "{retry: {attempts: 3}}";
        optional "rewrites" => rewrites: List<RewriteDoc, 0, 1000>, "Changes of the requested model name before routing. The first match counts.", "[{from: \"gpt-5.2*\", to: gpt-4o}]";
        optional "intercepts" => intercepts: List<InterceptDoc, 0, 1000>, "Upstream answers that are treated as failures. The first match counts.", "[{statuses: [200], body_contains: [quota exceeded], as: rate_limited}]";
        optional "limits" => limits: LimitsDoc, "Bounds of the data plane.", "{body: 64MiB}";
    }
    later {
        "clients", "Declared client keys and their groups.";
        "cache", "Response cache.";
        "capture", "Capture of requests and answers.";
        "pricing", "Prices.";
        "telemetry", "Retention and export of telemetry.";
    }
}

section! {
    /// A change of the requested model name, before routing.
    RewriteDoc titled "rewrites[]" {
        required "from" => from: Text<Glob>, "Glob that the requested name must match as a whole.", "\"gpt-5.2*\"";
        required "to" => to: Text<ModelText>, "The name that is routed instead; a model, an alias, or a name that a glob model takes.", "gpt-4o";
        optional "unless_user_agent" => unless_user_agent: List<Text<AnyGlob>, 0, 100>, "Callers whose user agent matches one of these globs as a whole are left alone.", "[\"*Codex Desktop*\"]";
    }
}

section! {
    /// An upstream answer that is treated as a failure of a class. At least one of `statuses` and `body_contains` is needed; with both, both must match.
    InterceptDoc titled "intercepts[]" {
        optional "statuses" => statuses: List<Count<100, 599>, 1, 500>, "Status codes it applies to. Not written: every status.", "[200]";
        optional "body_contains" => body_contains: List<Text<AnyText>, 1, 100>, "Texts of which the body must contain one. Not written: every body.", "[\"quota exceeded\"]";
        required "as" => as_class: Choice<InterceptClass>, "The failure class that the answer then has.", "rate_limited";
    }
}

/// A class that an answer can be given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InterceptClass(pub(crate) FailureClass);

impl Named for InterceptClass {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("invalid_request", Self(FailureClass::InvalidRequest)),
        ("context_length", Self(FailureClass::ContextLength)),
        ("content_filter", Self(FailureClass::ContentFilter)),
        ("auth", Self(FailureClass::Auth)),
        ("billing", Self(FailureClass::Billing)),
        ("model_missing", Self(FailureClass::ModelMissing)),
        ("rate_limited", Self(FailureClass::RateLimited)),
        ("overloaded", Self(FailureClass::Overloaded)),
        ("server_error", Self(FailureClass::ServerError)),
        ("network", Self(FailureClass::Network)),
        ("timeout", Self(FailureClass::Timeout)),
    ];
}

section! {
    /// Bounds of the data plane.
    LimitsDoc titled "limits" {
        default("64MiB") "body" => body: Size<1024, { 4 << 30 }>, "Largest request body; larger ones get 413.", "16MiB";
        default("4096") "in_flight" => in_flight: Count<1, 1_000_000>, "Requests in flight over all callers; more get 503.", "512";
        optional "queue" => queue: QueueDoc, "Waiting for capacity.", "{max_wait: 10s}";
        default("10s") "header_read" => header_read: Span<1, HOUR>, "How long a caller may take to send the request head; then 408.", "5s";
        default("15s") "body_idle" => body_idle: Span<1, HOUR>, "How long a caller may pause within the request body; then 408.", "30s";
        default("64MiB") "upstream_body" => upstream_body: Size<1024, { 4 << 30 }>, "Largest upstream answer that is not a stream.", "32MiB";
        default("8MiB") "upstream_event" => upstream_event: Size<1024, { 1 << 30 }>, "Largest event of an upstream stream.", "1MiB";
    }
}

section! {
    /// Waiting for capacity.
    QueueDoc titled "limits.queue" {
        default("10s") "max_wait" => max_wait: Span<0, { 10 * MINUTE }>, "How long a request may wait while every target is at its `max_in_flight`; `0` never waits.", "2s";
    }
}
