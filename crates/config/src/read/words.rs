//! Words out of a set: fixed ones, and those of the catalog.

use std::marker::PhantomData;

use super::{Reader, Trust, Value};
use crate::declare::Shape;
use crate::findings::Finding;
use crate::tree::{NodeId, shortened};

/// A word out of a fixed set.
pub(crate) trait Named: Copy + 'static {
    /// Words and what they mean.
    const NAMES: &'static [(&'static str, Self)];
    /// Words of later versions.
    const LATER: &'static [&'static str] = &[];
}

/// One of the words of `T`.
#[derive(Debug)]
pub(crate) struct Choice<T>(PhantomData<T>);

impl<T: Named> Value for Choice<T> {
    const SHAPE: Shape = Shape::Choice(|| T::NAMES.iter().map(|(name, _)| *name).collect());
    type Out = T;

    fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<T> {
        let words = || T::NAMES.iter().map(|(name, _)| *name);
        let (written, _) = reader.scalar(node, "a word")?;
        let text = reader.expand(node, written, Trust::Open)?;
        if let Some((_, value)) = T::NAMES.iter().find(|(name, _)| *name == text.as_str()) {
            return Some(*value);
        }
        let all = words()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(", ");
        let finding = if T::LATER.contains(&text.as_str()) {
            let reason = format!("this version does not have `{}` yet", shortened(written));
            Finding::error("not_in_this_version", reason).hint(format!("use one of {all}"))
        } else {
            let suggestion = reader.nearest(written, words());
            let reason = format!("`{}` is not one of {all}", shortened(written));
            Finding::error("unknown_name", reason).suggest(suggestion)
        };
        reader.report(node, finding);
        None
    }
}

/// The name of a provider kind in the catalog.
#[derive(Debug)]
pub(crate) struct Kind;

impl Value for Kind {
    const SHAPE: Shape = Shape::Kind;
    type Out = String;

    fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<String> {
        let names: Vec<&str> = reader.catalog.kinds.iter().map(|kind| kind.id).collect();
        reader.listed(node, "provider kind", &names)
    }
}

/// The name of a dialect in the catalog.
#[derive(Debug)]
pub(crate) struct Dialect;

impl Value for Dialect {
    const SHAPE: Shape = Shape::Dialect;
    type Out = String;

    fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<String> {
        let catalog = reader.catalog;
        reader.listed(node, "dialect", catalog.dialects)
    }
}

impl Reader<'_> {
    /// A name of the catalog.
    fn listed(&mut self, node: NodeId, what: &str, names: &[&str]) -> Option<String> {
        let (written, _) = self.scalar(node, what)?;
        let mut text = self.expand(node, written, Trust::Open)?;
        if names.contains(&text.as_str()) {
            return Some(std::mem::take(&mut *text));
        }
        let suggestion = self.nearest(written, names.iter().copied());
        let finding = Finding::error(
            "unknown_name",
            format!("`{}` is not a {what}", shortened(written)),
        );
        self.report(
            node,
            match suggestion {
                Some(_) => finding.suggest(suggestion),
                None => finding.hint(format!("known are {}", names.join(", "))),
            },
        );
        None
    }
}
