//! Walks the provider table: every kind, every endpoint, every way to write its base URL, every header, every recorded error.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what a test shares with others fails by panicking too"
)]

mod demo;
mod embeddings;
mod errors;
mod headers;
mod refusals;
mod table;
mod urls;

use std::path::PathBuf;

/// A file of the repository's fixtures for providers.
fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/providers")
        .join(name)
}

/// Compares `text` with the fixture `name`; writes the fixture instead when `UPDATE` is set or when there is none, and fails
/// in the latter case, so that a new golden is looked at once.
fn assert_golden(name: &str, text: &str) {
    let path = fixture(name);
    let known = std::fs::read_to_string(&path);
    if known.as_deref().ok() == Some(text) {
        return;
    }
    let update = std::env::var_os("UPDATE").is_some();
    if update || known.is_err() {
        std::fs::write(&path, text).unwrap();
    }
    assert!(
        update,
        "{name} differs from what the code says; UPDATE=1 rewrites it\n{}",
        first_difference(&known.unwrap_or_default(), text)
    );
}

fn first_difference(known: &str, text: &str) -> String {
    let line = known.lines().zip(text.lines()).position(|(a, b)| a != b);
    let at = line.unwrap_or_else(|| known.lines().count().min(text.lines().count()));
    let show = |text: &str| text.lines().nth(at).unwrap_or("(end)").to_owned();
    format!(
        "line {}\n  known: {}\n  now:   {}",
        at + 1,
        show(known),
        show(text)
    )
}
