//! Streams, read.

mod call;

use std::collections::HashMap;

use self::call::{Balance, Call, begin, more};
use super::{DIALECT, answer, parts};
use crate::codec::usage;
use crate::error::{ErrorKind, InBandError};
use crate::hub::sequence::Sequencer;
use crate::hub::unnamed::Kept;
use crate::hub::{
    Audio, CallKind, Delta, Event, Opaque, OpaqueKind, Part, PartKind, PartStart, Place, Placed,
    Raw, Sink, Source, Start, StopReason, StreamError, Text,
};
use crate::json::value::{Key, Value};
use smallvec::SmallVec;

/// Keys of text, refusals and reasoning; calls count from 0.
const FLOWS: u64 = 1 << 32;

/// Reads the chunks of a stream.
#[derive(Debug, Default)]
pub(in crate::codec) struct StreamDecoder {
    parts: Sequencer,
    started: bool,
    /// What is being said at the moment, under which key.
    flow: Option<(Flow, u64)>,
    flows: u64,
    calls: Vec<Call>,
    /// The last call of each index.
    last: HashMap<u64, usize>,
    /// How many of the first calls have ended.
    ended: usize,
    details: String,
    /// Whether reasoning is told in words beside its details.
    worded: bool,
    audio: Option<Spoken>,
    stopped: bool,
    unnamed: Kept,
    /// Whether the last chunk had text and nothing else that says anything.
    plain: bool,
}

/// A spoken answer, which is handed on as a whole.
#[derive(Debug, Default)]
struct Spoken {
    data: String,
    transcript: String,
    expires_at: Option<Raw<'static>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Text,
    Refusal,
    Reasoning,
}

impl StreamDecoder {
    pub(in crate::codec) fn event(
        &mut self,
        root: Value<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), StreamError> {
        self.plain = false;
        let mut choice = None;
        let mut counts = None;
        for (key, value) in root.members() {
            match key.0 {
                b"error" if !value.is_blank() => {
                    sink(Event::Error(InBandError::read(root.raw(), Some(value))));
                    return Ok(());
                }
                b"choices" => {
                    for one in value.elements().map(Choice::of) {
                        if !one.is_first() {
                            self.unnamed.further(DIALECT, "choices[1]");
                        } else if choice.is_none() {
                            choice = Some(one);
                        }
                    }
                }
                b"usage" if value.is_object() => counts = Some(value),
                b"id" | b"object" | b"created" | b"model" | b"service_tier" | b"usage"
                | b"error" => {}
                _ => self.unnamed.keep(DIALECT, "", (key, value)),
            }
        }
        self.start(root, sink);
        let inner = choice.as_ref().and_then(|choice| choice.usage);
        if let Some(counts) = counts.or(inner) {
            sink(Event::Usage(usage::read(DIALECT, counts)));
        }
        match choice {
            Some(choice) => self.choice(choice, sink),
            None => Ok(()),
        }
    }

    /// `[DONE]`: the upstream says that the answer is complete. One that never gives a reason must at
    /// least not break off in the middle of a call.
    pub(in crate::codec) fn done(&mut self, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        if !self.stopped {
            let whole = self
                .calls
                .iter()
                .all(|call| call.kind == CallKind::Custom || call.json.is_whole());
            if !self.started || !whole {
                return Err(StreamError::Truncated);
            }
            self.stop(StopReason::EndTurn, sink)?;
        }
        sink(Event::End);
        Ok(())
    }

    pub(in crate::codec) fn finish(&mut self, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        if !self.stopped {
            return Err(StreamError::Truncated);
        }
        sink(Event::End);
        Ok(())
    }

    /// Whether the last chunk was more text and nothing else.
    pub(in crate::codec) fn text_key(&self) -> Option<u64> {
        self.plain.then_some(0)
    }

    /// More text.
    pub(in crate::codec) fn text(
        &mut self,
        text: Text<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), StreamError> {
        if self.stopped {
            return Ok(());
        }
        self.say(Flow::Text, Delta::Text(text), sink)
    }

    fn start(&mut self, root: Value<'_>, sink: &mut Sink<'_>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        let mut start = Start::default();
        for (key, value) in root.members() {
            match key.0 {
                b"id" => start.id = Text::of(value).unwrap_or_default(),
                b"model" => start.model = Text::of(value).unwrap_or_default(),
                b"created" => start.created = value.integer(),
                b"service_tier" => start.service_tier = Text::of(value),
                _ => {}
            }
        }
        sink(Event::Start(start));
    }

    fn choice(&mut self, choice: Choice<'_>, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        if self.stopped {
            return Ok(());
        }
        for (key, value) in choice.unnamed {
            self.unnamed.keep(DIALECT, "choices[0]", (key, value));
        }
        for delta in choice.deltas {
            self.delta(delta, sink)?;
        }
        if let Some(logprobs) = choice.logprobs {
            sink(Event::Logprobs(Raw::of(logprobs)));
        }
        match choice.reason {
            Some(reason) if answer::is_failure(&reason) => {
                sink(Event::Error(broken_off(&reason)));
                Ok(())
            }
            Some(reason) => self.stop(answer::stop_reason(reason), sink),
            None => Ok(()),
        }
    }

    fn stop(&mut self, reason: StopReason<'_>, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        self.stopped = true;
        self.end_flow(sink)?;
        self.parts.end_all(sink);
        if let Some(spoken) = self.audio.take() {
            sink(Event::Part(spoken.into_part()));
        }
        self.unnamed.tell(sink);
        let calls = self.calls.iter().any(Call::has_begun);
        sink(Event::Stop(reason.borne_out(calls)));
        Ok(())
    }

    fn delta(&mut self, delta: Value<'_>, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        let members: SmallVec<[_; 4]> = delta.members().collect();
        self.plain = members
            .iter()
            .all(|(key, value)| matches!(key.0, b"content" | b"role") || value.is_null());
        let reasoning = |key: &[u8]| matches!(key, b"reasoning_content" | b"reasoning");
        // Reasoning comes first, whatever the order of the members.
        let thought = members
            .iter()
            .filter(|(key, _)| reasoning(key.0))
            .filter_map(|(_, value)| Text::of(*value))
            .find(|text| !text.is_empty());
        if let Some(text) = thought {
            self.worded = true;
            let delta = Delta::Reasoning { block: 0, text };
            self.say(Flow::Reasoning, delta, sink)?;
        }
        for (key, value) in members {
            let text = Text::of(value).filter(|text| !text.is_empty());
            match (key.0, text) {
                (b"content", Some(text)) => self.say(Flow::Text, Delta::Text(text), sink)?,
                (b"content", None) => {
                    for text in value
                        .elements()
                        .filter_map(|part| Text::of(part.member("text")?))
                    {
                        self.say(Flow::Text, Delta::Text(text), sink)?;
                    }
                }
                (b"refusal", Some(text)) => self.say(Flow::Refusal, Delta::Refusal(text), sink)?,
                (b"reasoning_details", None) => self.details(value, sink)?,
                (b"audio", None) if value.is_object() => self.audio(value),
                (b"annotations", None) => {
                    for citation in value.elements().map(parts::citation) {
                        let citation = Delta::Citation(DIALECT, Box::new(citation));
                        self.say(Flow::Text, citation, sink)?;
                    }
                }
                (b"tool_calls", None) => {
                    for call in value.elements() {
                        self.call(call, sink)?;
                    }
                }
                (b"function_call", None) if value.is_object() => self.call(value, sink)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn audio(&mut self, value: Value<'_>) {
        let spoken = self.audio.get_or_insert_default();
        for (key, value) in value.members() {
            let text = Text::of(value).unwrap_or_default();
            match key.0 {
                b"data" => spoken.data.push_str(&text.resolve()),
                b"transcript" => spoken.transcript.push_str(&text.resolve()),
                b"expires_at" if !value.is_null() => {
                    spoken.expires_at = Some(Raw::of(value).into_owned());
                }
                _ => {}
            }
        }
    }

    /// More of what is being said; something else begins a part of its own.
    fn say(
        &mut self,
        flow: Flow,
        delta: Delta<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), StreamError> {
        let key = match self.flow {
            Some((current, key)) if current == flow => key,
            _ => {
                self.end_flow(sink)?;
                self.end_whole_calls(sink);
                let key = FLOWS + self.flows;
                self.flows += 1;
                self.flow = Some((flow, key));
                let start = match flow {
                    Flow::Text => PartStart::Text,
                    Flow::Refusal => PartStart::Refusal,
                    Flow::Reasoning => PartStart::Reasoning,
                };
                self.parts.start(key, start, sink);
                key
            }
        };
        self.parts.delta(key, delta, sink)
    }

    fn end_flow(&mut self, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        let Some((flow, key)) = self.flow.take() else {
            return Ok(());
        };
        if flow == Flow::Reasoning && !self.details.is_empty() {
            let data = format!("[{}]", std::mem::take(&mut self.details));
            let state = Opaque::issued(DIALECT, OpaqueKind::Details, Text::plain(data));
            self.parts.delta(key, Delta::State(state), sink)?;
        }
        self.parts.end(key, sink);
        Ok(())
    }

    /// Details of reasoning are its state, all together; what they tell in words is told only when
    /// nothing else tells it.
    fn details(&mut self, value: Value<'_>, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        for detail in value.elements() {
            let words = detail.member("text").or_else(|| detail.member("summary"));
            let words = words.and_then(Text::of).filter(|_| !self.worded);
            let text = words.unwrap_or_default();
            self.say(Flow::Reasoning, Delta::Reasoning { block: 0, text }, sink)?;
            if !self.details.is_empty() {
                self.details.push(',');
            }
            self.details
                .push_str(&String::from_utf8_lossy(detail.raw()));
        }
        Ok(())
    }

    /// More of a call. A new one is told by its index, or by a new id and a name.
    fn call(&mut self, value: Value<'_>, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        self.end_flow(sink)?;
        let custom = value.member("custom").filter(|inner| inner.is_object());
        let inner = value
            .member("function")
            .filter(|inner| inner.is_object())
            .or(custom)
            .unwrap_or(value);
        let name = inner
            .member("name")
            .and_then(Text::of)
            .filter(|name| !name.is_empty());
        let id = value
            .member("id")
            .and_then(Text::of)
            .filter(|id| !id.is_empty());
        let index = value.member("index").and_then(Value::integer);
        let index = index.unwrap_or_else(|| self.calls.last().map_or(0, |call| call.index));
        let known = self.last.get(&index).copied();
        let other = |call: &Call| {
            name.is_some()
                && id
                    .as_ref()
                    .is_some_and(|id| !call.id.is_empty() && !id.is(&call.id))
        };
        let at = if let Some(at) = known.filter(|at| !other(&self.calls[*at])) {
            at
        } else {
            self.end_whole_calls(sink);
            self.last.insert(index, self.calls.len());
            self.calls.push(Call {
                index,
                key: self.calls.len() as u64,
                id: String::new(),
                early: Some(String::new()),
                kind: if custom.is_some() {
                    CallKind::Custom
                } else {
                    CallKind::Function
                },
                json: Balance::default(),
            });
            self.calls.len() - 1
        };
        let call = &mut self.calls[at];
        if let (Some(id), true) = (&id, call.id.is_empty()) {
            call.id = id.resolve().into_owned();
        }
        let arguments = inner.member("arguments").or_else(|| inner.member("input"));
        begin(call, name, &mut self.parts, sink)?;
        match arguments {
            Some(arguments) => more(call, arguments, &mut self.parts, sink),
            None => Ok(()),
        }
    }

    /// Ends the calls whose arguments are whole, in their order: nothing that is still JSON can be
    /// added to them.
    fn end_whole_calls(&mut self, sink: &mut Sink<'_>) {
        while let Some(call) = self.calls.get(self.ended) {
            if call.kind != CallKind::Function || !call.json.is_whole() {
                return;
            }
            self.parts.end(call.key, sink);
            self.ended += 1;
        }
    }
}

fn broken_off(reason: &Text<'_>) -> InBandError {
    let word = reason.resolve().into_owned();
    InBandError {
        kind: ErrorKind::ServerError,
        status: None,
        message: format!("The upstream broke the answer off: {word}."),
        code: Some(word),
    }
}

impl Spoken {
    fn into_part(self) -> Part<'static> {
        let transcript = Some(self.transcript).filter(|text| !text.is_empty());
        let audio = Audio {
            source: Source::Base64 {
                media_type: None,
                data: Text::plain(self.data),
            },
            format: None,
            transcript: transcript.map(|text| Placed::nowhere(Text::plain(text))),
            expires_at: self.expires_at.map(Placed::nowhere),
        };
        Part::new(Place::NONE, PartKind::Audio(audio))
    }
}

/// One of the answers of a chunk.
#[derive(Debug, Default)]
struct Choice<'a> {
    index: Option<Value<'a>>,
    /// What it says; hardly ever more than one.
    deltas: SmallVec<[Value<'a>; 1]>,
    logprobs: Option<Value<'a>>,
    reason: Option<Text<'a>>,
    /// Token counts, which some upstreams tell here.
    usage: Option<Value<'a>>,
    /// Members without a name.
    unnamed: SmallVec<[(Key<'a>, Value<'a>); 1]>,
}

impl<'a> Choice<'a> {
    fn of(value: Value<'a>) -> Self {
        let mut choice = Self::default();
        for (key, value) in value.members() {
            match key.0 {
                b"index" => choice.index = Some(value),
                b"delta" | b"message" if value.is_object() => choice.deltas.push(value),
                b"logprobs" if value.is_object() => choice.logprobs = Some(value),
                b"finish_reason" => {
                    choice.reason = Text::of(value).filter(|reason| !reason.is_empty());
                }
                b"usage" if value.is_object() => choice.usage = Some(value),
                b"delta" | b"message" | b"logprobs" | b"usage" => {}
                _ => choice.unnamed.push((key, value)),
            }
        }
        choice
    }

    fn is_first(&self) -> bool {
        self.index
            .is_none_or(|index| index.integer() == Some(0) || index.is_null())
    }
}
