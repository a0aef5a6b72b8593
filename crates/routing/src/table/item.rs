//! The compiled items of a table.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::TableError;
use super::id::{CredentialId, ModelId, ProviderId, TargetId};
use super::spec::{ModelSpec, ProviderSpec, TargetSpec};
use crate::class::ClassSet;
use crate::policy::{CooldownPolicy, OnBreak, RetryPolicy, StickyPolicy, Strategy};

const MOST_ITEMS: usize = 1 << 24;

/// A server that requests are sent to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Provider {
    /// Stable identity.
    pub key: Arc<str>,
    /// Most requests at the same time.
    pub max_in_flight: Option<u32>,
    /// One bit per thing that it can do.
    pub capabilities: u32,
    /// One bit per thing in requests that it takes without loss.
    pub keeps: u64,
    pub(crate) pace: Option<Pace>,
    pub(crate) identity: Identity,
    credentials: Range<usize>,
}

impl Provider {
    /// The pool, in the order of the spec.
    pub fn credentials(&self) -> impl ExactSizeIterator<Item = CredentialId> + Clone + use<> {
        self.credentials.clone().map(CredentialId::at)
    }
}

/// A rate limit in the units of the slot arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Nanoseconds between two slots.
    pub(crate) interval: u64,
    /// Nanoseconds that a slot may be taken ahead of its time (the burst).
    pub(crate) ahead: u64,
    /// Longest wait for a slot.
    pub(crate) max_wait: Duration,
}

/// One credential of a provider's pool.
#[derive(Debug)]
#[non_exhaustive]
pub struct Credential {
    /// The provider it belongs to.
    pub provider: ProviderId,
    /// Stable identity within the provider.
    pub key: Arc<str>,
    /// Share of the provider's traffic; 0 drains.
    pub weight: u32,
    pub(crate) identity: Identity,
}

/// One place that a model's requests can go to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Target {
    /// The model it belongs to.
    pub model: ModelId,
    /// Where it is.
    pub provider: ProviderId,
    /// The model's name there; `None` is the name that the caller sent.
    pub upstream_model: Option<Arc<str>>,
    /// Share of the traffic among targets of its priority; 0 takes no new traffic.
    pub weight: u32,
    /// Lower numbers are tried first.
    pub priority: u32,
    pub(crate) identity: Identity,
}

/// A public model.
#[derive(Debug)]
#[non_exhaustive]
pub struct Model {
    /// The configured name, possibly a glob.
    pub name: Arc<str>,
    /// Further names.
    pub aliases: Box<[Arc<str>]>,
    /// Order among targets of one priority.
    pub strategy: Strategy,
    /// Models to try when this one failed, in order.
    pub fallbacks: Box<[ModelId]>,
    /// Bounds of attempts, waits and time.
    pub retry: RetryPolicy,
    /// When its targets are held out.
    pub cooldown: CooldownPolicy,
    /// Failure classes that lead to the fallbacks.
    pub fallback_on: ClassSet,
    /// Binding of callers to targets.
    pub sticky: Option<StickyPolicy>,
    /// What a stream does that breaks after its first content.
    pub on_break: OnBreak,
    /// Size of the context in tokens, if known.
    pub context_window: Option<u64>,
    targets: Range<usize>,
    pub(crate) by_priority: Box<[TargetId]>,
    pub(crate) identity: Identity,
}

impl Model {
    /// Its targets, in the order of the spec.
    pub fn targets(&self) -> impl ExactSizeIterator<Item = TargetId> + Clone + use<> {
        self.targets.clone().map(TargetId::at)
    }

    /// Position of a target of this model among its targets.
    pub(crate) fn position(&self, target: TargetId) -> usize {
        target.index().saturating_sub(self.targets.start)
    }
}

/// A number that stays the same for the same item over republished tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Identity(pub(crate) u64);

impl Identity {
    /// FNV-1a over the parts, with a separator that no part has.
    fn of(parts: &[&str]) -> Identity {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for part in parts {
            for byte in part.bytes().chain([0xff]) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
        Identity(hash)
    }
}

type Providers = (Box<[Provider]>, Box<[Credential]>);
type Models = (Box<[Model]>, Box<[Target]>);

pub(super) fn providers(specs: Vec<ProviderSpec>) -> Result<Providers, TableError> {
    check_count(specs.len(), "providers")?;
    check_count(
        specs.iter().map(|spec| spec.credentials.len()).sum(),
        "credentials",
    )?;
    let mut keys = HashSet::new();
    let mut credentials = Vec::new();
    let mut providers = Vec::with_capacity(specs.len());
    for (index, spec) in specs.into_iter().enumerate() {
        let pace = pace(&spec)?;
        let start = credentials.len();
        let mut pool = HashSet::new();
        for credential in spec.credentials {
            if !pool.insert(Arc::clone(&credential.key)) {
                return Err(TableError::DuplicateKey(credential.key));
            }
            credentials.push(Credential {
                provider: ProviderId::at(index),
                identity: Identity::of(&[&spec.key, &credential.key]),
                key: credential.key,
                weight: credential.weight,
            });
        }
        if !keys.insert(Arc::clone(&spec.key)) {
            return Err(TableError::DuplicateKey(spec.key));
        }
        providers.push(Provider {
            identity: Identity::of(&[&spec.key]),
            key: spec.key,
            max_in_flight: spec.max_in_flight,
            capabilities: spec.capabilities,
            keeps: spec.keeps,
            pace,
            credentials: start..credentials.len(),
        });
    }
    Ok((providers.into(), credentials.into()))
}

fn pace(spec: &ProviderSpec) -> Result<Option<Pace>, TableError> {
    let Some(limit) = spec.rate_limit else {
        return Ok(None);
    };
    if !(limit.requests_per_second.is_finite() && limit.requests_per_second > 0.0) {
        return Err(TableError::BadRate(Arc::clone(&spec.key)));
    }
    let apart =
        Duration::try_from_secs_f64(1.0 / limit.requests_per_second).unwrap_or(Duration::MAX);
    let interval = u64::try_from(apart.as_nanos()).unwrap_or(u64::MAX).max(1);
    let ahead = interval.saturating_mul(u64::from(limit.burst.max(1) - 1));
    Ok(Some(Pace {
        interval,
        ahead,
        max_wait: limit.max_wait,
    }))
}

pub(super) fn models(specs: Vec<ModelSpec>, providers: &[Provider]) -> Result<Models, TableError> {
    let count = specs.len();
    check_count(count, "models")?;
    check_count(specs.iter().map(|spec| spec.targets.len()).sum(), "targets")?;
    let mut targets = Vec::new();
    let mut models = Vec::with_capacity(count);
    for (index, spec) in specs.into_iter().enumerate() {
        if let Some(&fallback) = spec.fallbacks.iter().find(|fallback| **fallback >= count) {
            return Err(TableError::UnknownFallback {
                model: spec.name,
                fallback,
            });
        }
        let start = targets.len();
        for target in &spec.targets {
            targets.push(compiled_target(
                &spec,
                ModelId::at(index),
                target,
                providers,
            )?);
        }
        models.push(compiled_model(spec, start, &targets));
    }
    Ok((models.into(), targets.into()))
}

fn compiled_target(
    spec: &ModelSpec,
    model: ModelId,
    target: &TargetSpec,
    providers: &[Provider],
) -> Result<Target, TableError> {
    let provider = providers
        .get(target.provider)
        .ok_or_else(|| TableError::UnknownProvider {
            model: Arc::clone(&spec.name),
            provider: target.provider,
        })?;
    let identity = match &target.upstream_model {
        Some(upstream) => Identity::of(&[&provider.key, "as", upstream]),
        None => Identity::of(&[&provider.key, "of", &spec.name]),
    };
    Ok(Target {
        model,
        provider: ProviderId::at(target.provider),
        upstream_model: target.upstream_model.clone(),
        weight: target.weight,
        priority: target.priority,
        identity,
    })
}

fn compiled_model(spec: ModelSpec, start: usize, targets: &[Target]) -> Model {
    let range = start..targets.len();
    let mut by_priority: Box<[TargetId]> = range.clone().map(TargetId::at).collect();
    by_priority.sort_by_key(|id| targets[id.index()].priority);
    Model {
        identity: Identity::of(&[&spec.name]),
        name: spec.name,
        aliases: spec.aliases.into(),
        strategy: spec.strategy,
        fallbacks: spec.fallbacks.into_iter().map(ModelId::at).collect(),
        retry: spec.retry,
        cooldown: spec.cooldown,
        fallback_on: spec.fallback_on,
        sticky: spec.sticky,
        on_break: spec.on_break,
        context_window: spec.context_window,
        targets: range,
        by_priority,
    }
}

fn check_count(count: usize, what: &'static str) -> Result<(), TableError> {
    if count > MOST_ITEMS {
        Err(TableError::TooMany(what))
    } else {
        Ok(())
    }
}
