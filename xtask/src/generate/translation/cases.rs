//! Fixtures with what became of them.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::run;

/// A dialect that is translated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dialect {
    Messages,
    Chat,
    Responses,
    Gemini,
}

impl Dialect {
    pub(super) const ALL: [Self; 4] = [Self::Messages, Self::Chat, Self::Responses, Self::Gemini];

    /// As its vendor calls it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Messages => "Anthropic Messages",
            Self::Chat => "OpenAI Chat Completions",
            Self::Responses => "OpenAI Responses",
            Self::Gemini => "Google Gemini",
        }
    }

    const fn folder(self) -> &'static str {
        match self {
            Self::Messages => "anthropic_messages",
            Self::Chat => "openai_chat",
            Self::Responses => "openai_responses",
            Self::Gemini => "gemini_generate",
        }
    }

    /// All but this one.
    pub(super) fn others(self) -> [Self; 3] {
        match self {
            Self::Messages => [Self::Chat, Self::Responses, Self::Gemini],
            Self::Chat => [Self::Messages, Self::Responses, Self::Gemini],
            Self::Responses => [Self::Messages, Self::Chat, Self::Gemini],
            Self::Gemini => [Self::Messages, Self::Chat, Self::Responses],
        }
    }
}

/// A fixture.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) from: Dialect,
    /// The document; null for streams.
    pub(super) source: Value,
    /// The client from which it was captured.
    pub(super) client: Option<String>,
    outcomes: Vec<(Dialect, Outcome)>,
}

/// What became of a fixture in one dialect.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// What was written; null if nothing, and for streams.
    pub(super) written: Value,
    /// Paths and reasons.
    pub(super) dropped: Vec<(String, String)>,
    /// Paths and values.
    pub(super) assumed: Vec<(String, String)>,
    /// Path and reason.
    pub(super) refused: Option<(String, String)>,
}

impl Case {
    /// What became of it in a dialect.
    pub(super) fn outcome(&self, to: Dialect) -> Option<&Outcome> {
        self.outcomes
            .iter()
            .find(|(dialect, _)| *dialect == to)
            .map(|(_, outcome)| outcome)
    }
}

/// All fixtures of a kind, whose files end like this.
pub(super) fn read(kind: &str, extension: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for from in Dialect::ALL {
        let dialect = run::root().join("fixtures/dialects").join(from.folder());
        let origins = fs::read_to_string(dialect.join("PROVENANCE.md")).unwrap_or_default();
        for name in names(&dialect.join(kind), extension) {
            let beside = |ending: &str| {
                fs::read_to_string(dialect.join(kind).join(format!("{name}{ending}")))
                    .unwrap_or_default()
            };
            let outcome = |to: Dialect| {
                let loss = beside(&format!(".to.{}.loss", to.folder()));
                let mut outcome = Outcome::of(&loss);
                outcome.written = json(&beside(&format!(".to.{}.json", to.folder())));
                (to, outcome)
            };
            cases.push(Case {
                from,
                source: json(&beside(&format!(".{extension}"))),
                client: client(&origins, &format!("{kind}/{name}.{extension}")),
                outcomes: from.others().map(outcome).into(),
            });
        }
    }
    cases
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// Names of the fixtures in a folder, without those of their goldens.
fn names(folder: &Path, extension: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter_map(|name| Some(name.strip_suffix(extension)?.strip_suffix('.')?.to_owned()))
        .filter(|name| !name.contains(".to."))
        .collect();
    names.sort();
    names
}

/// The name of the client, without its version, of a fixture that was captured.
fn client(origins: &str, file: &str) -> Option<String> {
    let line = origins
        .lines()
        .find(|line| line.starts_with(&format!("| {file} |")))?;
    let (_, origin) = line.split_once("captured from ")?;
    let words = origin
        .split(' ')
        .take_while(|word| !word.starts_with(|first: char| first.is_ascii_digit() || first == '('));
    Some(words.collect::<Vec<_>>().join(" "))
}

impl Outcome {
    /// Reads a loss report as it is committed.
    fn of(report: &str) -> Self {
        let mut outcome = Self::default();
        for line in report.lines() {
            if let Some((path, reason)) = line
                .strip_prefix("dropped ")
                .and_then(|it| it.rsplit_once(": "))
            {
                outcome.dropped.push((path.to_owned(), reason.to_owned()));
            } else if let Some((path, value)) = line
                .strip_prefix("assumed ")
                .and_then(|it| it.split_once(" = "))
            {
                outcome.assumed.push((path.to_owned(), value.to_owned()));
            } else if let Some((path, reason)) = line
                .strip_prefix("refused ")
                .and_then(|it| it.split_once(": "))
            {
                let reason = reason.rsplit(": ").next().unwrap_or(reason);
                outcome.refused = Some((path.to_owned(), reason.to_owned()));
            }
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_read_line_by_line() {
        let outcome = Outcome::of(
            "dropped a[0].b: state of another upstream\nassumed c = \"x = y\"\nrefused d: the target cannot do this: to continue\n",
        );
        assert_eq!(
            outcome.dropped,
            [("a[0].b".into(), "state of another upstream".into())]
        );
        assert_eq!(outcome.assumed, [("c".into(), "\"x = y\"".into())]);
        assert_eq!(outcome.refused, Some(("d".into(), "to continue".into())));
    }

    #[test]
    fn clients_are_known_by_the_captured_fixtures() {
        let origins = "| request/a.json | captured from Claude Code 2.1.330, 2026-11-22; prose replaced |\n| request/b.json | written: b |\n";
        assert_eq!(
            client(origins, "request/a.json").as_deref(),
            Some("Claude Code")
        );
        assert_eq!(client(origins, "request/b.json"), None);
    }

    #[test]
    fn every_kind_of_fixture_is_found() {
        for (kind, extension, least) in [
            ("request", "json", 60),
            ("response", "json", 30),
            ("stream", "sse", 40),
        ] {
            assert!(read(kind, extension).len() >= least, "{kind}");
        }
    }
}
