//! What a document would serve.

use aigw_config::{Counts, ModelPreview, Preview, Served};
use serde::Serialize;
use utoipa::ToSchema;

/// What a document would serve.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct PreviewView {
    /// Every public model, in the order of the document.
    models: Vec<ModelView>,
    /// Sizes.
    counts: CountsView,
    /// All of it as text for people.
    text: String,
}

/// A public model.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct ModelView {
    /// Public name or glob.
    name: String,
    /// Further public names.
    aliases: Vec<String>,
    /// Strategy within one priority.
    strategy: &'static str,
    /// Targets, in the order of the document.
    targets: Vec<TargetView>,
    /// For each client dialect, what happens to its requests.
    dialects: Vec<DialectView>,
    /// Models that may be tried after this one.
    fallbacks: Vec<String>,
}

/// A target.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct TargetView {
    /// Its provider.
    provider: String,
    /// The upstream's model; the caller's name, if not given.
    model: Option<String>,
    /// Share within its priority; 0 drains.
    weight: u32,
    /// Lower numbers go first.
    priority: u32,
    /// Whether the provider is enabled.
    enabled: bool,
    /// For each client dialect, how the target is asked.
    asked: Vec<AskedView>,
}

/// How a target is asked for callers of one dialect.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct AskedView {
    /// The caller's dialect.
    client: String,
    /// The dialect of the upstream call; none if the target cannot be asked.
    upstream: Option<String>,
}

/// What happens to requests of a dialect.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct DialectView {
    /// Client dialect.
    dialect: String,
    /// `direct`, `translated`, `by_fallback` or `not_implemented`.
    served: &'static str,
    /// The other dialects in which targets are asked.
    via: Vec<String>,
}

/// Sizes of a document.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct CountsView {
    /// Providers, disabled ones too.
    providers: usize,
    /// Disabled providers.
    disabled_providers: usize,
    /// Provider credentials.
    credentials: usize,
    /// Public models.
    models: usize,
    /// Aliases.
    aliases: usize,
    /// Targets of all models.
    targets: usize,
}

impl From<&Preview> for PreviewView {
    fn from(preview: &Preview) -> Self {
        Self {
            models: preview.models.iter().map(ModelView::from).collect(),
            counts: CountsView::from(preview.counts),
            text: preview.to_string(),
        }
    }
}

impl From<Counts> for CountsView {
    fn from(counts: Counts) -> Self {
        Self {
            providers: counts.providers,
            disabled_providers: counts.disabled_providers,
            credentials: counts.credentials,
            models: counts.models,
            aliases: counts.aliases,
            targets: counts.targets,
        }
    }
}

impl From<&ModelPreview> for ModelView {
    fn from(model: &ModelPreview) -> Self {
        let targets = model.targets.iter().map(|target| TargetView {
            provider: target.provider.clone(),
            model: target.model.clone(),
            weight: target.weight,
            priority: target.priority,
            enabled: target.enabled,
            asked: target
                .asked
                .iter()
                .map(|asked| AskedView {
                    client: asked.client.clone(),
                    upstream: asked.upstream.clone(),
                })
                .collect(),
        });
        let dialects = model.dialects.iter().map(|one| {
            let (served, via) = served(&one.served);
            DialectView {
                dialect: one.dialect.clone(),
                served,
                via: via.to_vec(),
            }
        });
        Self {
            name: model.name.clone(),
            aliases: model.aliases.clone(),
            strategy: model.strategy,
            targets: targets.collect(),
            dialects: dialects.collect(),
            fallbacks: model.fallbacks.clone(),
        }
    }
}

fn served(served: &Served) -> (&'static str, &[String]) {
    match served {
        Served::Direct { others } => ("direct", others),
        Served::Translated { via } => ("translated", via),
        Served::ByFallback => ("by_fallback", &[]),
        Served::NotImplemented => ("not_implemented", &[]),
    }
}
