//! A document under construction, and its YAML.

use indexmap::IndexMap;

use crate::tree::json::push_string;
use crate::tree::scalar::{Plain, plain};

/// A value to be written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Out {
    /// A number, flag or piece of JSON, written as it is.
    Raw(String),
    Text(String),
    List(Vec<Out>),
    Map(IndexMap<String, Out>),
}

/// Levels that get lines of their own; what is below stands on one line.
const BLOCKS: usize = 3;

impl Out {
    pub(super) fn map() -> Self {
        Self::Map(IndexMap::new())
    }

    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The value at `path`, made of maps as far as it is missing.
    pub(super) fn at(&mut self, path: &[&str]) -> &mut Out {
        let mut out = self;
        for key in path {
            if !matches!(out, Self::Map(_)) {
                *out = Self::map();
            }
            let Self::Map(members) = out else {
                return out;
            };
            out = members.entry(String::from(*key)).or_insert_with(Self::map);
        }
        out
    }

    pub(super) fn set(&mut self, path: &[&str], value: Out) {
        *self.at(path) = value;
    }

    /// Appends to the list at `path`.
    pub(super) fn push(&mut self, path: &[&str], value: Out) {
        let list = self.at(path);
        match list {
            Self::List(items) => items.push(value),
            other => *other = Self::List(vec![value]),
        }
    }

    pub(super) fn member(&self, key: &str) -> Option<&Out> {
        match self {
            Self::Map(members) => members.get(key),
            _ => None,
        }
    }

    pub(super) fn keys(&self) -> Vec<String> {
        match self {
            Self::Map(members) => members.keys().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// The document as YAML.
    pub(super) fn document(&self) -> String {
        let mut out = String::new();
        self.push_block(&mut out, 0);
        out
    }

    fn push_block(&self, out: &mut String, depth: usize) {
        let indent = "  ".repeat(depth);
        match self {
            Self::Map(members) => {
                for (key, value) in members {
                    out.push_str(&indent);
                    push_text(out, key);
                    out.push(':');
                    value.push_value(out, depth);
                }
            }
            Self::List(items) => {
                for item in items {
                    out.push_str(&indent);
                    out.push_str("- ");
                    item.push_flow(out);
                    out.push('\n');
                }
            }
            scalar => scalar.push_flow(out),
        }
    }

    fn push_value(&self, out: &mut String, depth: usize) {
        let listed = |item: &Out| matches!(item, Out::Map(_));
        let block = match self {
            Self::Map(members) => depth + 1 < BLOCKS && !members.is_empty(),
            Self::List(items) => items.iter().any(listed),
            _ => false,
        };
        if block {
            out.push('\n');
            self.push_block(out, depth + 1);
        } else {
            out.push(' ');
            self.push_flow(out);
            out.push('\n');
        }
    }

    fn push_flow(&self, out: &mut String) {
        match self {
            Self::Raw(raw) => out.push_str(raw),
            Self::Text(text) => push_text(out, text),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    item.push_flow(out);
                }
                out.push(']');
            }
            Self::Map(members) => {
                out.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    push_text(out, key);
                    out.push_str(": ");
                    value.push_flow(out);
                }
                out.push('}');
            }
        }
    }
}

/// Text without quotes where that is read as the same text, else as a JSON string, which YAML reads too.
fn push_text(out: &mut String, text: &str) {
    let simple = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let bare =
        text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') && text.chars().all(simple);
    if bare && plain(text) == Plain::Text {
        out.push_str(text);
    } else {
        push_string(out, text);
    }
}
