//! Streams of an upstream, read. Every event is an answer of its own that goes on with the last one.

use super::names::{camel, member};
use super::{DIALECT, answer, blocks, grounding, logprobs, stop};
use crate::error::InBandError;
use crate::hub::sequence::Sequencer;
use crate::hub::unnamed::Kept;
use crate::hub::{
    CallStart, Delta, Event, Opaque, Part, PartKind, PartStart, Reasoning, Sink, Start, StopReason,
    StreamError, Text, TextPart, ToolCall,
};
use crate::json::value::Value;
use crate::usage::Usage;

/// Reads one stream.
#[derive(Debug, Default)]
pub(in crate::codec) struct StreamDecoder {
    started: bool,
    parts: Sequencer,
    open: Open,
    key: u64,
    /// The text that is open, for references to it.
    text: String,
    calls: bool,
    usage: Usage,
    stop: Option<StopReason<'static>>,
    unnamed: Kept,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Open {
    #[default]
    Nothing,
    Text,
    Thought,
}

impl StreamDecoder {
    /// Takes one event.
    pub(in crate::codec) fn event(
        &mut self,
        root: Value<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), StreamError> {
        if let Some(error) = member(root, "error") {
            sink(Event::Error(InBandError::read(root.raw(), Some(error))));
            return Ok(());
        }
        self.start(root, sink);
        let candidates = member(root, "candidates")
            .into_iter()
            .flat_map(Value::elements);
        let first = |candidate: &Value<'_>| {
            member(*candidate, "index")
                .and_then(Value::integer)
                .unwrap_or(0)
                == 0
        };
        let mut told = false;
        for candidate in candidates {
            if first(&candidate) && !std::mem::replace(&mut told, true) {
                self.candidate(candidate, sink)?;
            } else {
                self.unnamed.further(DIALECT, "candidates[1]");
            }
        }
        for (key, value) in root.members() {
            let named = [
                &b"candidates"[..],
                b"usageMetadata",
                b"modelVersion",
                b"responseId",
                b"error",
            ];
            if !named.contains(&&*camel(key)) {
                self.unnamed.renew(DIALECT, "", (key, value));
            }
        }
        if member(root, "promptFeedback").is_some_and(answer::is_block) {
            self.stop = Some(StopReason::ContentFilter);
        }
        if let Some(usage) = member(root, "usageMetadata") {
            let usage = crate::codec::usage::read(DIALECT, usage);
            if usage != self.usage {
                self.usage = usage;
                sink(Event::Usage(usage));
            }
        }
        Ok(())
    }

    fn start(&mut self, root: Value<'_>, sink: &mut Sink<'_>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        let text = |name| member(root, name).and_then(Text::of).unwrap_or_default();
        sink(Event::Start(Start {
            id: text("responseId"),
            model: text("modelVersion"),
            created: None,
            usage: Usage::default(),
            service_tier: None,
        }));
    }

    fn candidate(&mut self, candidate: Value<'_>, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        let content = member(candidate, "content");
        let parts = content.and_then(|content| member(content, "parts"));
        for value in parts.into_iter().flat_map(Value::elements) {
            let part = blocks::part(value, &mut answer::given_id);
            self.part(part, sink)?;
        }
        if let Some(result) = member(candidate, "logprobsResult").and_then(logprobs::read) {
            sink(Event::Logprobs(result));
        }
        let metadata = member(candidate, "groundingMetadata");
        if let Some(metadata) = metadata.filter(|_| self.open == Open::Text) {
            for citation in grounding::read(metadata, &self.text) {
                let delta = Delta::Citation(DIALECT, Box::new(citation));
                self.parts.delta(self.key, delta, sink)?;
            }
        }
        for (key, value) in candidate.members() {
            let named = [
                &b"content"[..],
                b"finishReason",
                b"index",
                b"logprobsResult",
            ];
            if !named.contains(&&*camel(key)) {
                self.unnamed.renew(DIALECT, "candidates[0]", (key, value));
            }
        }
        let reason = member(candidate, "finishReason").and_then(Text::of);
        if let Some(reason) = reason.as_ref().and_then(stop::reason) {
            self.stop = Some(reason.into_owned());
        }
        Ok(())
    }

    fn part(&mut self, part: Part<'_>, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        match part.kind {
            PartKind::Text(text) => self.text(text, sink),
            PartKind::Reasoning(reasoning) => self.thought(reasoning, sink),
            PartKind::ToolCall(call) => self.call(*call, sink),
            _ => {
                self.close(sink);
                self.parts.whole(part, sink)
            }
        }
    }

    fn text(&mut self, part: TextPart<'_>, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        if part.text.is_empty() && part.state.is_none() {
            return Ok(());
        }
        self.begin(Open::Text, PartStart::Text, sink);
        if !part.text.is_empty() {
            self.text.push_str(&part.text.resolve());
            self.parts.delta(self.key, Delta::Text(part.text), sink)?;
        }
        self.state(part.state, sink)
    }

    fn thought(&mut self, part: Reasoning<'_>, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        self.begin(Open::Thought, PartStart::Reasoning, sink);
        for text in part.summary.into_iter().filter(|text| !text.is_empty()) {
            let block = 0;
            self.parts
                .delta(self.key, Delta::Summary { block, text }, sink)?;
        }
        self.state(part.state, sink)
    }

    /// State belongs to what it came with: nothing is added to that.
    fn state(&mut self, state: Option<Opaque<'_>>, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        if let Some(state) = state {
            self.parts.delta(self.key, Delta::State(state), sink)?;
            // References to a text may still come.
            if self.open == Open::Thought {
                self.close(sink);
            }
        }
        Ok(())
    }

    fn call(&mut self, call: ToolCall<'_>, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        self.close(sink);
        self.calls = true;
        self.key += 1;
        let start = CallStart {
            id: call.id,
            namespace: None,
            name: call.name,
            kind: call.kind,
        };
        self.parts.start(self.key, PartStart::ToolCall(start), sink);
        if let Some(state) = call.state {
            self.parts.delta(self.key, Delta::State(state), sink)?;
        }
        let arguments = Delta::Arguments(call.arguments.encoded());
        self.parts.delta(self.key, arguments, sink)?;
        self.parts.end(self.key, sink);
        Ok(())
    }

    fn begin(&mut self, open: Open, start: PartStart<'_>, sink: &mut Sink<'_>) {
        if self.open == open {
            return;
        }
        self.close(sink);
        self.key += 1;
        self.open = open;
        self.parts.start(self.key, start, sink);
    }

    fn close(&mut self, sink: &mut Sink<'_>) {
        if self.open != Open::Nothing {
            self.open = Open::Nothing;
            self.text.clear();
            self.parts.end(self.key, sink);
        }
    }

    /// The connection has ended, which is the only terminator that there is.
    pub(in crate::codec) fn finish(&mut self, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        let Some(reason) = self.stop.take() else {
            return Err(StreamError::Truncated);
        };
        self.close(sink);
        self.parts.end_all(sink);
        self.unnamed.tell(sink);
        sink(Event::Stop(reason.borne_out(self.calls)));
        sink(Event::End);
        Ok(())
    }
}
