//! `docs/configuration.md`, printed from the declarations.

use std::fmt::Write;

use crate::declare::{Declaration, Key, Need, Shape};
use crate::document::RootDoc;
use crate::read::{duration_text, size_text};

/// What stands before the first section.
const HEAD: &str = "# Configuration

Generated from the declarations in `crates/config`; edit those.

`–` for a key that is not written: its meaning says what then holds; sections then have their defaults, lists and tables are empty.

`aigw config schema > aigw.schema.json` writes the same as a JSON Schema. Editors with a YAML language server complete and check a
document that begins with `# yaml-language-server: $schema=aigw.schema.json`.
";

/// The documentation of every key as Markdown, generated from the declarations that the reader works from.
pub fn reference() -> String {
    let mut out = String::from(HEAD);
    let mut open = vec![RootDoc::DECLARATION];
    let mut printed: Vec<&str> = Vec::new();
    while let Some(declaration) = open.pop() {
        if printed.contains(&declaration.title) {
            continue;
        }
        printed.push(declaration.title);
        push_section(&mut out, declaration);
        open.extend(
            declaration
                .keys
                .iter()
                .rev()
                .filter_map(|key| section_of(&key.shape)),
        );
    }
    out
}

/// The section below a value, if there is one.
fn section_of(shape: &Shape) -> Option<&'static Declaration> {
    match shape {
        Shape::Section(declaration) => Some(declaration),
        Shape::List { item: inner, .. }
        | Shape::OffOr(inner)
        | Shape::Table { value: inner, .. } => section_of(inner),
        _ => None,
    }
}

fn push_section(out: &mut String, declaration: &Declaration) {
    let heading = declaration.title.trim_start_matches("the ");
    let doc = declaration
        .doc
        .split('\n')
        .map(str::trim)
        .collect::<Vec<_>>()
        .join("\n");
    // Writing into a String cannot fail.
    let _ = write!(out, "\n## `{heading}`\n\n{}\n\n", doc.trim());
    out.push_str("| key | value | if not written | meaning | example |\n|---|---|---|---|---|\n");
    for key in declaration.keys {
        push_key(out, key);
    }
}

fn push_key(out: &mut String, key: &Key) {
    let example = if key.example.is_empty() {
        String::new()
    } else {
        format!("`{}`", escaped(key.example))
    };
    let absent = match (key.need, &key.shape) {
        (_, Shape::Later) => String::from("–"),
        (Need::Required, _) => String::from("an error"),
        (Need::Default(default), _) => format!("`{}`", escaped(default)),
        (Need::Optional, _) => String::from("–"),
    };
    let shape = escaped(&shape_text(&key.shape));
    let _ = writeln!(
        out,
        "| `{}` | {shape} | {absent} | {} | {example} |",
        key.name,
        escaped(key.doc)
    );
}

fn shape_text(shape: &Shape) -> String {
    match shape {
        Shape::Text(pattern) => String::from(pattern.what),
        Shape::Kind => String::from("provider kind"),
        Shape::Dialect => String::from("dialect"),
        Shape::Sealed => String::from("text, never shown"),
        Shape::Flag => String::from("`true` or `false`"),
        Shape::Whole { min, max } if min == max => format!("`{min}`"),
        Shape::Whole { min, max } => format!("whole number, {min} to {max}"),
        Shape::Decimal { max } => format!("number above 0, up to {max}"),
        Shape::Duration { min, max } => format!(
            "duration, {} to {}",
            duration_text(*min),
            duration_text(*max)
        ),
        Shape::Size { min, max } => format!("size, {} to {}", size_text(*min), size_text(*max)),
        Shape::Choice(names) => names()
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", "),
        Shape::List { item, .. } => format!("list of: {}", shape_text(item)),
        Shape::Table { name, value } => format!("per {}: {}", name.what, shape_text(value)),
        Shape::OffOr(inner) => format!("`off`, or {}", shape_text(inner)),
        Shape::Section(declaration) => format!("keys of `{}`", declaration.title),
        Shape::Json => String::from("any value, sent on as JSON"),
        Shape::Later => String::from("not in this version"),
    }
}

/// Text for a cell of a table.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_declared_key_is_documented_once() {
        let text = reference();
        for key in [
            "`connect`",
            "`requests_per_second`",
            "`unless_user_agent`",
            "`on_break`",
            "`upstream_event`",
            "`telemetry`",
        ] {
            let rows = text
                .lines()
                .filter(|line| line.starts_with(&format!("| {key} |")))
                .count();
            assert_eq!(rows, 1, "{key}");
        }
    }

    #[test]
    fn tables_have_five_cells_in_every_row() {
        for line in reference().lines().filter(|line| line.starts_with('|')) {
            let cells = line.replace("\\|", "").matches('|').count();
            assert_eq!(cells, 6, "{line}");
        }
    }
}
