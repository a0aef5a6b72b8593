//! A value together with the tree that it stands in.

use crate::declare::Shape;
use crate::shown;
use crate::tree::scalar::{Plain, plain};
use crate::tree::{Content, NodeId, Tree};
use crate::written::canonical_value;

/// A value in a document, whatever its text means.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot<'d> {
    pub(crate) tree: &'d Tree<'d>,
    pub(crate) node: NodeId,
}

impl<'d> Spot<'d> {
    pub(crate) fn content(self) -> &'d Content<'d> {
        self.tree.content(self.node)
    }

    /// The member `key`, unless nothing is written there.
    pub(crate) fn member(self, key: &str) -> Option<Spot<'d>> {
        let node = self.tree.member(self.node, key)?;
        Some(Spot { node, ..self }).filter(|spot| !spot.is_nothing())
    }

    /// The text of a single value.
    pub(crate) fn text(self) -> Option<&'d str> {
        match self.content() {
            Content::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether nothing is written there.
    fn is_nothing(self) -> bool {
        matches!(self.content(), Content::Scalar { text, plain: true } if plain(text) == Plain::Null)
    }

    /// Whether `off` is written there.
    pub(crate) fn is_off(self) -> bool {
        self.text()
            .is_some_and(|text| matches!(text, "off" | "false"))
    }

    /// Every key and value.
    pub(crate) fn members(self) -> Vec<(&'d str, Spot<'d>)> {
        match self.content() {
            Content::Map(members) => members
                .iter()
                .map(|(name, member)| {
                    (
                        name.as_ref(),
                        Spot {
                            node: member.node,
                            ..self
                        },
                    )
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Every item.
    pub(crate) fn items(self) -> Vec<Spot<'d>> {
        match self.content() {
            Content::List(items) => items
                .iter()
                .map(|node| Spot {
                    node: *node,
                    ..self
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// One line for it, without anything secret.
    pub(crate) fn shown(self, shape: &Shape) -> String {
        shown::value(self.tree, self.node, shape)
    }

    /// Its canonical form.
    pub(crate) fn canonical(self, shape: &Shape) -> String {
        canonical_value(self.tree, self.node, shape)
    }

    /// A form in which equal values are equal.
    pub(crate) fn normal(self, shape: &Shape) -> String {
        match (shape, self.text()) {
            (Shape::Json, _) | (_, None) => self.canonical(shape),
            (_, Some(text)) => shown::spelled(text, shape),
        }
    }
}
