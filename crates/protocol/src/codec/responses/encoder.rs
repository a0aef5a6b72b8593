//! Streams, written. Buffered answers are written by the same steps, without the events.

mod call;
mod line;
mod logprobs;
mod reasoning;
mod text;

use self::call::CallItem;
use self::line::Line;
use self::reasoning::ReasoningItem;
use self::text::TextItem;
use super::{DIALECT, echo};
use crate::codec::error;
use crate::codec::view::{Emit, View};
use crate::hub::{
    CallStart, Delta, Event, Image, Part, PartKind, PartStart, Place, Reason, Source, Start,
    StopReason, Text, ToolCall,
};
use crate::json::value::Value;
use crate::json::writer::Writer;
use crate::usage::Usage;

/// Writes the events of a stream.
#[derive(Debug, Default)]
pub(in crate::codec) struct StreamEncoder {
    started: bool,
    /// Whether the answer comes from an upstream of this dialect.
    own: bool,
    id: String,
    created: u64,
    line: Line,
    open: Open,
    usage: Usage,
    tier: Option<Text<'static>>,
    stop: Option<StopReason<'static>>,
    refused: bool,
    /// Log probabilities that came before their text: elements of an array.
    logprobs: Vec<u8>,
}

/// The item that is open. Every part is an item of its own.
#[derive(Debug, Default)]
enum Open {
    #[default]
    Nothing,
    Text(Box<TextItem>),
    /// A text that is whole. It waits for what comes next: only then it is known whether the limit
    /// on tokens has cut it.
    Ending(Box<TextItem>),
    Reasoning(Box<ReasoningItem>),
    Call(Box<CallItem>),
}

impl StreamEncoder {
    /// An encoder that keeps the items and writes no events.
    pub(super) fn silent(own: bool) -> Self {
        Self {
            own,
            line: Line::silent(),
            ..Self::default()
        }
    }

    pub(in crate::codec) fn next_sequence(&self) -> u64 {
        self.line.sequence()
    }

    pub(in crate::codec) fn event(&mut self, event: Event<'_>, emit: &mut Emit<'_>) {
        if !matches!(event, Event::Start(_) | Event::Error(_)) && !self.started {
            self.start(Start::default(), emit);
        }
        match event {
            Event::Start(start) => self.start(start, emit),
            Event::PartStart(start) => self.part_start(start, emit),
            Event::Delta(delta) => self.delta(delta, Place::NONE, emit),
            Event::PartEnd => self.part_end(emit),
            Event::Part(part) => self.part(&part, emit),
            Event::Logprobs(raw) => self.take_logprobs(raw.value().member("content")),
            Event::Unnamed(_) => {}
            Event::Usage(usage) => self.usage.merge(&usage),
            Event::Stop(stop) => self.stopped(stop, emit),
            Event::End => self.end(emit),
            Event::Error(failure) => {
                error::write_event(DIALECT, &failure, self.line.next(), emit.out);
            }
        }
    }

    fn start(&mut self, start: Start<'_>, emit: &mut Emit<'_>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        self.usage.merge(&start.usage);
        self.own |= start.id.starts_with("resp_");
        self.created = emit.view.created;
        if self.own && !start.id.is_empty() {
            self.id = start.id.into_resolved().into_owned();
            self.created = start.created.unwrap_or(self.created);
            self.tier = start.service_tier.map(Text::into_owned);
        } else {
            self.id = emit.view.made_id("resp_", 0);
        }
        for name in ["response.created", "response.in_progress"] {
            self.whole(name, "in_progress", emit);
        }
    }

    /// An event that holds the answer as it is by now.
    fn whole(&mut self, name: &str, status: &str, emit: &mut Emit<'_>) {
        let mut line = std::mem::take(&mut self.line);
        line.send(emit.out, name, |o, items| {
            o.key("response").open(b'{');
            self.object(status, items, emit.view, o);
            o.close(b'}');
        });
        self.line = line;
    }

    fn part_start(&mut self, start: PartStart<'_>, emit: &mut Emit<'_>) {
        self.close("completed", emit);
        let number = self.line.index() + 1;
        self.open = match start {
            PartStart::Text => Open::Text(Box::new(TextItem::new(
                emit.view.made_id("msg_", number),
                false,
                std::mem::take(&mut self.logprobs),
            ))),
            PartStart::Refusal => {
                self.refused = true;
                let id = emit.view.made_id("msg_", number);
                Open::Text(Box::new(TextItem::new(id, true, Vec::new())))
            }
            PartStart::Reasoning => {
                let id = emit.view.made_id(super::MADE_REASONING, number);
                Open::Reasoning(Box::new(ReasoningItem::new(id, self.own)))
            }
            PartStart::ToolCall(start) => {
                Open::Call(Box::new(CallItem::new(start, number, emit.view)))
            }
        };
    }

    fn delta(&mut self, delta: Delta<'_>, place: Place, emit: &mut Emit<'_>) {
        let line = &mut self.line;
        match (&mut self.open, delta) {
            (Open::Text(item), Delta::Text(text) | Delta::Refusal(text)) => {
                item.push(&text, line, emit.out);
            }
            (Open::Text(item), Delta::Citation(dialect, citation)) => {
                let told = item.cite(dialect, &citation);
                let reason = (!told).then_some(Reason::NotInDialect);
                if let Some(reason) = reason {
                    emit.loss.drop_member(place, "citations", reason);
                }
            }
            (Open::Text(_), Delta::State(_)) => {
                emit.loss.drop_member(place, "state", Reason::NotInDialect);
            }
            (Open::Reasoning(item), Delta::Reasoning { block, text }) => {
                item.push((false, block), &text, line, emit.out);
            }
            (Open::Reasoning(item), Delta::Summary { block, text }) => {
                item.push((true, block), &text, line, emit.out);
            }
            (Open::Reasoning(item), Delta::State(state)) => {
                item.state(&state, emit.view, line, emit.out);
            }
            (Open::Call(item), Delta::State(state)) => item.state(&state),
            (Open::Call(item), Delta::Arguments(text)) => {
                item.push(&text, emit.view, line, emit.out);
            }
            _ => {}
        }
    }

    fn part_end(&mut self, emit: &mut Emit<'_>) {
        match std::mem::take(&mut self.open) {
            Open::Text(item) => self.open = Open::Ending(item),
            open => {
                self.open = open;
                self.close("completed", emit);
            }
        }
    }

    /// Closes the open item. One that has not ended stays open for ever: it is not complete.
    fn close(&mut self, status: &str, emit: &mut Emit<'_>) {
        match std::mem::take(&mut self.open) {
            Open::Nothing => {}
            Open::Text(item) | Open::Ending(item) => item.finish(status, &mut self.line, emit.out),
            Open::Reasoning(item) => item.finish(&mut self.line, emit.out),
            Open::Call(item) => item.finish(emit, &mut self.line),
        }
    }

    fn take_logprobs(&mut self, content: Option<Value<'_>>) {
        let slot = match &mut self.open {
            Open::Text(item) | Open::Ending(item) => item.logprobs(),
            _ => &mut self.logprobs,
        };
        let elements = content.into_iter().flat_map(Value::elements);
        for element in elements {
            if !slot.is_empty() {
                slot.push(b',');
            }
            // The comma stands already.
            logprobs::write(element, true, &mut Writer::new(slot));
        }
    }

    /// A whole part, in the steps of a stream where it has some.
    pub(super) fn part(&mut self, part: &Part<'_>, emit: &mut Emit<'_>) {
        let place = part.place;
        match &part.kind {
            PartKind::Text(text) => {
                self.part_start(PartStart::Text, emit);
                if let (Open::Text(item), true) = (&mut self.open, self.own) {
                    item.keep_phase(&part.extras);
                }
                self.delta(Delta::Text(text.text.borrow()), place, emit);
                if let Some(citations) = &text.citations {
                    for citation in &citations.items {
                        let citation = Box::new(citation.clone());
                        let delta = Delta::Citation(citations.dialect, citation);
                        self.delta(delta, citations.place, emit);
                    }
                }
                self.tell(text.state.clone().map(Delta::State), place, emit);
            }
            PartKind::Refusal(words) => {
                self.part_start(PartStart::Refusal, emit);
                self.delta(Delta::Refusal(words.borrow()), place, emit);
            }
            PartKind::Reasoning(reasoning) => {
                self.part_start(PartStart::Reasoning, emit);
                for (block, text) in (0..).zip(&reasoning.summary) {
                    let text = text.borrow();
                    self.delta(Delta::Summary { block, text }, place, emit);
                }
                for (block, text) in (0..).zip(&reasoning.text) {
                    let text = text.borrow();
                    self.delta(Delta::Reasoning { block, text }, place, emit);
                }
                self.tell(reasoning.state.clone().map(Delta::State), place, emit);
            }
            PartKind::Redacted(state) => {
                self.part_start(PartStart::Reasoning, emit);
                self.delta(Delta::State(state.clone()), place, emit);
            }
            PartKind::ToolCall(call) => self.call(call, place, emit),
            _ => return self.item(part, emit),
        }
        self.part_end(emit);
    }

    fn tell(&mut self, delta: Option<Delta<'_>>, place: Place, emit: &mut Emit<'_>) {
        if let Some(delta) = delta {
            self.delta(delta, place, emit);
        }
    }

    fn call(&mut self, call: &ToolCall<'_>, place: Place, emit: &mut Emit<'_>) {
        let start = CallStart {
            id: call.id.borrow(),
            namespace: call.namespace.as_ref().map(Text::borrow),
            name: call.name.borrow(),
            kind: call.kind,
        };
        self.part_start(PartStart::ToolCall(start), emit);
        if let (Open::Call(item), Some(id), true) = (&mut self.open, &call.item_id, self.own) {
            item.keep_id(id);
        }
        self.tell(call.state.clone().map(Delta::State), place, emit);
        self.delta(Delta::Arguments(call.arguments.encoded()), place, emit);
    }

    /// A part that is one item, told at once.
    fn item(&mut self, part: &Part<'_>, emit: &mut Emit<'_>) {
        self.close("completed", emit);
        match &part.kind {
            PartKind::Server(item) if item.dialect == DIALECT => {
                self.line.at_once(item.raw.bytes(), emit.out);
            }
            PartKind::Foreign(foreign) if foreign.dialect == DIALECT => {
                self.line.at_once(foreign.raw.bytes(), emit.out);
            }
            PartKind::Image(Image {
                source: Source::Base64 { data, .. },
                ..
            }) => {
                let id = emit.view.made_id("ig_", self.line.index() + 1);
                let mut item = Vec::new();
                Writer::new(&mut item).object(|o| {
                    o.key("id").string(&id);
                    o.key("type").string("image_generation_call");
                    o.key("status").string("completed");
                    o.key("result").text(data);
                });
                self.line.at_once(&item, emit.out);
            }
            PartKind::Server(_) => {
                emit.loss
                    .drop_member(part.place, "", Reason::NoSuchServerTool);
            }
            _ => emit.loss.drop_member(part.place, "", Reason::NotInDialect),
        }
    }

    fn stopped(&mut self, stop: StopReason<'_>, emit: &mut Emit<'_>) {
        let (status, _) = outcome(Some(&stop), self.refused);
        self.close(status, emit);
        if let (StopReason::Refusal(Some(words)), false) = (&stop, self.refused) {
            self.part_start(PartStart::Refusal, emit);
            self.delta(Delta::Refusal(words.borrow()), Place::NONE, emit);
            self.close("completed", emit);
        }
        self.stop = Some(stop.into_owned());
    }

    fn end(&mut self, emit: &mut Emit<'_>) {
        self.close("completed", emit);
        let (status, _) = outcome(self.stop.as_ref(), self.refused);
        let name = match status {
            "incomplete" => "response.incomplete",
            _ => "response.completed",
        };
        self.whole(name, status, emit);
    }

    /// The members of the whole answer.
    pub(super) fn members(&self, view: &View, o: &mut Writer<'_>) {
        let (status, _) = outcome(self.stop.as_ref(), self.refused);
        self.object(status, self.line.items(), view, o);
    }

    fn object(&self, status: &str, items: &[u8], view: &View, o: &mut Writer<'_>) {
        let begins = status == "in_progress";
        o.key("id").string(&self.id);
        o.key("object").string("response");
        o.key("created_at").number(self.created);
        o.key("status").string(status);
        o.key("error").null();
        match outcome(self.stop.as_ref(), self.refused).1 {
            Some(reason) => o
                .key("incomplete_details")
                .object(|o| o.key("reason").string(reason)),
            None => o.key("incomplete_details").null(),
        }
        o.key("model").string(&view.model);
        o.key("output").open(b'[');
        if !items.is_empty() {
            o.raw(items);
        }
        o.close(b']');
        if !(begins || self.usage.is_empty()) {
            write_usage(&self.usage, o);
        }
        if let Some(tier) = &self.tier {
            o.key("service_tier").text(tier);
        }
        if view.echo.is_empty() {
            o.raw(&echo::defaults());
        } else {
            o.raw(&view.echo);
        }
    }
}

/// The status of an answer, and why it is incomplete.
const fn outcome(
    stop: Option<&StopReason<'_>>,
    refused: bool,
) -> (&'static str, Option<&'static str>) {
    match stop {
        Some(StopReason::MaxTokens | StopReason::ContextExceeded) => {
            ("incomplete", Some("max_output_tokens"))
        }
        Some(StopReason::ContentFilter) => ("incomplete", Some("content_filter")),
        Some(StopReason::Refusal(None)) if !refused => ("incomplete", Some("content_filter")),
        _ => ("completed", None),
    }
}

/// Writes token counts; this dialect asks for every member.
fn write_usage(usage: &Usage, o: &mut Writer<'_>) {
    o.key("usage").object(|o| {
        o.key("input_tokens").number(usage.input.unwrap_or(0));
        o.key("input_tokens_details").object(|o| {
            o.key("cached_tokens").number(usage.cached.unwrap_or(0));
            o.key("cache_write_tokens")
                .number(usage.cache_write.unwrap_or(0));
        });
        o.key("output_tokens").number(usage.output.unwrap_or(0));
        o.key("output_tokens_details").object(|o| {
            o.key("reasoning_tokens")
                .number(usage.reasoning.unwrap_or(0));
        });
        o.key("total_tokens").number(usage.total().unwrap_or(0));
    });
}
