//! What differs between two documents, by meaning: entries by name, values with their defaults, secrets unseen.

mod facts;
mod lists;
mod place;
mod render;
mod risks;
mod touches;
mod walk;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::Document;

pub use render::{DiffRow, DiffSection};
pub use risks::{Risk, RiskSeverity};
pub use touches::Touches;

/// One of the two documents that are compared.
#[derive(Debug, Clone, Copy)]
pub struct Side<'d> {
    /// The document.
    pub document: &'d Document<'d>,
    /// By reference as written, a keyed digest of what it resolves to. Where both sides have one and they differ, the
    /// diff says that the secret changed. May be empty.
    pub secrets: &'d BTreeMap<String, String>,
}

/// Everything that differs, in the order of the document's sections. `Display` prints it as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// The changes.
    pub changes: Vec<Change>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The section of the document, such as `providers`.
    pub area: String,
    /// The way to the value, with list items by identity: `models.gpt-4o.targets[azure/prod-4o].weight`.
    pub path: String,
    /// What the change is about, such as `model gpt-4o`.
    pub subject: String,
    /// Which part of it, such as `target azure/prod-4o weight`; empty for the whole.
    pub part: String,
    /// What happens to it.
    pub what: What,
    /// What may go wrong with it, the worst first.
    pub risks: Vec<Risk>,
    /// Whose requests it concerns.
    pub touches: Touches,
}

/// What happens to a value. All texts are fit to be shown: references as written, secrets as `[redacted]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// It was not there before.
    Added {
        /// What is there now.
        after: String,
    },
    /// It is no longer there.
    Removed {
        /// What was there.
        before: String,
    },
    /// It has another value.
    Changed {
        /// What was there.
        before: String,
        /// What is there now.
        after: String,
    },
    /// The same items in another order.
    Reordered {
        /// The items as they were.
        before: Vec<String>,
        /// The items as they are.
        after: Vec<String>,
    },
    /// The same entry under another name.
    Renamed {
        /// The name it had.
        before: String,
        /// The name it has.
        after: String,
    },
    /// Written as before, but a secret in it, or behind a reference of it, is another one.
    SecretChanged {
        /// The value as it may be shown.
        shown: String,
    },
}

/// Tells whether the price of an upstream model is known; `None`: there is no price table to ask.
pub type Prices<'p> = Option<&'p dyn Fn(&str) -> bool>;

/// Compares two documents. Models without a price are noted as far as `prices` tells.
///
/// Both may hold mistakes, as a draft does: keys that no section has are compared too, their values never shown.
pub fn diff(before: Side<'_>, after: Side<'_>, prices: Prices<'_>) -> Diff {
    let found = walk::walk(before, after);
    let facts = facts::Both {
        before: facts::Facts::of(&before.document.tree),
        after: facts::Facts::of(&after.document.tree),
        prices,
    };
    let changes = found
        .into_iter()
        .map(|found| Change {
            area: String::from(found.steps.first().map_or("", place::Step::name)),
            path: place::path(&found.steps),
            subject: place::subject(&found.steps),
            part: place::part(&found.steps),
            risks: risks::risks(&found, &facts),
            touches: touches::touches(&found, &facts),
            what: found.what,
        })
        .collect();
    Diff { changes }
}

#[cfg(test)]
mod tests;
