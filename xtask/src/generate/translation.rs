//! `docs/translation.md`: what becomes of every field that a fixture has, for every pair of dialects.
//!
//! Nothing of it is written by hand: a field is in the table because a fixture says it, and its fate is what the fixture's
//! goldens and loss reports show.

mod cases;
mod fates;
mod fields;

use std::collections::BTreeMap;
use std::fmt::Write;

use cases::{Case, Dialect};
use fates::{Fate, Table};

const INTRODUCTION: &str = "\
# Translation

What becomes of each field of a request or an answer when caller and upstream speak different dialects. Between two that
speak the same dialect nothing is translated, and nothing is lost.

Made by `cargo xtask gen` from the fixtures in `fixtures/dialects/` and the loss reports beside them, which the tests hold
the translation to. Of one request, the header `x-aigw-loss`, the record and `fidelity: strict` tell exactly what it lost.

## How to read the tables

Fields are named by their path; `[tool_result]` is an element of an array of this type or role, `[]` any element; `.*` stands
for a field with all that is in it. A field that no fixture has is not here: a member without a name in the target's
dialect is dropped and reported as unknown.

| | |
|---|---|
";

/// The words that stand for an outcome, and what they mean.
const WORDS: &[(&str, &str)] = &[
    ("carried", "the value stands in what is sent on"),
    (
        "in another form",
        "the value does not stand there as it was, and that is no loss: it is said in other words (a role, a flag, an \
         effort in place of a budget, an id in other letters), or goes without saying (an echo of the request, a sum)",
    ),
    (
        "made up",
        "the target requires a value that was not given, or takes only another one",
    ),
    (
        "lost",
        "the value is not sent on, and the loss is reported with the reason",
    ),
    (
        "refused",
        "without it the request would mean something else: nothing is sent, the caller gets status 400",
    ),
];

/// The page.
pub(super) fn page() -> String {
    let mut page = String::from(INTRODUCTION);
    for (word, meaning) in WORDS {
        let _ = writeln!(page, "| **{word}** | {meaning} |");
    }
    for (short, long) in fates::REASONS {
        let _ = writeln!(page, "| lost: *{short}* | {long} |");
    }
    let requests = cases::read("request", "json");
    clients(&mut page, &requests);
    for dialect in Dialect::ALL {
        let own: Vec<&Case> = requests
            .iter()
            .filter(|case| case.from == dialect)
            .collect();
        let _ = writeln!(page, "\n## Requests of {} callers\n", dialect.name());
        table(&mut page, dialect, &own, "to");
    }
    let answers = cases::read("response", "json");
    for dialect in Dialect::ALL {
        let own: Vec<&Case> = answers.iter().filter(|case| case.from == dialect).collect();
        let _ = writeln!(page, "\n## Answers of {} upstreams\n", dialect.name());
        table(&mut page, dialect, &own, "for");
    }
    streams(&mut page);
    page
}

/// One table: fields of a dialect, and what becomes of them in each other one.
fn table(page: &mut String, from: Dialect, cases: &[&Case], word: &str) {
    let targets = from.others();
    let mut fates = Table::default();
    for case in cases {
        fates.add(case, targets);
    }
    let columns = targets
        .map(|to| format!("{word} {}", to.name()))
        .join(" | ");
    let _ = writeln!(page, "| field | {columns} |\n|---|---|---|---|");
    for (field, cells) in fates.rows() {
        let _ = writeln!(page, "| `{field}` | {} |", cells.join(" | "));
    }
    let made_up = targets.map(|to| (to, made_up(cases, to)));
    if made_up.iter().any(|(_, values)| !values.is_empty()) {
        let _ = writeln!(page, "\nMade up, where it is needed:\n");
        for (to, values) in made_up.iter().filter(|(_, values)| !values.is_empty()) {
            let _ = writeln!(page, "- {word} {}: {}", to.name(), listed(values));
        }
    }
}

/// Values that were made up for a target, by their path.
fn made_up(cases: &[&Case], to: Dialect) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for outcome in cases.iter().filter_map(|case| case.outcome(to)) {
        for (path, value) in &outcome.assumed {
            let values = found.entry(fields::without_numbers(path)).or_default();
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
    }
    found
}

fn listed(values: &BTreeMap<String, Vec<String>>) -> String {
    let entry =
        |(path, values): (&String, &Vec<String>)| format!("`{path}` = {}", values.join(" or "));
    values.iter().map(entry).collect::<Vec<_>>().join("; ")
}

/// What clients lose whose requests were captured.
fn clients(page: &mut String, requests: &[Case]) {
    let mut clients: BTreeMap<(&str, Dialect), Vec<&Case>> = BTreeMap::new();
    for case in requests {
        if let Some(client) = &case.client {
            clients.entry((client, case.from)).or_default().push(case);
        }
    }
    page.push_str(
        "\n## What real clients lose\n\nFrom requests that were captured from these clients: all that is lost or made up of any of them.\n",
    );
    for ((client, from), cases) in clients {
        let _ = writeln!(page, "\n### {client}, which speaks {}\n", from.name());
        for to in from.others() {
            let mut lost: BTreeMap<String, String> = BTreeMap::new();
            for case in &cases {
                lost.extend(fates::losses(case, to));
            }
            let lost: Vec<String> = lost
                .iter()
                .map(|(field, reason)| format!("{field} ({reason})"))
                .collect();
            let lost = if lost.is_empty() {
                "loses nothing".to_owned()
            } else {
                format!("loses {}", lost.join(", "))
            };
            let made_up = made_up(&cases, to);
            let made_up = if made_up.is_empty() {
                String::new()
            } else {
                format!("; made up: {}", listed(&made_up))
            };
            let _ = writeln!(page, "- on {}: {lost}{made_up}", to.name());
        }
    }
}

/// What streams lose. Their reports name members only.
fn streams(page: &mut String) {
    let cases = cases::read("stream", "sse");
    page.push_str(
        "\n## Streams\n\nA stream loses what the whole answer would. Reported by the fixtures' streams, by the name of what was lost:\n\n\
         | upstream | for | lost |\n|---|---|---|\n",
    );
    for from in Dialect::ALL {
        for to in from.others() {
            let mut lost: BTreeMap<String, Fate> = BTreeMap::new();
            let own = cases.iter().filter(|case| case.from == from);
            for outcome in own.filter_map(|case| case.outcome(to)) {
                for (path, reason) in &outcome.dropped {
                    let name = if path.is_empty() {
                        "a part or an event"
                    } else {
                        path
                    };
                    lost.insert(name.to_owned(), Fate::lost(reason));
                }
            }
            let lost: Vec<String> = lost
                .iter()
                .map(|(name, fate)| format!("{name} ({})", fate.reason()))
                .collect();
            let lost = if lost.is_empty() {
                "nothing".to_owned()
            } else {
                lost.join(", ")
            };
            let _ = writeln!(page, "| {} | {} | {lost} |", from.name(), to.name());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_answers_what_claude_code_loses_on_a_gpt_model() {
        let page = page();
        let about = page.split("### Claude Code").nth(1).unwrap();
        let about = about.split("\n### ").next().unwrap();
        assert!(
            about.contains("on OpenAI Chat Completions: loses "),
            "{about}"
        );
        assert!(about.contains(".cache_control` (no equivalent)"), "{about}");
    }

    #[test]
    fn every_pair_has_its_column() {
        let page = page();
        for from in Dialect::ALL {
            for to in from.others() {
                let columns = page.matches(&format!("to {}", to.name())).count();
                assert!(columns >= 3, "{}", to.name());
                assert!(page.contains(&format!("## Requests of {} callers", from.name())));
            }
        }
    }
}
