//! Reasoning items.

use super::line::Line;
use crate::codec::responses::DIALECT;
use crate::codec::view::View;
use crate::hub::{Opaque, Text};
use crate::json::writer::Writer;

/// A reasoning item. It begins with the first that it tells.
#[derive(Debug)]
pub(super) struct ReasoningItem {
    id: String,
    /// Whether reasoning itself may be told: what other dialects call reasoning is shown to callers
    /// as its summary, which is what clients of this dialect show.
    own: bool,
    begun: bool,
    /// Which block of summary (true) or reasoning is open, as the upstream counts.
    block: Option<(bool, u32)>,
    /// The blocks so far, as contents of JSON strings.
    summary: Vec<Vec<u8>>,
    content: Vec<Vec<u8>>,
    state: Option<Text<'static>>,
}

impl ReasoningItem {
    pub(super) const fn new(id: String, own: bool) -> Self {
        Self {
            id,
            own,
            begun: false,
            block: None,
            summary: Vec::new(),
            content: Vec::new(),
            state: None,
        }
    }

    fn begin(&mut self, line: &mut Line, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.begun, true) {
            line.added(out, |o| {
                o.object(|o| {
                    o.key("id").string(&self.id);
                    o.key("type").string("reasoning");
                    o.key("summary").array(|_| {});
                });
            });
        }
    }

    /// More of a block.
    pub(super) fn push(
        &mut self,
        (summary, number): (bool, u32),
        text: &Text<'_>,
        line: &mut Line,
        out: &mut Vec<u8>,
    ) {
        if text.is_empty() {
            return;
        }
        self.begin(line, out);
        let block = (summary, number);
        if self.block != Some(block) {
            self.close(line, out);
            self.block = Some(block);
            self.open(line, out);
        }
        let as_summary = self.as_summary(summary);
        let blocks = if as_summary {
            &mut self.summary
        } else {
            &mut self.content
        };
        let number = blocks.len().saturating_sub(1);
        let Some(content) = blocks.last_mut() else {
            return;
        };
        let before = content.len();
        text.write_content(content);
        let words = words(as_summary);
        line.tell(out, words.delta, &self.id, |o| {
            o.key(words.index).number(number as u64);
            o.key("delta").escaped(&content[before..]);
        });
    }

    const fn as_summary(&self, summary: bool) -> bool {
        summary || !self.own
    }

    fn open(&mut self, line: &mut Line, out: &mut Vec<u8>) {
        let Some((summary, _)) = self.block else {
            return;
        };
        let words = words(self.as_summary(summary));
        let blocks = if self.as_summary(summary) {
            &mut self.summary
        } else {
            &mut self.content
        };
        let number = blocks.len() as u64;
        blocks.push(Vec::new());
        line.tell(out, words.added, &self.id, |o| {
            o.key(words.index).number(number);
            o.key("part");
            part(words.part, b"", o);
        });
    }

    /// Writes what ends the open block.
    fn close(&mut self, line: &mut Line, out: &mut Vec<u8>) {
        let Some((summary, _)) = self.block.take() else {
            return;
        };
        let words = words(self.as_summary(summary));
        let blocks = if self.as_summary(summary) {
            &self.summary
        } else {
            &self.content
        };
        let number = blocks.len().saturating_sub(1) as u64;
        let content = blocks.last().map(Vec::as_slice).unwrap_or_default();
        line.tell(out, words.done, &self.id, |o| {
            o.key(words.index).number(number);
            o.key("text").escaped(content);
        });
        line.tell(out, words.part_done, &self.id, |o| {
            o.key(words.index).number(number);
            o.key("part");
            part(words.part, content, o);
        });
    }

    /// The state of the upstream that issued it.
    pub(super) fn state(
        &mut self,
        state: &Opaque<'_>,
        view: &View,
        line: &mut Line,
        out: &mut Vec<u8>,
    ) {
        let own = state.id.as_ref().filter(|_| state.issuer == DIALECT);
        if let (Some(id), false) = (own, self.begun) {
            self.id = id.resolve().into_owned();
        }
        self.begin(line, out);
        self.state = Some(state.for_client(DIALECT, &view.scope).into_owned());
    }

    pub(super) fn finish(mut self, line: &mut Line, out: &mut Vec<u8>) {
        if !self.begun {
            return;
        }
        self.close(line, out);
        line.done(out, |o| {
            o.object(|o| {
                o.key("id").string(&self.id);
                o.key("type").string("reasoning");
                o.key("summary").array(|a| {
                    self.summary
                        .iter()
                        .for_each(|text| part("summary_text", text, a));
                });
                if !self.content.is_empty() {
                    o.key("content").array(|a| {
                        self.content
                            .iter()
                            .for_each(|text| part("reasoning_text", text, a));
                    });
                }
                if let Some(state) = &self.state {
                    o.key("encrypted_content").text(state);
                }
            });
        });
    }
}

/// The words for the blocks of a summary, and of reasoning itself.
struct Words {
    index: &'static str,
    part: &'static str,
    added: &'static str,
    delta: &'static str,
    done: &'static str,
    part_done: &'static str,
}

const fn words(summary: bool) -> Words {
    if summary {
        Words {
            index: "summary_index",
            part: "summary_text",
            added: "response.reasoning_summary_part.added",
            delta: "response.reasoning_summary_text.delta",
            done: "response.reasoning_summary_text.done",
            part_done: "response.reasoning_summary_part.done",
        }
    } else {
        Words {
            index: "content_index",
            part: "reasoning_text",
            added: "response.content_part.added",
            delta: "response.reasoning_text.delta",
            done: "response.reasoning_text.done",
            part_done: "response.content_part.done",
        }
    }
}

fn part(kind: &str, text: &[u8], o: &mut Writer<'_>) {
    o.object(|o| {
        o.key("type").string(kind);
        o.key("text").escaped(text);
    });
}
