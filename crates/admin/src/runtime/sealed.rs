//! The values of sealed secrets while a document is compiled.

use std::collections::BTreeMap;
use std::fmt;

use aigw_config::Secret;

/// Sealed secrets, opened: what `${secret:name}` leads to. `Debug` shows their names only.
#[derive(Clone, Default)]
pub struct Sealed(BTreeMap<String, Secret<String>>);

impl Sealed {
    /// The value of `name`.
    pub fn value(&self, name: &str) -> Option<&Secret<String>> {
        self.0.get(name)
    }

    /// Every name and value, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Secret<String>)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl FromIterator<(String, Secret<String>)> for Sealed {
    fn from_iter<I: IntoIterator<Item = (String, Secret<String>)>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
