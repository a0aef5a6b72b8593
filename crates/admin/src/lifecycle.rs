//! What is live, and how that changes.

mod failure;
mod keys;
mod publish;
mod secrets;
mod serving;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aigw_config::Config;
use aigw_store::{
    Base, By, DraftId, Publication, RevisionMeta, RevisionNumber, Store, Timestamp, Vault,
    VaultError,
};

use crate::runtime::{Checked, Runtime, Sealed};

pub use failure::{KeyFailure, PublishFailure, SecretFailure};
pub use secrets::SecretSet;
pub use serving::{Behind, Serving};

/// The control plane of one process. Shared by whoever administers it: API, file, follower.
///
/// Reads of what is stored go to [`Lifecycle::store`] directly; what changes what is served goes through here.
pub struct Lifecycle {
    store: Store,
    vault: Vault,
    runtime: Arc<dyn Runtime>,
    clock: fn() -> Timestamp,
    /// One change of what is served at a time. Nothing that only reads waits for it.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

/// What a control plane is made of.
#[derive(Debug)]
pub struct Parts {
    /// What must not be forgotten.
    pub store: Store,
    /// The sealed secrets of that store.
    pub vault: Vault,
    /// What serves.
    pub runtime: Arc<dyn Runtime>,
    /// The time now.
    pub clock: fn() -> Timestamp,
}

/// Something to be published.
#[derive(Debug, Clone, Copy)]
pub struct Publish<'a> {
    /// What.
    pub source: Source<'a>,
    /// Why, for people.
    pub note: &'a str,
    /// What must be live for it to be published.
    pub base: Base,
}

/// Where a document to be published comes from.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// This text.
    Text(&'a str),
    /// A revision that is stored already.
    Revision(RevisionNumber),
    /// A draft, if it is still at that version; discarded once it is live.
    Draft(DraftId, i64),
}

/// An older revision to go back to.
#[derive(Debug, Clone, Copy)]
pub struct Rollback<'a> {
    /// Which one.
    pub revision: RevisionNumber,
    /// Why, for people.
    pub note: &'a str,
    /// What must be live for it to be published.
    pub base: Base,
}

/// What was published.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// The row of the ledger, which is live.
    pub publication: Publication,
    /// The revision. For a rollback it has another number than the one asked for if a secret has changed since.
    pub revision: RevisionMeta,
    /// What the check had to say; no errors.
    pub checked: Checked,
}

/// What this process serves, and what it last saw.
#[derive(Default)]
struct State {
    serving: Serving,
    /// What is served, to go back to if a publication does not become live.
    config: Option<Arc<Config>>,
}

impl Lifecycle {
    /// Nothing is served yet.
    pub fn new(parts: Parts) -> Self {
        Self {
            store: parts.store,
            vault: parts.vault,
            runtime: parts.runtime,
            clock: parts.clock,
            turn: tokio::sync::Mutex::new(()),
            state: Mutex::default(),
        }
    }

    /// What is stored.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The sealed secrets.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// What serves.
    pub fn runtime(&self) -> &dyn Runtime {
        &*self.runtime
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The gateway itself, now.
    pub fn system(&self) -> By {
        By::system(self.now())
    }

    /// What this process serves.
    pub fn serving(&self) -> Serving {
        self.state().serving.clone()
    }

    /// Checks a document as it would be published now, and changes nothing.
    pub async fn check(&self, text: &str) -> Result<Checked, VaultError> {
        let sealed = self.sealed().await?;
        Ok(self.check_with(text, sealed).await)
    }

    async fn sealed(&self) -> Result<Sealed, VaultError> {
        Ok(self.vault.open_all().await?.into_iter().collect())
    }

    async fn check_with(&self, text: &str, sealed: Sealed) -> Checked {
        let (runtime, owned) = (Arc::clone(&self.runtime), text.to_owned());
        let check = move || runtime.check(&owned, &sealed);
        match tokio::task::spawn_blocking(check).await {
            Ok(checked) => checked,
            // Only if the check panicked, or the process is ending.
            Err(error) => serving::interrupted(&error),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Lifecycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lifecycle")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}
