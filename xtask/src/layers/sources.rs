//! Checks over the texts of the work tree.

use std::path::Path;

use super::table::Rule;

/// Most code lines of a file.
const FILE_MAX: usize = 600;
/// Most code lines of a binary's `main.rs`.
const MAIN_MAX: usize = 150;
/// Most lines of an example, all counted.
const EXAMPLE_MAX: usize = 80;

/// One text file; the path is relative to the root of the work tree.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    fn is_rust(&self) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|extension| extension == "rs")
    }

    fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs")
            || self.path.contains("/tests/")
            || self.path.contains("/benches/")
    }

    /// Numbered lines that hold code: neither blank nor only a comment.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self
            .text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line.trim()));
        lines.filter(|(_, line)| !line.is_empty() && !line.starts_with("//"))
    }

    /// Code before the file's test module.
    fn shipped_code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code().take_while(|(_, line)| *line != "#[cfg(test)]")
    }
}

/// Files that are too long, and names that are not ours.
pub(crate) fn sizes(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .filter(|source| source.is_rust())
        .flat_map(size)
        .collect()
}

fn size(source: &Source) -> Vec<String> {
    let path = &source.path;
    let mut violations = Vec::new();
    let code = source.code().count();
    if code > FILE_MAX {
        violations.push(format!(
            "{path} has {code} code lines, at most {FILE_MAX}: split it by what it does"
        ));
    }
    if path.ends_with("src/main.rs") && code > MAIN_MAX {
        violations.push(format!(
            "{path} has {code} code lines, at most {MAIN_MAX}: a main.rs wires, it does not work"
        ));
    }
    let lines = source.text.lines().count();
    if path.starts_with("examples/") && path.ends_with("src/main.rs") && lines > EXAMPLE_MAX {
        violations.push(format!(
            "{path} has {lines} lines, at most {EXAMPLE_MAX}: an example shows one idea"
        ));
    }
    if path.ends_with("/mod.rs") {
        violations.push(format!(
            "{path}: modules are `foo.rs` beside `foo/`, so that a tab's title tells them apart"
        ));
    }
    violations
}

/// What no committed code may say, and why. Written in two pieces, so that this file does not contain it.
const BANNED: &[(&str, &str)] = &[
    (
        concat!("TO", "DO"),
        "work that is left belongs into an issue",
    ),
    (
        concat!("FIX", "ME"),
        "work that is left belongs into an issue",
    ),
    (
        concat!("#[al", "low("),
        "use #[expect(…, reason)], which tells when it is no longer needed",
    ),
    (
        concat!("#![al", "low("),
        "use #![expect(…, reason)], which tells when it is no longer needed",
    ),
    (concat!("#[ig", "nore"), "a test runs, or it is not there"),
    (concat!("tod", "o!("), "nothing is shipped unfinished"),
    (
        concat!("unimple", "mented!("),
        "nothing is shipped unfinished",
    ),
];

/// Places where a banned text stands.
pub(crate) fn banned_texts(sources: &[Source]) -> Vec<String> {
    let checked = |source: &&Source| {
        [".rs", ".toml", ".py", ".sh", ".ci/run"]
            .iter()
            .any(|end| source.path.ends_with(end))
    };
    let mut violations = Vec::new();
    for source in sources.iter().filter(checked) {
        for (index, line) in source.text.lines().enumerate() {
            for (text, why) in BANNED.iter().filter(|(text, _)| line.contains(text)) {
                violations.push(format!("{}:{} says {text}: {why}", source.path, index + 1));
            }
        }
    }
    violations
}

/// What a pure crate's shipped code may not name, and what it is.
const IMPURE: &[(&str, &str)] = &[
    ("Instant::now", "a clock"),
    ("SystemTime::now", "a clock"),
    (".elapsed()", "a clock"),
    ("RandomState", "chance"),
    ("thread_rng", "chance"),
    ("rand::", "chance"),
    ("std::env", "the environment"),
    ("std::fs", "the file system"),
    ("std::io::std", "the terminal"),
    ("std::process", "other processes"),
    ("TcpStream", "a socket"),
    ("UdpSocket", "a socket"),
    ("ToSocketAddrs", "name resolution"),
    ("thread::sleep", "waiting"),
    ("thread::spawn", "threads"),
    ("println!", "the terminal"),
    ("eprintln!", "the terminal"),
    ("tokio::", "a runtime"),
    ("tracing::", "logging"),
    ("log::", "logging"),
];

/// Clocks, chance and other outside things named in crates that must be pure.
pub(crate) fn impurities(sources: &[Source], rules: &[Rule]) -> Vec<String> {
    let mut violations = Vec::new();
    for (rule, directory) in rules
        .iter()
        .filter_map(|rule| Some((rule, rule.pure_sources?)))
    {
        let ours = sources.iter().filter(|source| {
            source.path.starts_with(directory) && source.is_rust() && !source.is_test()
        });
        for source in ours {
            for (line, what) in source
                .shipped_code()
                .filter_map(|(line, code)| Some((line, impurity(code)?)))
            {
                violations.push(format!(
                    "{}:{line} uses {what}: {} is pure, take it as an argument",
                    source.path, rule.package
                ));
            }
        }
    }
    violations
}

fn impurity(code: &str) -> Option<&'static str> {
    let code = code.split(" // ").next().unwrap_or(code);
    let named = |text: &str| {
        let before = |at: usize| code[..at].chars().next_back();
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        code.match_indices(text)
            .any(|(at, _)| text.starts_with('.') || !before(at).is_some_and(is_word))
    };
    IMPURE
        .iter()
        .find(|(text, _)| named(text))
        .map(|(_, what)| *what)
}

#[cfg(test)]
mod tests {
    use super::super::table::RULES;
    use super::*;

    fn source(path: &str, text: impl Into<String>) -> [Source; 1] {
        [Source {
            path: path.to_owned(),
            text: text.into(),
        }]
    }

    #[test]
    fn a_file_is_measured_in_code_lines() {
        let comments = "// why\n\n".repeat(700);
        assert_eq!(
            sizes(&source(
                "crates/x/src/a.rs",
                comments + &"f();\n".repeat(600)
            )),
            [""; 0]
        );
        let long = sizes(&source("crates/x/src/a.rs", "f();\n".repeat(601)));
        assert!(long[0].contains("601 code lines"), "{long:?}");
    }

    #[test]
    fn a_main_that_works_instead_of_wiring_is_too_long() {
        let violations = sizes(&source("apps/aigw/src/main.rs", "f();\n".repeat(151)));
        assert!(violations[0].contains("at most 150"), "{violations:?}");
    }

    #[test]
    fn an_example_counts_every_line() {
        let violations = sizes(&source("examples/x/src/main.rs", "\n".repeat(81)));
        assert!(violations[0].contains("81 lines"), "{violations:?}");
    }

    #[test]
    fn a_module_in_its_directory_is_refused() {
        let violations = sizes(&source("crates/x/src/a/mod.rs", ""));
        assert_eq!(violations.len(), 1, "{violations:?}");
    }

    #[test]
    fn unfinished_work_is_found_with_its_line() {
        for (text, _) in BANNED {
            let violations = banned_texts(&source(
                "crates/x/src/a.rs",
                format!("fn f() {{}}\n{text}\n"),
            ));
            assert!(
                violations[0].starts_with("crates/x/src/a.rs:2 "),
                "{violations:?}"
            );
        }
        assert_eq!(banned_texts(&source("docs/notes.md", BANNED[0].0)), [""; 0]);
    }

    #[test]
    fn a_clock_in_a_pure_crate_is_found() {
        let violations = impurities(
            &source("crates/routing/src/plan.rs", "let now = Instant::now();\n"),
            RULES,
        );
        assert_eq!(
            violations,
            [
                "crates/routing/src/plan.rs:1 uses a clock: aigw-routing is pure, take it as an argument"
            ]
        );
    }

    #[test]
    fn every_impurity_is_found_in_code_but_not_in_comments_tests_or_other_words() {
        for (text, _) in IMPURE {
            let path = "crates/protocol/src/a.rs";
            assert_eq!(
                impurities(&source(path, format!("x{text}\n")), RULES).len(),
                usize::from(text.starts_with('.')),
                "{text}"
            );
            assert_eq!(
                impurities(&source(path, format!("f({text})\n")), RULES).len(),
                1,
                "{text}"
            );
            assert_eq!(
                impurities(&source(path, format!("// {text}\nf(); // {text}\n")), RULES),
                [""; 0]
            );
            assert_eq!(
                impurities(
                    &source(path, format!("#[cfg(test)]\nmod tests {{ {text} }}\n")),
                    RULES
                ),
                [""; 0]
            );
            assert_eq!(
                impurities(&source("crates/protocol/src/a/tests.rs", *text), RULES),
                [""; 0]
            );
            assert_eq!(
                impurities(&source("crates/gateway/src/a.rs", *text), RULES),
                [""; 0]
            );
        }
    }
}
