//! Every document below `fixtures/config` against the problems (and, where it compiles, the preview) written beside it.
//!
//! A missing golden is written and fails once; `UPDATE=1` rewrites those that differ.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what the tests are made of fails as they do"
)]

#[path = "support/world.rs"]
mod world;

use std::fs;
use std::path::{Path, PathBuf};

use aigw_config::{Document, Severity, preview};

use world::{CATALOG, SEALED, compile};

#[test]
fn valid_documents_compile_to_their_preview() {
    let mismatches = walk("valid", |golden, text| {
        let path = golden.display();
        let compiled = compile(text);
        let config = compiled
            .config
            .as_ref()
            .unwrap_or_else(|| panic!("{path}: {}", lines(&compiled.problems)));
        assert!(
            compiled
                .problems
                .iter()
                .all(|problem| problem.severity == Severity::Warning)
        );
        let canonical = Document::parse(text).unwrap().canonical();
        let mut again = compile(&canonical)
            .config
            .unwrap_or_else(|| panic!("{path}: {canonical}"));
        again.digest.clone_from(&config.digest);
        assert_eq!(
            again, *config,
            "{path}: the canonical form means something else"
        );
        let debug = format!("{config:?}");
        assert!(
            !debug.contains(SEALED),
            "{path}: a secret in the Debug form"
        );
        let shown = preview(config, &CATALOG).to_string();
        assert!(!shown.contains(SEALED), "{path}: a secret in the preview");
        vec![
            compare(golden, "problems", &lines(&compiled.problems)),
            compare(golden, "preview", &shown),
        ]
    });
    assert!(
        mismatches.cases >= 10,
        "only {} valid cases",
        mismatches.cases
    );
    assert!(
        mismatches.texts.is_empty(),
        "{}",
        mismatches.texts.join("\n")
    );
}

#[test]
fn invalid_documents_have_exactly_their_problems() {
    let mismatches = walk("invalid", |golden, text| {
        let path = golden.display();
        let compiled = compile(text);
        assert!(compiled.config.is_none(), "{path} compiles");
        let problems = lines(&compiled.problems);
        assert!(!problems.contains(SEALED), "{path}: a secret in a problem");
        assert!(
            compiled
                .problems
                .is_sorted_by_key(|problem| (problem.line, problem.column)),
            "{path}: order"
        );
        for problem in &compiled.problems {
            assert!(
                problem.line >= 1 && problem.column >= 1,
                "{path}: {problem}"
            );
            let inside = problem.line as usize <= text.lines().count() + 1;
            assert!(inside, "{path}: {problem} lies behind the end");
        }
        vec![compare(golden, "problems", &problems)]
    });
    assert!(
        mismatches.cases >= 40,
        "only {} invalid cases",
        mismatches.cases
    );
    assert!(
        mismatches.texts.is_empty(),
        "{}",
        mismatches.texts.join("\n")
    );
}

#[derive(Default)]
struct Walked {
    cases: usize,
    texts: Vec<String>,
}

fn walk(kind: &str, check: impl Fn(&Path, &str) -> Vec<Option<String>>) -> Walked {
    let mut walked = Walked::default();
    for path in files(&root().join("fixtures/config").join(kind)) {
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            walked.cases += 1;
            let text = fs::read_to_string(&path).unwrap();
            walked
                .texts
                .extend(check(&path, &text).into_iter().flatten());
        }
    }
    walked
}

/// What differs from the golden, if anything does.
fn compare(path: &Path, extension: &str, found: &str) -> Option<String> {
    let golden = path.with_extension(extension);
    let Ok(expected) = fs::read_to_string(&golden) else {
        fs::write(&golden, found).unwrap();
        return Some(format!(
            "{} was missing and is written; look at it and run again",
            golden.display()
        ));
    };
    if expected == found {
        return None;
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&golden, found).unwrap();
        return None;
    }
    Some(format!(
        "{}\n--- expected\n{expected}--- found\n{found}",
        golden.display()
    ))
}

fn lines(problems: &[aigw_config::Problem]) -> String {
    problems
        .iter()
        .map(|problem| format!("{problem}\n"))
        .collect::<Vec<_>>()
        .concat()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
