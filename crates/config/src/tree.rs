//! The document as a tree whose every node knows its place.
//!
//! Nodes live in one vector and point at each other by number; a path is put together only when a problem needs it.

mod build;
mod fault;
pub(crate) mod json;
pub(crate) mod scalar;

use std::borrow::Cow;
use std::fmt::Write;

use indexmap::IndexMap;

pub(crate) use build::{build, mark as mark_of};
pub(crate) use fault::Fault;

/// Number of a node within its [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(u32);

/// Line and column, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// A parsed document.
#[derive(Debug)]
pub(crate) struct Tree<'t> {
    nodes: Vec<Node<'t>>,
}

#[derive(Debug)]
struct Node<'t> {
    parent: Option<(NodeId, Step)>,
    mark: Mark,
    content: Content<'t>,
}

/// How a node hangs below its parent.
#[derive(Debug, Clone, Copy)]
enum Step {
    Member(usize),
    Item(usize),
}

/// What a node holds.
#[derive(Debug)]
pub(crate) enum Content<'t> {
    /// A single value; `plain` if it stood without quotes.
    Scalar { text: Cow<'t, str>, plain: bool },
    /// A list.
    List(Vec<NodeId>),
    /// Keys and values.
    Map(IndexMap<Cow<'t, str>, Member>),
    /// Something already reported (an alias, say): readers pass over it in silence.
    Broken,
}

/// Value of a key, and where the key stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub(crate) mark: Mark,
    pub(crate) node: NodeId,
}

impl<'t> Tree<'t> {
    /// The first node; every tree has one.
    pub(crate) const ROOT: NodeId = NodeId(0);

    /// A tree of which every part is [`Content::Broken`].
    pub(crate) const fn empty() -> Self {
        Self { nodes: Vec::new() }
    }

    /// Every node, in the order of the document.
    pub(crate) fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        let count = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        (0..count).map(NodeId)
    }

    pub(crate) fn content(&self, id: NodeId) -> &Content<'t> {
        self.node(id).map_or(&Content::Broken, |node| &node.content)
    }

    /// The member `key` of a map.
    pub(crate) fn member(&self, id: NodeId, key: &str) -> Option<NodeId> {
        match self.content(id) {
            Content::Map(members) => members.get(key).map(|member| member.node),
            _ => None,
        }
    }

    /// The key that leads to the node; empty for list items and the root.
    pub(crate) fn key(&self, id: NodeId) -> &str {
        match self.node(id).and_then(|node| node.parent) {
            Some((parent, Step::Member(index))) => {
                self.member_at(parent, index).map_or("", |(key, _)| key)
            }
            _ => "",
        }
    }

    /// Where the value stands; for a value that was left out, where its key stands.
    pub(crate) fn mark(&self, id: NodeId) -> Mark {
        match self.node(id) {
            Some(Node {
                content: Content::Scalar { text, plain: true },
                ..
            }) if text.is_empty() => self.key_mark(id),
            Some(node) => node.mark,
            None => Mark { line: 1, column: 1 },
        }
    }

    /// Where the key of the value stands; where the value stands if it has none.
    pub(crate) fn key_mark(&self, id: NodeId) -> Mark {
        let Some(node) = self.node(id) else {
            return Mark { line: 1, column: 1 };
        };
        match node.parent {
            Some((parent, Step::Member(index))) => self
                .member_at(parent, index)
                .map_or(node.mark, |(_, m)| m.mark),
            _ => node.mark,
        }
    }

    /// The way from the root, such as `models."gpt-5.4".targets[0].provider`.
    pub(crate) fn path(&self, id: NodeId) -> String {
        let mut steps = Vec::new();
        let mut at = id;
        while let Some((parent, step)) = self.node(at).and_then(|node| node.parent) {
            steps.push((parent, step));
            at = parent;
        }
        let mut path = String::new();
        for (parent, step) in steps.into_iter().rev() {
            match step {
                Step::Item(index) => push_index(&mut path, index),
                Step::Member(index) => push_key(
                    &mut path,
                    self.member_at(parent, index).map_or("", |(key, _)| key),
                ),
            }
        }
        path
    }

    fn node(&self, id: NodeId) -> Option<&Node<'t>> {
        self.nodes.get(id.0 as usize)
    }

    fn member_at(&self, id: NodeId, index: usize) -> Option<(&str, &Member)> {
        match self.content(id) {
            Content::Map(members) => members
                .get_index(index)
                .map(|(key, member)| (key.as_ref(), member)),
            _ => None,
        }
    }
}

/// Appends a key to a path; keys that would read as several steps are quoted, long ones cut.
pub(crate) fn push_key(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    let bare = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '*' | '?' | '/' | ':'));
    if bare && key.len() <= MAX_SHOWN {
        path.push_str(key);
    } else {
        // Writing into a String cannot fail.
        let _ = write!(path, "{:?}", shortened(key));
    }
}

/// Appends the number of a list item to a path.
fn push_index(path: &mut String, index: usize) {
    // Writing into a String cannot fail.
    let _ = write!(path, "[{index}]");
}

/// Longest piece of the document that a problem repeats, in characters.
const MAX_SHOWN: usize = 64;

/// `text`, cut to what a problem may repeat of it.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests;
