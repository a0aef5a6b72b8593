//! Whatever the text: no panic, an end, and an answer that holds together.

#[path = "support/world.rs"]
mod world;

use aigw_config::{Severity, preview};
use proptest::prelude::*;

use world::{CATALOG, SEALED, compile};

const EVERY_KEY: &str = include_str!("../../../fixtures/config/valid/every-key.yaml");

/// What must hold for the answer to any text.
fn holds_together(text: &str) {
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

/// Pieces that documents are made of, so that random texts come near to some.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::from("\n")),
        Just(String::from("\n  ")),
        Just(String::from("\n    - ")),
        Just(String::from("\t")),
        Just(String::from(": ")),
        Just(String::from("{")),
        Just(String::from("}")),
        Just(String::from("[")),
        Just(String::from("]")),
        Just(String::from(", ")),
        Just(String::from("? ")),
        Just(String::from("- ")),
        Just(String::from("&a ")),
        Just(String::from("*a ")),
        Just(String::from("!!str ")),
        Just(String::from("|\n")),
        Just(String::from(">-\n")),
        Just(String::from("---\n")),
        Just(String::from("...\n")),
        Just(String::from("# ")),
        Just(String::from("\"")),
        Just(String::from("'")),
        Just(String::from("\\u00")),
        Just(String::from("${KEY_A}")),
        Just(String::from("${")),
        Just(String::from("%TAG ! x:\n")),
        Just(String::from("<<")),
        "(version|providers|models|targets|fallbacks|kind|demo|1|off|5s|0x1|\\.inf|é|😀)",
        ".{0,4}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_has_an_answer(text in any::<String>()) {
        holds_together(&text);
    }

    #[test]
    fn anything_like_yaml_has_an_answer(pieces in prop::collection::vec(piece(), 0..60)) {
        holds_together(&pieces.concat());
    }

    #[test]
    fn a_damaged_document_has_an_answer(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..40, piece()), 1..6),
    ) {
        let mut text: Vec<char> = EVERY_KEY.chars().collect();
        for (at, length, piece) in cuts {
            let start = at.index(text.len().max(1)).min(text.len());
            let end = (start + length).min(text.len());
            text.splice(start..end, piece.chars());
        }
        holds_together(&text.into_iter().collect::<String>());
    }

    #[test]
    fn values_of_any_scalar_have_an_answer(value in "[ -~]{0,24}", line in any::<prop::sample::Index>()) {
        let lines: Vec<&str> = EVERY_KEY.lines().collect();
        let at = line.index(lines.len());
        let replaced = lines.iter().enumerate().map(|(number, line)| match line.split_once(": ") {
            Some((key, _)) if number == at => format!("{key}: {value}\n"),
            _ => format!("{line}\n"),
        });
        holds_together(&replaced.collect::<String>());
    }
}

/// Texts that make a careless reader quadratic or recursive: each must come to an end, deeply nested ones early.
#[test]
fn hostile_texts_have_an_answer() {
    let openers = [
        "[", "{", "- ", "? ", "{a: ", "[[a]: ", "&a ", "*a ", "!a ", "'", "\"", "\\", "|", "a: {",
        "- - ", "%", "# ", "\t", "\r", ",", ":", ": ", "?",
    ];
    for opener in openers {
        holds_together(&opener.repeat(20_000));
        holds_together(&format!("{opener}\n").repeat(20_000));
    }
    let steps: String = (0..2000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    holds_together(&steps);
    holds_together(&format!("version: {}", "9".repeat(1_000_000)));
    holds_together(&format!("{}: 1", "k".repeat(1_000_000)));
}
