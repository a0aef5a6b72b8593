//! Streams, read.
//!
//! Upstreams differ in what they send besides the items: some nothing at all, some deltas without
//! ends, some ids that change from event to event. What counts is the item when it is complete; what
//! was told before is compared with it, and only what is missing is added.

mod told;

use std::collections::HashMap;

use self::told::Told;
use super::{DIALECT, answer, content, items};
use crate::codec::{read, usage};
use crate::error::InBandError;
use crate::hub::sequence::{Channel, Sequencer};
use crate::hub::unnamed::Kept;
use crate::hub::{
    CallStart, Delta, Event, Part, PartKind, PartStart, Raw, Sink, Start, StreamError, Text,
};
use crate::json::value::Value;
use crate::json::writer::Writer;

/// Reads the events of a stream.
#[derive(Debug, Default)]
pub(in crate::codec) struct StreamDecoder {
    parts: Sequencer,
    items: Vec<Item>,
    /// The last item of each index.
    numbered: HashMap<u64, usize>,
    /// The last item of each id.
    named: HashMap<String, usize>,
    started: bool,
    calls: bool,
    logprobs: bool,
    ended: bool,
    unnamed: Kept,
}

/// What is kept of an item. Its parts are known by its number and theirs.
#[derive(Debug)]
struct Item {
    index: Option<u64>,
    done: bool,
    /// Parts of its content that are complete.
    closed: Vec<u64>,
    /// How many references each part of its content has told.
    cited: Vec<usize>,
}

impl StreamDecoder {
    pub(in crate::codec) fn event(
        &mut self,
        root: Value<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), StreamError> {
        let kind = read::kind(root);
        match kind {
            b"response.created" | b"response.in_progress" | b"response.queued" => {
                self.start(root.member("response"), sink);
            }
            b"response.completed" | b"response.incomplete" | b"response.done" => {
                return self.completed(root, sink);
            }
            b"response.failed" => {
                let response = root.member("response");
                let error = response.and_then(|response| response.member("error"));
                fail(root, error, sink);
            }
            b"error" => fail(root, root.member("error"), sink),
            b"response.output_item.added" => return self.added(root, sink),
            b"response.output_item.done" => {
                self.start(None, sink);
                if let Some(item) = root.member("item") {
                    let at = self.locate(root, true);
                    return self.item(at, item, sink);
                }
            }
            _ if kind.starts_with(b"response.") => return self.piece(kind, root, sink),
            _ => {
                if let Some(error) = root.member("error").filter(|error| !error.is_blank()) {
                    fail(root, Some(error), sink);
                }
            }
        }
        Ok(())
    }

    pub(in crate::codec) fn finish(&mut self, _sink: &mut Sink<'_>) -> Result<(), StreamError> {
        if self.ended {
            Ok(())
        } else {
            Err(StreamError::Truncated)
        }
    }

    fn start(&mut self, response: Option<Value<'_>>, sink: &mut Sink<'_>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        let mut start = Start::default();
        for (key, value) in response.into_iter().flat_map(Value::members) {
            match key.0 {
                b"id" => start.id = Text::of(value).unwrap_or_default(),
                b"model" => start.model = Text::of(value).unwrap_or_default(),
                b"created_at" => start.created = answer::seconds(value),
                b"service_tier" => start.service_tier = Text::of(value),
                _ => {}
            }
        }
        sink(Event::Start(start));
    }

    /// The item that an event is about; a new one if none fits.
    fn locate(&mut self, root: Value<'_>, ends: bool) -> usize {
        let index = root.member("output_index").and_then(Value::integer);
        let item = root.member("item");
        let id = root
            .member("item_id")
            .or_else(|| item.and_then(|item| item.member("id")))
            .and_then(Value::text)
            .unwrap_or_default();
        let nameless = || {
            let open = |item: &Item| !item.done && item.index.is_none();
            self.items.iter().rposition(open)
        };
        // No index has two items that are open.
        let numbered = index.and_then(|index| self.numbered.get(&index).copied());
        let open = match index {
            Some(_) => numbered.filter(|at| !self.items[*at].done),
            None if id.is_empty() => nameless(),
            None => None,
        };
        let found = open.or_else(|| self.named.get(&*id).copied());
        // What comes late is about the item that was complete already; only items begin anew.
        if let Some(at) = found.or(numbered.filter(|_| !ends)) {
            return at;
        }
        self.begin(index, &id)
    }

    fn begin(&mut self, index: Option<u64>, id: &str) -> usize {
        let at = self.items.len();
        if let Some(index) = index {
            self.numbered.insert(index, at);
        }
        if !id.is_empty() {
            self.named.insert(id.to_owned(), at);
        }
        self.items.push(Item {
            index,
            done: false,
            closed: Vec::new(),
            cited: Vec::new(),
        });
        at
    }

    fn added(&mut self, root: Value<'_>, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        self.start(None, sink);
        let Some(item) = root.member("item") else {
            return Ok(());
        };
        let at = self.locate(root, true);
        if self.items[at].done {
            return Ok(());
        }
        match read::kind(item) {
            b"reasoning" => self.parts.start(key(at, 0), PartStart::Reasoning, sink),
            b"function_call" | b"custom_tool_call" => {
                let [part] = &items::turn(item).parts[..] else {
                    return Ok(());
                };
                if let PartKind::ToolCall(call) = &part.kind {
                    self.parts.start(key(at, 0), start_of(call), sink);
                    let told = call.arguments.encoded();
                    // Some begin with an empty object and tell the arguments afterwards.
                    if !told.is("{}") {
                        let channel = Channel::Arguments;
                        self.parts.full(key(at, 0), channel, &told, sink)?;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A piece of an item.
    fn piece(
        &mut self,
        kind: &[u8],
        root: Value<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), StreamError> {
        let Some(told) = Told::of(kind, root) else {
            return Ok(());
        };
        self.start(None, sink);
        let at = self.locate(root, false);
        if self.items[at].done {
            return Ok(());
        }
        let index = root.member("content_index").and_then(Value::integer);
        self.tell((at, index.unwrap_or(0)), told, root, sink)
    }

    fn tell(
        &mut self,
        (at, index): (usize, u64),
        told: Told<'_>,
        root: Value<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), StreamError> {
        let within = match &told {
            Told::Piece(Delta::Text(_) | Delta::Refusal(_))
            | Told::Full(Channel::Text | Channel::Refusal, _)
            | Told::Citation(_)
            | Told::Part => index,
            _ => 0,
        };
        let known = key(at, within);
        if self.items[at].closed.contains(&within) {
            return Ok(());
        }
        if let Some(start) = told.start() {
            self.parts.start(known, start, sink);
        }
        match told {
            Told::Piece(delta) => {
                if matches!(delta, Delta::Text(_)) {
                    self.logprobs(root.member("logprobs"), sink);
                }
                self.parts.delta(known, delta, sink)
            }
            Told::Full(channel, text) => self.parts.full(known, channel, &text, sink),
            Told::Citation(citation) => {
                *self.cited(at, within) += 1;
                let citation = Box::new(content::citation(citation));
                self.parts
                    .delta(known, Delta::Citation(DIALECT, citation), sink)
            }
            Told::Part => match root.member("part") {
                Some(part) => self.part(at, within, &content::part(part), sink),
                None => Ok(()),
            },
        }
    }

    /// The log probabilities of a piece of text.
    fn logprobs(&mut self, found: Option<Value<'_>>, sink: &mut Sink<'_>) {
        let Some(found) = found.filter(|found| found.is_array() && !found.is_blank()) else {
            return;
        };
        self.logprobs = true;
        let mut out = Vec::new();
        Writer::new(&mut out).object(|o| {
            o.key("content").raw(found.raw());
            o.key("refusal").null();
        });
        sink(Event::Logprobs(Raw::written(out)));
    }

    fn cited(&mut self, at: usize, index: u64) -> &mut usize {
        let cited = &mut self.items[at].cited;
        // More parts than that are no message.
        let index = usize::try_from(index).unwrap_or(0).min(4096);
        if cited.len() <= index {
            cited.resize(index + 1, 0);
        }
        &mut cited[index]
    }

    /// A part of a message, as a whole.
    fn part(
        &mut self,
        at: usize,
        index: u64,
        part: &Part<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), StreamError> {
        if self.items[at].closed.contains(&index) {
            return Ok(());
        }
        let known = key(at, index);
        match &part.kind {
            PartKind::Text(text) => {
                // Texts that say nothing are no parts, unless they have begun to be.
                if !text.text.is_empty() {
                    self.parts.start(known, PartStart::Text, sink);
                }
                let logprobs = part.extras.iter().find(|e| e.key.is("logprobs"));
                if let (Some(logprobs), false) = (logprobs, self.logprobs) {
                    self.logprobs(Some(logprobs.value.value()), sink);
                    self.logprobs = false;
                }
                self.parts.full(known, Channel::Text, &text.text, sink)?;
                let told = std::mem::take(self.cited(at, index));
                let items = text.citations.iter().flat_map(|citations| &citations.items);
                for citation in items.skip(told) {
                    let citation = Box::new(citation.clone());
                    let delta = Delta::Citation(DIALECT, citation);
                    self.parts.delta(known, delta, sink)?;
                }
            }
            PartKind::Refusal(words) => {
                self.parts.start(known, PartStart::Refusal, sink);
                self.parts.full(known, Channel::Refusal, words, sink)?;
            }
            // Reasoning has parts too; the item tells them.
            _ => return Ok(()),
        }
        self.items[at].closed.push(index);
        self.parts.end(known, sink);
        Ok(())
    }

    /// A whole item.
    fn item(&mut self, at: usize, item: Value<'_>, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        if std::mem::replace(&mut self.items[at].done, true) {
            return Ok(());
        }
        let message = read::kind(item) == b"message";
        for (key, value) in item.members().filter(|(key, _)| key.0 == b"phase") {
            self.unnamed.keep(DIALECT, "output[]", (key, value));
        }
        let parts = items::turn(item).parts;
        for (index, part) in (0..).zip(parts) {
            match &part.kind {
                PartKind::Text(_) | PartKind::Refusal(_) if message => {
                    self.part(at, index, &part, sink)?;
                }
                PartKind::Reasoning(_) => self.reasoning(key(at, 0), part, sink)?,
                PartKind::ToolCall(call) => {
                    self.calls = true;
                    self.parts.start(key(at, 0), start_of(call), sink);
                    let told = call.arguments.encoded();
                    let channel = Channel::Arguments;
                    self.parts.full(key(at, 0), channel, &told, sink)?;
                    if let Some(state) = &call.state {
                        let state = Delta::State(state.clone());
                        self.parts.delta(key(at, 0), state, sink)?;
                    }
                    self.parts.end(key(at, 0), sink);
                }
                _ => self.parts.whole(part, sink)?,
            }
        }
        Ok(())
    }

    fn reasoning(
        &mut self,
        key: u64,
        part: Part<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), StreamError> {
        let PartKind::Reasoning(reasoning) = part.kind else {
            return Ok(());
        };
        self.parts.start(key, PartStart::Reasoning, sink);
        for (block, text) in (0..).zip(&reasoning.summary) {
            let channel = Channel::Summary(block);
            self.parts.full(key, channel, text, sink)?;
        }
        for (block, text) in (0..).zip(&reasoning.text) {
            let channel = Channel::Reasoning(block);
            self.parts.full(key, channel, text, sink)?;
        }
        if let Some(state) = reasoning.state {
            self.parts.delta(key, Delta::State(state), sink)?;
        }
        self.parts.end(key, sink);
        Ok(())
    }

    /// The answer is complete.
    fn completed(&mut self, root: Value<'_>, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        let response = root.member("response");
        self.start(response, sink);
        let member = |name| {
            let found = response.and_then(|response| response.member(name));
            found.filter(|value| !value.is_null())
        };
        if member("status").and_then(Value::raw_text) == Some(b"failed") {
            fail(root, member("error"), sink);
            return Ok(());
        }
        for (index, item) in (0..).zip(member("output").into_iter().flat_map(Value::elements)) {
            let id = item.member("id").and_then(Value::text).unwrap_or_default();
            let known = [self.numbered.get(&index), self.named.get(&*id)];
            if known.iter().flatten().any(|at| self.items[**at].done) {
                continue;
            }
            let at = self.take(index, &id);
            self.item(at, item, sink)?;
        }
        self.parts.end_all(sink);
        if let Some(counts) = member("usage").filter(|usage| usage.is_object()) {
            sink(Event::Usage(usage::read(DIALECT, counts)));
        }
        let named = match read::kind(root) {
            b"response.incomplete" => "incomplete",
            _ => "completed",
        };
        let status = member("status").and_then(Text::of);
        let status = status.unwrap_or(Text::from(named));
        for (key, value) in response.into_iter().flat_map(Value::members) {
            if !answer::is_named(key.0) {
                self.unnamed.keep(DIALECT, "response", (key, value));
            }
        }
        self.unnamed.tell(sink);
        if let Some(stop) = answer::stop_reason(Some(status), member("incomplete_details")) {
            sink(Event::Stop(stop.borne_out(self.calls)));
        }
        self.ended = true;
        sink(Event::End);
        Ok(())
    }

    /// The item of the final output that has that index or id; a new one if none has begun.
    fn take(&mut self, index: u64, id: &str) -> usize {
        let known = [self.numbered.get(&index), self.named.get(id)];
        let open = known.into_iter().flatten().copied().max();
        open.unwrap_or_else(|| self.begin(Some(index), id))
    }
}

/// The key of a part of an item.
fn key(at: usize, index: u64) -> u64 {
    ((at as u64) << 16) | index.min(0xffff)
}

fn start_of<'a>(call: &'a crate::hub::ToolCall<'_>) -> PartStart<'a> {
    PartStart::ToolCall(CallStart {
        id: call.id.borrow(),
        namespace: call.namespace.as_ref().map(Text::borrow),
        name: call.name.borrow(),
        kind: call.kind,
    })
}

fn fail(root: Value<'_>, error: Option<Value<'_>>, sink: &mut Sink<'_>) {
    let error = error.filter(|error| !error.is_blank());
    sink(Event::Error(InBandError::read(root.raw(), error)));
}
