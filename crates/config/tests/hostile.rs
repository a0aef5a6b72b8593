//! Texts that are made to hurt: each ends with a clear error, after a bounded number of steps.

#[path = "support/world.rs"]
mod world;

use aigw_config::{Document, Foreign, import};

use world::{CATALOG, SEALED, compile};

/// The codes of the problems; the same text is refused by everything else that reads documents.
fn codes(text: &str) -> Vec<&'static str> {
    let compiled = compile(text);
    assert!(compiled.config.is_none());
    let shown: String = compiled.problems.iter().map(ToString::to_string).collect();
    assert!(!shown.contains(SEALED));
    // What a problem repeats of the text is bounded.
    assert!(
        compiled
            .problems
            .iter()
            .all(|problem| problem.to_string().len() < 2000)
    );
    let mut codes: Vec<_> = compiled
        .problems
        .iter()
        .map(|problem| problem.code)
        .collect();
    codes.dedup();
    codes
}

fn unreadable(text: &str) -> Vec<&'static str> {
    assert!(Document::parse(text).is_err());
    assert!(import(Foreign::Litellm, text, &CATALOG).is_err());
    codes(text)
}

const VALID: &str =
    "version: 1\nproviders: {d: {kind: demo}}\nmodels: {m: {targets: [{provider: d}]}}\n";

#[test]
fn a_bomb_of_aliases_never_goes_off() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let previous = format!("*a{}, ", level - 1).repeat(9);
        let line = format!(
            "a{level}: &a{level} [{}]\n",
            previous.trim_end_matches(", ")
        );
        text.push_str(&line);
    }
    let found = unreadable(&text);
    assert!(
        found.contains(&"anchor") && found.contains(&"alias"),
        "{found:?}"
    );
}

#[test]
fn merge_keys_are_not_read() {
    let text = "version: 1\nbase: &base {kind: demo}\nproviders: {d: {<<: *base}}\nmodels: {m: {targets: [{provider: d}]}}\n";
    assert!(unreadable(text).contains(&"alias"));
    let plain = VALID.replace("{kind: demo}", "{kind: demo, <<: {kind: demo}}");
    assert_eq!(codes(&plain), ["unknown_key"]);
}

#[test]
fn ten_mebibytes_are_the_most() {
    let comment = format!("# {}\n", "x".repeat(78));
    let most = comment.repeat(((10 << 20) - VALID.len()) / comment.len());
    assert!(compile(&format!("{most}{VALID}")).config.is_some());
    assert_eq!(
        unreadable(&format!("{most}{}{VALID}", comment.repeat(20))),
        ["too_large"]
    );
}

#[test]
fn huge_scalars_keys_and_lists_have_clear_errors() {
    let huge = "x".repeat(1 << 20);
    assert_eq!(
        codes(&VALID.replace("kind: demo", &format!("kind: {huge}"))),
        ["unknown_name"]
    );
    assert_eq!(
        codes(&VALID.replace("{m:", &format!("{{{huge}:"))),
        ["invalid_name"]
    );
    assert_eq!(
        codes(&VALID.replace("kind: demo", &format!("? {huge} : 1, kind: demo"))),
        ["unknown_key"]
    );
    let aliases = (0..5000)
        .map(|number| format!("a{number},"))
        .collect::<Vec<_>>()
        .concat();
    assert_eq!(
        codes(&VALID.replace(
            "[{provider: d}]",
            &format!("[{{provider: d}}], aliases: [{aliases}]")
        )),
        ["too_many"]
    );
    assert_eq!(
        codes(&format!("{VALID}x: '{}'", "${".repeat(100_000)))[..],
        ["unknown_key"]
    );
}

#[test]
fn deep_nesting_stops_early() {
    for (open, close) in [("[", "]"), ("{a: ", "}")] {
        assert_eq!(
            unreadable(&format!("x: {}1{}", open.repeat(5000), close.repeat(5000))),
            ["too_deep"]
        );
    }
    let lines: Vec<_> = (0..2000)
        .map(|depth| {
            format!(
                "{}a:
",
                " ".repeat(depth)
            )
        })
        .collect();
    assert_eq!(unreadable(&lines.concat()), ["too_deep"]);
}

#[test]
fn duplicate_keys_tabs_and_second_documents_are_told_with_their_line() {
    for (text, code, line) in [
        ("version: 1\nversion: 1\n", "duplicate_key", 2),
        ("version: 1\nproviders:\n\td: {kind: demo}\n", "syntax", 3),
        ("version: 1\n---\nversion: 1\n", "several_documents", 2),
        ("version: !!int 1\n", "tag", 1),
    ] {
        assert!(unreadable(text).contains(&code), "{text:?}");
        let compiled = compile(text);
        assert_eq!(
            compiled
                .problems
                .iter()
                .find(|problem| problem.code == code)
                .unwrap()
                .line,
            line,
            "{text:?}"
        );
    }
}

#[test]
fn nul_bytes_and_other_controls_never_get_through() {
    for text in [
        VALID.replace("kind: demo", "kind: de\0mo"),
        VALID.replace("{m:", "{\"m\\0\":"),
        VALID.replace("kind: demo", "kind: openai, api_key: \"a\\0b\""),
        VALID.replace("kind: demo", "kind: openai, api_key: \"a\\r\\nX: y\""),
        String::from("\0"),
        String::from("\u{1}\u{2}\u{7f}"),
    ] {
        assert!(compile(&text).config.is_none(), "{text:?}");
        assert!(!codes(&text).is_empty());
    }
}

#[test]
fn a_flood_of_mistakes_is_cut() {
    let many: Vec<_> = (0..20_000)
        .map(|number| {
            format!(
                "  p{number}: {{knid: demo}}
"
            )
        })
        .collect();
    let many = many.concat();
    let compiled = compile(&format!("version: 1\nproviders:\n{many}models: {{}}\n"));
    assert_eq!(compiled.problems.len(), 501);
    assert_eq!(compiled.problems[500].code, "too_many_problems");
}
