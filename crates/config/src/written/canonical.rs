//! One form for all documents that say the same.

use crate::declare::Shape;
use crate::document::RootDoc;
use crate::read::Value;
use crate::tree::json::push_string;
use crate::tree::scalar::{Plain, plain};
use crate::tree::{Content, NodeId, Tree};

/// The canonical form of a whole document.
pub(super) fn canonical(tree: &Tree<'_>) -> String {
    let mut out = String::new();
    push(&mut out, tree, Tree::ROOT, &RootDoc::SHAPE);
    out
}

/// The canonical form of a value, for comparing.
pub(crate) fn canonical_value(tree: &Tree<'_>, node: NodeId, shape: &Shape) -> String {
    let mut out = String::new();
    push(&mut out, tree, node, shape);
    out
}

/// Recurses as deep as the document is nested, which the builder bounds.
fn push(out: &mut String, tree: &Tree<'_>, node: NodeId, shape: &Shape) {
    let content = tree.content(node);
    match (shape, content) {
        (Shape::Section(declaration), Content::Map(members)) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(a, _)| *a);
            let shape_of = |name: &str| {
                let key = declaration.keys.iter().find(|key| key.name == name);
                key.map_or(&Shape::Json, |key| &key.shape)
            };
            let members = sorted
                .into_iter()
                .map(|(name, member)| (name.as_ref(), member.node, shape_of(name)));
            push_members(out, tree, members);
        }
        (Shape::Table { value, .. }, Content::Map(members)) => {
            let members = members
                .iter()
                .map(|(name, member)| (name.as_ref(), member.node, *value));
            push_members(out, tree, members);
        }
        (Shape::List { item, .. }, Content::List(items)) => {
            out.push('[');
            for (index, child) in items.iter().enumerate() {
                push_comma(out, index);
                push(out, tree, *child, item);
            }
            out.push(']');
        }
        (Shape::OffOr(_), Content::Scalar { text, .. })
            if matches!(text.as_ref(), "off" | "false") =>
        {
            out.push_str("\"off\"");
        }
        (Shape::OffOr(inner), _) => push(out, tree, node, inner),
        (_, Content::Scalar { text, plain: true }) if plain(text) == Plain::Null => {
            push_nothing(out, shape);
        }
        (
            Shape::Flag | Shape::Whole { .. } | Shape::Decimal { .. },
            Content::Scalar { text, .. },
        ) => match plain(text) {
            Plain::Flag(flag) => out.push_str(if flag { "true" } else { "false" }),
            Plain::Number(number) => out.push_str(&number),
            _ => push_string(out, text),
        },
        (Shape::Json | Shape::Later, _)
        | (_, Content::List(_) | Content::Map(_) | Content::Broken) => {
            push_json(out, tree, node);
        }
        (_, Content::Scalar { text, .. }) => push_string(out, text),
    }
}

fn push_members<'m>(
    out: &mut String,
    tree: &Tree<'_>,
    members: impl Iterator<Item = (&'m str, NodeId, &'m Shape)>,
) {
    out.push('{');
    for (index, (name, node, shape)) in members.enumerate() {
        push_comma(out, index);
        push_string(out, name);
        out.push(':');
        push(out, tree, node, shape);
    }
    out.push('}');
}

fn push_comma(out: &mut String, index: usize) {
    if index > 0 {
        out.push(',');
    }
}

/// What a value that is left out means.
fn push_nothing(out: &mut String, shape: &Shape) {
    out.push_str(match shape {
        Shape::Section(_) | Shape::Table { .. } => "{}",
        Shape::List { .. } => "[]",
        _ => "null",
    });
}

fn push_json(out: &mut String, tree: &Tree<'_>, node: NodeId) {
    match (tree.json(node, &mut |_| None), tree.content(node)) {
        (Ok(json), _) => out.push_str(&json),
        (Err(_), Content::Scalar { text, .. }) => push_string(out, text),
        // A number that JSON lacks somewhere below: the text of each part still tells documents apart.
        (Err(_), Content::List(items)) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                push_comma(out, index);
                push_json(out, tree, *item);
            }
            out.push(']');
        }
        (Err(_), Content::Map(members)) => {
            let members = members
                .iter()
                .map(|(name, member)| (name.as_ref(), member.node, &Shape::Json));
            push_members(out, tree, members);
        }
        (Err(_), Content::Broken) => out.push_str("null"),
    }
}
