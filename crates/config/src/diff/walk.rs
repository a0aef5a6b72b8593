//! Both documents, walked side by side along the declarations.

use std::collections::{BTreeMap, HashMap};

use indexmap::IndexSet;

use super::place::Step;
use super::{Side, What, lists};
use crate::declare::{Declaration, Key, Need, Shape};
use crate::document::RootDoc;
use crate::read::{Piece, pieces};
use crate::shown;
use crate::spot::Spot;
use crate::tree::{Tree, build};

/// A difference.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) steps: Vec<Step>,
    pub(super) what: What,
    /// The single value before, default included, in one spelling. Not for showing.
    pub(super) before: Option<String>,
    /// The single value after.
    pub(super) after: Option<String>,
}

impl Found {
    /// The steps as names.
    pub(super) fn names(&self) -> Vec<&str> {
        self.steps.iter().map(Step::name).collect()
    }
}

/// Every difference, in the order of the declarations.
pub(super) fn walk(before: Side<'_>, after: Side<'_>) -> Vec<Found> {
    let mut walk = Walk {
        secrets: (before.secrets, after.secrets),
        renamed: HashMap::new(),
        steps: Vec::new(),
        found: Vec::new(),
    };
    let root = |tree| {
        Some(Spot {
            tree,
            node: Tree::ROOT,
        })
    };
    walk.section(
        RootDoc::DECLARATION,
        root(&before.document.tree),
        root(&after.document.tree),
        false,
    );
    walk.found
}

/// What is known while walking.
pub(super) struct Walk<'d> {
    secrets: (&'d BTreeMap<String, String>, &'d BTreeMap<String, String>),
    /// Names after, by section and name before.
    pub(super) renamed: HashMap<(&'static str, String), String>,
    pub(super) steps: Vec<Step>,
    found: Vec<Found>,
}

type Maybe<'d> = Option<Spot<'d>>;

impl<'d> Walk<'d> {
    pub(super) fn push(&mut self, what: What, before: Option<String>, after: Option<String>) {
        let steps = self.steps.clone();
        self.found.push(Found {
            steps,
            what,
            before,
            after,
        });
    }

    /// Runs `inside` one step further down.
    pub(super) fn at(&mut self, step: Step, inside: impl FnOnce(&mut Self)) {
        self.steps.push(step);
        inside(self);
        self.steps.pop();
    }

    /// `inherits`: what is not written is taken from elsewhere, and has no default of its own.
    pub(super) fn section(
        &mut self,
        declaration: &'static Declaration,
        before: Maybe<'d>,
        after: Maybe<'d>,
        inherits: bool,
    ) {
        for key in declaration
            .keys
            .iter()
            .filter(|key| !matches!(key.shape, Shape::Later))
        {
            let child = |side: Maybe<'d>| side.and_then(|side| side.member(key.name));
            let (before, after) = (child(before), child(after));
            if before.is_some() || after.is_some() {
                self.at(Step::Key(String::from(key.name)), |walk| {
                    walk.key(declaration, key, (before, after), inherits);
                });
            }
        }
        let declared = |name: &str| {
            declaration
                .keys
                .iter()
                .any(|key| key.name == name && !matches!(key.shape, Shape::Later))
        };
        let members = |side: Maybe<'d>| side.map(Spot::members).unwrap_or_default();
        let names: IndexSet<&str> = members(before)
            .into_iter()
            .chain(members(after))
            .map(|(name, _)| name)
            .filter(|name| !declared(name))
            .collect();
        for name in names {
            let child = |side: Maybe<'d>| side.and_then(|side| side.member(name));
            let (before, after) = (child(before), child(after));
            self.at(Step::Key(String::from(name)), |walk| {
                walk.whole(&Shape::Later, None, before, after);
            });
        }
    }

    fn key(
        &mut self,
        section: &Declaration,
        key: &'static Key,
        (before, after): (Maybe<'d>, Maybe<'d>),
        inherits: bool,
    ) {
        let default = match key.need {
            Need::Default(default) if !inherits => Some(default),
            _ => None,
        };
        match &key.shape {
            Shape::Section(inner) if whole_only(inner) && (before.is_none() || after.is_none()) => {
                self.whole(&key.shape, default, before, after);
            }
            Shape::Section(inner) => {
                self.section(inner, before, after, inherits || overrides(section, inner));
            }
            Shape::OffOr(inner) => {
                let Shape::Section(declaration) = inner else {
                    return;
                };
                let inherits = inherits || overrides(section, declaration);
                self.off_or(key, declaration, (before, after), inherits);
            }
            Shape::Table { value, .. } => self.table(key, value, before, after),
            Shape::List { item, .. } => self.list(key, item, default, (before, after)),
            shape => {
                // A target that names no upstream model has the public name there.
                let public = self.steps.get(1).map(|step| String::from(step.name()));
                let own =
                    public.filter(|_| section.title == "models.*.targets[]" && key.name == "model");
                self.whole(shape, own.as_deref().or(default), before, after);
            }
        }
    }

    /// A value that has no parts of its own.
    pub(super) fn whole(
        &mut self,
        shape: &Shape,
        default: Option<&str>,
        before: Maybe<'d>,
        after: Maybe<'d>,
    ) {
        let normal = |side: Maybe<'d>| match side {
            Some(spot) => Some(spot.normal(shape)),
            None => default.map(|default| shown::spelled(default, shape)),
        };
        let shown = |side: Maybe<'d>| match side {
            Some(spot) => Some(spot.shown(shape)),
            None => default.map(|default| format!("{default} (default)")),
        };
        let normals = (self.now_called(normal(before)), normal(after));
        if normals.0 == normals.1 {
            self.secrets(shape, before, after);
            return;
        }
        let what = match (shown(before), shown(after)) {
            (None, Some(after)) => What::Added { after },
            (Some(before), None) => What::Removed { before },
            // Nothing that may be shown differs.
            (Some(before), Some(after)) if before == after => What::SecretChanged { shown: after },
            (Some(before), Some(after)) => What::Changed { before, after },
            (None, None) => return,
        };
        self.push(what, normals.0, normals.1);
    }

    /// A name before, by the name that the same thing has now, where the value is the name of a provider or model.
    fn now_called(&self, name: Option<String>) -> Option<String> {
        let section = match self.steps.last().map(Step::name) {
            Some("provider") => "providers",
            Some("to") => "models",
            _ => return name,
        };
        name.map(|name| {
            self.renamed
                .get(&(section, name.clone()))
                .cloned()
                .unwrap_or(name)
        })
    }

    /// Reports secrets that are others now although everything is written as before.
    pub(super) fn secrets(&mut self, shape: &Shape, before: Maybe<'d>, after: Maybe<'d>) {
        let (Some(_), Some(after)) = (before, after) else {
            return;
        };
        let mut used = Vec::new();
        references_below(after, &mut used);
        let changed = used.iter().any(|reference| {
            let digests = (self.secrets.0.get(reference), self.secrets.1.get(reference));
            matches!(digests, (Some(before), Some(after)) if before != after)
        });
        if changed {
            let shown = after.shown(shape);
            self.push(What::SecretChanged { shown }, None, None);
        }
    }

    fn off_or(
        &mut self,
        key: &'static Key,
        inner: &'static Declaration,
        (before, after): (Maybe<'d>, Maybe<'d>),
        inherits: bool,
    ) {
        let state = |side: Maybe<'d>| match (side, key.need) {
            (Some(spot), _) if spot.is_off() => State::Off { written: true },
            (Some(spot), _) => State::On(Some(spot)),
            (None, _) if inherits => State::Inherited,
            (None, Need::Default("off")) => State::Off { written: false },
            (None, _) => State::On(None),
        };
        let shown = |state: &State<'d>| match (state, key.need) {
            (State::Off { written: true }, _) => Some(String::from("off")),
            (State::Off { written: false }, _) => Some(String::from("off (default)")),
            (State::On(Some(spot)), _) => Some(spot.shown(&key.shape)),
            (State::On(None), Need::Default(default)) => Some(format!("{default} (default)")),
            (State::On(None), _) => Some(String::from("on")),
            (State::Inherited, _) => None,
        };
        let (before, after) = (state(before), state(after));
        match (&before, &after) {
            (State::Off { .. }, State::Off { .. }) | (State::Inherited, State::Inherited) => {}
            (State::On(before), State::On(after)) => self.section(inner, *before, *after, inherits),
            (State::Inherited, State::On(after)) => self.section(inner, None, *after, true),
            (State::On(before), State::Inherited) => self.section(inner, *before, None, true),
            _ => {
                let word = |state: &State<'d>| {
                    matches!(state, State::Off { .. }).then(|| String::from("off"))
                };
                let normals = (word(&before), word(&after));
                let what = match (shown(&before), shown(&after)) {
                    (Some(before), Some(after)) => What::Changed { before, after },
                    (None, Some(after)) => What::Added { after },
                    (Some(before), None) => What::Removed { before },
                    (None, None) => return,
                };
                self.push(what, normals.0, normals.1);
            }
        }
    }

    fn table(
        &mut self,
        key: &'static Key,
        value: &'static Shape,
        before: Maybe<'d>,
        after: Maybe<'d>,
    ) {
        let members = |side: Maybe<'d>| side.map(Spot::members).unwrap_or_default();
        let (before, after) = (members(before), members(after));
        let renamed = lists::renamed(key, value, &before, &after);
        for (old, new) in &renamed {
            self.renamed
                .insert((key.name, String::from(*old)), String::from(*new));
            let what = What::Renamed {
                before: shown::text(old),
                after: shown::text(new),
            };
            self.at(Step::Entry(String::from(*new)), |walk| {
                walk.push(what, Some(String::from(*old)), Some(String::from(*new)));
            });
        }
        let is_renamed = |name: &str| {
            renamed
                .iter()
                .any(|(old, new)| *old == name || *new == name)
        };
        let old: HashMap<&str, Spot<'d>> = before.iter().copied().collect();
        let new: HashMap<&str, Spot<'d>> = after.iter().copied().collect();
        let names: IndexSet<&str> = before
            .iter()
            .chain(&after)
            .map(|(name, _)| *name)
            .filter(|name| !is_renamed(name))
            .collect();
        for name in names {
            self.at(Step::Entry(String::from(name)), |walk| {
                match (value, old.get(name).copied(), new.get(name).copied()) {
                    (Shape::Section(inner), Some(before), Some(after)) => {
                        walk.section(inner, Some(before), Some(after), false);
                    }
                    (Shape::Json, before, after) if shown::names_secret(name) => {
                        walk.whole(&Shape::Sealed, None, before, after);
                    }
                    (shape, before, after) => walk.whole(shape, None, before, after),
                }
            });
        }
    }
}

/// Whether a block is on.
enum State<'d> {
    Off { written: bool },
    On(Maybe<'d>),
    Inherited,
}

/// Whether a section that is not written is something else than one with every default.
fn whole_only(declaration: &Declaration) -> bool {
    declaration
        .keys
        .iter()
        .any(|key| matches!(key.need, Need::Required))
}

/// Whether `inner` of a model overrides a block of `routing`.
fn overrides(section: &Declaration, inner: &Declaration) -> bool {
    section.title == "models.*" && inner.title.starts_with("routing.")
}

/// Every reference in the value and below it, as written.
fn references_below(spot: Spot<'_>, found: &mut Vec<String>) {
    if let Some(text) = spot.text() {
        let pieces = pieces(text).unwrap_or_default();
        found.extend(
            pieces
                .iter()
                .filter(|piece| !matches!(piece, Piece::Literal(_)))
                .map(Piece::shown),
        );
    }
    for item in spot.items() {
        references_below(item, found);
    }
    for (_, member) in spot.members() {
        references_below(member, found);
    }
}

/// A declared default as a tree.
pub(super) fn default_tree(default: &'static str) -> Tree<'static> {
    build(default).tree.unwrap_or_else(Tree::empty)
}
