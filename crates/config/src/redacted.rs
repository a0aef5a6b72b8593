//! A document as it may be shown: references stay, keys that are written out do not.

mod blunt;

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};

use crate::Document;
use crate::declare::Shape;
use crate::document::RootDoc;
use crate::read::{Piece, Value, pieces};
use crate::shown::{REDACTED, names_secret, text as shown_text};
use crate::tree::{Content, Mark, NodeId, Tree};

/// What may stand before a reference in a header without being part of a secret.
const SCHEMES: [&str; 4] = ["bearer", "basic", "token", "apikey"];

/// The text with `[redacted]` in place of every key, header value and password that is written out in it. Layout,
/// comments and references stay as they are.
///
/// A text that cannot be read as a document is redacted line by line: more than is secret goes then.
pub fn redacted(text: &str) -> String {
    let Some(found) = secrets(text) else {
        return blunt::redacted(text);
    };
    let out = blunt::comments(&replaced(text, &found));
    let left = |secret: &Secret| {
        secret
            .literals
            .iter()
            .any(|part| out.contains(part.as_str()))
    };
    // Should a place have been missed, more is taken away rather than something shown.
    if found.values().any(left) {
        return blunt::redacted(text);
    }
    out
}

/// The first line on which `[redacted]` stands where a secret belongs: the text was shown, and comes back as if it were
/// whole.
pub fn redaction(text: &str) -> Option<u32> {
    let Some(found) = secrets(text) else {
        let lines = text.lines().zip(1..);
        let mut marked = lines
            .filter(|(line, _)| !line.trim_start().starts_with('#') && line.contains(REDACTED));
        return marked.next().map(|(_, number)| number);
    };
    let marked = |secret: &Secret| secret.marked;
    found
        .iter()
        .find(|(_, secret)| marked(secret))
        .map(|(mark, _)| mark.line)
}

/// A secret that is written out.
#[derive(Debug)]
struct Secret {
    /// What is shown in its place.
    shown: String,
    /// The parts that must not be left; short ones, which may stand elsewhere for something else, are not looked for.
    literals: Vec<String>,
    /// Whether it is not one, but says `[redacted]`.
    marked: bool,
}

/// Shortest part that is looked for after replacing.
const TELLING: usize = 8;

/// Every secret that is written out, by place; `None` if the text is no document.
fn secrets(text: &str) -> Option<BTreeMap<Mark, Secret>> {
    let document = Document::parse(text).ok()?;
    let mut found = BTreeMap::new();
    if document.tree.ids().next().is_some() {
        collect(&mut found, &document.tree, Tree::ROOT, &RootDoc::SHAPE);
    }
    Some(found)
}

/// Recurses as deep as the document is nested, which the builder bounds.
fn collect(found: &mut BTreeMap<Mark, Secret>, tree: &Tree<'_>, node: NodeId, shape: &Shape) {
    match (shape, tree.content(node)) {
        (_, Content::Broken) => {}
        (Shape::OffOr(inner), _) => collect(found, tree, node, inner),
        (Shape::Sealed | Shape::Later, Content::Scalar { text, .. }) => {
            sealed(found, tree.mark(node), text);
        }
        (_, Content::Scalar { text, .. }) => {
            if text.chars().count() <= 160 && shown_text(text) != *text {
                found.insert(
                    tree.mark(node),
                    Secret::new(shown_text(text), vec![text.to_string()]),
                );
            }
        }
        (_, Content::List(items)) => {
            let item_shape = match shape {
                Shape::List { item, .. } => item,
                Shape::Json => &Shape::Json,
                _ => &Shape::Sealed,
            };
            for item in items {
                collect(found, tree, *item, item_shape);
            }
        }
        (_, Content::Map(members)) => {
            for (name, member) in members {
                collect(found, tree, member.node, member_shape(shape, name));
            }
        }
    }
}

/// What a member of a map is. What no key is declared for may be anything, a misspelt `api_key` too.
fn member_shape<'s>(shape: &'s Shape, name: &str) -> &'s Shape {
    match shape {
        Shape::Section(declaration) => {
            let key = declaration.keys.iter().find(|key| key.name == name);
            key.map_or(&Shape::Sealed, |key| &key.shape)
        }
        Shape::Table { value, .. } => value,
        Shape::Json if !names_secret(name) => &Shape::Json,
        _ => &Shape::Sealed,
    }
}

fn sealed(found: &mut BTreeMap<Mark, Secret>, mark: Mark, text: &str) {
    let Ok(parts) = pieces(text) else {
        found.insert(
            mark,
            Secret::new(REDACTED.to_owned(), vec![text.to_owned()]),
        );
        return;
    };
    let mut shown = String::new();
    let mut literals = Vec::new();
    for part in &parts {
        match part {
            Piece::Literal(literal) if is_scheme(literal) => shown.push_str(literal),
            Piece::Literal(literal) => {
                shown.push_str(REDACTED);
                literals.push((*literal).to_owned());
            }
            _ => shown.push_str(&part.shown()),
        }
    }
    if !literals.is_empty() {
        found.insert(mark, Secret::new(shown, literals));
    }
}

fn is_scheme(literal: &str) -> bool {
    let word = literal.trim().to_ascii_lowercase();
    literal.ends_with(' ') && SCHEMES.contains(&word.as_str())
}

impl Secret {
    fn new(shown: String, literals: Vec<String>) -> Self {
        let marked = literals.iter().any(|part| part.contains(REDACTED));
        let literals = literals
            .into_iter()
            .filter(|part| part.len() >= TELLING && !part.contains(REDACTED));
        Self {
            shown,
            literals: literals.collect(),
            marked,
        }
    }
}

/// The text with every secret replaced, in quotes.
fn replaced(text: &str, found: &BTreeMap<Mark, Secret>) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let places: Vec<_> = text
        .char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .collect();
    let byte = |index: usize| places.get(index).copied().unwrap_or(text.len());
    let mut out = String::new();
    let mut done = 0;
    let mut parser = Parser::new(StrInput::new(text));
    while let Some(Ok((event, span))) = parser.next_event() {
        let Event::Scalar(_, style, ..) = event else {
            continue;
        };
        let Some(secret) = found.get(&crate::tree::mark_of(&span.start)) else {
            continue;
        };
        let start = byte(span.start.index());
        let end = start + length(&text[start..byte(span.end.index())], style);
        if start < done {
            continue;
        }
        let line_end = if text[start..end].ends_with('\n') {
            "\n"
        } else {
            ""
        };
        out.push_str(&text[done..start]);
        out.push('"');
        out.push_str(&secret.shown.replace('\\', "\\\\").replace('"', "\\\""));
        out.push('"');
        out.push_str(line_end);
        done = end;
    }
    out.push_str(&text[done..]);
    out
}

/// Bytes of a value at the begin of `written`, without the comment that the parser counts in.
fn length(written: &str, style: ScalarStyle) -> usize {
    let quote = match style {
        ScalarStyle::Literal | ScalarStyle::Folded => return written.len(),
        ScalarStyle::Plain => {
            let bare = written.split(" #").next().unwrap_or(written);
            return bare.trim_end().len();
        }
        ScalarStyle::SingleQuoted => '\'',
        ScalarStyle::DoubleQuoted => '"',
    };
    let mut inside = written.char_indices().skip(1).peekable();
    while let Some((at, one)) = inside.next() {
        let next = inside.peek().map(|(_, next)| *next);
        let escaped = match quote {
            '"' => one == '\\',
            _ => one == quote && next == Some(quote),
        };
        if escaped {
            inside.next();
        } else if one == quote {
            return at + 1;
        }
    }
    written.len()
}

#[cfg(test)]
mod tests;
