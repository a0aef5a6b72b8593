//! Whatever the text: no panic, an end, and an answer that holds together.

#[path = "../../../fuzz/checks/config.rs"]
mod check;

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use check::{config, holds_together};

const EVERY_KEY: &str = include_str!("../../../fixtures/config/valid/every-key.yaml");

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

/// Seeds of the fuzzer, and texts that it once found.
#[test]
fn the_fuzz_corpus_has_answers() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/config");
    let mut seeds = 0;
    for entry in fs::read_dir(directory).unwrap() {
        config(&fs::read(entry.unwrap().path()).unwrap());
        seeds += 1;
    }
    assert!(seeds >= 20, "only {seeds} seeds");
}

/// Texts that make a careless reader quadratic or recursive: each must come to an end, deeply nested ones early.
#[test]
fn hostile_texts_have_an_answer() {
    let openers = [
        "[", "{", "- ", "? ", "{a: ", "[[a]: ", "&a ", "*a ", "!a ", "'", "\"", "\\", "|", "a: {",
        "- - ", "%", "# ", "\t", "\r", ",", ":", ": ", "?",
    ];
    for opener in openers {
        holds_together(&opener.repeat(5_000));
        holds_together(&format!("{opener}\n").repeat(5_000));
    }
    let steps = (0..2000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect::<Vec<_>>()
        .concat();
    holds_together(&steps);
    holds_together(&format!("version: {}", "9".repeat(1_000_000)));
    holds_together(&format!("{}: 1", "k".repeat(1_000_000)));
}
