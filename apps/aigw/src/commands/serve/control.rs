//! The control plane of this process: the store, its secrets, and what is live. Without the store, what was live last.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aigw_admin::{
    First, LastGood, Lifecycle, Parts, PublishFailure, RoleName, Runtime, StartFailure,
};
use aigw_config::{Problem, Secret, Severity};
use aigw_gateway::clock::unix_us;
use aigw_store::{
    By, OpenOptions, RevisionNumber, Store, StoreError, StoreUrl, Timestamp, Vault, VaultError,
};

use super::data_plane::DataPlane;
use super::master::Master;
use crate::commands::version::VERSION;
use crate::data_dir::DataDir;
use crate::failure::Failure;

/// Where what was live last is kept.
const LAST_GOOD: &str = "last-good";
/// How often a store that could not be reached is tried again.
const AGAIN: Duration = Duration::from_secs(2);
/// How long the last word to the store may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// The control plane once it is there: at once, or when the store can be reached.
pub(super) type Slot = Arc<OnceLock<Arc<Lifecycle>>>;

/// Everything that opening the store takes.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) url: StoreUrl,
    pub(super) instance: String,
    pub(super) master: Master,
    pub(super) data: DataDir,
    pub(super) data_plane: Arc<DataPlane>,
    pub(super) role: RoleName,
    /// The key that hashes of an earlier version were made with.
    pub(super) hashing: Option<Secret<[u8; 32]>>,
}

/// Why there is no control plane.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The store does not answer; it may later.
    Store(String),
    /// Somebody has to change something first.
    Final(Failure),
}

/// The time now.
pub(super) fn now() -> Timestamp {
    Timestamp(unix_us())
}

impl Opening {
    /// Opens the store and its secrets. Nothing is served yet.
    pub(super) async fn open(&self) -> Result<Lifecycle, Trouble> {
        let opened = Store::open(&self.url, &OpenOptions::new(&self.instance)).await;
        let store = opened.map_err(|error| match error.source {
            StoreError::Newer { .. } => Trouble::Final(Failure::operation(error)),
            _ => Trouble::Store(error.to_string()),
        })?;
        let by = By::system(now());
        let (key, hashing) = (self.master.key.clone(), self.hashing.as_ref());
        let unlocked = Vault::unlock_with(&store, &by, key, hashing).await;
        let vault = unlocked.map_err(|error| match error {
            VaultError::Store(error) => Trouble::Store(error.to_string()),
            other => Trouble::Final(self.master.refused(&self.data, &other)),
        })?;
        // What serves no traffic does not start without the store either.
        let serves = self.role != RoleName::Control;
        Ok(Lifecycle::new(Parts {
            store,
            vault,
            runtime: Arc::clone(&self.data_plane) as _,
            clock: now,
            role: self.role,
            version: VERSION,
            last_good: serves.then(|| self.last_good()),
        }))
    }

    /// Serves what was live last, without the store. The revision; `None` if nothing is kept that can be served.
    pub(super) fn without_store(&self) -> Option<RevisionNumber> {
        let kept = match self.last_good().load(&self.master.key) {
            Ok(kept) => kept,
            Err(error) => {
                tracing::error!(%error, "cannot look for what was live last");
                return None;
            }
        };
        for found in kept {
            let snapshot = match found {
                Ok(snapshot) => snapshot,
                Err(error) => {
                    tracing::error!(%error, "what was live last cannot be used; looking for an older one");
                    continue;
                }
            };
            let checked = self.data_plane.check(&snapshot.text, &snapshot.sealed);
            let revision = snapshot.revision;
            let Some(config) = checked.config else {
                report(Path::new("last known good"), &checked.problems);
                continue;
            };
            match self.data_plane.apply(revision, &config) {
                Ok(()) => {
                    self.data_plane
                        .replace_keys(&snapshot.keys, &snapshot.pepper);
                    return Some(revision);
                }
                Err(error) => {
                    tracing::error!(%error, revision = revision.0, "what was live last cannot be served; looking for an older one");
                }
            }
        }
        None
    }

    /// Waits for the store, then serves what is live there.
    pub(super) async fn open_later(&self) -> Arc<Lifecycle> {
        let mut said = String::new();
        loop {
            tokio::time::sleep(AGAIN).await;
            let opened = match self.open().await {
                Ok(lifecycle) => start(&lifecycle, None, Path::new(""))
                    .await
                    .map(|()| lifecycle),
                Err(trouble) => Err(trouble),
            };
            let opened = match opened {
                Ok(lifecycle) => lifecycle
                    .refresh_keys()
                    .await
                    .map_err(|error| Trouble::Store(error.to_string()))
                    .map(|()| lifecycle),
                Err(trouble) => Err(trouble),
            };
            match opened {
                Ok(lifecycle) => {
                    let revision = lifecycle.serving().revision.map(|number| number.0);
                    tracing::info!(
                        revision,
                        "the store answers again; what is live there is served"
                    );
                    return Arc::new(lifecycle);
                }
                Err(trouble) => {
                    let text = trouble.to_string();
                    if text != said {
                        tracing::warn!(reason = text, "still without the store");
                        said = text;
                    }
                }
            }
        }
    }

    fn last_good(&self) -> LastGood {
        LastGood::at(self.data.path(LAST_GOOD))
    }
}

/// Begins to serve what is live, or `first`, which was read from `file`.
pub(super) async fn start(
    lifecycle: &Lifecycle,
    first: Option<&First<'_>>,
    file: &Path,
) -> Result<(), Trouble> {
    match lifecycle.start(first).await {
        Ok(warnings) => {
            report(file, &warnings);
            Ok(())
        }
        Err(failure) => Err(trouble(failure, file)),
    }
}

/// Tells the store that this process ends, if it listens.
pub(super) async fn leave(slot: &Slot) {
    if let Some(lifecycle) = slot.get() {
        let farewell = async {
            lifecycle.leave().await;
            lifecycle.store().close().await;
        };
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
    }
}

/// Logs problems of a document, which was read from `file`.
pub(super) fn report(file: &Path, problems: &[Problem]) {
    let name = file.display();
    for problem in problems {
        match problem.severity {
            Severity::Error => tracing::error!("{name}:{problem}"),
            Severity::Warning => tracing::warn!("{name}:{problem}"),
        }
    }
}

fn trouble(failure: StartFailure, file: &Path) -> Trouble {
    let name = file.display();
    let list = |problems: &[Problem], name: &str| {
        let lines: Vec<_> = problems.iter().map(|one| format!("{name}:{one}")).collect();
        lines.join("\n")
    };
    let text = match failure {
        StartFailure::Store(error)
        | StartFailure::Vault(VaultError::Store(error))
        | StartFailure::First(PublishFailure::Store(error)) => {
            return Trouble::Store(error.to_string());
        }
        StartFailure::First(PublishFailure::Invalid(problems)) => {
            let lines = list(&problems, &name.to_string());
            format!("{name} is not a valid configuration\n{lines}")
        }
        StartFailure::First(PublishFailure::Apply { reason, .. }) => format!("{name}: {reason}"),
        StartFailure::Invalid { revision, problems } => {
            let lines = list(&problems, &format!("revision {}", revision.0));
            format!(
                "revision {} is live and cannot be served here; give this process what it refers to, or publish another one from where it can\n{lines}",
                revision.0
            )
        }
        other => other.to_string(),
    };
    Trouble::Final(Failure::usage(text))
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Store(reason) => f.write_str(reason),
            Self::Final(failure) => failure.fmt(f),
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Store(reason) => Self::operation(reason),
            Trouble::Final(failure) => failure,
        }
    }
}
