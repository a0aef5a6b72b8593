//! Configuration files of other gateways, converted.

mod litellm;
mod outcome;
mod reference;
mod writer;
mod yaml;

use serde::Serialize;

use crate::findings::Problems;
use crate::spot::Spot;
use crate::tree::{Tree, build};
use crate::{Catalog, Problem};

pub use outcome::{ImportFidelity, ImportFinding, Imported};

/// Whose file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Foreign {
    /// The `config.yaml` of the LiteLLM proxy.
    Litellm,
    /// The `config.yaml` with `providers[].protocol_adapter` of the gateway that this one succeeds.
    Reference,
}

/// Converts a file of another gateway. Secrets that stand in it are not written to the document: references take their
/// place, with a finding of what to set.
///
/// # Errors
/// Everything that is wrong with the text itself; anchors and aliases are not read.
pub fn import(from: Foreign, text: &str, catalog: &Catalog<'_>) -> Result<Imported, Vec<Problem>> {
    let built = build(text);
    let mut problems = Problems::default();
    problems.faults(built.faults);
    if problems.has_errors() {
        return Err(problems.into_sorted());
    }
    let tree = built.tree.unwrap_or_else(Tree::empty);
    let root = Spot {
        tree: &tree,
        node: Tree::ROOT,
    };
    let mut writer = writer::Writer::new(catalog, &tree);
    match from {
        Foreign::Litellm => litellm::convert(&mut writer, root),
        Foreign::Reference => reference::convert(&mut writer, root),
    }
    Ok(writer.finish())
}
