//! Which references a document has, and where.

use std::fmt;

use indexmap::IndexMap;
use serde::Serialize;

use crate::read::{Piece, pieces};
use crate::tree::{Content, Tree};

/// Where a reference leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceKind {
    /// `${NAME}`: a variable of the environment.
    Env,
    /// `${file:/path}`: the content of a file.
    File,
    /// `${secret:name}`: a sealed secret.
    Secret,
}

/// A reference of a document; `Display` prints it as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// Where it leads.
    pub kind: ReferenceKind,
    /// Name of the variable or secret, or path of the file.
    pub name: String,
    /// Paths of the values that use it, in the order of the document.
    pub used_at: Vec<String>,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ReferenceKind::Env => write!(f, "${{{}}}", self.name),
            ReferenceKind::File => write!(f, "${{file:{}}}", self.name),
            ReferenceKind::Secret => write!(f, "${{secret:{}}}", self.name),
        }
    }
}

/// Every reference, by first use. Texts with broken references have none.
pub(super) fn references(tree: &Tree<'_>) -> Vec<Reference> {
    let mut found: IndexMap<(ReferenceKind, String), Vec<String>> = IndexMap::new();
    for node in tree.ids() {
        let Content::Scalar { text, .. } = tree.content(node) else {
            continue;
        };
        for piece in pieces(text).unwrap_or_default() {
            if let Some((kind, name)) = target(piece) {
                let uses = found.entry((kind, String::from(name))).or_default();
                let path = tree.path(node);
                if uses.last() != Some(&path) {
                    uses.push(path);
                }
            }
        }
    }
    found
        .into_iter()
        .map(|((kind, name), used_at)| Reference {
            kind,
            name,
            used_at,
        })
        .collect()
}

fn target(piece: Piece<'_>) -> Option<(ReferenceKind, &str)> {
    match piece {
        Piece::Literal(_) => None,
        Piece::Env(name) => Some((ReferenceKind::Env, name)),
        Piece::File(path) => Some((ReferenceKind::File, path)),
        Piece::Secret(name) => Some((ReferenceKind::Secret, name)),
    }
}
