//! What a routing table is built from.

use std::sync::Arc;
use std::time::Duration;

use crate::class::ClassSet;
use crate::policy::{
    CooldownPolicy, DEFAULT_FALLBACK_ON, OnBreak, RateLimit, RetryPolicy, StickyPolicy, Strategy,
};

/// Everything a [`Table`](crate::Table) is built from. Ids of the table are positions in these lists.
#[derive(Debug, Clone)]
pub struct TableSpec {
    /// The providers; [`TargetSpec::provider`] is a position in this list.
    pub providers: Vec<ProviderSpec>,
    /// The public models; [`ModelSpec::fallbacks`] are positions in this list.
    pub models: Vec<ModelSpec>,
    /// How long a request may wait for a provider that is at its `max_in_flight`.
    pub capacity_wait: Duration,
    /// What the bits of [`ProviderSpec::keeps`] are called, from the lowest on.
    pub things: Vec<&'static str>,
}

impl Default for TableSpec {
    fn default() -> Self {
        TableSpec {
            providers: Vec::new(),
            models: Vec::new(),
            capacity_wait: Duration::from_secs(10),
            things: Vec::new(),
        }
    }
}

/// A server that requests are sent to.
#[derive(Debug, Clone)]
pub struct ProviderSpec {
    /// Stable identity (the configured name): health is carried over to the next table by it.
    pub key: Arc<str>,
    /// Most requests at the same time; `None` is without bound.
    pub max_in_flight: Option<u32>,
    /// How fast requests may go out; `None` is without bound.
    pub rate_limit: Option<RateLimit>,
    /// One bit per thing that the provider can do; a request names the bits that it needs.
    pub capabilities: u32,
    /// One bit per thing in requests that it takes without loss; a request names the bits of what is in it. All of them by
    /// default.
    pub keeps: u64,
    /// The pool of credentials; empty for a provider that wants none.
    pub credentials: Vec<CredentialSpec>,
}

impl Default for ProviderSpec {
    fn default() -> Self {
        ProviderSpec {
            key: Arc::default(),
            max_in_flight: None,
            rate_limit: None,
            capabilities: 0,
            keeps: u64::MAX,
            credentials: Vec::new(),
        }
    }
}

/// One credential of a provider's pool.
#[derive(Debug, Clone)]
pub struct CredentialSpec {
    /// Stable identity within the provider; a key that was replaced by another should get another identity.
    pub key: Arc<str>,
    /// Share of the provider's traffic; 0 drains.
    pub weight: u32,
}

/// A public model.
#[derive(Debug, Clone)]
pub struct ModelSpec {
    /// The name that callers send; `*` and `?` make it a glob.
    pub name: Arc<str>,
    /// Further names, globs too.
    pub aliases: Vec<Arc<str>>,
    /// Where its requests can go.
    pub targets: Vec<TargetSpec>,
    /// Order among targets of one priority.
    pub strategy: Strategy,
    /// Models to try when this one failed, as positions in [`TableSpec::models`].
    pub fallbacks: Vec<usize>,
    /// Bounds of attempts, waits and time.
    pub retry: RetryPolicy,
    /// When its targets are held out.
    pub cooldown: CooldownPolicy,
    /// Failure classes that lead to the fallbacks.
    pub fallback_on: ClassSet,
    /// Binding of callers to targets; `None` is off.
    pub sticky: Option<StickyPolicy>,
    /// What a stream does that breaks after its first content; routing only carries it.
    pub on_break: OnBreak,
    /// Size of the context in tokens, if known.
    pub context_window: Option<u64>,
}

impl ModelSpec {
    /// A model with these targets and the default policies.
    pub fn new(name: impl Into<Arc<str>>, targets: Vec<TargetSpec>) -> ModelSpec {
        ModelSpec {
            name: name.into(),
            aliases: Vec::new(),
            targets,
            strategy: Strategy::default(),
            fallbacks: Vec::new(),
            retry: RetryPolicy::default(),
            cooldown: CooldownPolicy::default(),
            fallback_on: DEFAULT_FALLBACK_ON,
            sticky: Some(StickyPolicy::default()),
            on_break: OnBreak::default(),
            context_window: None,
        }
    }
}

/// One place that a model's requests can go to.
#[derive(Debug, Clone)]
pub struct TargetSpec {
    /// Position in [`TableSpec::providers`].
    pub provider: usize,
    /// The model's name there; `None` is the name that the caller sent.
    pub upstream_model: Option<Arc<str>>,
    /// Share of the traffic among targets of its priority; 0 takes no new traffic.
    pub weight: u32,
    /// Lower numbers are tried first.
    pub priority: u32,
}

impl TargetSpec {
    /// A target of weight 1 and priority 0 that keeps the caller's model name.
    pub fn new(provider: usize) -> TargetSpec {
        TargetSpec {
            provider,
            upstream_model: None,
            weight: 1,
            priority: 0,
        }
    }
}
