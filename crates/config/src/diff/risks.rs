//! What may go wrong with a change.

mod models;
mod providers;
mod routing;

use std::cmp::Reverse;

use serde::Serialize;

use super::What;
use super::facts::Both;
use super::walk::Found;
use crate::read::duration;

/// How bad it would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskSeverity {
    /// Good to know.
    Low,
    /// Some requests may fail, cost more or be answered otherwise.
    Medium,
    /// Requests that are answered today will probably fail, or keys go elsewhere.
    High,
}

impl RiskSeverity {
    /// `low`, `medium` or `high`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Something that may go wrong with a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Risk {
    /// How bad it would be.
    pub severity: RiskSeverity,
    /// Stable identifier of the kind of risk, such as `fallback_lost`.
    pub code: &'static str,
    /// What may go wrong, in one sentence.
    pub text: String,
}

/// The risks of one change, the worst first.
pub(super) fn risks(found: &Found, facts: &Both<'_>) -> Vec<Risk> {
    let mut risks = Risks(Vec::new());
    match found.names().as_slice() {
        ["providers", provider, rest @ ..] => {
            providers::risks(&mut risks, found, facts, provider, rest);
        }
        ["models", model, rest @ ..] => models::risks(&mut risks, found, facts, model, rest),
        ["routing", rest @ ..] => routing::policy(
            &mut risks,
            found,
            rest,
            "models without a policy of their own",
        ),
        ["limits", rest @ ..] => routing::limit(&mut risks, found, rest),
        ["rewrites", from] => routing::rewrite(&mut risks, found, facts, from),
        _ => {}
    }
    risks.0.sort_by_key(|risk| Reverse(risk.severity));
    risks.0
}

/// Risks as they are found.
struct Risks(Vec<Risk>);

impl Risks {
    fn low(&mut self, code: &'static str, text: impl Into<String>) {
        self.push(RiskSeverity::Low, code, text);
    }

    fn medium(&mut self, code: &'static str, text: impl Into<String>) {
        self.push(RiskSeverity::Medium, code, text);
    }

    fn high(&mut self, code: &'static str, text: impl Into<String>) {
        self.push(RiskSeverity::High, code, text);
    }

    fn push(&mut self, severity: RiskSeverity, code: &'static str, text: impl Into<String>) {
        self.0.push(Risk {
            severity,
            code,
            text: text.into(),
        });
    }
}

impl Found {
    fn is_added(&self) -> bool {
        matches!(self.what, What::Added { .. })
    }

    fn is_removed(&self) -> bool {
        matches!(self.what, What::Removed { .. })
    }

    /// Whether a bound went up or away (`Some(true)`) or down or came (`Some(false)`).
    fn loosened(&self) -> Option<bool> {
        let amount = |text: &Option<String>| text.as_deref().and_then(amount);
        match (amount(&self.before), amount(&self.after)) {
            (Some(before), Some(after)) => Some(after > before),
            (Some(_), None) if self.is_removed() => Some(true),
            (None, Some(_)) if self.is_added() => Some(false),
            _ => None,
        }
    }

    /// The duration that was shortened to, in milliseconds.
    fn shortened_to(&self) -> Option<u64> {
        let after = milliseconds(self.after.as_deref()?)?;
        let before = milliseconds(self.before.as_deref()?)?;
        (after < before).then_some(after)
    }
}

/// A number, a size in bytes or a duration in milliseconds, for comparing.
fn amount(text: &str) -> Option<f64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    #[expect(clippy::cast_precision_loss, reason = "only the order matters")]
    let size = crate::read::size(text).ok().map(|bytes| bytes as f64);
    size.or_else(|| duration(text).ok().map(|span| span.as_secs_f64()))
}

fn milliseconds(text: &str) -> Option<u64> {
    duration(text)
        .ok()
        .and_then(|span| u64::try_from(span.as_millis()).ok())
}

/// Up to five names, and how many more there are.
fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    const SHOWN: usize = 5;
    let names: Vec<_> = names.collect();
    let first = names
        .iter()
        .take(SHOWN)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
