//! Everything that can be said about a document before it is published.

mod reach;

use crate::compile::compile_into;
use crate::findings::Problems;
use crate::preview::{Preview, preview};
use crate::tree::{Tree, build};
use crate::written::Document;
use crate::{Catalog, Config, Prices, Problem, Reference, ReferenceKind, Resolve};

/// What [`inspect`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Every problem in the order of the document. Errors block; among the warnings are some that only an inspection
    /// looks for: what is never used or reached, and models without a price.
    pub problems: Vec<Problem>,
    /// What the document would serve; `None` if a problem blocks.
    pub preview: Option<Preview>,
    /// Every reference, and whether it leads anywhere; never what it stands for.
    pub references: Vec<ReferenceState>,
}

/// A reference of a document, and whether it leads anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceState {
    /// The reference and where it is used.
    pub reference: Reference,
    /// Whether it can be resolved.
    pub present: bool,
}

/// Compiles `text`, called `name`, and looks at the outcome from every side. Models without a price are listed as far as
/// `prices` tells.
pub fn inspect(
    name: &str,
    text: &str,
    catalog: &Catalog<'_>,
    resolve: &dyn Resolve,
    prices: Prices<'_>,
) -> Inspection {
    let (config, mut problems) = compile_into(name, text, catalog, resolve);
    let config = config.filter(|_| !problems.has_errors());
    if let Some(config) = &config
        && let Some(tree) = build(text).tree
    {
        warn(&mut problems, config, &tree, prices);
    }
    Inspection {
        preview: config.as_ref().map(|config| preview(config, catalog)),
        problems: problems.into_sorted(),
        references: states(text, resolve),
    }
}

/// Adds what a compiler has no reason to complain of.
fn warn(problems: &mut Problems, config: &Config, tree: &Tree<'_>, prices: Prices<'_>) {
    reach::providers(problems, config, tree);
    reach::globs(problems, config, tree);
    reach::names(problems, config, tree);
    if let Some(priced) = prices {
        reach::prices(problems, config, tree, priced);
    }
}

fn states(text: &str, resolve: &dyn Resolve) -> Vec<ReferenceState> {
    let references = Document::parse(text).map(|document| document.references());
    let present = |reference: &Reference| match reference.kind {
        ReferenceKind::Env => resolve.env(&reference.name).is_some(),
        ReferenceKind::File => resolve.file(&reference.name).is_ok(),
        ReferenceKind::Secret => resolve.secret(&reference.name).is_some(),
    };
    references
        .unwrap_or_default()
        .into_iter()
        .map(|reference| ReferenceState {
            present: present(&reference),
            reference,
        })
        .collect()
}

#[cfg(test)]
mod tests;
