//! What is known about targets, credentials and providers, shared by all requests.
//!
//! Every item has its own state behind an [`Arc`]: atomics where a request only looks, a small mutex where it counts.
//! No lock covers more than one item, and none is held while another is taken.

mod hold;
mod provider;
mod rate;
mod rotation;
mod state;
mod sticky;
mod target;

pub(crate) use hold::Hold;
pub(crate) use provider::{ProviderHealth, Reservation};
pub(crate) use rotation::Rotation;
pub use state::{CredentialState, ProviderState, TargetState};
pub(crate) use sticky::{Bindings, Bound};
pub(crate) use target::{Gate, TargetHealth};

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::table::{CredentialId, Identity, ModelId, ProviderId, Table, TargetId};
use crate::tick::Tick;

/// The live state of a table's items. Goes with exactly that table.
#[derive(Debug)]
pub struct Health {
    targets: Box<[Arc<TargetHealth>]>,
    credentials: Box<[Arc<Hold>]>,
    providers: Box<[Arc<ProviderHealth>]>,
    models: Box<[Rotation]>,
    pools: Box<[Rotation]>,
    bindings: Arc<Bindings>,
}

impl Health {
    /// Everything is well and idle. Targets with the same provider and upstream model share their state.
    pub fn new(table: &Table) -> Health {
        Health::over(table, Known::default())
    }

    /// The health of a new table: items with the same stable keys keep their state and share it with the old one,
    /// so that requests that began on the old table still count.
    pub fn carried(table: &Table, old_table: &Table, old: &Health) -> Health {
        let targets = old_table.targets().map(|(_, item)| item.identity);
        let credentials = old_table.credentials().map(|(_, item)| item.identity);
        let providers = old_table.providers().map(|(_, item)| item.identity);
        let known = Known {
            targets: targets.zip(old.targets.iter().cloned()).collect(),
            credentials: credentials.zip(old.credentials.iter().cloned()).collect(),
            providers: providers.zip(old.providers.iter().cloned()).collect(),
            bindings: Arc::clone(&old.bindings),
        };
        Health::over(table, known)
    }

    fn over(table: &Table, mut known: Known) -> Health {
        let targets = table
            .targets()
            .map(|(_, item)| shared(&mut known.targets, item.identity));
        let credentials = table
            .credentials()
            .map(|(_, item)| shared(&mut known.credentials, item.identity));
        let providers = table
            .providers()
            .map(|(_, item)| shared(&mut known.providers, item.identity));
        Health {
            targets: targets.collect(),
            credentials: credentials.collect(),
            providers: providers.collect(),
            models: table
                .models()
                .map(|(_, item)| Rotation::new(item.targets().len()))
                .collect(),
            pools: table
                .providers()
                .map(|(_, item)| Rotation::new(item.credentials().len()))
                .collect(),
            bindings: known.bindings,
        }
    }

    /// Takes in the verdict of an active probe. Kept apart from what traffic says: a failing probe only moves the
    /// provider's targets to the end, a good one ends no hold.
    pub fn probe_result(&self, provider: ProviderId, ok: bool, now: Tick) {
        self.provider_health(provider).set_probe(ok, now);
    }

    /// A target's state.
    pub fn target(&self, id: TargetId, now: Tick) -> TargetState {
        self.target_health(id).state(now)
    }

    /// A credential's state.
    pub fn credential(&self, id: CredentialId, now: Tick) -> CredentialState {
        CredentialState {
            held: self.credential_hold(id).active(now),
        }
    }

    /// A provider's state.
    pub fn provider(&self, id: ProviderId, now: Tick) -> ProviderState {
        self.provider_health(id).state(now)
    }

    /// Sticky bindings that are kept, among them some whose time has passed.
    pub fn sticky_bindings(&self) -> usize {
        self.bindings.len()
    }

    /// Sticky bindings that were pushed out before their time because the map was full.
    pub fn sticky_evictions(&self) -> u64 {
        self.bindings.evictions()
    }

    pub(crate) fn target_health(&self, id: TargetId) -> &Arc<TargetHealth> {
        &self.targets[id.index()]
    }

    pub(crate) fn credential_hold(&self, id: CredentialId) -> &Arc<Hold> {
        &self.credentials[id.index()]
    }

    pub(crate) fn provider_health(&self, id: ProviderId) -> &Arc<ProviderHealth> {
        &self.providers[id.index()]
    }

    pub(crate) fn model_rotation(&self, id: ModelId) -> &Rotation {
        &self.models[id.index()]
    }

    pub(crate) fn pool_rotation(&self, id: ProviderId) -> &Rotation {
        &self.pools[id.index()]
    }

    pub(crate) fn bindings(&self) -> &Bindings {
        &self.bindings
    }
}

/// States to be carried over, by the identity of their items.
#[derive(Default)]
struct Known {
    targets: HashMap<Identity, Arc<TargetHealth>>,
    credentials: HashMap<Identity, Arc<Hold>>,
    providers: HashMap<Identity, Arc<ProviderHealth>>,
    bindings: Arc<Bindings>,
}

fn shared<T: Default>(known: &mut HashMap<Identity, Arc<T>>, identity: Identity) -> Arc<T> {
    Arc::clone(known.entry(identity).or_default())
}

/// The lock's content, also after a panic of another holder: every critical section leaves it usable at each step.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
