//! Checks of the rewrites.

use std::collections::HashSet;
use std::sync::Arc;

use aigw_routing::Glob;
use indexmap::IndexMap;

use super::{names, values};
use crate::document::RewriteDoc;
use crate::findings::Finding;
use crate::read::{At, Reader};
use crate::tree::NodeId;
use crate::{Model, Rewrite};

type Models = IndexMap<Arc<str>, Model>;

/// The rewrites that could be read.
pub(super) fn rewrites(
    reader: &mut Reader<'_>,
    documents: Vec<At<RewriteDoc>>,
    models: &Models,
) -> Vec<Rewrite> {
    let served = Served::new(reader, models);
    let mut rewrites: Vec<(Rewrite, u32)> = Vec::with_capacity(documents.len());
    for At {
        value: document,
        node,
    } in documents
    {
        if let Some(to) = &document.to {
            served.check(reader, to);
        }
        let (Some(from), Some(to)) = (document.from, document.to) else {
            continue;
        };
        let rewrite = Rewrite {
            from: from.value,
            to: to.value,
            unless_user_agent: values(document.unless_user_agent),
        };
        if rewrite.from == rewrite.to {
            reader.report(
                from.node,
                Finding::warning("no_effect", "this rewrites a name to itself"),
            );
        }
        if let Some((_, line)) = rewrites
            .iter()
            .find(|(earlier, _)| shadows(earlier, &rewrite))
        {
            let reason = format!("the rewrite on line {line} takes every name that this one could");
            reader.report(
                from.node,
                Finding::warning("shadowed_rewrite", reason).hint("put the narrower rewrite first"),
            );
        }
        rewrites.push((rewrite, reader.tree.mark(node).line));
    }
    rewrites.into_iter().map(|(rewrite, _)| rewrite).collect()
}

/// Whether `earlier` leaves nothing for `later`.
fn shadows(earlier: &Rewrite, later: &Rewrite) -> bool {
    let for_everyone = earlier
        .unless_user_agent
        .iter()
        .all(|agent| later.unless_user_agent.contains(agent));
    for_everyone && covers(&earlier.from, &later.from)
}

/// Whether every text that `narrow` matches is matched by `wide`.
///
/// The wildcards of `narrow` are taken as text: `*` of `wide` can take them, nothing else of it can, but for `?`, which
/// can take a `?`. That never claims a cover that is none, and misses only odd ones such as `?*` over `*?`.
pub(crate) fn covers(wide: &str, narrow: &str) -> bool {
    if narrow.contains('*') && wide.contains('?') {
        return wide == narrow;
    }
    Glob::new(wide).matches(narrow)
}

/// What a rewrite may lead to.
struct Served<'m> {
    names: HashSet<&'m str>,
    globs: Vec<Glob>,
}

impl<'m> Served<'m> {
    fn new<'a: 'm>(reader: &Reader<'a>, models: &'m Models) -> Self {
        let aliases = models
            .values()
            .flat_map(|model| model.aliases.iter().map(String::as_str));
        let declared = names(reader, "models").map(|(name, _)| name);
        let (globs, names): (Vec<&str>, Vec<&str>) = declared
            .chain(aliases)
            .partition(|name| Glob::is_pattern(name));
        Self {
            names: names.into_iter().collect(),
            globs: globs.into_iter().map(Glob::new).collect(),
        }
    }

    fn check(&self, reader: &mut Reader<'_>, to: &At<String>) {
        let name = to.value.as_str();
        if Glob::is_pattern(name) {
            return invalid(reader, to.node);
        }
        if self.names.contains(name) || self.globs.iter().any(|glob| glob.matches(name)) {
            return;
        }
        let shown = reader.written(to.node);
        let suggestion = reader.nearest(&shown, self.names.iter().copied());
        let reason = format!("there is no model `{shown}`");
        reader.report(
            to.node,
            Finding::error("unknown_model", reason).suggest(suggestion),
        );
    }
}

fn invalid(reader: &mut Reader<'_>, node: NodeId) {
    let finding = Finding::error("invalid_value", "a rewrite leads to a name, not to a glob");
    reader.report(node, finding);
}
