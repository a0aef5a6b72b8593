//! Between JSON Schema and the vendor's own form of schemas.
//!
//! The own form is a subset of `OpenAPI` 3.0: types in capitals, `nullable`, `anyOf`; no references,
//! no constants, no rules for members that are not named.

mod gather;
mod lower;
mod raise;

pub(super) use self::lower::Lowering;
pub(super) use self::raise::raised;

#[cfg(test)]
mod tests;
