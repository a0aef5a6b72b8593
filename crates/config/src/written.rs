//! A document as it is stored: parsed, its references unresolved.

mod canonical;
mod references;

use std::collections::BTreeMap;

use crate::Problem;
use crate::compile::hex_digest;
use crate::findings::Problems;
use crate::tree::{Tree, build};

pub(crate) use canonical::canonical_value;
pub use references::{Reference, ReferenceKind};

/// A document as written. Nothing is resolved, and nothing but the syntax is checked: [`compile`](crate::compile) does that.
#[derive(Debug)]
pub struct Document<'t> {
    pub(crate) tree: Tree<'t>,
}

impl<'t> Document<'t> {
    /// Parses a text. An empty one is a document without keys.
    ///
    /// # Errors
    /// Everything that is wrong with the text itself; what its keys mean is not looked at.
    pub fn parse(text: &'t str) -> Result<Self, Vec<Problem>> {
        let built = build(text);
        let mut problems = Problems::default();
        problems.faults(built.faults);
        if problems.has_errors() {
            return Err(problems.into_sorted());
        }
        let tree = built.tree.unwrap_or_else(Tree::empty);
        Ok(Self { tree })
    }

    /// The document in the one form that everything written differently but meaning the same letter by letter shares:
    /// compact JSON, keys of sections in alphabetical order, comments and layout gone, numbers and flags without quotes.
    ///
    /// References stay references. The order of providers, models and list items is kept, and so is the spelling of
    /// durations and sizes. The canonical form compiles to the same configuration as the document.
    pub fn canonical(&self) -> String {
        canonical::canonical(&self.tree)
    }

    /// Every reference of the document, each once, in the order of its first use.
    pub fn references(&self) -> Vec<Reference> {
        references::references(&self.tree)
    }

    /// SHA-256 of the canonical form and of what its references stand for, 64 lower-case hex digits.
    ///
    /// `digests` has, by reference as written, a keyed digest of the value that it resolves to; a reference without one
    /// counts as missing. Two revisions thus have one address only if they serve the same with the same secrets.
    pub fn address(&self, digests: &BTreeMap<String, String>) -> String {
        let mut text = self.canonical();
        for reference in self.references() {
            let name = reference.to_string();
            text.push('\n');
            text.push_str(&name);
            if let Some(digest) = digests.get(&name) {
                text.push('\n');
                text.push_str(digest);
            }
        }
        hex_digest(&text)
    }
}

#[cfg(test)]
mod tests;
