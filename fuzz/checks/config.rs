//! What must hold for the answer to any document.

#[path = "../../crates/config/tests/support/world.rs"]
mod world;

use aigw_config::{Severity, preview};

use world::{CATALOG, SEALED, compile};

/// Bytes that are no UTF-8 are read as a file would be: not at all.
pub(crate) fn config(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        holds_together(text);
    }
}

/// What must hold for the answer to any text.
pub(crate) fn holds_together(text: &str) {
    let compiled = compile(text);
    let blocked = compiled
        .problems
        .iter()
        .any(|problem| problem.severity == Severity::Error);
    assert_eq!(compiled.config.is_none(), blocked);
    assert!(compiled.problems.len() <= 501);
    assert!(
        compiled
            .problems
            .is_sorted_by_key(|problem| (problem.line, problem.column))
    );
    for problem in &compiled.problems {
        assert!(problem.line >= 1 && problem.column >= 1, "{problem}");
        assert!(!problem.reason.is_empty());
        assert!(!problem.to_string().contains(SEALED), "{problem}");
    }
    if let Some(config) = compiled.config {
        assert!(!config.models.is_empty() && !config.providers.is_empty());
        let shown = preview(&config, &CATALOG);
        assert_eq!(shown.models.len(), config.models.len());
        assert!(shown.models.iter().all(|model| model.fallbacks.len() < 8));
    }
}
