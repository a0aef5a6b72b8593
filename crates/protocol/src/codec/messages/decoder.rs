//! Streams, read.

use std::collections::BTreeMap;

use super::{DIALECT, answer, blocks};
use crate::codec::read;
use crate::error::InBandError;
use crate::hub::sequence::{Channel, Sequencer};
use crate::hub::unnamed::Kept;
use crate::hub::{
    CallKind, CallStart, Delta, Event, Opaque, OpaqueKind, Part, PartKind, PartStart, Place, Raw,
    ServerItem, Sink, Start, StreamError, Text,
};
use crate::inspect::counts::Counts;
use crate::json::value::Value;
use crate::json::writer::Writer;

/// Reads the events of a stream.
#[derive(Debug, Default)]
pub(in crate::codec) struct StreamDecoder {
    parts: Sequencer,
    counts: Counts,
    /// Blocks that have begun, by their index.
    blocks: BTreeMap<u64, Block>,
    started: bool,
    calls: bool,
    stopped: bool,
    unnamed: Kept,
    /// The block of which the last event told more text.
    text: Option<u64>,
}

/// What is kept of a block that has begun.
#[derive(Debug)]
struct Block {
    /// The signature, which may come in pieces.
    signature: String,
    /// The input that its start told, or the start of a block that is handed on whole.
    start: Option<Raw<'static>>,
    /// Whether it is handed on whole, with the input that was streamed.
    whole: bool,
    input: String,
}

impl StreamDecoder {
    pub(in crate::codec) fn event(
        &mut self,
        root: Value<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), StreamError> {
        self.text = None;
        let kind = read::kind(root);
        // Whatever comes first begins the answer.
        if kind.starts_with(b"content_block_") || kind == b"message_delta" {
            self.start(root, sink);
        }
        match kind {
            b"message_start" => self.start(root, sink),
            b"content_block_start" if !self.stopped => return self.block_start(root, sink),
            b"content_block_delta" if !self.stopped => return self.block_delta(root, sink),
            b"content_block_stop" if !self.stopped => return self.block_stop(root, sink),
            b"message_delta" => self.message_delta(root, sink)?,
            b"message_stop" => return self.end(sink),
            b"error" => sink(Event::Error(InBandError::read(
                root.raw(),
                root.member("error"),
            ))),
            _ => {
                if let Some(error) = root.member("error").filter(|error| !error.is_blank()) {
                    sink(Event::Error(InBandError::read(root.raw(), Some(error))));
                }
            }
        }
        Ok(())
    }

    pub(in crate::codec) fn finish(&mut self, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        self.end(sink)
    }

    /// The block of which the last event told more text.
    pub(in crate::codec) const fn text_key(&self) -> Option<u64> {
        self.text
    }

    /// More text of a block.
    pub(in crate::codec) fn text(
        &mut self,
        index: u64,
        text: Text<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), StreamError> {
        if self.stopped {
            return Ok(());
        }
        self.parts.delta(index, Delta::Text(text), sink)
    }

    /// The end: true when the upstream has said why.
    fn end(&mut self, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        if !self.stopped {
            return Err(StreamError::Truncated);
        }
        sink(Event::End);
        Ok(())
    }

    fn start(&mut self, root: Value<'_>, sink: &mut Sink<'_>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        let mut start = Start::default();
        let message = root.member("message");
        for (key, value) in message.into_iter().flat_map(Value::members) {
            match key.0 {
                b"id" => start.id = Text::of(value).unwrap_or_default(),
                b"model" => start.model = Text::of(value).unwrap_or_default(),
                b"usage" => {
                    self.counts.read(value);
                    start.service_tier = value.member("service_tier").and_then(Text::of);
                }
                b"type" | b"role" | b"content" | b"stop_reason" | b"stop_sequence" => {}
                _ => self.unnamed.keep(DIALECT, "message", (key, value)),
            }
        }
        start.usage = self.counts.usage(DIALECT);
        sink(Event::Start(start));
    }

    fn block_start(&mut self, root: Value<'_>, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        let (Some(index), Some(content)) = (index(root), root.member("content_block")) else {
            return Ok(());
        };
        let mut block = Block {
            signature: String::new(),
            start: None,
            whole: false,
            input: String::new(),
        };
        let member = |name| content.member(name).and_then(Text::of);
        match read::kind(content) {
            b"text" => {
                self.parts.start(index, PartStart::Text, sink);
                self.tell(index, member("text").map(Delta::Text), sink)?;
                let citations = content
                    .member("citations")
                    .into_iter()
                    .flat_map(Value::elements);
                for citation in citations {
                    let citation = Box::new(blocks::citation(citation));
                    self.parts
                        .delta(index, Delta::Citation(DIALECT, citation), sink)?;
                }
            }
            b"thinking" => {
                self.parts.start(index, PartStart::Reasoning, sink);
                let text = member("thinking").map(|text| Delta::Reasoning { block: 0, text });
                self.tell(index, text, sink)?;
                block
                    .signature
                    .push_str(&member("signature").unwrap_or_default().resolve());
            }
            b"tool_use" => {
                self.calls = true;
                self.parts
                    .start(index, PartStart::ToolCall(call(content)), sink);
                block.start = content.member("input").map(|i| Raw::of(i).into_owned());
            }
            _ => {
                block.whole = true;
                block.start = Some(Raw::of(content).into_owned());
            }
        }
        self.blocks.insert(index, block);
        Ok(())
    }

    fn tell(
        &mut self,
        index: u64,
        delta: Option<Delta<'_>>,
        sink: &mut Sink<'_>,
    ) -> Result<(), StreamError> {
        match delta.filter(|delta| delta.size() > 0) {
            Some(delta) => self.parts.delta(index, delta, sink),
            None => Ok(()),
        }
    }

    fn block_delta(&mut self, root: Value<'_>, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        let (Some(index), Some(delta)) = (index(root), root.member("delta")) else {
            return Ok(());
        };
        let member = |name| delta.member(name).and_then(Text::of);
        let told = match read::kind(delta) {
            b"text_delta" => {
                self.text = Some(index);
                member("text").map(Delta::Text)
            }
            b"thinking_delta" => member("thinking").map(|text| Delta::Reasoning { block: 0, text }),
            b"input_json_delta" => {
                let piece = member("partial_json").unwrap_or_default();
                if let Some(block) = self.block(index).filter(|block| block.whole) {
                    block.input.push_str(&piece.resolve());
                    return Ok(());
                }
                Some(Delta::Arguments(piece))
            }
            b"signature_delta" => {
                let piece = member("signature").unwrap_or_default();
                if let Some(block) = self.block(index) {
                    block.signature.push_str(&piece.resolve());
                }
                None
            }
            b"citations_delta" => delta
                .member("citation")
                .map(|citation| Delta::Citation(DIALECT, Box::new(blocks::citation(citation)))),
            _ => None,
        };
        self.tell(index, told, sink)
    }

    fn block(&mut self, index: u64) -> Option<&mut Block> {
        self.blocks.get_mut(&index)
    }

    fn block_stop(&mut self, root: Value<'_>, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        match index(root) {
            Some(index) => self.close(index, sink),
            None => Ok(()),
        }
    }

    /// A block is complete.
    fn close(&mut self, index: u64, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        let Some(block) = self.blocks.remove(&index) else {
            return Ok(());
        };
        if block.whole {
            return self.parts.whole(whole(block), sink);
        }
        if !block.signature.is_empty() {
            let data = Text::plain(block.signature);
            let state = Opaque::issued(DIALECT, OpaqueKind::Signature, data);
            self.parts.delta(index, Delta::State(state), sink)?;
        }
        if let Some(input) = block.start {
            let text = Text::plain(String::from_utf8_lossy(input.bytes()));
            self.parts.full(index, Channel::Arguments, &text, sink)?;
        }
        self.parts.end(index, sink);
        Ok(())
    }

    fn message_delta(&mut self, root: Value<'_>, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        if let Some(usage) = root.member("usage").filter(|usage| usage.is_object()) {
            self.counts.read(usage);
            sink(Event::Usage(self.counts.usage(DIALECT)));
        }
        let delta = root.member("delta");
        for (key, value) in delta.into_iter().flat_map(Value::members) {
            if !matches!(key.0, b"stop_reason" | b"stop_sequence" | b"stop_details") {
                self.unnamed.renew(DIALECT, "delta", (key, value));
            }
        }
        let member = |name| {
            delta
                .and_then(|delta| delta.member(name))
                .filter(|v| !v.is_null())
        };
        let Some(reason) = member("stop_reason").and_then(Text::of) else {
            return Ok(());
        };
        if std::mem::replace(&mut self.stopped, true) {
            return Ok(());
        }
        // What has not been closed is complete all the same: the upstream says that it is done.
        while let Some(index) = self.blocks.keys().next().copied() {
            self.close(index, sink)?;
        }
        self.parts.end_all(sink);
        self.unnamed.tell(sink);
        let sequence = member("stop_sequence").and_then(Text::of);
        let details = member("stop_details");
        let stop = answer::stop_reason(reason, sequence, details).borne_out(self.calls);
        sink(Event::Stop(stop));
        Ok(())
    }
}

fn index(root: Value<'_>) -> Option<u64> {
    root.member("index").map_or(Some(0), Value::integer)
}

fn call(content: Value<'_>) -> CallStart<'_> {
    let member = |name| content.member(name).and_then(Text::of).unwrap_or_default();
    CallStart {
        id: member("id"),
        namespace: None,
        name: member("name"),
        kind: CallKind::Function,
    }
}

/// A block that is handed on whole, with the input that was streamed for it.
fn whole(block: Block) -> Part<'static> {
    let start = block.start.unwrap_or(Raw::literal("{}"));
    let raw =
        if block.input.is_empty() || crate::json::Scanner::scan(block.input.as_bytes()).is_err() {
            start
        } else {
            let mut out = Vec::new();
            Writer::new(&mut out).object(|o| {
                for (key, value) in start.value().members() {
                    let streamed = key.is("input");
                    o.raw_key(key.0).raw(if streamed {
                        block.input.trim().as_bytes()
                    } else {
                        value.raw()
                    });
                }
            });
            Raw::written(out)
        };
    let part = blocks::part(raw.value(), blocks::From::Upstream).into_owned();
    // The offsets of a block that was put together here mean nothing.
    let mut part = Part {
        place: Place::NONE,
        ..part
    };
    if let PartKind::Server(ServerItem { raw: own, .. }) = &mut part.kind {
        *own = raw;
    }
    part
}
