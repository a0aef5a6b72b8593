//! Every document below `fixtures/config` against the problems (and, where it compiles, the preview) written beside it.
//!
//! A missing golden is written and fails once; `UPDATE=1` rewrites those that differ.

#[path = "support/world.rs"]
mod world;

use std::fs;
use std::path::{Path, PathBuf};

use aigw_config::{Severity, preview};

use world::{CATALOG, SEALED, compile};

#[test]
fn valid_documents_compile_to_their_preview() {
    let mismatches = walk("valid", |path, text| {
        let compiled = compile(text);
        let config = compiled
            .config
            .as_ref()
            .unwrap_or_else(|| panic!("{path:?}: {}", lines(&compiled.problems)));
        assert!(
            compiled
                .problems
                .iter()
                .all(|problem| problem.severity == Severity::Warning)
        );
        let debug = format!("{config:?}");
        assert!(
            !debug.contains(SEALED),
            "{path:?}: a secret in the Debug form"
        );
        let shown = preview(config, &CATALOG).to_string();
        assert!(!shown.contains(SEALED), "{path:?}: a secret in the preview");
        vec![
            compare(path, "problems", &lines(&compiled.problems)),
            compare(path, "preview", &shown),
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
    let mismatches = walk("invalid", |path, text| {
        let compiled = compile(text);
        assert!(compiled.config.is_none(), "{path:?} compiles");
        let problems = lines(&compiled.problems);
        assert!(
            !problems.contains(SEALED),
            "{path:?}: a secret in a problem"
        );
        assert!(
            compiled
                .problems
                .is_sorted_by_key(|problem| (problem.line, problem.column)),
            "{path:?}: order"
        );
        for problem in &compiled.problems {
            assert!(
                problem.line >= 1 && problem.column >= 1,
                "{path:?}: {problem}"
            );
            let inside = problem.line as usize <= text.lines().count() + 1;
            assert!(inside, "{path:?}: {problem} lies behind the end");
        }
        vec![compare(path, "problems", &problems)]
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

/// Texts that once were interesting to the fuzzer, and seeds for it.
#[test]
fn the_fuzz_corpus_neither_panics_nor_leaks() {
    let files = files(&root().join("fuzz/corpus/config"));
    assert!(files.len() >= 10, "only {} seeds", files.len());
    for path in files {
        let bytes = fs::read(&path).unwrap();
        let compiled = compile(&String::from_utf8_lossy(&bytes));
        assert_eq!(
            compiled.config.is_none(),
            compiled
                .problems
                .iter()
                .any(|problem| problem.severity == Severity::Error),
            "{path:?}"
        );
    }
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
            "{golden:?} was missing and is written; look at it and run again"
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
        "{golden:?}\n--- expected\n{expected}--- found\n{found}"
    ))
}

fn lines(problems: &[aigw_config::Problem]) -> String {
    problems
        .iter()
        .map(|problem| format!("{problem}\n"))
        .collect()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("{directory:?}: {error}"))
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
