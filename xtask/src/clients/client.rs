//! What a client under test is, and what its checks say.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aigw_testkit::FakeUpstream;
use anyhow::Result;
use serde::Deserialize;

use super::cache::Cache;

/// A program that talks to the gateway as its users let it talk.
pub(crate) trait Client: fmt::Debug + Send + Sync {
    /// Its name for `--only` and in the matrix.
    fn name(&self) -> &str;

    /// What is installed, with versions.
    fn versions(&self) -> Result<String>;

    /// Whether it is driven without `--all`.
    fn in_ci(&self) -> bool;

    /// Why it cannot run on this machine, if it cannot.
    fn missing(&self) -> Option<String>;

    /// Installs exactly the pinned versions, unless the cache has them; gives the place.
    fn install(&self, cache: &Cache) -> Result<PathBuf>;

    /// Runs every check, and tells each outcome as soon as it is there.
    fn drive(
        &self,
        installed: &Path,
        world: &World<'_>,
        tell: &mut dyn FnMut(Outcome),
    ) -> Result<()>;
}

/// What a client under test finds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct World<'w> {
    /// The gateway, `http://127.0.0.1:PORT`. Its key is [`crate::aigw::KEY`].
    pub(crate) gateway: &'w str,
    /// The fake upstream behind every provider.
    pub(crate) upstream: &'w FakeUpstream,
}

/// The dialects of upstreams, which the names of models end with: `talk-on-openai_chat`.
pub(crate) const UPSTREAMS: [&str; 4] = [
    "openai_chat",
    "openai_responses",
    "anthropic_messages",
    "gemini_generate",
];

/// How one check ended. Scripts print it as one line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Outcome {
    /// Which of the client's interfaces was used; empty if it has one.
    #[serde(default)]
    pub(crate) way: String,
    /// The upstream's dialect; empty for checks of the gateway itself.
    #[serde(default)]
    pub(crate) upstream: String,
    /// What was checked.
    pub(crate) check: String,
    /// What was wrong.
    pub(crate) problem: Option<String>,
    /// Why the check is left out: what the client does not send back. Such a check is not counted.
    #[serde(default)]
    pub(crate) limit: Option<String>,
    /// How long it took, in milliseconds.
    pub(crate) ms: u64,
}

/// The most time that one client's checks may take together.
pub(crate) const LIMIT: Duration = Duration::from_secs(300);
