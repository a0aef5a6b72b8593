//! What every importer does: keep findings, put references in the place of secrets, and close the document.

use std::collections::{HashMap, HashSet};

use aigw_routing::Glob;
use indexmap::IndexMap;

use super::outcome::{ImportFidelity, ImportFinding, Imported};
use super::yaml::Out;
use crate::Catalog;
use crate::read::{HeaderName, ModelName, NameRule};
use crate::shown;
use crate::spot::Spot;
use crate::tree::{Content, Tree};

/// A document under construction.
pub(super) struct Writer<'c> {
    pub(super) catalog: &'c Catalog<'c>,
    pub(super) out: Out,
    findings: Vec<ImportFinding>,
    /// Variables that the source refers to, and those that were made up, by the secret that each stands for.
    variables: HashMap<String, Option<String>>,
}

impl<'c> Writer<'c> {
    pub(super) fn new(catalog: &'c Catalog<'c>, source: &Tree<'_>) -> Self {
        let texts = source.ids().filter_map(|node| match source.content(node) {
            Content::Scalar { text, .. } => reference(text),
            _ => None,
        });
        let named =
            |reference: String| (String::from(reference.trim_matches(['$', '{', '}'])), None);
        let variables = texts.map(named).collect();
        let mut out = Out::map();
        out.set(&["version"], Out::Raw(String::from("1")));
        out.set(&["providers"], Out::map());
        out.set(&["models"], Out::map());
        Self {
            catalog,
            out,
            findings: Vec::new(),
            variables,
        }
    }

    pub(super) fn exact(&mut self, spot: Spot<'_>, reason: impl Into<String>) {
        self.note(ImportFidelity::Exact, spot, reason.into());
    }

    pub(super) fn approximate(&mut self, spot: Spot<'_>, reason: impl Into<String>) {
        self.note(ImportFidelity::Approximate, spot, reason.into());
    }

    pub(super) fn manual(&mut self, spot: Spot<'_>, reason: impl Into<String>) {
        self.note(ImportFidelity::Manual, spot, reason.into());
    }

    fn note(&mut self, fidelity: ImportFidelity, spot: Spot<'_>, reason: String) {
        self.findings.push(ImportFinding {
            fidelity,
            path: spot.tree.path(spot.node),
            line: spot.tree.key_mark(spot.node).line,
            reason,
        });
    }

    /// Notes every key of `section` that is not among `known`: there is nothing here that it could become.
    pub(super) fn rest(&mut self, section: Spot<'_>, known: &[&str], what: &str) {
        for (key, spot) in section.members() {
            if !known.contains(&key) {
                self.manual(spot, what);
            }
        }
    }

    /// The reference for a secret: the source's own, or one to a variable that is then to be set.
    pub(super) fn secret(&mut self, spot: Spot<'_>, wanted: &str) -> Out {
        let written = spot.text().unwrap_or_default();
        if let Some(reference) = reference(written) {
            return Out::Text(reference);
        }
        let name = self.variable_for(written, wanted);
        let reason = format!(
            "the secret itself stands here and was not copied: set `{name}` where the gateway starts"
        );
        self.manual(spot, reason);
        Out::Text(format!("${{{name}}}"))
    }

    /// A variable for a secret: that of the same secret elsewhere, or one that stands for nothing else.
    fn variable_for(&mut self, secret: &str, wanted: &str) -> String {
        let mut name = String::from(wanted);
        let mut number = 1;
        while let Some(taken) = self.variables.get(&name) {
            if taken.as_deref() == Some(secret) {
                return name;
            }
            number += 1;
            name = format!("{wanted}_{number}");
        }
        self.variables
            .insert(name.clone(), Some(String::from(secret)));
        name
    }

    /// A text that is no secret; a reference of the source becomes one of ours.
    pub(super) fn text(spot: Spot<'_>) -> Out {
        let text = spot.text().unwrap_or_default();
        Out::Text(reference(text).unwrap_or_else(|| text.replace("${", "$${")))
    }

    /// Headers of a provider. Values that may be secrets become references.
    pub(super) fn headers(&mut self, provider: &str, headers: Spot<'_>) {
        for (name, spot) in headers.members() {
            if HeaderName::check(name).is_err() {
                self.manual(spot, "this header cannot be set here: it belongs to the connection or to the gateway");
                continue;
            }
            let written = spot.text().unwrap_or_default();
            let value = if reference(written).is_none() && header_is_secret(name, written) {
                self.secret(spot, &variable(&[provider, name]))
            } else {
                self.exact(spot, "a header of the provider");
                Self::text(spot)
            };
            self.out
                .set(&["providers", provider, "headers", name], value);
        }
    }

    /// Whether the name can be one of a model; a finding says why not.
    pub(super) fn is_model_name(&mut self, spot: Spot<'_>, name: &str) -> bool {
        let sound = ModelName::check(name);
        if let Err(reason) = sound {
            self.manual(spot, format!("not taken over: {reason}"));
        }
        sound.is_ok()
    }

    /// Whether a model of this name has been written.
    pub(super) fn has_model(&self, name: &str) -> bool {
        self.out
            .member("models")
            .is_some_and(|models| models.member(name).is_some())
    }

    /// Whether a name is one of a model or an alias, or taken by a glob.
    pub(super) fn takes(&self, name: &str) -> bool {
        let Some(models) = self.out.member("models") else {
            return false;
        };
        let taken = |model: &String| Glob::is_pattern(model) && Glob::new(model).matches(name);
        models.member(name).is_some() || models.keys().iter().any(taken)
    }

    /// Adds a fallback unless its model is missing or already one, or leads back.
    pub(super) fn fallback(&mut self, spot: Spot<'_>, model: &str, fallback: &str) {
        if !self.has_model(model) || !self.has_model(fallback) {
            let missing = if self.has_model(model) {
                fallback
            } else {
                model
            };
            self.manual(
                spot,
                format!(
                    "there is no model `{}`, so that the fallback was left out",
                    shown::text(missing)
                ),
            );
        } else if Glob::is_pattern(fallback) {
            self.manual(
                spot,
                "a fallback must be a name, not a glob; it was left out",
            );
        } else if model == fallback || self.leads_to(fallback, model) {
            self.manual(spot, format!("left out: `{fallback}` leads back to `{model}`, and fallbacks must not go round"));
        } else if !self.fallbacks(model).contains(&fallback) {
            self.out
                .push(&["models", model, "fallbacks"], Out::text(fallback));
            self.exact(spot, format!("`{fallback}` is a fallback of `{model}`"));
        }
    }

    fn fallbacks(&self, model: &str) -> Vec<&str> {
        let models = self.out.member("models");
        let model = models.and_then(|models| models.member(model));
        let Some(Out::List(items)) = model.and_then(|model| model.member("fallbacks")) else {
            return Vec::new();
        };
        let names = items.iter().filter_map(|item| match item {
            Out::Text(name) => Some(name.as_str()),
            _ => None,
        });
        names.collect()
    }

    fn leads_to(&self, from: &str, to: &str) -> bool {
        let mut seen = HashSet::new();
        let mut open = vec![from];
        while let Some(model) = open.pop() {
            if model == to {
                return true;
            }
            if seen.insert(model) {
                open.extend(self.fallbacks(model));
            }
        }
        false
    }

    /// The finished document. Findings are in the order of the source.
    pub(super) fn finish(mut self) -> Imported {
        let mut seen = HashSet::new();
        self.findings
            .retain(|finding| seen.insert((finding.path.clone(), finding.reason.clone())));
        self.findings.sort_by_key(|finding| finding.line);
        Imported {
            document: self.out.document(),
            findings: self.findings,
        }
    }
}

/// The reference that a text of the source consists of, as it is written here.
pub(super) fn reference(text: &str) -> Option<String> {
    let name = match text.strip_prefix("os.environ/") {
        Some(name) => name,
        None => text.strip_prefix("${")?.strip_suffix('}')?,
    };
    let sound = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    sound.then(|| format!("${{{name}}}"))
}

/// The name of a variable made of names.
pub(super) fn variable(parts: &[&str]) -> String {
    let joined = parts.join("_").to_ascii_uppercase();
    let name: String = joined
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{name}")
    } else {
        name
    }
}

/// A provider name out of any text, unlike every one that is taken.
pub(super) fn provider_name(wanted: &str, taken: &Out) -> String {
    let mut name: String = wanted
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') {
                c
            } else {
                '-'
            }
        })
        .take(56)
        .collect();
    if name.is_empty() {
        name.push_str("provider");
    }
    let is_taken = |name: &str| {
        taken
            .member("providers")
            .is_some_and(|all| all.member(name).is_some())
    };
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let free = std::iter::once(name.clone())
        .chain(numbered)
        .find(|name| !is_taken(name));
    free.unwrap_or(name)
}

/// Milliseconds in the largest unit that has no remainder.
pub(super) fn milliseconds(amount: u64) -> Out {
    Out::Text(crate::read::duration_text(amount))
}

/// Seconds with a fraction, as a duration.
pub(super) fn seconds(amount: f64) -> Out {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a timeout in milliseconds, bounded below"
    )]
    milliseconds((amount.clamp(0.001, 86_400.0) * 1000.0).round() as u64)
}

/// A number of the source.
pub(super) fn number(spot: Option<Spot<'_>>) -> Option<f64> {
    spot?
        .text()?
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite() && *number >= 0.0)
}

/// A whole number of the source, at most `max`.
pub(super) fn whole(spot: Option<Spot<'_>>, max: u64) -> Option<u64> {
    spot?
        .text()?
        .parse::<u64>()
        .ok()
        .map(|number| number.min(max))
}

/// A map to be written.
pub(super) fn map<const N: usize>(members: [(&str, Out); N]) -> Out {
    let members = members
        .into_iter()
        .map(|(key, value)| (String::from(key), value));
    Out::Map(members.collect::<IndexMap<_, _>>())
}

fn header_is_secret(name: &str, value: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let named = ["auth", "key", "token", "secret", "cookie", "password"];
    named.iter().any(|part| lower.contains(part)) || shown::text(value) != value
}
