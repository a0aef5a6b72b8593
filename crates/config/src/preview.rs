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
    /// For each client dialect, how the target is asked.
    pub asked: Vec<Asked>,
}

/// In which dialect a target is asked for requests of one client dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The dialect of the caller.
    pub client: String,
    /// The dialect of the upstream call: the caller's own if bytes pass through, another one if it is translated;
    /// `None`: the target cannot be asked.
    pub upstream: Option<String>,
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Served {
    /// Enabled targets speak it: bytes pass through. The others are asked after them.
    Direct {
        /// The dialects in which the others are asked.
        others: Vec<String>,
    },
    /// No enabled target speaks it: requests and answers are translated.
    Translated {
        /// The dialects in which the targets are asked.
        via: Vec<String>,
    },
    /// The model itself has no enabled target; a fallback serves it.
    ByFallback,
    /// Nothing that the model leads to can serve it: 501.
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
        let own = served(config, catalog, model, dialect);
        let by_fallback = || {
            let mut all = fallbacks.iter();
            all.any(|fallback| served(config, catalog, fallback, dialect).is_some())
        };
        let served = match own {
            Some(served) => served,
            None if by_fallback() => Served::ByFallback,
            None => Served::NotImplemented,
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

/// How the enabled targets of the model serve the dialect; `None` if none can.
fn served<'a>(
    config: &Config,
    catalog: &Catalog<'a>,
    model: &Model,
    dialect: &'a str,
) -> Option<Served> {
    let providers = model
        .targets
        .iter()
        .filter_map(|target| config.providers.get(&target.provider));
    let mut direct = false;
    let mut via: Vec<String> = Vec::new();
    for provider in providers.filter(|provider| provider.enabled) {
        match upstream_dialect(catalog, provider, dialect) {
            Some(own) if own == dialect => direct = true,
            Some(other) if !via.iter().any(|known| known == other) => via.push(String::from(other)),
            _ => {}
        }
    }
    match direct {
        true => Some(Served::Direct { others: via }),
        false if via.is_empty() => None,
        false => Some(Served::Translated { via }),
    }
}

/// The dialect in which a provider is asked for requests of the dialect `client`.
fn upstream_dialect<'a>(
    catalog: &Catalog<'a>,
    provider: &Provider,
    client: &'a str,
) -> Option<&'a str> {
    let speaks = |wanted: &&str| spoken(catalog, provider).any(|own| own == *wanted);
    let others = catalog.preference.iter().copied();
    std::iter::once(client).chain(others).find(speaks)
}

/// The dialects of a provider.
fn spoken<'p>(
    catalog: &Catalog<'p>,
    provider: &'p Provider,
) -> impl Iterator<Item = &'p str> + use<'p> {
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
        asked: catalog
            .dialects
            .iter()
            .map(|client| Asked {
                client: String::from(*client),
                upstream: provider
                    .and_then(|provider| upstream_dialect(catalog, provider, client))
                    .map(String::from),
            })
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
            let asked: Vec<_> = target.asked.iter().map(ToString::to_string).collect();
            writeln!(f, "     {}", asked.join(", "))?;
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

/// `openai_chat direct`, or `anthropic_messages as openai_chat`.
impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.upstream {
            Some(upstream) if *upstream == self.client => write!(f, "{} direct", self.client),
            Some(upstream) => write!(f, "{} as {upstream}", self.client),
            None => write!(f, "{} not at all", self.client),
        }
    }
}

impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct { others } if others.is_empty() => f.write_str("direct"),
            Self::Direct { others } => {
                write!(
                    f,
                    "direct; other targets translated via {}",
                    others.join(", ")
                )
            }
            Self::Translated { via } => write!(f, "translated via {}", via.join(", ")),
            Self::ByFallback => f.write_str("by a fallback only"),
            Self::NotImplemented => f.write_str("501"),
        }
    }
}
