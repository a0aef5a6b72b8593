//! A part of the document as JSON text.

use std::fmt::Write;

use super::scalar::{Plain, plain};
use super::{Content, NodeId, Tree};

/// A value that JSON has no form for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotJson(pub(crate) NodeId);

impl Tree<'_> {
    /// The node as compact JSON: keys in the order of the document, numbers spelled as in the document wherever JSON
    /// allows it. `text` is asked for the value of each text; where it answers `None`, the text is written as it stands.
    ///
    /// # Errors
    /// The first value that JSON cannot express (`.inf`, `.nan`, something already reported).
    pub(crate) fn json(
        &self,
        id: NodeId,
        text: &mut dyn FnMut(NodeId) -> Option<String>,
    ) -> Result<String, NotJson> {
        let mut out = String::new();
        self.write_json(id, text, &mut out)?;
        Ok(out)
    }

    /// Recurses as deep as the document is nested, which the builder bounds.
    fn write_json(
        &self,
        id: NodeId,
        text: &mut dyn FnMut(NodeId) -> Option<String>,
        out: &mut String,
    ) -> Result<(), NotJson> {
        match self.content(id) {
            Content::Broken => return Err(NotJson(id)),
            Content::Scalar {
                text: written,
                plain: unquoted,
            } => {
                match if *unquoted {
                    plain(written)
                } else {
                    Plain::Text
                } {
                    Plain::Null => out.push_str("null"),
                    Plain::Flag(flag) => out.push_str(if flag { "true" } else { "false" }),
                    Plain::Number(number) => out.push_str(&number),
                    Plain::NotFinite => return Err(NotJson(id)),
                    Plain::Text => match text(id) {
                        Some(value) => push_string(out, &value),
                        None => push_string(out, written),
                    },
                }
            }
            Content::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    self.write_json(*item, text, out)?;
                }
                out.push(']');
            }
            Content::Map(members) => {
                out.push('{');
                for (index, (key, member)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    push_string(out, key);
                    out.push(':');
                    self.write_json(member.node, text, out)?;
                }
                out.push('}');
            }
        }
        Ok(())
    }
}

/// Appends a JSON string literal.
pub(crate) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                // Writing into a String cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
