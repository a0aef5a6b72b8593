//! From nodes to typed values: every mistake becomes a problem, and reading goes on.

mod expand;
mod groups;
mod names;
mod units;
mod values;
mod words;

use std::borrow::Cow;

use crate::declare::{Declaration, Need, Shape};
use crate::findings::{Finding, Problems};
use crate::near::nearest;
use crate::tree::scalar::{Plain, plain};
use crate::tree::{Content, NodeId, Tree, shortened};
use crate::{Catalog, Resolve};

pub(crate) use expand::{Piece, Sealed, Trust, pieces};
pub(crate) use groups::{Json, List, Off, OffOr, Table};
pub(crate) use names::{HeaderName, MemberName, ModelName, NameRule, ProviderName};
pub(crate) use units::{duration, duration_text, size, size_text};
pub(crate) use values::{
    Count, Decimal, Flag, SMALLEST_DECIMAL, SealedText, Size, Span, Text, TextRule, Whole,
};
pub(crate) use words::{Choice, Dialect, Kind, Named};

/// A value and the node it was read from.
#[derive(Debug, Clone)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) node: NodeId,
}

/// Something that can be read from a node.
pub(crate) trait Value {
    /// What the documentation says about it.
    const SHAPE: Shape;
    /// What is read.
    type Out;

    /// Reads the node; `None` if it is not such a value, which has then been reported.
    fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<Self::Out>;
}

/// Reads one document.
pub(crate) struct Reader<'a> {
    pub(crate) tree: &'a Tree<'a>,
    pub(crate) catalog: &'a Catalog<'a>,
    pub(crate) resolve: &'a dyn Resolve,
    pub(crate) problems: Problems,
}

impl<'a> Reader<'a> {
    /// Reads a value, keeping its place.
    pub(crate) fn value<V: Value>(&mut self, node: NodeId) -> Option<At<V::Out>> {
        match self.tree.content(node) {
            Content::Broken => None,
            _ => V::read(self, node).map(|value| At { value, node }),
        }
    }

    /// Reports a problem with the value of a node.
    pub(crate) fn report(&mut self, node: NodeId, finding: Finding) {
        self.problems.at(self.tree, node, finding);
    }

    /// Reports a problem with the key of a node.
    pub(crate) fn report_key(&mut self, node: NodeId, finding: Finding) {
        self.problems.at_key(self.tree, node, finding);
    }

    /// The nearest of the candidates, while suggestions are still affordable.
    pub(crate) fn nearest<'c>(
        &self,
        name: &str,
        candidates: impl IntoIterator<Item = &'c str>,
    ) -> Option<&'c str> {
        if self.problems.suggests() {
            nearest(name, candidates)
        } else {
            None
        }
    }

    /// Keys and values of a map; nothing written counts as an empty map.
    pub(crate) fn members(&mut self, node: NodeId, what: &str) -> Option<Vec<(&'a str, NodeId)>> {
        let tree = self.tree;
        match tree.content(node) {
            Content::Map(members) => Some(
                members
                    .iter()
                    .map(|(key, member)| (key.as_ref(), member.node))
                    .collect(),
            ),
            Content::Scalar { text, plain: true } if plain(text) == Plain::Null => Some(Vec::new()),
            _ => {
                self.mismatch(node, &format!("keys and values ({what})"));
                None
            }
        }
    }

    /// Items of a list; nothing written counts as an empty list.
    pub(crate) fn items(&mut self, node: NodeId) -> Option<&'a [NodeId]> {
        let tree = self.tree;
        match tree.content(node) {
            Content::List(items) => Some(items),
            Content::Scalar { text, plain: true } if plain(text) == Plain::Null => Some(&[]),
            _ => {
                self.mismatch(node, "a list");
                None
            }
        }
    }

    /// The text of a scalar as written, and whether it stood without quotes.
    pub(crate) fn scalar(&mut self, node: NodeId, what: &str) -> Option<(&'a str, bool)> {
        let tree = self.tree;
        match tree.content(node) {
            Content::Scalar { text, plain: true } if plain(text) == Plain::Null => {
                let finding = Finding::error("missing_value", format!("{what} is missing"));
                self.report(node, finding.hint("write a value, or take the key out"));
                None
            }
            Content::Scalar { text, plain } => Some((text, *plain)),
            _ => {
                self.mismatch(node, what);
                None
            }
        }
    }

    /// A text as written, cut to what a problem may repeat. Problems never tell what its references stand for.
    pub(crate) fn written(&self, node: NodeId) -> Cow<'a, str> {
        let tree = self.tree;
        match tree.content(node) {
            Content::Scalar { text, .. } => shortened(text),
            _ => Cow::Borrowed(""),
        }
    }

    /// Reports that a node is something else than what was wanted.
    pub(crate) fn mismatch(&mut self, node: NodeId, wanted: &str) {
        let found = match self.tree.content(node) {
            Content::Broken => return,
            Content::Scalar { .. } => "a single value",
            Content::List(_) => "a list",
            Content::Map(_) => "keys and values",
        };
        self.report(
            node,
            Finding::error("wrong_type", format!("expected {wanted}, found {found}")),
        );
    }

    /// Reports a key that no field is declared for.
    pub(crate) fn other_key(&mut self, node: NodeId, declaration: &Declaration) {
        let name = self.tree.key(node);
        let later = declaration
            .keys
            .iter()
            .any(|key| key.name == name && matches!(key.shape, Shape::Later));
        if later {
            let finding = Finding::error(
                "not_in_this_version",
                format!("this version does not have `{name}` yet"),
            );
            return self.report_key(node, finding.hint("take it out"));
        }
        let names = declaration
            .keys
            .iter()
            .filter(|key| !matches!(key.shape, Shape::Later))
            .map(|key| key.name);
        let suggestion = self.nearest(name, names.clone());
        let finding = Finding::error(
            "unknown_key",
            format!(
                "`{}` is not a key of {}",
                shortened(name),
                declaration.title
            ),
        );
        let finding = match suggestion {
            Some(_) => finding.suggest(suggestion),
            None => finding.hint(format!(
                "its keys are {}",
                names.collect::<Vec<_>>().join(", ")
            )),
        };
        self.report_key(node, finding);
    }

    /// Reports every required key that is not written.
    pub(crate) fn require(&mut self, node: NodeId, declaration: &Declaration) {
        for key in declaration.keys {
            if matches!(key.need, Need::Required) && self.tree.member(node, key.name).is_none() {
                let reason = format!("`{}` is missing", key.name);
                let example = format!("for example `{}: {}`", key.name, key.example);
                self.report_key(node, Finding::error("missing_key", reason).hint(example));
            }
        }
    }
}
