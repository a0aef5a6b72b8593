//! What nothing leads to.

use std::collections::HashMap;

use aigw_routing::Glob;

use crate::Config;
use crate::compile::covers;
use crate::findings::{Finding, Problems};
use crate::tree::{Content, NodeId, Tree};

/// Providers that no target names, and those whose every target is drained.
pub(super) fn providers(problems: &mut Problems, config: &Config, tree: &Tree<'_>) {
    let mut weights: HashMap<&str, u64> = HashMap::new();
    for target in config.models.values().flat_map(|model| &model.targets) {
        *weights.entry(&target.provider).or_default() += u64::from(target.weight);
    }
    for name in config.providers.keys() {
        let Some(node) = entry(tree, "providers", name) else {
            continue;
        };
        let finding = match weights.get(&**name) {
            None => Finding::warning("unused_provider", "no model has a target at this provider")
                .hint("give a model a target with it, or take it out"),
            Some(0) => Finding::warning(
                "drained_provider",
                "every target at this provider has weight 0: it gets no new traffic",
            ),
            Some(_) => continue,
        };
        problems.at_key(tree, node, finding);
    }
}

/// Globs whose every name is taken by another one.
pub(super) fn globs(problems: &mut Problems, config: &Config, tree: &Tree<'_>) {
    let mut by_prefix: HashMap<String, Vec<&str>> = HashMap::new();
    for name in config.models.keys().filter(|name| Glob::is_pattern(name)) {
        let prefix = String::from(Glob::new(name).literal_prefix());
        by_prefix.entry(prefix).or_default().push(name);
    }
    for same in by_prefix.values_mut() {
        // Globs with another prefix either take other names or take them later. Under one prefix the longer goes first.
        same.sort_by_key(|glob| std::cmp::Reverse(glob.len()));
        for (index, glob) in same.iter().enumerate() {
            let taker = same[..index].iter().find(|earlier| covers(earlier, glob));
            if let (Some(taker), Some(node)) = (taker, entry(tree, "models", glob)) {
                let reason = format!("`{taker}` takes every name that this glob could");
                problems.at_key(
                    tree,
                    node,
                    Finding::warning("unreachable_glob", reason).hint("take one of them out"),
                );
            }
        }
    }
}

/// Names of models that a rewrite leads elsewhere before they are looked up.
pub(super) fn names(problems: &mut Problems, config: &Config, tree: &Tree<'_>) {
    let rewrites: Vec<(Glob, &str)> = config
        .rewrites
        .iter()
        .filter(|rewrite| rewrite.unless_user_agent.is_empty())
        .map(|rewrite| (Glob::new(&rewrite.from), rewrite.to.as_str()))
        .collect();
    for model in config
        .models
        .values()
        .filter(|model| !Glob::is_pattern(&model.name))
    {
        let aliases = model.aliases.iter().map(String::as_str);
        for name in std::iter::once(&*model.name).chain(aliases) {
            let Some((from, to)) = rewrites.iter().find(|(from, _)| from.matches(name)) else {
                continue;
            };
            let own = *to == &*model.name || model.aliases.iter().any(|alias| alias == to);
            if let Some(node) = entry(tree, "models", &model.name).filter(|_| !own) {
                let reason = format!(
                    "the rewrite of `{}` leads callers of `{name}` to `{to}`",
                    from.as_str()
                );
                let hint = "as a fallback the model is still used; else narrow the rewrite or take the model out";
                problems.at_key(
                    tree,
                    node,
                    Finding::warning("hidden_name", reason).hint(hint),
                );
            }
        }
    }
}

/// Targets whose price is not known.
pub(super) fn prices(
    problems: &mut Problems,
    config: &Config,
    tree: &Tree<'_>,
    priced: &dyn Fn(&str) -> bool,
) {
    for model in config.models.values() {
        let targets =
            entry(tree, "models", &model.name).and_then(|node| tree.member(node, "targets"));
        let items: &[NodeId] = match targets.map(|node| tree.content(node)) {
            Some(Content::List(items)) => items,
            _ => &[],
        };
        for (target, node) in model.targets.iter().zip(items) {
            // What a glob sends on is known only with the request.
            if let Some(upstream) = target.model.as_deref().filter(|upstream| !priced(upstream)) {
                let reason =
                    format!("the price of `{upstream}` is not known: its cost is not counted");
                problems.at(tree, *node, Finding::warning("unpriced", reason));
            }
        }
    }
}

fn entry(tree: &Tree<'_>, section: &str, name: &str) -> Option<NodeId> {
    tree.member(tree.member(Tree::ROOT, section)?, name)
}
