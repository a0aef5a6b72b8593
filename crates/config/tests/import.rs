//! Files of other gateways against the documents and findings written beside them.
//!
//! A missing golden is written and fails once; `UPDATE=1` rewrites those that differ.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what the tests are made of fails as they do"
)]

use std::fs;
use std::path::{Path, PathBuf};

use aigw_config::{Catalog, Foreign, ImportFidelity, Imported, KindInfo, Resolve, compile, import};

/// Part of every secret in the fixtures.
const SEALED: &str = "SEALED";

const fn kind(
    id: &'static str,
    base_url: Option<&'static str>,
    needs_key: bool,
) -> KindInfo<'static> {
    KindInfo {
        id,
        base_url,
        dialects: &["openai_chat"],
        needs_key,
    }
}

const CATALOG: Catalog<'static> = Catalog {
    kinds: &[
        kind("openai", Some("https://api.openai.com/v1"), true),
        kind("anthropic", Some("https://api.anthropic.com/v1"), true),
        kind("azure-openai", None, true),
        kind("ollama", Some("http://localhost:11434/v1"), false),
        kind("openai-compatible", None, false),
        kind("anthropic-compatible", None, false),
    ],
    dialects: &["openai_chat"],
    preference: &["openai_chat"],
};

/// Every variable is set, so that only what the importer wrote can be wrong.
struct Everything;

impl Resolve for Everything {
    fn env(&self, name: &str) -> Option<String> {
        Some(if name.ends_with("BASE") {
            String::from("https://h.example.com")
        } else {
            String::from("value")
        })
    }

    fn file(&self, _: &str) -> Result<String, String> {
        Err(String::from("no such file"))
    }

    fn secret(&self, _: &str) -> Option<String> {
        None
    }
}

fn imported(from: Foreign, text: &str) -> Imported {
    import(from, text, &CATALOG).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn check(from: Foreign, directory: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/config/import")
        .join(directory);
    let mut sources: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    sources.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "yaml")
    });
    sources.sort();
    assert!(sources.len() >= 2);
    let mut mismatches = Vec::new();
    for path in sources {
        let Imported { document, findings } = imported(from, &fs::read_to_string(&path).unwrap());
        let compiled = compile("imported.yaml", &document, &CATALOG, &Everything);
        assert!(
            compiled.config.is_some(),
            "{}: {:#?}\n{document}",
            path.display(),
            compiled.problems
        );
        let lines: Vec<_> = findings
            .iter()
            .map(|finding| {
                format!(
                    "{finding}
"
                )
            })
            .collect();
        let findings = lines.concat();
        assert!(
            !document.contains(SEALED),
            "{}: a secret in the document",
            path.display()
        );
        assert!(
            !findings.contains(SEALED),
            "{}: a secret in the findings",
            path.display()
        );
        mismatches.extend(compare(&path.with_extension("document"), &document));
        mismatches.extend(compare(&path.with_extension("findings"), &findings));
    }
    assert!(mismatches.is_empty(), "{}", mismatches.join("\n"));
}

/// What differs from the golden, if anything does.
fn compare(golden: &Path, found: &str) -> Option<String> {
    let expected = fs::read_to_string(golden).unwrap_or_default();
    if expected == found {
        return None;
    }
    let missing = expected.is_empty();
    if missing || std::env::var_os("UPDATE").is_some() {
        fs::write(golden, found).unwrap();
    }
    let path = golden.display();
    (missing || std::env::var_os("UPDATE").is_none())
        .then(|| format!("{path}\n--- expected\n{expected}--- found\n{found}"))
}

#[test]
fn litellm_files_become_their_documents() {
    check(Foreign::Litellm, "litellm");
}

#[test]
fn reference_files_become_their_documents() {
    check(Foreign::Reference, "reference");
}

#[test]
fn fallbacks_that_go_round_are_cut_and_told() {
    let entry = |name: &str| {
        format!(
            "  - {{model_name: {name}, litellm_params: {{model: openai/{name}, api_key: os.environ/K}}}}\n"
        )
    };
    let text = format!(
        "model_list:\n{}{}{}router_settings: {{fallbacks: [{{a: [b]}}, {{b: [c]}}, {{c: [a]}}, {{a: [a]}}]}}\n",
        entry("a"),
        entry("b"),
        entry("c")
    );
    let Imported { document, findings } = imported(Foreign::Litellm, &text);
    let cut = findings
        .iter()
        .filter(|finding| finding.reason.contains("leads back"))
        .count();
    assert_eq!(cut, 2, "{findings:?}");
    assert!(
        compile("a", &document, &CATALOG, &Everything)
            .config
            .is_some()
    );
}

#[test]
fn texts_that_look_like_references_stay_texts() {
    let text = "model_list: [{model_name: m, litellm_params: {model: openai/m, api_key: os.environ/K, organization: '${a b} ${X} x'}}]";
    let document = imported(Foreign::Litellm, text).document;
    assert!(document.contains("$${a b} $${X} x"), "{document}");
}

#[test]
fn every_key_of_a_file_has_a_finding() {
    let text = "one: 1\nmodel_list: []\nrouter_settings: {two: 2}\ngeneral_settings: {three: 3}\nlitellm_settings: {four: 4}\n";
    let findings = imported(Foreign::Litellm, text).findings;
    let paths: Vec<_> = findings
        .iter()
        .map(|finding| finding.path.as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "one",
            "router_settings.two",
            "general_settings.three",
            "litellm_settings.four"
        ]
    );
    assert!(
        findings
            .iter()
            .all(|finding| finding.fidelity == ImportFidelity::Manual)
    );
}

#[test]
fn anchors_and_broken_files_are_refused_with_their_place() {
    let problems = import(Foreign::Litellm, "a: &x 1\nb: *x\n", &CATALOG).unwrap_err();
    assert_eq!(problems[0].line, 1);
    assert!(import(Foreign::Reference, "a: [", &CATALOG).is_err());
}
