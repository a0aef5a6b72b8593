//! What differs between two documents, as the server tells it.

use std::fmt::Write;

use serde_json::Value;

use super::{Table, cell, visible};

/// One line for each change, grouped by section, what may go wrong below it.
pub(crate) fn changes_text(changes: &[Value]) -> String {
    if changes.is_empty() {
        return "no change\n".to_owned();
    }
    let mut out = String::new();
    let mut area = String::new();
    for change in changes {
        let found = cell(&change["area"]);
        if found != area {
            // Writing into a String cannot fail.
            let _ = writeln!(out, "{found}");
            area = found;
        }
        let _ = writeln!(out, "  {}", line(change));
        for risk in risks(change) {
            let _ = writeln!(out, "      {risk}");
        }
    }
    visible(&out)
}

/// One row for each change.
pub(crate) fn changes_table(changes: &[Value]) -> Table {
    let mut table = Table::new(&["path", "kind", "before", "after", "risks"]);
    for change in changes {
        let what = &change["what"];
        let after = if what["shown"].is_null() {
            &what["after"]
        } else {
            &what["shown"]
        };
        table.push(vec![
            cell(&change["path"]),
            cell(&what["kind"]),
            cell(&what["before"]),
            cell(after),
            risks(change).collect::<Vec<_>>().join("; "),
        ]);
    }
    table
}

/// `~ provider openai: timeout idle 60s → 30s`.
fn line(change: &Value) -> String {
    let what = &change["what"];
    let (before, after) = (cell(&what["before"]), cell(&what["after"]));
    let part = match cell(&change["part"]) {
        part if part.is_empty() => part,
        part => format!(": {part}"),
    };
    let kind = cell(&what["kind"]);
    let (sign, what) = match kind.as_str() {
        "added" if !part.is_empty() && part.ends_with(&after) => ('+', "added".to_owned()),
        "added" => ('+', format!("added {after}")),
        "removed" => ('-', "removed".to_owned()),
        "changed" => ('~', format!("{before} → {after}")),
        "reordered" => ('~', format!("reordered: {before} → {after}")),
        "renamed" => ('~', format!("renamed from {before}")),
        "secret_changed" => ('~', "secret changed".to_owned()),
        other => ('~', other.to_owned()),
    };
    let subject = cell(&change["subject"]);
    format!("{sign} {subject}{part} {what}").replace('\n', " ")
}

fn risks(change: &Value) -> impl Iterator<Item = String> {
    let risks = change["risks"].as_array().into_iter().flatten();
    risks.map(|risk| {
        let text = |name: &str| cell(&risk[name]);
        format!(
            "{} risk [{}]: {}",
            text("severity"),
            text("code"),
            text("text")
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changes() -> Vec<Value> {
        vec![
            json!({"area": "providers", "path": "providers.a.timeouts.idle", "subject": "provider a", "part": "timeout idle",
                   "what": {"kind": "changed", "before": "60s", "after": "30s"},
                   "risks": [{"severity": "low", "code": "c", "text": "t"}]}),
            json!({"area": "models", "path": "models.m", "subject": "model m", "part": "",
                   "what": {"kind": "removed", "before": "{}"}, "risks": []}),
        ]
    }

    #[test]
    fn changes_are_grouped_and_risks_stand_below() {
        assert_eq!(
            changes_text(&changes()),
            "providers\n  ~ provider a: timeout idle 60s → 30s\n      low risk [c]: t\nmodels\n  - model m removed\n"
        );
        assert_eq!(changes_text(&[]), "no change\n");
    }

    #[test]
    fn every_change_is_a_row() {
        assert_eq!(
            changes_table(&changes()).csv(),
            "path,kind,before,after,risks\nproviders.a.timeouts.idle,changed,60s,30s,low risk [c]: t\nmodels.m,removed,{},,\n"
        );
    }
}
