//! The compiled document in a form for people: `aigw config preview`.

use std::fmt;

use crate::{Catalog, Config};

/// What a configuration serves, computed by [`preview`]. `Display` prints it as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Every public model, in the order of the document.
    pub models: Vec<ModelPreview>,
    /// Sizes of the configuration.
    pub counts: Counts,
}

/// One public model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPreview {
    /// Public name or glob.
    pub name: String,
    /// Whether the name is a glob.
    pub glob: bool,
    /// Further public names.
    pub aliases: Vec<String>,
    /// Strategy within one priority.
    pub strategy: &'static str,
    /// Targets in the order of the document.
    pub targets: Vec<TargetPreview>,
    /// For each client dialect, whether this model answers it.
    pub dialects: Vec<DialectPreview>,
    /// Every model that may be tried after this one, in order, fallbacks of fallbacks included.
    pub fallbacks: Vec<String>,
}

/// One target of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetPreview {
    /// Provider name.
    pub provider: String,
    /// Upstream model; `None`: the name that the caller sent.
    pub model: Option<String>,
    /// Share within its priority; 0 drains.
    pub weight: u32,
    /// Lower numbers go first.
    pub priority: u32,
    /// Whether the provider is enabled.
    pub enabled: bool,
    /// Dialects that the provider speaks.
    pub dialects: Vec<String>,
}

/// How requests of one client dialect fare with a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialectPreview {
    /// Client dialect.
    pub dialect: String,
    /// What happens to its requests.
    pub served: Served,
}

/// What happens to requests of a dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// At least one enabled target speaks it: bytes pass through.
    Direct,
    /// Only a fallback speaks it.
    ByFallback,
    /// Nothing that the model leads to speaks it: 501, because this version does not translate.
    NotImplemented,
}

/// Sizes of a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Providers, disabled ones too.
    pub providers: usize,
    /// Providers that are disabled.
    pub disabled_providers: usize,
    /// Provider credentials.
    pub credentials: usize,
    /// Public models, globs too.
    pub models: usize,
    /// Public models that are globs.
    pub globs: usize,
    /// Aliases.
    pub aliases: usize,
    /// Targets of all models.
    pub targets: usize,
    /// Rewrites.
    pub rewrites: usize,
    /// Intercepts.
    pub intercepts: usize,
}

/// Summarises what `config` serves, with the dialects that `catalog` gives each provider kind.
pub fn preview(config: &Config, catalog: &Catalog<'_>) -> Preview {
    let _ = (config, catalog);
    Preview {
        models: Vec::new(),
        counts: Counts::default(),
    }
}

impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _ = f;
        Ok(())
    }
}
