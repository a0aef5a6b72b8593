//! Files that references of what is served lead to.

use std::path::PathBuf;
use std::time::SystemTime;

use crate::runtime::Checked;

/// The files, and how they looked. Two are the same if nothing was written in between.
#[derive(Debug, Clone, Default)]
pub(super) struct ReferencedFiles(Vec<(PathBuf, Option<Stamp>)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stamp {
    Missing,
    There {
        modified: Option<SystemTime>,
        length: u64,
    },
}

impl ReferencedFiles {
    /// The files that a checked document refers to. Not looked at yet, so that the first look reads them once more: a change
    /// between the check and now is not missed.
    pub(super) fn of(checked: &Checked) -> Self {
        let path = |reference: &str| {
            let path = reference.strip_prefix("${file:")?.strip_suffix('}')?;
            Some((PathBuf::from(path), None))
        };
        let references = checked.references.iter();
        Self(references.filter_map(|one| path(&one.reference)).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The files as they look now, if one looks otherwise than it did. Blocks.
    pub(super) fn changed(&self) -> Option<Self> {
        let look = |path: &PathBuf| match std::fs::metadata(path) {
            Ok(metadata) => Stamp::There {
                modified: metadata.modified().ok(),
                length: metadata.len(),
            },
            Err(_) => Stamp::Missing,
        };
        let now: Vec<_> = self
            .0
            .iter()
            .map(|(path, _)| (path.clone(), Some(look(path))))
            .collect();
        (now != self.0).then_some(Self(now))
    }
}
