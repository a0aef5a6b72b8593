//! The compiled document in a form for people: `aigw config preview`.

use std::fmt;

use aigw_routing::Glob;

use crate::compile::chain;
use crate::{Catalog, Config, Model, Provider, Target};

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
    Preview {
        models: config
            .models
            .values()
            .map(|model| model_preview(config, catalog, model))
            .collect(),
        counts: counts(config),
    }
}

fn model_preview(config: &Config, catalog: &Catalog<'_>, model: &Model) -> ModelPreview {
    let fallbacks = chain(config, model);
    let dialects = catalog.dialects.iter().map(|dialect| {
        let served = if speaks(config, catalog, model, dialect) {
            Served::Direct
        } else if fallbacks
            .iter()
            .any(|fallback| speaks(config, catalog, fallback, dialect))
        {
            Served::ByFallback
        } else {
            Served::NotImplemented
        };
        DialectPreview {
            dialect: String::from(*dialect),
            served,
        }
    });
    ModelPreview {
        name: String::from(&*model.name),
        glob: Glob::is_pattern(&model.name),
        aliases: model.aliases.clone(),
        strategy: model.strategy.as_str(),
        targets: model
            .targets
            .iter()
            .map(|target| target_preview(config, catalog, target))
            .collect(),
        dialects: dialects.collect(),
        fallbacks: fallbacks
            .iter()
            .map(|fallback| String::from(&*fallback.name))
            .collect(),
    }
}

/// Whether an enabled target of the model speaks the dialect.
fn speaks(config: &Config, catalog: &Catalog<'_>, model: &Model, dialect: &str) -> bool {
    let providers = model
        .targets
        .iter()
        .filter_map(|target| config.providers.get(&target.provider));
    providers
        .filter(|provider| provider.enabled)
        .any(|provider| spoken(catalog, provider).any(|own| own == dialect))
}

/// The dialects of a provider.
fn spoken<'a>(
    catalog: &Catalog<'a>,
    provider: &'a Provider,
) -> impl Iterator<Item = &'a str> + use<'a> {
    let own = provider.dialects.as_deref();
    let kind = if own.is_none() {
        catalog.kind(&provider.kind)
    } else {
        None
    };
    let inherited = kind.map(|kind| kind.dialects).unwrap_or_default();
    own.unwrap_or_default()
        .iter()
        .map(String::as_str)
        .chain(inherited.iter().copied())
}

fn target_preview(config: &Config, catalog: &Catalog<'_>, target: &Target) -> TargetPreview {
    let provider = config.providers.get(&target.provider);
    TargetPreview {
        provider: String::from(&*target.provider),
        model: target.model.clone(),
        weight: target.weight,
        priority: target.priority,
        enabled: provider.is_some_and(|provider| provider.enabled),
        dialects: provider
            .into_iter()
            .flat_map(|provider| spoken(catalog, provider))
            .map(String::from)
            .collect(),
    }
}

fn counts(config: &Config) -> Counts {
    Counts {
        providers: config.providers.len(),
        disabled_providers: config
            .providers
            .values()
            .filter(|provider| !provider.enabled)
            .count(),
        credentials: config
            .providers
            .values()
            .map(|provider| provider.credentials.len())
            .sum(),
        models: config.models.len(),
        globs: config
            .models
            .keys()
            .filter(|name| Glob::is_pattern(name))
            .count(),
        aliases: config
            .models
            .values()
            .map(|model| model.aliases.len())
            .sum(),
        targets: config
            .models
            .values()
            .map(|model| model.targets.len())
            .sum(),
        rewrites: config.rewrites.len(),
        intercepts: config.intercepts.len(),
    }
}

impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.counts)?;
        for model in &self.models {
            write!(f, "\n{model}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} providers ({} disabled), {} credentials; ",
            self.providers, self.disabled_providers, self.credentials
        )?;
        write!(
            f,
            "{} models ({} globs), {} aliases, {} targets; ",
            self.models, self.globs, self.aliases, self.targets
        )?;
        write!(
            f,
            "{} rewrites, {} intercepts",
            self.rewrites, self.intercepts
        )
    }
}

impl fmt::Display for ModelPreview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        if self.glob {
            f.write_str(" (glob)")?;
        }
        writeln!(f, ": {}", self.strategy)?;
        if !self.aliases.is_empty() {
            writeln!(f, "  also called {}", self.aliases.join(", "))?;
        }
        for target in &self.targets {
            writeln!(f, "  -> {target}")?;
        }
        for dialect in &self.dialects {
            writeln!(f, "  {}: {}", dialect.dialect, dialect.served)?;
        }
        if !self.fallbacks.is_empty() {
            writeln!(f, "  then {}", self.fallbacks.join(", then "))?;
        }
        Ok(())
    }
}

impl fmt::Display for TargetPreview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let model = self
            .model
            .as_deref()
            .unwrap_or("(the name that the caller sent)");
        write!(
            f,
            "{} {model}, priority {}, weight {}",
            self.provider, self.priority, self.weight
        )?;
        write!(f, ", speaks {}", self.dialects.join(" "))?;
        if !self.enabled {
            f.write_str(", disabled")?;
        }
        if self.weight == 0 {
            f.write_str(", drained")?;
        }
        Ok(())
    }
}

impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Direct => "served, bytes pass through",
            Self::ByFallback => "served by a fallback only",
            Self::NotImplemented => "501, no target speaks it and this version does not translate",
        })
    }
}
