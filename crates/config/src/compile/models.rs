//! Checks of the models.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use aigw_routing::{Glob, Strategy};
use indexmap::IndexMap;

use super::policies::{self, Policies};
use super::{fallbacks, names, or, values};
use crate::document::{ModelDoc, ParamsDoc, TargetDoc, glob_syntax};
use crate::findings::Finding;
use crate::read::{At, Reader};
use crate::tree::NodeId;
use crate::{Fidelity, Model, Params, Provider, Target};

type Providers = IndexMap<Arc<str>, Provider>;

/// Every model, checked by itself and against the others.
pub(super) fn models(
    reader: &mut Reader<'_>,
    documents: Vec<(String, At<ModelDoc>)>,
    providers: &Providers,
    policies: &Policies,
) -> IndexMap<Arc<str>, Model> {
    let mut models = IndexMap::with_capacity(documents.len());
    let mut aliases = HashMap::new();
    let mut wishes = Vec::with_capacity(documents.len());
    for (
        name,
        At {
            value: mut document,
            node,
        },
    ) in documents
    {
        let name: Arc<str> = name.into();
        check_name(reader, &name, node);
        claim_aliases(reader, &name, document.aliases.as_ref(), &mut aliases);
        wishes.push(
            document
                .fallbacks
                .take()
                .map(|at| at.value)
                .unwrap_or_default(),
        );
        models.insert(
            Arc::clone(&name),
            model(reader, name, document, providers, policies),
        );
    }
    fallbacks::link(reader, &mut models, &aliases, wishes);
    models
}

fn check_name(reader: &mut Reader<'_>, name: &str, node: NodeId) {
    if let Err((reason, hint)) = glob_syntax(name) {
        reader.report_key(
            node,
            Finding::error("invalid_name", reason).maybe_hint(hint),
        );
    }
}

/// Every alias belongs to one model, and none is the name of a model.
fn claim_aliases(
    reader: &mut Reader<'_>,
    model: &Arc<str>,
    written: Option<&At<Vec<At<String>>>>,
    owners: &mut HashMap<String, Arc<str>>,
) {
    for alias in written.map(|at| at.value.as_slice()).unwrap_or_default() {
        let name = alias.value.as_str();
        let shown = reader.written(alias.node);
        let taken = owners
            .get(name)
            .map(|owner| format!("`{shown}` is already an alias of `{owner}`"));
        let named =
            model_node(reader, name).map(|_| format!("`{shown}` is already the name of a model"));
        if Glob::is_pattern(name) {
            let finding = Finding::error("invalid_value", "an alias is a name, not a glob");
            reader.report(
                alias.node,
                finding.hint("declare the glob as a model of its own"),
            );
        } else if let Some(reason) = named.or(taken) {
            reader.report(alias.node, Finding::error("duplicate", reason));
        } else {
            owners.insert(String::from(name), Arc::clone(model));
        }
    }
}

/// The node of a declared model, readable or not.
fn model_node(reader: &Reader<'_>, name: &str) -> Option<NodeId> {
    let models = reader.tree.member(crate::tree::Tree::ROOT, "models")?;
    reader.tree.member(models, name)
}

fn model(
    reader: &mut Reader<'_>,
    name: Arc<str>,
    document: ModelDoc,
    providers: &Providers,
    base: &Policies,
) -> Model {
    let targets = match document.targets {
        Some(written) => targets(reader, &name, written, providers),
        None => Vec::new(),
    };
    Model {
        targets,
        strategy: or(document.strategy, Strategy::default()),
        fallbacks: Vec::new(),
        aliases: values(document.aliases),
        params: document
            .params
            .map(|at| params(reader, at.value))
            .unwrap_or_default(),
        fidelity: or(document.fidelity, Fidelity::default()),
        context_window: document.context_window.map(|at| at.value),
        max_output_tokens: document.max_output_tokens.map(|at| at.value),
        retry: policies::retry(reader, base.retry, document.retry),
        cooldown: policies::cooldown(base.cooldown, document.cooldown),
        fallback_on: policies::fallback_on(base.fallback_on, document.fallback_on),
        sticky: policies::sticky(base.sticky.clone(), document.sticky),
        on_break: policies::on_break(base.on_break, document.stream),
        name,
    }
}

fn targets(
    reader: &mut Reader<'_>,
    name: &Arc<str>,
    written: At<Vec<At<TargetDoc>>>,
    providers: &Providers,
) -> Vec<Target> {
    let mut seen = HashSet::new();
    let mut targets = Vec::with_capacity(written.value.len());
    for At {
        value: document,
        node,
    } in written.value
    {
        let Some(provider) = document
            .provider
            .and_then(|at| find_provider(reader, at, providers))
        else {
            continue;
        };
        let own_name = || (!Glob::is_pattern(name)).then(|| String::from(&**name));
        let model = document.model.map_or_else(own_name, |at| Some(at.value));
        if !seen.insert((Arc::clone(&provider), model.clone())) {
            let finding = Finding::warning(
                "duplicate",
                "the same provider and model are already a target",
            );
            reader.report(node, finding.hint("add the weights up in one target"));
        }
        let (weight, priority) = (or(document.weight, 1), or(document.priority, 0));
        targets.push(Target {
            provider,
            model,
            weight,
            priority,
        });
    }
    check_usable(reader, written.node, &targets, providers);
    targets
}

fn find_provider(
    reader: &mut Reader<'_>,
    at: At<String>,
    providers: &Providers,
) -> Option<Arc<str>> {
    let At {
        value: wanted,
        node,
    } = at;
    if let Some((name, provider)) = providers.get_key_value(wanted.as_str()) {
        if !provider.enabled {
            let reason = format!("the provider `{name}` is disabled: this target gets no traffic");
            reader.report(node, Finding::warning("disabled_provider", reason));
        }
        return Some(Arc::clone(name));
    }
    let declared: Vec<&str> = names(reader, "providers").map(|(name, _)| name).collect();
    // A provider that is declared but could not be read has had its own problem.
    if !declared.contains(&wanted.as_str()) {
        let shown = reader.written(node);
        let suggestion = reader.nearest(&shown, declared.iter().copied());
        let finding = Finding::error(
            "unknown_provider",
            format!("there is no provider `{shown}`"),
        );
        let listed = declared
            .iter()
            .take(10)
            .copied()
            .collect::<Vec<_>>()
            .join(", ");
        let finding = match suggestion {
            Some(_) => finding.suggest(suggestion),
            None if listed.is_empty() => finding.hint("declare it under `providers`"),
            None => finding.hint(format!("declared are {listed}")),
        };
        reader.report(node, finding);
    }
    None
}

/// Warns of models that nothing can answer.
fn check_usable(reader: &mut Reader<'_>, node: NodeId, targets: &[Target], providers: &Providers) {
    if targets.is_empty() {
        return;
    }
    let enabled = |target: &Target| {
        providers
            .get(&target.provider)
            .is_some_and(|provider| provider.enabled)
    };
    if targets.iter().all(|target| target.weight == 0) {
        let finding = Finding::warning(
            "drained",
            "every target has weight 0: the model gets no new traffic",
        );
        reader.report_key(
            node,
            finding.hint("give at least one target a weight above 0"),
        );
    } else if !targets.iter().any(enabled) {
        let reason =
            "no target has an enabled provider: the model answers only through its fallbacks";
        reader.report_key(node, Finding::warning("disabled_model", reason));
    }
}

fn params(reader: &mut Reader<'_>, document: ParamsDoc) -> Params {
    let defaults = document.defaults.map(|at| at.value).unwrap_or_default();
    let set = document.set.map(|at| at.value).unwrap_or_default();
    let drop = document.drop.map(|at| at.value).unwrap_or_default();
    let set_names: HashSet<&str> = set.iter().map(|(name, _)| name.as_str()).collect();
    let default_names: HashSet<&str> = defaults.iter().map(|(name, _)| name.as_str()).collect();
    for (name, value) in &defaults {
        if set_names.contains(name.as_str()) {
            let reason = format!("`set` has `{name}` too, so this default never applies");
            reader.report_key(value.node, Finding::warning("no_effect", reason));
        }
    }
    for dropped in &drop {
        let name = dropped.value.as_str();
        if set_names.contains(name) || default_names.contains(name) {
            let reason = format!(
                "`{}` is both dropped and given a value",
                reader.written(dropped.node)
            );
            reader.report(
                dropped.node,
                Finding::error("conflict", reason)
                    .hint("`set` alone replaces what the caller sent"),
            );
        }
    }
    let raw = |members: Vec<(String, At<String>)>| {
        members
            .into_iter()
            .map(|(name, at)| (name, at.value))
            .collect()
    };
    Params {
        defaults: raw(defaults),
        set: raw(set),
        drop: drop.into_iter().map(|at| at.value).collect(),
    }
}
