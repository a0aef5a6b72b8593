//! The reference of providers, made from the table.

/// `docs/providers.md`: every kind with its base URL, dialects, credential and quirks.
pub fn reference() -> String {
    String::new()
}
