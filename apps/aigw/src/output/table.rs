//! Rows and columns, aligned or separated by commas.

use std::fmt::Write;

use serde_json::Value;

use super::{cell, visible};

/// Heads are names as scripts want them: lower case with `_`.
#[derive(Debug)]
pub(crate) struct Table {
    heads: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

/// Head of a column, and where its value stands in an item, as a JSON pointer.
pub(crate) type Column<'p> = (&'static str, &'p str);

impl Table {
    pub(crate) fn new(heads: &[&'static str]) -> Self {
        Self {
            heads: heads.to_vec(),
            rows: Vec::new(),
        }
    }

    /// One row for each item.
    pub(crate) fn of<'v>(
        items: impl IntoIterator<Item = &'v Value>,
        columns: &[Column<'_>],
    ) -> Self {
        let value = |item: &Value, pointer: &str| item.pointer(pointer).map(cell);
        Self {
            heads: columns.iter().map(|(head, _)| *head).collect(),
            rows: items
                .into_iter()
                .map(|item| {
                    let cells = columns.iter();
                    let cells = cells.map(|(_, pointer)| value(item, pointer).unwrap_or_default());
                    cells.collect()
                })
                .collect(),
        }
    }

    /// Adds a row: one text for each head.
    pub(crate) fn push(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Aligned columns; `none` if there are no rows.
    pub(crate) fn text(&self) -> String {
        if self.is_empty() {
            return "none\n".to_owned();
        }
        let heads = self.heads.iter();
        let heads = heads.map(|head| head.replace('_', " ").to_uppercase());
        let mut lines = vec![heads.collect::<Vec<_>>()];
        let rows = self.rows.iter();
        lines.extend(rows.map(|row| row.iter().map(|text| for_people(text)).collect()));
        let width = |column: usize| {
            let texts = lines.iter().filter_map(|line| line.get(column));
            texts.map(|text| text.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<_> = (0..self.heads.len()).map(width).collect();
        let mut out = String::new();
        for line in &lines {
            let mut padded = String::new();
            for (text, width) in line.iter().zip(&widths) {
                // Writing into a String cannot fail.
                let _ = write!(padded, "{text:width$}  ");
            }
            out.push_str(padded.trim_end());
            out.push('\n');
        }
        out
    }

    /// The rows one after the other, each as lines of `head: value`.
    pub(crate) fn records(&self) -> String {
        let width = self.heads.iter().map(|head| head.len()).max().unwrap_or(0);
        let mut out = String::new();
        for (index, row) in self.rows.iter().enumerate() {
            if index > 0 {
                out.push('\n');
            }
            for (head, text) in self.heads.iter().zip(row) {
                let head = head.replace('_', " ");
                let _ = writeln!(out, "{head:width$}  {}", for_people(text));
            }
        }
        out
    }

    /// A line of heads and one for each row, quoted where RFC 4180 wants it.
    pub(crate) fn csv(&self) -> String {
        let mut out = self.heads.join(",");
        out.push('\n');
        for row in &self.rows {
            let quoted: Vec<_> = row.iter().map(|text| quoted(text)).collect();
            out.push_str(&quoted.join(","));
            out.push('\n');
        }
        out
    }
}

/// On one line, times to the second, `-` for nothing.
fn for_people(text: &str) -> String {
    if text.is_empty() {
        return "-".to_owned();
    }
    let shown = visible(text).replace('\n', " ");
    match shown.as_bytes() {
        [.., b'Z'] if shown.len() == "2026-01-31T23:59:59.123456Z".len() => seconds(shown),
        _ => shown,
    }
}

/// `2026-01-31 23:59:59Z` of a time with microseconds; any other text as it is.
fn seconds(text: String) -> String {
    let form = "dddd-dd-ddTdd:dd:dd.ddddddZ";
    let fits = text
        .chars()
        .zip(form.chars())
        .all(|(c, form)| c == form || (form == 'd' && c.is_ascii_digit()));
    if !fits {
        return text;
    }
    format!("{}Z", text[..19].replacen('T', " ", 1))
}

fn quoted(text: &str) -> String {
    let edge = |c: Option<char>| c.is_some_and(char::is_whitespace);
    let plain = !text.contains([',', '"', '\n', '\r'])
        && !edge(text.chars().next())
        && !edge(text.chars().next_back());
    if plain {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('"', "\"\""))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const COLUMNS: [Column<'_>; 3] = [("id", "/id"), ("made_at", "/at"), ("note", "/of/note")];

    fn table() -> Table {
        let items = [
            json!({"id": 7, "at": "2026-01-31T23:59:59.123456Z", "of": {"note": "a, \"b\"\nc"}}),
            json!({"id": 12, "at": null, "of": {}}),
        ];
        Table::of(&items, &COLUMNS)
    }

    #[test]
    fn columns_are_aligned_and_rows_stay_on_their_line() {
        assert_eq!(
            table().text(),
            "ID  MADE AT               NOTE\n7   2026-01-31 23:59:59Z  a, \"b\" c\n12  -                     -\n"
        );
        assert_eq!(Table::new(&["id"]).text(), "none\n");
    }

    #[test]
    fn fields_with_commas_quotes_and_line_ends_are_quoted() {
        assert_eq!(
            table().csv(),
            "id,made_at,note\n7,2026-01-31T23:59:59.123456Z,\"a, \"\"b\"\"\nc\"\n12,,\n"
        );
        assert_eq!(quoted(" a"), "\" a\"");
        assert_eq!(quoted("a\rb"), "\"a\rb\"");
    }

    #[test]
    fn records_have_a_line_for_each_value() {
        assert_eq!(
            table().records(),
            "id       7\nmade at  2026-01-31 23:59:59Z\nnote     a, \"b\" c\n\nid       12\nmade at  -\nnote     -\n"
        );
    }
}
