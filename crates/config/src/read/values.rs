//! Single values: texts, flags, numbers, durations, sizes.

use std::marker::PhantomData;
use std::time::Duration;

use super::units::{Misread, duration, size};
use super::{Reader, Sealed, Trust, Value, duration_text, size_text};
use crate::declare::{Pattern, Shape};
use crate::findings::Finding;
use crate::tree::scalar::{Plain, plain};
use crate::tree::{NodeId, shortened};

/// A rule for texts.
pub(crate) trait TextRule {
    /// What the documentation calls such a text.
    const WHAT: &'static str;
    /// An ECMA 262 expression that every such text matches.
    const REGEX: &'static str;
    /// Whether a number or `true` without quotes can be such a text.
    const UNQUOTED: bool = true;

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
    const SHAPE: Shape = Shape::Text(Pattern {
        what: R::WHAT,
        regex: R::REGEX,
        unquoted: R::UNQUOTED,
    });
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
                let hint = hint.filter(|_| !written.contains('$'));
                self.report(node, finding.maybe_hint(hint));
                None
            }
        }
    }
}
