//! The compiled form of a document: every default filled in, every reference resolved, every name checked.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aigw_routing::{
    ClassSet, CooldownPolicy, FailureClass, OnBreak, RateLimit, RetryPolicy, StickyPolicy, Strategy,
};
use indexmap::IndexMap;
use ipnet::IpNet;

use crate::Secret;

/// A whole document, compiled. Order of providers and models is the document's.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Providers by name, disabled ones too.
    pub providers: IndexMap<Arc<str>, Provider>,
    /// Public models by name or glob.
    pub models: IndexMap<Arc<str>, Model>,
    /// Model-name rewrites, first match wins.
    pub rewrites: Vec<Rewrite>,
    /// Upstream answers that count as failures.
    pub intercepts: Vec<Intercept>,
    /// Bounds of the data plane.
    pub limits: Limits,
    /// SHA-256 of the document's text, 64 lower-case hex digits. Resolved values do not enter it.
    pub digest: String,
}

/// A company or server with a base URL and credentials.
#[derive(Debug, Clone, PartialEq)]
pub struct Provider {
    /// Its name in the document.
    pub name: Arc<str>,
    /// A row of the provider table.
    pub kind: String,
    /// Where it is reached; `None`: the kind's default.
    pub base_url: Option<String>,
    /// Keys to present, each with its own health; empty: none configured.
    pub credentials: Vec<Credential>,
    /// Headers added to every request to it.
    pub headers: Vec<(String, Secret<String>)>,
    /// Dialects it speaks; `None`: the kind's.
    pub dialects: Option<Vec<String>>,
    /// How long each phase of a call may take.
    pub timeouts: Timeouts,
    /// Requests in flight at once; `None`: no bound of its own.
    pub max_in_flight: Option<u32>,
    /// Outbound rate; `None`: unbounded.
    pub rate_limit: Option<RateLimit>,
    /// Active probe; `None`: off.
    pub probe: Option<Probe>,
    /// Address ranges outside the public internet that it may be reached in.
    pub allow: Vec<IpNet>,
    /// PEM file with certificate authorities trusted in addition to the system's.
    pub ca_file: Option<PathBuf>,
    /// Whether usage is asked for on streams whose caller did not ask.
    pub usage: UsagePolicy,
    /// Whether requests may go to it.
    pub enabled: bool,
}

/// One key of a provider.
#[derive(Debug, Clone, PartialEq)]
pub struct Credential {
    /// Stable name; `default` for a single `api_key`.
    pub name: String,
    /// The key itself.
    pub key: Secret<String>,
    /// What may be shown instead: the reference as written (`${OPENAI_API_KEY}`), or `[redacted]` for a key written out.
    pub shown: String,
    /// Share among the healthy keys of the provider, 0 to 1000; 0 drains.
    pub weight: u32,
}

/// How long each phase of one upstream call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Name resolution, TCP and TLS.
    pub connect: Duration,
    /// From the request sent to the first byte of the answer's head.
    pub first_byte: Duration,
    /// From the request sent to the first content of a stream.
    pub first_token: Duration,
    /// Between two chunks of an answer.
    pub idle: Duration,
    /// The whole call.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(60),
            first_token: Duration::from_secs(120),
            idle: Duration::from_secs(60),
            total: Duration::from_secs(15 * 60),
        }
    }
}

/// An active probe of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Path below the base URL, beginning with `/`.
    pub path: String,
    /// Time between two probes.
    pub interval: Duration,
    /// How long one probe may take.
    pub timeout: Duration,
}

/// Whether the gateway asks for usage on chat streams whose caller did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UsagePolicy {
    /// Ask, and take the added chunk out again.
    #[default]
    Include,
    /// Send what the caller sent.
    AsAsked,
}

/// A public model: the name callers send.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Public name, or a glob with `*` and `?`.
    pub name: Arc<str>,
    /// Where its requests may go; never empty.
    pub targets: Vec<Target>,
    /// How targets of one priority are ordered.
    pub strategy: Strategy,
    /// Models tried when this one fails, in order; keys of [`Config::models`], aliases already replaced.
    pub fallbacks: Vec<Arc<str>>,
    /// Further public names.
    pub aliases: Vec<String>,
    /// Members set, defaulted or dropped in request bodies.
    pub params: Params,
    /// What happens to request fields that a target's dialect cannot express.
    pub fidelity: Fidelity,
    /// Tokens that fit into one request.
    pub context_window: Option<u64>,
    /// Tokens that one answer may have.
    pub max_output_tokens: Option<u64>,
    /// Attempts and their spacing.
    pub retry: RetryPolicy,
    /// When a failing target is held out.
    pub cooldown: CooldownPolicy,
    /// Failure classes that lead to the fallbacks.
    pub fallback_on: ClassSet,
    /// Callers that stay on their target; `None`: off.
    pub sticky: Option<StickyPolicy>,
    /// What happens to a stream that breaks after content was sent.
    pub on_break: OnBreak,
}

/// Provider and upstream model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// A key of [`Config::providers`].
    pub provider: Arc<str>,
    /// The name to send upstream; `None` only below a glob: the name that the caller sent.
    pub model: Option<String>,
    /// Share within its priority, 0 to 1000; 0 drains.
    pub weight: u32,
    /// Lower numbers go first.
    pub priority: u32,
}

/// Changes to the top-level members of request bodies. Values are raw JSON, numbers spelled as in the document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Params {
    /// Added when the caller did not send the member.
    pub defaults: Vec<(String, String)>,
    /// Set whatever the caller sent.
    pub set: Vec<(String, String)>,
    /// Taken out.
    pub drop: Vec<String>,
}

/// What happens to request fields that a target's dialect cannot express.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fidelity {
    /// They are left out and reported.
    #[default]
    Lenient,
    /// The request is refused with their list.
    Strict,
}

/// A rewrite of model names, before routing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// Glob that the requested name must match.
    pub from: String,
    /// The name routed instead.
    pub to: String,
    /// Globs over the user agent: callers that match any are left alone.
    pub unless_user_agent: Vec<String>,
}

/// An upstream answer that counts as a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intercept {
    /// Status codes it applies to; empty: every status.
    pub statuses: Vec<u16>,
    /// Texts of which the body must contain one; empty: every body.
    pub body_contains: Vec<String>,
    /// The class that the answer then has.
    pub as_class: FailureClass,
}

/// Bounds of the data plane. Sizes in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Request body.
    pub body: u64,
    /// Requests in flight over all callers.
    pub in_flight: u32,
    /// How long a request may wait for capacity.
    pub queue_max_wait: Duration,
    /// How long a caller may take to send the request head.
    pub header_read: Duration,
    /// How long a caller may pause within the request body.
    pub body_idle: Duration,
    /// Buffered upstream answer.
    pub upstream_body: u64,
    /// One event of an upstream stream.
    pub upstream_event: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 64 << 20,
            in_flight: 4096,
            queue_max_wait: Duration::from_secs(10),
            header_read: Duration::from_secs(10),
            body_idle: Duration::from_secs(15),
            upstream_body: 64 << 20,
            upstream_event: 8 << 20,
        }
    }
}
