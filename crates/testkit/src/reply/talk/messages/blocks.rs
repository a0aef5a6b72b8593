//! Blocks of Anthropic messages.

use serde_json::{Value, json};

use super::super::json::{inline, list, only, text};
use super::super::seal;
use super::{Complaint, Talk, is_name};
use crate::reply::call::Endpoint;

/// Blocks and the members that each may have besides its type and `cache_control`.
const BLOCKS: &[(&str, &[&str])] = &[
    ("text", &["text", "citations"]),
    ("image", &["source"]),
    ("document", &["source", "title", "context", "citations"]),
    ("tool_use", &["id", "name", "input", "caller"]),
    ("tool_result", &["tool_use_id", "content", "is_error"]),
    ("thinking", &["thinking", "signature"]),
    ("redacted_thinking", &["data"]),
];

/// A conversation under way.
#[derive(Debug)]
pub(super) struct Reading {
    /// Where the message stands.
    pub(super) place: String,
    /// Whether calls must come after thinking.
    strict: bool,
    /// Calls that wait for their results.
    open: Vec<String>,
}

/// The blocks of a content; a text is one block.
pub(super) fn of(content: &Value) -> Vec<Value> {
    match content {
        Value::String(text) if text.is_empty() => Vec::new(),
        Value::String(text) => vec![json!({"type": "text", "text": text})],
        Value::Array(blocks) => blocks.clone(),
        _ => Vec::new(),
    }
}

/// Marks of what is to be cached, anywhere.
pub(super) fn marks(value: &Value) -> usize {
    match value {
        Value::Object(members) => {
            let own = usize::from(members.get("cache_control").is_some_and(Value::is_object));
            own + members.values().map(marks).sum::<usize>()
        }
        Value::Array(elements) => elements.iter().map(marks).sum(),
        _ => 0,
    }
}

impl Reading {
    pub(super) fn new(strict: bool) -> Self {
        Self {
            place: String::new(),
            strict,
            open: Vec::new(),
        }
    }

    /// Complains of calls without results.
    pub(super) fn closed(&self) -> Result<(), Complaint> {
        if self.open.is_empty() {
            return Ok(());
        }
        let ids = self.open.join(", ");
        self.wrong(format!("`tool_use` ids were found without `tool_result` blocks immediately after: {ids}. Each `tool_use` block must have a corresponding `tool_result` block in the next message."))
    }

    /// Reads a message of the user.
    pub(super) fn user(&mut self, content: &[Value], talk: &mut Talk) -> Result<(), Complaint> {
        for (index, block) in content.iter().enumerate() {
            self.known(index, block)?;
            if block["type"] == "tool_result" {
                let id = text(block, "tool_use_id");
                let Some(at) = self.open.iter().position(|waiting| waiting == id) else {
                    return self.wrong(format!("unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` block must have a corresponding `tool_use` block in the previous message."));
                };
                self.open.remove(at);
                let mut said = String::new();
                for inner in of(&block["content"]) {
                    self.shown(index, &inner, talk)?;
                    said.push_str(text(&inner, "text"));
                }
                talk.results.push(said);
                continue;
            }
            self.closed()?;
            talk.hear(text(block, "text"));
            self.shown(index, block, talk)?;
        }
        Ok(())
    }

    /// Reads an answer of before.
    pub(super) fn assistant(
        &mut self,
        content: &[Value],
        talk: &mut Talk,
    ) -> Result<(), Complaint> {
        self.closed()?;
        talk.reply();
        let mut thought = false;
        for (index, block) in content.iter().enumerate() {
            self.known(index, block)?;
            match text(block, "type") {
                "thinking" => {
                    let (seal, said) = (text(block, "signature"), text(block, "thinking"));
                    if !seal::holds(Endpoint::Messages, seal, said) {
                        return Err(Complaint::new(format!(
                            "{}.content.{index}: Invalid `signature` in `thinking` block",
                            self.place
                        )));
                    }
                    talk.reasoning.verified = true;
                    thought = true;
                }
                "redacted_thinking" => thought = true,
                "tool_use" => {
                    let name = text(block, "name");
                    if self.strict && !thought {
                        return Err(Complaint::new(format!(
                            "{}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled, a final `assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and `tool_result` blocks).",
                            self.place
                        )));
                    }
                    let id = text(block, "id");
                    if !is_name(id, 10_000) {
                        return self.wrong(format!("content.{index}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'"));
                    }
                    if !is_name(name, 200) || !block["input"].is_object() {
                        return self.wrong(format!(
                            "content.{index}.tool_use.input: Input should be a valid dictionary"
                        ));
                    }
                    talk.calls += 1;
                    self.open.push(id.to_owned());
                }
                "text" => self.shown(index, block, talk)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Complains of unknown members of known blocks.
    fn known(&self, index: usize, block: &Value) -> Result<(), Complaint> {
        let kind = text(block, "type");
        let Some((_, members)) = BLOCKS.iter().find(|(known, _)| *known == kind) else {
            return Ok(());
        };
        let mut all = vec!["type", "cache_control"];
        all.extend(*members);
        only(block, &all, |name| {
            let place = &self.place;
            Complaint::new(format!(
                "{place}.content.{index}.{kind}.{name}: Extra inputs are not permitted"
            ))
        })
    }

    /// Reads texts and pictures.
    fn shown(&self, index: usize, block: &Value, talk: &mut Talk) -> Result<(), Complaint> {
        let source = &block["source"];
        match (text(block, "type"), text(source, "type")) {
            ("text", _) if text(block, "text").trim().is_empty() => {
                self.wrong("text content blocks must be non-empty")
            }
            ("image", "base64") => {
                let (media, data) = (text(source, "media_type"), text(source, "data"));
                if !["image/png", "image/jpeg", "image/gif", "image/webp"].contains(&media) {
                    return self.wrong(format!("content.{index}.image.source.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'"));
                }
                talk.pictures.push(inline(media, data));
                Ok(())
            }
            ("image", "url") => {
                talk.pictures
                    .push(format!("a picture at {}", text(source, "url")));
                Ok(())
            }
            ("image", "file") | ("text" | "document" | "tool_reference" | "search_result", _) => {
                Ok(())
            }
            (kind, _) if list(block, "content").is_empty() && kind != "image" => Ok(()),
            (kind, _) => self.wrong(format!(
                "content.{index}.{kind}: Input should be a valid block"
            )),
        }
    }

    fn wrong(&self, what: impl AsRef<str>) -> Result<(), Complaint> {
        Err(Complaint::new(format!("{}: {}", self.place, what.as_ref())))
    }
}
