//! Fallbacks: names become links, and links must not go round.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use aigw_routing::Glob;
use indexmap::IndexMap;

use super::names;
use crate::findings::Finding;
use crate::read::{At, Reader};
use crate::tree::{NodeId, shortened};
use crate::{Config, Model};

type Models = IndexMap<Arc<str>, Model>;

/// Most models that one request is tried on, the first included.
const MAX_CHAIN: usize = 8;

/// A fallback as written, resolved to the number of its model.
#[derive(Debug, Clone, Copy)]
struct Link {
    to: usize,
    node: NodeId,
}

/// Resolves `wishes` (per model, the names as written) and fills `fallbacks` of every model.
pub(super) fn link(
    reader: &mut Reader<'_>,
    models: &mut Models,
    aliases: &HashMap<String, Arc<str>>,
    wishes: Vec<Vec<At<String>>>,
) {
    let links: Vec<Vec<Link>> = wishes
        .into_iter()
        .map(|wishes| {
            wishes
                .into_iter()
                .filter_map(|wish| resolve(reader, models, aliases, wish))
                .collect()
        })
        .collect();
    let names: Vec<Arc<str>> = models.keys().cloned().collect();
    let sound = refuse_cycles(reader, &names, &links);
    for (model, links) in models.values_mut().zip(&links) {
        let mut seen = HashSet::new();
        for link in links {
            if seen.insert(link.to) {
                model.fallbacks.push(Arc::clone(&names[link.to]));
            } else {
                let reason = format!("`{}` is already a fallback of this model", names[link.to]);
                reader.report(link.node, Finding::warning("duplicate", reason));
            }
        }
    }
    if sound {
        warn_of_long_chains(reader, models, &links);
    }
}

fn resolve(
    reader: &mut Reader<'_>,
    models: &Models,
    aliases: &HashMap<String, Arc<str>>,
    wish: At<String>,
) -> Option<Link> {
    let At {
        value: wanted,
        node,
    } = wish;
    let name = aliases.get(&wanted).map_or(wanted.as_str(), |owner| owner);
    if let Some((to, _, model)) = models.get_full(name) {
        if model.targets.iter().any(|target| target.model.is_none()) {
            let reason = format!(
                "`{}` is a glob whose targets send on the name that the caller sent",
                shortened(name)
            );
            let finding = Finding::error("glob_fallback", reason);
            reader.report(
                node,
                finding.hint(
                    "name a model without wildcards, or give every target of the glob a `model`",
                ),
            );
            return None;
        }
        return Some(Link { to, node });
    }
    let declared: Vec<&str> = names(reader, "models").map(|(name, _)| name).collect();
    if !declared.contains(&wanted.as_str()) {
        let glob = models
            .keys()
            .find(|name| Glob::is_pattern(name) && Glob::new(name).matches(&wanted));
        let known = declared
            .iter()
            .copied()
            .chain(aliases.keys().map(String::as_str));
        let shown = reader.written(node);
        let suggestion = if glob.is_none() {
            reader.nearest(&shown, known)
        } else {
            None
        };
        let finding = Finding::error("unknown_model", format!("there is no model `{shown}`"));
        reader.report(
            node,
            match glob {
                Some(glob) => finding.hint(format!(
                    "`{glob}` takes that name, but a fallback must be a model or alias: declare it"
                )),
                None => finding.suggest(suggestion),
            },
        );
    }
    None
}

/// Reports every link that closes a cycle; whether there was none.
fn refuse_cycles(reader: &mut Reader<'_>, names: &[Arc<str>], links: &[Vec<Link>]) -> bool {
    let mut sound = true;
    let mut done = vec![false; names.len()];
    let mut place = vec![None; names.len()];
    for start in 0..names.len() {
        if done[start] {
            continue;
        }
        // The way from `start`: model and the number of its next link.
        let mut way = vec![(start, 0)];
        place[start] = Some(0);
        while let Some((model, next)) = way.last_mut() {
            let Some(link) = links[*model].get(*next).copied() else {
                done[*model] = true;
                place[*model] = None;
                way.pop();
                continue;
            };
            *next += 1;
            if let Some(begin) = place[link.to] {
                sound = false;
                let round: Vec<usize> = way[begin..].iter().map(|(model, _)| *model).collect();
                report_cycle(reader, names, &round, link);
            } else if !done[link.to] {
                place[link.to] = Some(way.len());
                way.push((link.to, 0));
            }
        }
    }
    sound
}

/// Most models of a cycle that are printed.
const MAX_PRINTED: usize = 12;

fn report_cycle(reader: &mut Reader<'_>, names: &[Arc<str>], round: &[usize], closing: Link) {
    let mut printed: Vec<&str> = round
        .iter()
        .take(MAX_PRINTED)
        .map(|model| &*names[*model])
        .collect();
    if round.len() > MAX_PRINTED {
        printed.push("…");
    }
    printed.push(&names[closing.to]);
    let reason = format!("fallbacks go round: {}", printed.join(" -> "));
    reader.report(
        closing.node,
        Finding::error("fallback_cycle", reason).hint("take one of these fallbacks out"),
    );
}

fn warn_of_long_chains(reader: &mut Reader<'_>, models: &Models, links: &[Vec<Link>]) {
    for (model, links) in models.values().zip(links) {
        let Some(first) = links.first() else { continue };
        if walk(models, model, MAX_CHAIN + 1).len() > MAX_CHAIN {
            let reason = format!(
                "this model leads to more than {MAX_CHAIN} models; only the first {MAX_CHAIN} are tried"
            );
            reader.report(first.node, Finding::warning("long_chain", reason));
        }
    }
}

/// The models that a request for `model` may be tried on after it, in order.
pub(crate) fn chain<'c>(config: &'c Config, model: &'c Model) -> Vec<&'c Model> {
    walk(&config.models, model, MAX_CHAIN).split_off(1)
}

/// `model` and what its fallbacks lead to, depth first, no model twice, at most `limit`.
fn walk<'m>(models: &'m Models, model: &'m Model, limit: usize) -> Vec<&'m Model> {
    let mut found: Vec<&Model> = Vec::new();
    let mut open = vec![model];
    while let Some(model) = open.pop() {
        if found.len() == limit {
            break;
        }
        if found.iter().any(|known| known.name == model.name) {
            continue;
        }
        found.push(model);
        open.extend(
            model
                .fallbacks
                .iter()
                .rev()
                .filter_map(|name| models.get(name)),
        );
    }
    found
}
