//! What the control plane needs of the process that serves traffic.

mod recording;
mod sealed;
mod view;

use std::fmt;

use aigw_config::{Config, Preview, Problem, Secret};
use aigw_store::{KeyHash, KeySet, RevisionNumber};

pub use recording::Recording;
pub use sealed::Sealed;
pub use view::{
    ExplainAsk, ExplainedModel, ExplainedTarget, Explanation, HealthState, ItemHealth,
    ProviderHealth, RoleName, RuntimeStatus,
};

/// The process that serves traffic, as the control plane sees it. The program implements it over the gateway.
///
/// Everything here may be called from any thread. [`check`](Runtime::check) and [`apply`](Runtime::apply) may take as
/// long as compiling a large document does, and read files, so the control plane calls them where blocking is allowed.
pub trait Runtime: fmt::Debug + Send + Sync + 'static {
    /// Compiles a document as it would be served, and changes nothing. References lead to the environment and the files of
    /// this process, and to `sealed`.
    fn check(&self, text: &str, sealed: &Sealed) -> Checked;

    /// Serves `config` as that revision from now on; requests in flight finish on what they began with.
    ///
    /// # Errors
    /// Why it cannot be served; nothing has changed then.
    fn apply(&self, revision: RevisionNumber, config: &Config) -> Result<(), String>;

    /// Lets in exactly these client keys from now on. `pepper` is the key that their hashes were made with.
    fn replace_keys(&self, keys: &KeySet, pepper: &Secret<[u8; 32]>);

    /// Makes a client key in the form that the data plane recognises: with the id given, for another text of the same key,
    /// or with a new one.
    ///
    /// # Errors
    /// The system's random source failed.
    fn mint_key(&self, id: Option<&str>, pepper: &Secret<[u8; 32]>) -> Result<MintedKey, String>;

    /// What runs: revision, role, load.
    fn status(&self) -> RuntimeStatus;

    /// Live health of every provider, in the order of the document.
    fn health(&self) -> Vec<ProviderHealth>;

    /// Where a request would go right now, without sending it.
    ///
    /// # Errors
    /// Why there is nothing to explain, such as a model that does not exist.
    fn explain(&self, ask: &ExplainAsk) -> Result<Explanation, String>;
}

/// What became of checking a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// What would be served; `None` if any problem is an error.
    pub config: Option<Config>,
    /// Errors and warnings in the order of the document.
    pub problems: Vec<Problem>,
    /// What it would serve, for people; `None` if any problem is an error.
    pub preview: Option<Preview>,
    /// Every reference that was resolved, once, with what it stands for.
    pub references: Vec<ResolvedReference>,
}

/// A reference of a document and what it stands for in this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedReference {
    /// As the document has it: `${OPENAI_API_KEY}`, `${file:/run/key}`, `${secret:name}`.
    pub reference: String,
    /// The value; `None` if there is none. Never to be shown.
    pub value: Option<Secret<String>>,
}

/// A new client key: the only moment in which its text exists.
#[derive(Debug, Clone)]
pub struct MintedKey {
    /// The id within its text.
    pub id: String,
    /// What the caller sends. Never to be kept.
    pub text: Secret<String>,
    /// Keyed hash of the text.
    pub hash: KeyHash,
}

impl ResolvedReference {
    /// Whether there is a value.
    pub fn is_present(&self) -> bool {
        self.value.is_some()
    }
}
