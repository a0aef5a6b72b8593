//! The routing table: what a configuration says, compiled for lookup. Immutable; health lives elsewhere.

mod id;
mod item;
mod names;
mod near;
mod spec;

pub use id::{CredentialId, ModelId, ProviderId, TargetId};
pub use item::{Credential, Model, Provider, Target};
pub(crate) use item::{Identity, Pace};
pub use spec::{CredentialSpec, ModelSpec, ProviderSpec, TableSpec, TargetSpec};

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use names::Names;

/// Providers, credentials, targets and models under small ids, and an index over the models' names.
///
/// An id is only good for the table that it came from (and tables built from an equal spec);
/// accessors panic on the id of a larger table.
#[derive(Debug)]
pub struct Table {
    providers: Box<[Provider]>,
    credentials: Box<[Credential]>,
    targets: Box<[Target]>,
    models: Box<[Model]>,
    names: Names,
    capacity_wait: Duration,
    things: Vec<&'static str>,
}

/// Why a table could not be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Two models have the same name or alias.
    #[error("model name {0:?} is used twice")]
    DuplicateName(Arc<str>),
    /// Two providers have the same key, or two credentials of one provider.
    #[error("key {0:?} is used twice")]
    DuplicateKey(Arc<str>),
    /// A target names a provider that is not in the list.
    #[error("model {model:?} has a target at provider number {provider}, which does not exist")]
    UnknownProvider {
        /// The model with the target.
        model: Arc<str>,
        /// The position that is out of range.
        provider: usize,
    },
    /// A fallback names a model that is not in the list.
    #[error("model {model:?} falls back to model number {fallback}, which does not exist")]
    UnknownFallback {
        /// The model with the fallback.
        model: Arc<str>,
        /// The position that is out of range.
        fallback: usize,
    },
    /// A rate that is not a finite number above zero.
    #[error("the rate limit of provider {0:?} is not a positive number")]
    BadRate(Arc<str>),
    /// More than 2^24 items of one kind.
    #[error("too many {0}")]
    TooMany(&'static str),
}

impl Table {
    /// Compiles the spec. Cycles among fallbacks are accepted here: no model is tried twice for one request.
    pub fn build(spec: TableSpec) -> Result<Table, TableError> {
        let names = Names::index(&spec.models)?;
        let (providers, credentials) = item::providers(spec.providers)?;
        let (models, targets) = item::models(spec.models, &providers)?;
        Ok(Table {
            providers,
            credentials,
            targets,
            models,
            names,
            capacity_wait: spec.capacity_wait,
            things: spec.things,
        })
    }

    /// Writes what the bits of `things` are called.
    pub(crate) fn write_things(&self, f: &mut fmt::Formatter<'_>, things: u64) -> fmt::Result {
        let bits = (0..u64::BITS).filter(|bit| things >> bit & 1 == 1);
        for (index, bit) in bits.enumerate() {
            let name = self.things.get(bit as usize).copied();
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{}", name.unwrap_or("something"))?;
        }
        Ok(())
    }

    /// The model that serves a name: an exact name or alias, else the matching glob with the longest literal prefix.
    pub fn find(&self, name: &str) -> Option<ModelId> {
        self.names.find(name)
    }

    /// Up to three names (not globs) that are close to a name that was not found, the closest first.
    pub fn near(&self, name: &str) -> Vec<&str> {
        near::near(self.names.exact(), name)
    }

    /// The model with this id.
    pub fn model(&self, id: ModelId) -> &Model {
        &self.models[id.index()]
    }

    /// The target with this id.
    pub fn target(&self, id: TargetId) -> &Target {
        &self.targets[id.index()]
    }

    /// The provider with this id.
    pub fn provider(&self, id: ProviderId) -> &Provider {
        &self.providers[id.index()]
    }

    /// The credential with this id.
    pub fn credential(&self, id: CredentialId) -> &Credential {
        &self.credentials[id.index()]
    }

    /// Every model, in the order of the spec.
    pub fn models(&self) -> impl ExactSizeIterator<Item = (ModelId, &Model)> {
        self.models
            .iter()
            .enumerate()
            .map(|(index, model)| (ModelId::at(index), model))
    }

    /// Every target, model by model, in the order of the spec.
    pub fn targets(&self) -> impl ExactSizeIterator<Item = (TargetId, &Target)> {
        self.targets
            .iter()
            .enumerate()
            .map(|(index, target)| (TargetId::at(index), target))
    }

    /// Every provider, in the order of the spec.
    pub fn providers(&self) -> impl ExactSizeIterator<Item = (ProviderId, &Provider)> {
        self.providers
            .iter()
            .enumerate()
            .map(|(index, provider)| (ProviderId::at(index), provider))
    }

    /// Every credential, provider by provider, in the order of the spec.
    pub fn credentials(&self) -> impl ExactSizeIterator<Item = (CredentialId, &Credential)> {
        self.credentials
            .iter()
            .enumerate()
            .map(|(index, item)| (CredentialId::at(index), item))
    }

    /// How long a request may wait for a provider that is at its `max_in_flight`.
    pub fn capacity_wait(&self) -> Duration {
        self.capacity_wait
    }
}

#[cfg(test)]
mod tests;
