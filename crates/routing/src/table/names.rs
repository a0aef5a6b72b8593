//! From a name to its model: one hash lookup for plain names, one per distinct prefix length for globs.

use std::collections::HashMap;
use std::sync::Arc;

use super::TableError;
use super::id::ModelId;
use super::spec::ModelSpec;
use crate::glob::Glob;

#[derive(Debug, Default)]
pub(super) struct Names {
    exact: HashMap<Arc<str>, ModelId>,
    globs: HashMap<Box<str>, Vec<(Glob, ModelId)>>,
    /// Byte lengths of the literal prefixes that occur, the longest first.
    lengths: Vec<usize>,
}

impl Names {
    pub(super) fn index(models: &[ModelSpec]) -> Result<Names, TableError> {
        let mut names = Names::default();
        for (index, model) in models.iter().enumerate() {
            for name in std::iter::once(&model.name).chain(&model.aliases) {
                names.add(name, ModelId::at(index))?;
            }
        }
        for globs in names.globs.values_mut() {
            // Under one prefix the longer pattern says more; equally long ones keep the order of the spec.
            globs.sort_by_key(|(glob, _)| std::cmp::Reverse(glob.as_str().len()));
        }
        names.lengths = names.globs.keys().map(|prefix| prefix.len()).collect();
        names.lengths.sort_unstable_by(|a, b| b.cmp(a));
        names.lengths.dedup();
        Ok(names)
    }

    fn add(&mut self, name: &Arc<str>, model: ModelId) -> Result<(), TableError> {
        let taken = if Glob::is_pattern(name) {
            let glob = Glob::new(name);
            let same_prefix = self.globs.entry(glob.literal_prefix().into()).or_default();
            let taken = same_prefix.iter().any(|(other, _)| *other == glob);
            same_prefix.push((glob, model));
            taken
        } else {
            self.exact.insert(Arc::clone(name), model).is_some()
        };
        if taken {
            Err(TableError::DuplicateName(Arc::clone(name)))
        } else {
            Ok(())
        }
    }

    pub(super) fn find(&self, name: &str) -> Option<ModelId> {
        self.exact
            .get(name)
            .copied()
            .or_else(|| self.find_glob(name))
    }

    fn find_glob(&self, name: &str) -> Option<ModelId> {
        self.lengths
            .iter()
            .filter_map(|length| self.globs.get(name.get(..*length)?))
            .flatten()
            .find(|(glob, _)| glob.matches(name))
            .map(|(_, model)| *model)
    }

    pub(super) fn exact(&self) -> impl Iterator<Item = &str> {
        self.exact.keys().map(|name| &**name)
    }
}
