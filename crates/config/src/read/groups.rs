//! Values made of other values.

use std::marker::PhantomData;

use super::{At, NameRule, Reader, Trust, Value};
use crate::declare::{Pattern, Shape};
use crate::findings::Finding;
use crate::tree::scalar::{Plain, plain};
use crate::tree::{Content, NodeId};

/// A list; `MIN` and `MAX` bound its length.
#[derive(Debug)]
pub(crate) struct List<V, const MIN: usize, const MAX: usize>(PhantomData<V>);

impl<V: Value, const MIN: usize, const MAX: usize> Value for List<V, MIN, MAX> {
    const SHAPE: Shape = Shape::List {
        item: &V::SHAPE,
        min: MIN,
        max: MAX,
    };
    type Out = Vec<At<V::Out>>;

    fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<Self::Out> {
        let items = reader.items(node)?;
        if items.len() < MIN {
            reader.report_key(node, Finding::error("too_few", "the list is empty"));
        } else if items.len() > MAX {
            let reason = format!("the list has {} items; at most {MAX} are read", items.len());
            reader.report_key(node, Finding::error("too_many", reason));
        }
        Some(
            items
                .iter()
                .take(MAX)
                .filter_map(|item| reader.value::<V>(*item))
                .collect(),
        )
    }
}

/// Entries whose names the operator chooses.
#[derive(Debug)]
pub(crate) struct Table<N, V>(PhantomData<(N, V)>);

impl<N: NameRule, V: Value> Value for Table<N, V> {
    const SHAPE: Shape = Shape::Table {
        name: Pattern {
            what: N::WHAT,
            regex: N::REGEX,
            unquoted: true,
        },
        value: &V::SHAPE,
    };
    type Out = Vec<(String, At<V::Out>)>;

    fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<Self::Out> {
        let mut entries = Vec::new();
        for (name, child) in reader.members(node, N::WHAT)? {
            let value = reader.value::<V>(child);
            match (N::check(name), value) {
                (Err(reason), _) => {
                    reader.report_key(child, Finding::error("invalid_name", reason));
                }
                (Ok(()), Some(value)) => entries.push((String::from(name), value)),
                (Ok(()), None) => {}
            }
        }
        Some(entries)
    }
}

/// `off` (or `false`), or a value.
#[derive(Debug)]
pub(crate) struct OffOr<V>(PhantomData<V>);

/// What [`OffOr`] reads.
#[derive(Debug)]
pub(crate) enum Off<T> {
    Off,
    On(T),
}

impl<V: Value> Value for OffOr<V> {
    const SHAPE: Shape = Shape::OffOr(&V::SHAPE);
    type Out = Off<V::Out>;

    fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<Self::Out> {
        match reader.tree.content(node) {
            Content::Scalar { text, .. } if matches!(text.as_ref(), "off" | "false") => {
                Some(Off::Off)
            }
            Content::Scalar { text, plain: true } if plain(text) == Plain::Null => {
                reader.scalar(node, "`off`, or keys and values,");
                None
            }
            _ => V::read(reader, node).map(Off::On),
        }
    }
}

/// Any value, as compact JSON.
#[derive(Debug)]
pub(crate) struct Json;

impl Value for Json {
    const SHAPE: Shape = Shape::Json;
    type Out = String;

    fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<String> {
        let tree = reader.tree;
        let mut complete = true;
        let json = tree.json(node, &mut |text_node| {
            let Content::Scalar { text, .. } = tree.content(text_node) else {
                return None;
            };
            let expanded = reader.expand(text_node, text, Trust::Open);
            complete &= expanded.is_some();
            expanded.map(|mut text| std::mem::take(&mut *text))
        });
        match json {
            Ok(json) => complete.then_some(json),
            Err(refused) => {
                if !matches!(tree.content(refused.0), Content::Broken) {
                    reader.report(
                        refused.0,
                        Finding::error("invalid_value", "JSON cannot express this number"),
                    );
                }
                None
            }
        }
    }
}
