//! What becomes of fields.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::cases::{Case, Dialect, Outcome};
use super::fields::{Leaf, leaves};

/// Short words for the reasons of loss reports.
pub(super) const REASONS: &[(&str, &str)] = &[
    ("no equivalent", "the target's dialect cannot express it"),
    ("not taken", "the target does not take it"),
    ("unknown", "unknown member of another dialect"),
    ("foreign state", "state of another upstream"),
    ("other key's state", "state issued under another credential"),
    ("no such tool", "the target has no such built-in tool"),
    ("not kept", "the target keeps no earlier requests"),
    ("unusable", "the value is not usable"),
    ("overruled", "another member decides"),
    ("one answer", "only one answer can be given"),
    ("text only", "only its text is carried over"),
];

/// What becomes of one value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    Carried,
    Said,
    Lost(String),
    Refused(String),
}

impl Fate {
    /// Lost, for this reason of a report.
    pub(super) fn lost(reason: &str) -> Self {
        let short = REASONS.iter().find(|(_, long)| *long == reason);
        Self::Lost(short.map_or(reason, |(short, _)| short).to_owned())
    }

    /// Why it was lost or refused.
    pub(super) fn reason(&self) -> &str {
        match self {
            Self::Lost(reason) | Self::Refused(reason) => reason,
            Self::Carried | Self::Said => "",
        }
    }
}

type Fates = [BTreeSet<Fate>; 3];

/// Fields and their fates in three dialects.
#[derive(Debug, Default)]
pub(super) struct Table(BTreeMap<Vec<String>, Fates>);

impl Table {
    /// Adds what became of a fixture.
    pub(super) fn add(&mut self, case: &Case, targets: [Dialect; 3]) {
        for (place, to) in targets.into_iter().enumerate() {
            for (leaf, fate) in fates(case, to) {
                self.0.entry(leaf.field).or_default()[place].insert(fate);
            }
        }
    }

    /// One row per field; fields with the same fate under one name make one row.
    pub(super) fn rows(&self) -> Vec<(String, [String; 3])> {
        let mut rows: Vec<(String, [String; 3])> = Vec::new();
        let mut under: Option<Vec<String>> = None;
        for field in self.0.keys() {
            if under.as_ref().is_some_and(|under| field.starts_with(under)) {
                continue;
            }
            under = (1..field.len())
                .map(|length| &field[..length])
                .find(|prefix| self.is_uniform(prefix))
                .map(<[String]>::to_vec);
            let name = match &under {
                Some(prefix) => format!("{}.*", prefix.join(".")),
                None => field.join("."),
            };
            rows.push((name, self.0[field].each_ref().map(cell)));
        }
        rows
    }

    /// Whether all fields under a name, and there are some, have the same fate.
    fn is_uniform(&self, prefix: &[String]) -> bool {
        let mut fates = self
            .0
            .range(prefix.to_vec()..)
            .take_while(|(field, _)| field.starts_with(prefix))
            .map(|(_, fates)| fates.each_ref().map(cell));
        let first = fates.next();
        first.is_some() && fates.all(|other| Some(other) == first)
    }
}

fn cell(fates: &BTreeSet<Fate>) -> String {
    let mut words: Vec<String> = Vec::new();
    if fates.contains(&Fate::Carried) {
        words.push("carried".to_owned());
    } else if fates.contains(&Fate::Said) {
        words.push("in another form".to_owned());
    }
    let reasons = |wanted: fn(&Fate) -> bool| {
        let reasons: Vec<&str> = fates
            .iter()
            .filter(|fate| wanted(fate))
            .map(Fate::reason)
            .collect();
        reasons.join("; ")
    };
    for (word, reasons) in [
        ("lost", reasons(|fate| matches!(fate, Fate::Lost(_)))),
        ("refused", reasons(|fate| matches!(fate, Fate::Refused(_)))),
    ] {
        if !reasons.is_empty() {
            let or = if words.is_empty() { "" } else { "or " };
            words.push(format!("{or}**{word}**: *{reasons}*"));
        }
    }
    words.join(", ")
}

/// Every leaf of a fixture with its fate.
fn fates(case: &Case, to: Dialect) -> Vec<(Leaf<'_>, Fate)> {
    let Some(outcome) = case.outcome(to) else {
        return Vec::new();
    };
    let mut words = Vec::new();
    said(&outcome.written, &mut words);
    leaves(&case.source)
        .into_iter()
        .filter_map(|leaf| {
            let fate = fate(&leaf, outcome, &words)?;
            Some((leaf, fate))
        })
        .collect()
}

fn fate(leaf: &Leaf<'_>, outcome: &Outcome, words: &[String]) -> Option<Fate> {
    if let Some((path, reason)) = &outcome.refused {
        return is_within(&leaf.path, path).then(|| Fate::Refused(reason.clone()));
    }
    let dropped = outcome
        .dropped
        .iter()
        .find(|(path, _)| is_within(&leaf.path, path));
    if let Some((_, reason)) = dropped {
        return Some(Fate::lost(reason));
    }
    let mut own = Vec::new();
    said(leaf.value, &mut own);
    let carried = own.iter().all(|word| {
        words
            .iter()
            .any(|there| there == word || (word.len() > 3 && there.contains(word.as_str())))
    });
    Some(if carried { Fate::Carried } else { Fate::Said })
}

/// What a fixture loses in a dialect: fields with reasons.
pub(super) fn losses(case: &Case, to: Dialect) -> BTreeMap<String, String> {
    let mut lost: BTreeMap<String, String> = BTreeMap::new();
    let dropped = case
        .outcome(to)
        .map(|outcome| &outcome.dropped[..])
        .unwrap_or_default();
    let fates = fates(case, to);
    for (leaf, fate) in &fates {
        // What was dropped as a whole is named as a whole.
        let whole = dropped.iter().find(|(path, _)| {
            let mut within = fates.iter().filter(|(leaf, _)| is_within(&leaf.path, path));
            is_within(&leaf.path, path) && within.all(|(_, fate)| matches!(fate, Fate::Lost(_)))
        });
        let depth = whole.map_or(0, |(path, _)| leaf.path[path.len()..].matches('.').count());
        let kept = leaf.field.len().saturating_sub(depth);
        let field = format!("`{}`", leaf.field[..kept].join("."));
        let begins = match leaf.value {
            Value::String(text)
                if depth > 0 && leaf.field.last().is_some_and(|name| name == "text") =>
            {
                format!(
                    " that begins with \"{}…\"",
                    text.chars().take(28).collect::<String>()
                )
            }
            _ => String::new(),
        };
        match fate {
            Fate::Lost(reason) => {
                let entry = lost.entry(field).or_insert_with(|| reason.clone());
                if !begins.is_empty() {
                    *entry = format!("one{begins}, {reason}");
                }
            }
            Fate::Refused(reason) => {
                lost.insert(field, format!("refused: {reason}"));
            }
            Fate::Carried | Fate::Said => {}
        }
    }
    lost
}

/// Whether a path is another one or leads into it.
fn is_within(path: &str, of: &str) -> bool {
    path.strip_prefix(of)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// All words of a document, of JSON within its strings too.
fn said(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::Array(elements) => elements.iter().for_each(|element| said(element, out)),
        Value::Object(members) => members.values().for_each(|member| said(member, out)),
        Value::String(text) => {
            if let Ok(inner @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text) {
                said(&inner, out);
            }
            out.push(text.clone());
        }
        other => out.push(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_with_the_same_fate_make_one_row() {
        let mut table = Table::default();
        let mut add = |field: &[&str], fate: Fate| {
            let field = field.iter().map(|name| (*name).to_owned()).collect();
            table.0.insert(
                field,
                [
                    BTreeSet::from([fate.clone()]),
                    BTreeSet::from([fate.clone()]),
                    BTreeSet::from([fate]),
                ],
            );
        };
        add(&["a", "x"], Fate::Carried);
        add(&["a", "y"], Fate::Carried);
        add(&["b", "x"], Fate::Carried);
        add(&["b", "y"], Fate::lost("state of another upstream"));
        let rows: Vec<(String, String)> = table
            .rows()
            .into_iter()
            .map(|(name, cells)| (name, cells[0].clone()))
            .collect();
        let expected = [
            ("a.*", "carried"),
            ("b.x", "carried"),
            ("b.y", "**lost**: *foreign state*"),
        ];
        assert_eq!(
            rows,
            expected.map(|(name, cell)| (name.to_owned(), cell.to_owned()))
        );
    }

    #[test]
    fn what_is_sometimes_lost_says_so() {
        let fates = BTreeSet::from([Fate::Carried, Fate::Lost("unknown".into())]);
        assert_eq!(cell(&fates), "carried, or **lost**: *unknown*");
    }
}
