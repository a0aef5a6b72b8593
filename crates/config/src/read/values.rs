//! The kinds of values that keys can have.

use std::marker::PhantomData;
use std::time::Duration;

use super::units::{Misread, duration, size};
use super::{At, NameRule, Reader, Sealed, Trust, Value, duration_text, size_text};
use crate::declare::Shape;
use crate::findings::Finding;
use crate::tree::scalar::{Plain, plain};
use crate::tree::{Content, NodeId, shortened};

/// A rule for texts.
pub(crate) trait TextRule {
    /// What the documentation calls such a text.
    const WHAT: &'static str;

    /// Checks the text.
    ///
    /// # Errors
    /// What is wrong, without repeating the text, and possibly a hint.
    fn check(text: &str) -> Result<(), (&'static str, Option<String>)>;
}

/// Text that follows a rule; references in it are resolved.
#[derive(Debug)]
pub(crate) struct Text<R>(PhantomData<R>);

impl<R: TextRule> Value for Text<R> {
    const SHAPE: Shape = Shape::Text(R::WHAT);
    type Out = String;

    fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<String> {
        let (written, _) = reader.scalar(node, R::WHAT)?;
        let text = std::mem::take(&mut *reader.expand(node, written, Trust::Open)?);
        match R::check(&text) {
            Ok(()) => Some(text),
            Err((reason, hint)) => {
                reader.report(
                    node,
                    Finding::error("invalid_value", reason).maybe_hint(hint),
                );
                None
            }
        }
    }
}

/// Text that is never shown.
#[derive(Debug)]
pub(crate) struct SealedText;

impl Value for SealedText {
    const SHAPE: Shape = Shape::Sealed;
    type Out = Sealed;

    fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<Sealed> {
        let (written, _) = reader.scalar(node, "text")?;
        let sealed = reader.seal(node, written)?;
        let value = sealed.secret.expose();
        let problem = if value.is_empty() {
            "the value is empty"
        } else if value.chars().any(|c| c.is_control() && c != '\t') {
            "the value has control characters or line breaks, which a header cannot carry"
        } else if value.trim() != value {
            "the value begins or ends with a space"
        } else {
            return Some(sealed);
        };
        reader.report(node, Finding::error("invalid_value", problem));
        None
    }
}

/// `true` or `false`.
#[derive(Debug)]
pub(crate) struct Flag;

impl Value for Flag {
    const SHAPE: Shape = Shape::Flag;
    type Out = bool;

    fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<bool> {
        let (written, _) = reader.scalar(node, "`true` or `false`")?;
        let text = reader.expand(node, written, Trust::Open)?;
        if let Plain::Flag(flag) = plain(&text) {
            return Some(flag);
        }
        let finding = Finding::error(
            "wrong_type",
            format!("expected `true` or `false`, found `{}`", shortened(written)),
        );
        let meant = match written.to_ascii_lowercase().as_str() {
            "yes" | "on" | "1" | "y" => Some("true"),
            "no" | "off" | "0" | "n" => Some("false"),
            _ => None,
        };
        reader.report(node, finding.suggest(meant));
        None
    }
}

/// A whole number between bounds.
#[derive(Debug)]
pub(crate) struct Whole<const MIN: u64, const MAX: u64>;

impl<const MIN: u64, const MAX: u64> Value for Whole<MIN, MAX> {
    const SHAPE: Shape = Shape::Whole { min: MIN, max: MAX };
    type Out = u64;

    fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<u64> {
        let (written, _) = reader.scalar(node, "a whole number")?;
        let text = reader.expand(node, written, Trust::Open)?;
        let digits = match plain(&text) {
            Plain::Number(number) => number,
            _ => "".into(),
        };
        if digits.is_empty() || digits.contains(['.', 'e', 'E']) {
            let reason = format!("expected a whole number, found `{}`", shortened(written));
            reader.report(node, Finding::error("wrong_type", reason));
            return None;
        }
        let number = digits
            .parse::<u64>()
            .ok()
            .filter(|number| (MIN..=MAX).contains(number));
        if number.is_none() {
            reader.out_of_range(node, written, &MIN.to_string(), &MAX.to_string());
        }
        number
    }
}

/// A whole number between bounds that fit 32 bits.
#[derive(Debug)]
pub(crate) struct Count<const MIN: u64, const MAX: u64>;

impl<const MIN: u64, const MAX: u64> Value for Count<MIN, MAX> {
    const SHAPE: Shape = Shape::Whole { min: MIN, max: MAX };
    type Out = u32;

    fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<u32> {
        Whole::<MIN, MAX>::read(reader, node)
            .map(|number| u32::try_from(number).unwrap_or(u32::MAX))
    }
}

/// A number above 0, with a fraction if wanted.
#[derive(Debug)]
pub(crate) struct Decimal<const MAX: u32>;

impl<const MAX: u32> Value for Decimal<MAX> {
    const SHAPE: Shape = Shape::Decimal { max: MAX };
    type Out = f64;

    fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<f64> {
        let (written, _) = reader.scalar(node, "a number")?;
        let text = reader.expand(node, written, Trust::Open)?;
        let number = match plain(&text) {
            Plain::Number(number) => number.parse::<f64>().ok(),
            _ => None,
        };
        let Some(number) = number else {
            let reason = format!("expected a number, found `{}`", shortened(written));
            reader.report(node, Finding::error("wrong_type", reason));
            return None;
        };
        if (SMALLEST_DECIMAL..=f64::from(MAX)).contains(&number) {
            return Some(number);
        }
        reader.out_of_range(
            node,
            written,
            &SMALLEST_DECIMAL.to_string(),
            &MAX.to_string(),
        );
        None
    }
}

/// Smallest [`Decimal`].
pub(crate) const SMALLEST_DECIMAL: f64 = 0.001;

/// A duration; bounds in milliseconds.
#[derive(Debug)]
pub(crate) struct Span<const MIN: u64, const MAX: u64>;

impl<const MIN: u64, const MAX: u64> Value for Span<MIN, MAX> {
    const SHAPE: Shape = Shape::Duration { min: MIN, max: MAX };
    type Out = Duration;

    fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<Duration> {
        let (written, _) = reader.scalar(node, "a duration")?;
        let text = reader.expand(node, written, Trust::Open)?;
        let span = reader.unit("duration", node, written, duration(&text))?;
        let bounds = Duration::from_millis(MIN)..=Duration::from_millis(MAX);
        if bounds.contains(&span) {
            return Some(span);
        }
        reader.out_of_range(node, written, &duration_text(MIN), &duration_text(MAX));
        None
    }
}

/// A size in bytes.
#[derive(Debug)]
pub(crate) struct Size<const MIN: u64, const MAX: u64>;

impl<const MIN: u64, const MAX: u64> Value for Size<MIN, MAX> {
    const SHAPE: Shape = Shape::Size { min: MIN, max: MAX };
    type Out = u64;

    fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<u64> {
        let (written, _) = reader.scalar(node, "a size")?;
        let text = reader.expand(node, written, Trust::Open)?;
        let bytes = reader.unit("size", node, written, size(&text))?;
        if (MIN..=MAX).contains(&bytes) {
            return Some(bytes);
        }
        reader.out_of_range(node, written, &size_text(MIN), &size_text(MAX));
        None
    }
}

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
    const SHAPE: Shape = Shape::Text("provider kind");
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
    const SHAPE: Shape = Shape::Text("dialect");
    type Out = String;

    fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<String> {
        let catalog = reader.catalog;
        reader.listed(node, "dialect", catalog.dialects)
    }
}

/// A list; `MIN` and `MAX` bound its length.
#[derive(Debug)]
pub(crate) struct List<V, const MIN: usize, const MAX: usize>(PhantomData<V>);

impl<V: Value, const MIN: usize, const MAX: usize> Value for List<V, MIN, MAX> {
    const SHAPE: Shape = Shape::List(&V::SHAPE);
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
        name: N::WHAT,
        value: &V::SHAPE,
    };
    type Out = Vec<(String, At<V::Out>)>;

    fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<Self::Out> {
        let mut entries = Vec::new();
        for (name, child) in reader.members(node, N::WHAT)? {
            let value = reader.value::<V>(child);
            match (N::check(name), value) {
                (Err(reason), _) => {
                    reader.report_key(child, Finding::error("invalid_name", reason))
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

impl Reader<'_> {
    fn out_of_range(&mut self, node: NodeId, written: &str, min: &str, max: &str) {
        let reason = format!("`{}` is out of range: {min} to {max}", shortened(written));
        self.report(node, Finding::error("out_of_range", reason));
    }

    fn unit<T>(
        &mut self,
        what: &str,
        node: NodeId,
        written: &str,
        read: Result<T, Misread>,
    ) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err((reason, hint)) => {
                let reason = format!("`{}` is not a {what}: {reason}", shortened(written));
                let finding = Finding::error("invalid_value", reason);
                // The hint is made of the resolved text, which is not told when it came through a reference.
                self.report(
                    node,
                    finding.maybe_hint(hint.filter(|_| !written.contains('$'))),
                );
                None
            }
        }
    }

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
