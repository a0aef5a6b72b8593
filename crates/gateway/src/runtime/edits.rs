//! A model's `params`, as edits of request bodies.

use aigw_config::Params as Declared;
use aigw_protocol::Edits;
use bytes::Bytes;

/// Top-level members to set, default and drop. Values are raw JSON.
#[derive(Debug, Default)]
pub(crate) struct Params {
    defaults: Vec<(Box<str>, Bytes)>,
    set: Vec<(Box<str>, Bytes)>,
    drop: Vec<Box<str>>,
}

impl From<&Declared> for Params {
    fn from(declared: &Declared) -> Self {
        let members = |list: &[(String, String)]| {
            list.iter()
                .map(|(name, value)| {
                    (
                        name.as_str().into(),
                        Bytes::copy_from_slice(value.as_bytes()),
                    )
                })
                .collect()
        };
        Self {
            defaults: members(&declared.defaults),
            set: members(&declared.set),
            drop: declared
                .drop
                .iter()
                .map(|name| name.as_str().into())
                .collect(),
        }
    }
}

impl Params {
    pub(crate) fn is_empty(&self) -> bool {
        self.defaults.is_empty() && self.set.is_empty() && self.drop.is_empty()
    }

    /// Whether they say what becomes of a member.
    pub(crate) fn decides(&self, name: &str) -> bool {
        let named = |(member, _): &(Box<str>, Bytes)| **member == *name;
        self.drop.iter().any(|member| **member == *name)
            || self.set.iter().any(named)
            || self.defaults.iter().any(named)
    }

    /// Adds the edits to `edits`.
    pub(crate) fn apply<'e>(&self, edits: Edits<'e>) -> Edits<'e> {
        self.apply_over(edits, |_| false)
    }

    /// The same for a body in which some members are only assumed: defaults replace those.
    pub(crate) fn apply_over<'e>(
        &self,
        mut edits: Edits<'e>,
        assumed: impl Fn(&str) -> bool,
    ) -> Edits<'e> {
        for name in &self.drop {
            edits = edits.drop(name);
        }
        for (name, value) in &self.set {
            edits = edits.set(name, value.clone());
        }
        for (name, value) in &self.defaults {
            edits = if assumed(name) {
                edits.set(name, value.clone())
            } else {
                edits.default(name, value.clone())
            };
        }
        edits
    }
}
