//! Stores and processes on them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aigw_admin::{First, LastGood, Lifecycle, Parts, RoleName};
use aigw_config::Secret;
use aigw_store::{By, MasterKey, OpenOptions, Origin, Store, Timestamp, Vault};
use tempfile::TempDir;

use super::plane::Plane;

/// A deployment.
pub(crate) struct World {
    url: String,
    directory: TempDir,
}

/// One process of it.
pub(crate) struct Process {
    pub(crate) lifecycle: Arc<Lifecycle>,
    pub(crate) plane: Arc<Plane>,
}

/// A document with one model of that name and a key behind that reference.
pub(crate) fn document(model: &str, key: &str) -> String {
    format!(
        "version: 1\nproviders: {{p: {{kind: openai, api_key: \"{key}\"}}}}\nmodels: {{{model}: {{targets: [{{provider: p}}]}}}}\n"
    )
}

/// A clock that goes on with each look, so that tests need none of their own.
fn now() -> Timestamp {
    static TICKS: AtomicU64 = AtomicU64::new(1_700_000_000_000_000);
    Timestamp(TICKS.fetch_add(1, Ordering::Relaxed))
}

impl World {
    pub(crate) fn new(url: String, directory: TempDir) -> Self {
        Self { url, directory }
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn master() -> MasterKey {
        MasterKey::new(&Secret::new(
            "a master key for tests, long enough".to_owned(),
        ))
        .unwrap()
    }

    pub(crate) fn last_good(&self, name: &str) -> LastGood {
        LastGood::at(self.directory().join(format!("last-good-of-{name}")))
    }

    /// A process that has not begun.
    pub(crate) async fn open(&self, name: &str) -> Process {
        let url = self.url.parse().unwrap();
        let store = Store::open(&url, &OpenOptions::new(name)).await.unwrap();
        let by = By::system(now());
        let vault = Vault::unlock(&store, &by, Self::master()).await.unwrap();
        let plane = Arc::new(Plane::new());
        let lifecycle = Lifecycle::new(Parts {
            store,
            vault,
            runtime: Arc::clone(&plane) as _,
            clock: now,
            role: RoleName::All,
            version: "0",
            last_good: Some(self.last_good(name)),
        });
        Process {
            lifecycle: Arc::new(lifecycle),
            plane,
        }
    }

    /// A process that serves what is live, or `text` if nothing is.
    pub(crate) async fn start(&self, name: &str, text: &str) -> Process {
        let process = self.open(name).await;
        process.plane.set("KEY", "value-of-key");
        process.begin(text).await;
        process
    }
}

impl Process {
    pub(crate) async fn begin(&self, text: &str) {
        let first = First {
            text,
            origin: Origin::Starter,
            note: "first start",
        };
        self.lifecycle.start(Some(&first)).await.unwrap();
        self.lifecycle.refresh_keys().await.unwrap();
    }

    pub(crate) fn by(&self) -> By {
        By {
            actor: "somebody".to_owned(),
            ..self.lifecycle.system()
        }
    }

    /// Follows the others until `revision` is served, and known to be.
    pub(crate) async fn follows_to(&self, revision: i64) {
        self.follows(async {
            self.plane.serves(revision).await;
            while self.lifecycle.serving().revision.map(|number| number.0) != Some(revision) {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// Follows the others while `until` goes on.
    pub(crate) async fn follows<T>(&self, until: impl Future<Output = T>) -> T {
        let patience = std::time::Duration::from_secs(30);
        tokio::select! {
            () = Box::pin(self.lifecycle.follow()) => panic!("stopped following"),
            done = tokio::time::timeout(patience, until) => done.expect("never came"),
        }
    }
}
