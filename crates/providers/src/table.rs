//! The provider table: data only, one row per kind, grouped by what the rows have in common.

mod cloud;
mod generic;
mod local;
mod makers;

use std::sync::LazyLock;

use crate::kind::Kind;

static TABLE: LazyLock<Vec<Kind>> =
    LazyLock::new(|| [makers::ROWS, cloud::ROWS, local::ROWS, generic::ROWS].concat());

/// Every kind, in the order of the reference.
pub fn kinds() -> &'static [Kind] {
    &TABLE
}

/// The kind with this `id`, as written in the configuration.
pub fn kind(id: &str) -> Option<&'static Kind> {
    kinds().iter().find(|kind| kind.id == id)
}
