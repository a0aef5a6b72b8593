//! How answers of a server are printed: tables for people, rows for spreadsheets, JSON as it came.

mod changes;
mod table;

use serde_json::Value;

use crate::cli::OutputFormat;
use crate::failure::print;

pub(crate) use changes::changes_table;
pub(crate) use table::Table;

/// Prints an answer: `text` is for people, `table` for spreadsheets.
pub(crate) fn show(
    format: OutputFormat,
    body: &Value,
    table: &Table,
    text: impl FnOnce() -> String,
) {
    match format {
        OutputFormat::Text => print(text()),
        OutputFormat::Json => print(format_args!("{body:#}\n")),
        OutputFormat::Csv => print(table.csv()),
    }
}

/// As [`show`], where the table is what people want to see as well.
pub(crate) fn show_table(format: OutputFormat, body: &Value, table: &Table) {
    show(format, body, table, || table.text());
}

/// One problem of the document `name`: `NAME:LINE:COLUMN: severity[code] path: reason (hint)`.
pub(crate) fn problem(found: &Value, name: Option<&str>) -> String {
    let text = |name: &str| cell(&found[name]);
    let name = name.map(|name| format!("{name}:")).unwrap_or_default();
    let place = format!("{name}{}:{}", text("line"), text("column"));
    let path = match text("path") {
        path if path.is_empty() => path,
        path => format!("{path}: "),
    };
    let hint = match text("hint") {
        hint if hint.is_empty() => hint,
        hint => format!(" ({hint})"),
    };
    let (severity, code) = (text("severity"), text("code"));
    visible(&format!(
        "{place}: {severity}[{code}] {path}{}{hint}",
        text("reason")
    ))
}

/// A value in one field: lists separated by commas, nothing for `null`.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Object(members) if members.is_empty() => String::new(),
        other => other.to_string(),
    }
}

/// The text without anything that a terminal would obey: notes and names are written by others.
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if (c.is_control() && c != '\n') || is_direction(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether the character changes the direction in which text is shown.
const fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_printed() {
        assert_eq!(
            visible("a\u{1b}[2Jb\u{202e}c\n"),
            "a\\u{1b}[2Jb\\u{202e}c\n"
        );
    }

    #[test]
    fn problems_have_place_reason_and_hint() {
        let found = json!({"severity": "error", "code": "unknown_key", "path": "models.a", "line": 3, "column": 7,
                           "reason": "there is no such key", "hint": "did you mean `targets`?"});
        assert_eq!(
            problem(&found, Some("a.yaml")),
            "a.yaml:3:7: error[unknown_key] models.a: there is no such key (did you mean `targets`?)"
        );
        let bare = json!({"severity": "warning", "code": "c", "path": "", "line": 1, "column": 1, "reason": "r", "hint": null});
        assert_eq!(problem(&bare, None), "1:1: warning[c] r");
    }
}
