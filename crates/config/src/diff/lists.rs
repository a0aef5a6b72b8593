//! Lists and tables, compared by the identity of what they hold.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use super::What;
use super::place::Step;
use super::walk::{Walk, default_tree};
use crate::declare::{Declaration, Key, Shape};
use crate::shown;
use crate::spot::Spot;

type Maybe<'d> = Option<Spot<'d>>;
/// Old name and new name of an entry.
type Renames<'d> = Vec<(&'d str, &'d str)>;

impl<'d> Walk<'d> {
    pub(super) fn list(
        &mut self,
        key: &'static Key,
        item: &'static Shape,
        default: Option<&'static str>,
        (before, after): (Maybe<'d>, Maybe<'d>),
    ) {
        match item {
            _ if default.is_none()
                && !empty_if_absent(key.name)
                && (before.is_none() || after.is_none()) =>
            {
                self.whole(&key.shape, None, before, after);
            }
            Shape::Section(inner) => self.sections(key, inner, before, after),
            _ => self.words(key, item, default, (before, after)),
        }
    }

    /// A list of single values.
    fn words(
        &mut self,
        key: &Key,
        item: &Shape,
        default: Option<&'static str>,
        (before, after): (Maybe<'d>, Maybe<'d>),
    ) {
        let tree = default.map(default_tree);
        let values = |side: Maybe<'_>| -> Vec<(String, String)> {
            let items = side.map(Spot::items).unwrap_or_default();
            items
                .iter()
                .map(|spot| (spot.normal(item), spot.shown(item)))
                .collect()
        };
        let root = tree.as_ref().map(|tree| Spot {
            tree,
            node: crate::tree::Tree::ROOT,
        });
        let mut old = match before {
            Some(_) => values(before),
            None => values(root),
        };
        let new = match after {
            Some(_) => values(after),
            None => values(root),
        };
        if key.name == "fallbacks" {
            for (normal, _) in &mut old {
                if let Some(now) = self.renamed.get(&("models", normal.clone())) {
                    normal.clone_from(now);
                }
            }
        }
        let has = |list: &[(String, String)], wanted: &str| {
            list.iter().any(|(normal, _)| normal == wanted)
        };
        for (normal, shown) in old.iter().filter(|(normal, _)| !has(&new, normal)) {
            let what = What::Removed {
                before: shown.clone(),
            };
            self.at(Step::Item(shown.clone()), |walk| {
                walk.push(what, Some(normal.clone()), None);
            });
        }
        for (normal, shown) in new.iter().filter(|(normal, _)| !has(&old, normal)) {
            let what = What::Added {
                after: shown.clone(),
            };
            self.at(Step::Item(shown.clone()), |walk| {
                walk.push(what, None, Some(normal.clone()));
            });
        }
        let kept = |list: &[(String, String)], other: &[(String, String)]| -> Vec<String> {
            list.iter()
                .filter(|(normal, _)| has(other, normal))
                .map(|(normal, _)| normal.clone())
                .collect()
        };
        if ordered(key.name) && kept(&old, &new) != kept(&new, &old) {
            let shown =
                |list: Vec<(String, String)>| list.into_iter().map(|(_, shown)| shown).collect();
            self.push(
                What::Reordered {
                    before: shown(old),
                    after: shown(new),
                },
                None,
                None,
            );
        }
        for (old, new) in before
            .into_iter()
            .flat_map(Spot::items)
            .zip(after.into_iter().flat_map(Spot::items))
        {
            if old.normal(item) == new.normal(item) {
                self.at(Step::Item(new.shown(item)), |walk| {
                    walk.secrets(item, Some(old), Some(new));
                });
            }
        }
    }

    /// A list of sections.
    fn sections(
        &mut self,
        key: &Key,
        inner: &'static Declaration,
        before: Maybe<'d>,
        after: Maybe<'d>,
    ) {
        let old = self.identified(key.name, inner, before, true);
        let new = self.identified(key.name, inner, after, false);
        let mut pairs = pair(&old, &new);
        pair_by_provider(key.name, &old, &new, &mut pairs);
        for (index, (identity, spot)) in old.iter().enumerate() {
            match pairs.iter().find(|(before, _)| *before == index) {
                None => {
                    let before = spot.shown(&Shape::Section(inner));
                    self.at(Step::Item(identity.clone()), |walk| {
                        walk.push(What::Removed { before }, Some(identity.clone()), None);
                    });
                }
                Some((_, other)) => {
                    let (label, after) = &new[*other];
                    self.at(Step::Item(label.clone()), |walk| {
                        walk.section(inner, Some(*spot), Some(*after), false);
                    });
                }
            }
        }
        for (index, (identity, spot)) in new.iter().enumerate() {
            if !pairs.iter().any(|(_, after)| *after == index) {
                let after = spot.shown(&Shape::Section(inner));
                self.at(Step::Item(identity.clone()), |walk| {
                    walk.push(What::Added { after }, None, Some(identity.clone()));
                });
            }
        }
        let mut places: Vec<usize> = pairs.iter().map(|(_, after)| *after).collect();
        if ordered(key.name) && !places.is_sorted() {
            let labels = |list: &[(String, Spot<'_>)], of: &[usize]| -> Vec<String> {
                of.iter()
                    .map(|index| shown::text(&list[*index].0))
                    .collect()
            };
            let before = labels(&new, &places);
            places.sort_unstable();
            let after = labels(&new, &places);
            self.push(What::Reordered { before, after }, None, None);
        }
    }

    /// The items with what tells them apart; the name of a provider is the one that it has now.
    fn identified(
        &self,
        list: &str,
        inner: &'static Declaration,
        side: Maybe<'d>,
        is_before: bool,
    ) -> Vec<(String, Spot<'d>)> {
        let public = self.steps.iter().rev().nth(1).map_or("", Step::name);
        let items = side.map(Spot::items).unwrap_or_default();
        let mut seen: HashMap<String, usize> = HashMap::new();
        items
            .into_iter()
            .map(|spot| {
                let text = |key: &str| spot.member(key).and_then(Spot::text);
                let identity = match list {
                    "targets" => {
                        let written = text("provider").unwrap_or("?");
                        let renamed = self.renamed.get(&("providers", String::from(written)));
                        let provider = renamed
                            .filter(|_| is_before)
                            .map_or(written, String::as_str);
                        format!("{provider}/{}", text("model").unwrap_or(public))
                    }
                    "credentials" => String::from(text("name").unwrap_or("?")),
                    "rewrites" => String::from(text("from").unwrap_or("?")),
                    "intercepts" => intercept(spot),
                    _ => shown::text(&spot.canonical(&Shape::Section(inner))),
                };
                let count = seen.entry(identity.clone()).or_default();
                *count += 1;
                match *count {
                    1 => (identity, spot),
                    count => (format!("{identity} ({count})"), spot),
                }
            })
            .collect()
    }
}

/// Items of the same identity: numbers before and after, in the order before.
fn pair(old: &[(String, Spot<'_>)], new: &[(String, Spot<'_>)]) -> Vec<(usize, usize)> {
    let places: HashMap<&str, usize> = new
        .iter()
        .enumerate()
        .map(|(index, (name, _))| (name.as_str(), index))
        .collect();
    old.iter()
        .enumerate()
        .filter_map(|(index, (name, _))| places.get(name.as_str()).map(|place| (index, *place)))
        .collect()
}

/// Targets left over that are the only ones of their provider: the same target with another upstream model.
fn pair_by_provider(
    list: &str,
    old: &[(String, Spot<'_>)],
    new: &[(String, Spot<'_>)],
    pairs: &mut Vec<(usize, usize)>,
) {
    if list != "targets" {
        return;
    }
    let provider = |identity: &str| {
        String::from(
            identity
                .split_once('/')
                .map_or("", |(provider, _)| provider),
        )
    };
    let lone = |all: &[(String, Spot<'_>)], taken: &[usize], wanted: &str| -> Option<usize> {
        let mut free = (0..all.len())
            .filter(|index| !taken.contains(index) && provider(&all[*index].0) == wanted);
        free.next().filter(|_| free.next().is_none())
    };
    let taken_old: Vec<usize> = pairs.iter().map(|(before, _)| *before).collect();
    let taken_new: Vec<usize> = pairs.iter().map(|(_, after)| *after).collect();
    for (index, (identity, _)) in old.iter().enumerate() {
        let name = provider(identity);
        if lone(old, &taken_old, &name) == Some(index)
            && let Some(other) = lone(new, &taken_new, &name)
        {
            pairs.push((index, other));
        }
    }
    pairs.sort_unstable();
}

/// What an intercept looks for.
fn intercept(spot: Spot<'_>) -> String {
    let parts = ["statuses", "body_contains"].into_iter().filter_map(|key| {
        let items = spot.member(key)?.items();
        let texts: Vec<&str> = items.into_iter().filter_map(Spot::text).collect();
        Some(format!("{key} {}", texts.join(", ")))
    });
    parts.collect::<Vec<_>>().join(" and ")
}

/// Entries with the same content under another name: one that went and one that came. Globs and models that send on
/// their own name are not the same thing under another one.
pub(super) fn renamed<'d>(
    key: &Key,
    value: &Shape,
    before: &[(&'d str, Spot<'d>)],
    after: &[(&'d str, Spot<'d>)],
) -> Renames<'d> {
    if !matches!(key.name, "providers" | "models") {
        return Vec::new();
    }
    let (gone, come) = (missing(value, before, after), missing(value, after, before));
    gone.iter()
        .filter_map(
            |(content, names)| match (names.as_slice(), come.get(content)?.as_slice()) {
                ([old], [new]) => Some((*old, *new)),
                _ => None,
            },
        )
        .collect()
}

/// Names that only `from` has, by what stands below them.
fn missing<'d>(
    value: &Shape,
    from: &[(&'d str, Spot<'d>)],
    of: &[(&'d str, Spot<'d>)],
) -> IndexMap<String, Vec<&'d str>> {
    let known: HashSet<&str> = of.iter().map(|(name, _)| *name).collect();
    let mut missing: IndexMap<String, Vec<&'d str>> = IndexMap::new();
    for (name, spot) in from {
        if !known.contains(name) && fixed_upstream(*spot) {
            missing.entry(spot.canonical(value)).or_default().push(name);
        }
    }
    missing
}

/// Whether every target, if these are any, names its upstream model.
fn fixed_upstream(entry: Spot<'_>) -> bool {
    let targets = entry.member("targets").map(Spot::items).unwrap_or_default();
    targets
        .iter()
        .all(|target| target.member("model").is_some())
}

/// Whether a list that is not written means an empty one, rather than something else.
fn empty_if_absent(name: &str) -> bool {
    matches!(
        name,
        "fallbacks"
            | "aliases"
            | "drop"
            | "allow"
            | "rewrites"
            | "intercepts"
            | "unless_user_agent"
            | "targets"
    )
}

/// Whether the order of the items means something.
fn ordered(name: &str) -> bool {
    matches!(
        name,
        "fallbacks" | "by" | "targets" | "rewrites" | "intercepts"
    )
}
