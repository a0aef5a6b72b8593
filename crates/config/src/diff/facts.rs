//! What the risks of a change are judged by: both documents, read as far as they can be.

use aigw_routing::Glob;
use indexmap::IndexMap;

use super::Prices;
use crate::spot::Spot;
use crate::tree::Tree;

/// Both documents, and which prices are known.
pub(super) struct Both<'f> {
    pub(super) before: Facts,
    pub(super) after: Facts,
    pub(super) prices: Prices<'f>,
}

/// What a document says about who serves what. What cannot be read has its default.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) providers: IndexMap<String, ProviderFacts>,
    pub(super) models: IndexMap<String, ModelFacts>,
}

#[derive(Debug)]
pub(super) struct ProviderFacts {
    pub(super) enabled: bool,
    /// Credentials with a weight above 0.
    pub(super) keys: usize,
}

#[derive(Debug)]
pub(super) struct ModelFacts {
    pub(super) targets: Vec<TargetFacts>,
    pub(super) fallbacks: Vec<String>,
    pub(super) aliases: Vec<String>,
    /// Blocks of `routing` that the model overrides.
    pub(super) own: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct TargetFacts {
    pub(super) provider: String,
    /// Upstream model; the public name if none is written.
    pub(super) model: String,
    pub(super) weight: u64,
    pub(super) priority: u64,
}

impl Facts {
    pub(super) fn of(tree: &Tree<'_>) -> Self {
        let root = Spot {
            tree,
            node: Tree::ROOT,
        };
        let entries = |key: &str| root.member(key).map(Spot::members).unwrap_or_default();
        let named = |(name, spot): (&str, _)| (String::from(name), spot);
        Self {
            providers: entries("providers")
                .into_iter()
                .map(named)
                .map(|(name, spot)| (name, provider(spot)))
                .collect(),
            models: entries("models")
                .into_iter()
                .map(named)
                .map(|(name, spot)| {
                    let facts = model(&name, spot);
                    (name, facts)
                })
                .collect(),
        }
    }

    /// Whether new requests may go to the target.
    pub(super) fn serves(&self, target: &TargetFacts) -> bool {
        let enabled = self
            .providers
            .get(&target.provider)
            .is_some_and(|provider| provider.enabled);
        enabled && target.weight > 0
    }

    /// Whether the model has a target that requests may go to.
    pub(super) fn is_served(&self, model: &str) -> bool {
        let model = self.models.get(model);
        model.is_some_and(|model| model.targets.iter().any(|target| self.serves(target)))
    }

    /// Models with a target of the provider.
    pub(super) fn models_of<'f>(&'f self, provider: &'f str) -> impl Iterator<Item = &'f str> {
        self.models
            .iter()
            .filter(move |(_, model)| {
                model
                    .targets
                    .iter()
                    .any(|target| target.provider == provider)
            })
            .map(|(name, _)| name.as_str())
    }

    /// The model that takes a name: as its name, as an alias, or as a glob.
    pub(super) fn takes(&self, name: &str) -> Option<&str> {
        let exact = self.models.get_key_value(name).map(|(name, _)| name);
        let alias = || {
            let mut all = self.models.iter();
            all.find(|(_, model)| model.aliases.iter().any(|alias| alias == name))
                .map(|(name, _)| name)
        };
        let glob = || {
            let globs = self
                .models
                .keys()
                .filter(|glob| Glob::is_pattern(glob) && Glob::new(glob).matches(name));
            globs.max_by_key(|glob| Glob::new(glob).literal_prefix().len())
        };
        exact.or_else(alias).or_else(glob).map(String::as_str)
    }
}

fn provider(spot: Spot<'_>) -> ProviderFacts {
    let weighted = |credential: &Spot<'_>| number(*credential, "weight", 1) > 0;
    let pool = spot
        .member("credentials")
        .map(Spot::items)
        .unwrap_or_default();
    ProviderFacts {
        enabled: spot
            .member("enabled")
            .and_then(Spot::text)
            .is_none_or(|text| !text.eq_ignore_ascii_case("false")),
        keys: usize::from(spot.member("api_key").is_some())
            + pool.iter().filter(|spot| weighted(spot)).count(),
    }
}

fn model(name: &str, spot: Spot<'_>) -> ModelFacts {
    let texts = |key: &str| -> Vec<String> {
        let items = spot.member(key).map(Spot::items).unwrap_or_default();
        items
            .into_iter()
            .filter_map(Spot::text)
            .map(String::from)
            .collect()
    };
    let target = |target: Spot<'_>| TargetFacts {
        provider: String::from(
            target
                .member("provider")
                .and_then(Spot::text)
                .unwrap_or_default(),
        ),
        model: String::from(target.member("model").and_then(Spot::text).unwrap_or(name)),
        weight: number(target, "weight", 1),
        priority: number(target, "priority", 0),
    };
    let targets = spot.member("targets").map(Spot::items).unwrap_or_default();
    ModelFacts {
        targets: targets.into_iter().map(target).collect(),
        fallbacks: texts("fallbacks"),
        aliases: texts("aliases"),
        own: spot
            .members()
            .into_iter()
            .map(|(key, _)| String::from(key))
            .collect(),
    }
}

fn number(spot: Spot<'_>, key: &str, default: u64) -> u64 {
    spot.member(key)
        .and_then(Spot::text)
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}
