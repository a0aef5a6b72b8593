//! Streams for callers, written. Calls are written whole; everything else as it comes.

use std::collections::HashMap;

use super::answer::is_malformed;
use super::carried::Carried;
use super::grounding::{self, Reference};
use super::pen::{Pen, Side};
use super::{DIALECT, extras, logprobs, stop, usage};
use crate::codec::error::write_event;
use crate::codec::sse;
use crate::codec::view::{Emit, View};
use crate::hub::wrap::arguments;
use crate::hub::{
    Arguments, CallKind, CallStart, Delta, Event, Extra, Loss, Opaque, Part, PartKind, PartStart,
    Place, Raw, Reason, StopReason, Text, ToolCall,
};
use crate::json::writer::Writer;
use crate::usage::Usage;

/// Writes one stream.
#[derive(Debug, Default)]
pub(in crate::codec) struct StreamEncoder {
    id: String,
    open: Open,
    /// The reasoning that the next call carries.
    carried: Carried,
    /// A call without arguments: whether it is complete is known when something follows it.
    held: Option<Part<'static>>,
    /// Whether a call was left out since its arguments are no JSON.
    malformed: bool,
    usage: Usage,
    stop: Option<StopReason<'static>>,
    references: Vec<Reference>,
    /// Members without a name, for the last event.
    extras: Vec<Extra<'static>>,
}

/// The part that is open, and what of it is still to be written.
#[derive(Debug, Default)]
enum Open {
    #[default]
    Nothing,
    Text {
        /// All of it, for references to it.
        text: String,
        state: Option<Opaque<'static>>,
    },
    Refusal,
    Thought {
        /// The block that was written last.
        block: Option<(bool, u32)>,
        words: String,
        state: Option<Opaque<'static>>,
    },
    Call {
        call: CallStart<'static>,
        arguments: String,
        state: Option<Opaque<'static>>,
    },
}

impl StreamEncoder {
    /// Writes an event.
    pub(in crate::codec) fn event(&mut self, event: Event<'_>, emit: &mut Emit<'_>) {
        match event {
            Event::Start(start) => {
                self.id = match &*start.id.resolve() {
                    "" => emit.view.made_id("", 0),
                    id => id.to_owned(),
                };
                self.usage.merge(&start.usage);
            }
            Event::PartStart(start) => {
                self.release(emit);
                self.open = Open::of(start);
            }
            Event::Delta(delta) => self.delta(delta, emit),
            Event::PartEnd => self.end_part(emit),
            Event::Part(part) => {
                self.release(emit);
                self.carried.part(&part, &emit.view.scope);
                self.part(&part, None, emit);
            }
            Event::Logprobs(raw) => self.logprobs(&raw, emit),
            Event::Unnamed(unnamed) if unnamed.is_for(DIALECT) => {
                self.extras.push(unnamed.extra.into_owned());
            }
            Event::Unnamed(_) => {}
            Event::Usage(usage) => self.usage.merge(&usage),
            Event::Stop(reason) => {
                if reason.cuts() && self.held.take().is_some() {
                    emit.loss
                        .drop_member(Place::NONE, "arguments", Reason::Invalid);
                }
                self.release(emit);
                self.stop = Some(reason.into_owned());
            }
            Event::End => self.end(emit),
            Event::Error(error) => write_event(DIALECT, &error, 0, emit.out),
        }
    }

    fn delta(&mut self, delta: Delta<'_>, emit: &mut Emit<'_>) {
        match (&mut self.open, delta) {
            (Open::Text { text, .. }, Delta::Text(more)) => {
                text.push_str(&more.resolve());
                self.piece(&more, false, emit);
            }
            (Open::Text { text, .. }, Delta::Citation(_, citation)) => {
                match Reference::of(&citation, text) {
                    Some(reference) => self.references.push(reference),
                    None => emit
                        .loss
                        .drop_member(Place::NONE, "citations", Reason::NotInDialect),
                }
            }
            (Open::Refusal, Delta::Refusal(more)) => self.piece(&more, false, emit),
            (Open::Thought { block, words, .. }, Delta::Reasoning { block: at, text }) => {
                *block = Some((false, at));
                words.push_str(&text.resolve());
                self.piece(&text, true, emit);
            }
            (Open::Thought { block, words, .. }, Delta::Summary { block: at, text }) => {
                let before = block.replace((true, at));
                // The reasoning itself comes before what is told of it.
                if before.is_some_and(|(summary, _)| !summary) {
                    *block = before;
                    return;
                }
                let apart = before.is_some_and(|(_, last)| last != at);
                words.push_str(if apart { "\n\n" } else { "" });
                words.push_str(&text.resolve());
                if apart {
                    self.piece(&Text::from("\n\n"), true, emit);
                }
                self.piece(&text, true, emit);
            }
            (Open::Call { arguments, .. }, Delta::Arguments(more)) => {
                arguments.push_str(&more.resolve());
            }
            (
                Open::Text { state, .. } | Open::Thought { state, .. } | Open::Call { state, .. },
                Delta::State(new),
            ) => *state = Some(new.into_owned()),
            _ => {}
        }
    }

    /// One more piece of text or thought.
    fn piece(&self, text: &Text<'_>, thought: bool, emit: &mut Emit<'_>) {
        if text.is_empty() || (thought && emit.view.hide_reasoning) {
            return;
        }
        self.chunk(emit, |json, _| {
            json.object(|o| {
                o.key("text").text(text);
                if thought {
                    o.key("thought").boolean(true);
                }
            });
        });
    }

    fn end_part(&mut self, emit: &mut Emit<'_>) {
        match std::mem::take(&mut self.open) {
            Open::Text { text, state } => {
                if !text.is_empty() {
                    self.carried.text();
                }
                if let Some(state) = state {
                    self.signed(&state, false, emit);
                }
            }
            Open::Thought { words, state, .. } => {
                let scope = &emit.view.scope;
                self.carried.reasoning(&words, state.as_ref(), scope);
                if let Some(state) = state {
                    self.signed(&state, true, emit);
                }
            }
            Open::Call {
                call,
                arguments: text,
                state,
            } => {
                let text = Text::plain(text);
                let call = ToolCall {
                    id: call.id,
                    item_id: None,
                    namespace: call.namespace,
                    name: call.name,
                    kind: call.kind,
                    arguments: match call.kind {
                        CallKind::Custom => Arguments::Free(text),
                        _ => Arguments::Encoded(text),
                    },
                    state,
                };
                let blank = arguments(&call).is_some_and(|object| *object == *b"{}");
                self.held = Some(Part::new(Place::NONE, PartKind::ToolCall(Box::new(call))));
                if !blank {
                    self.release(emit);
                }
            }
            Open::Refusal => self.carried.text(),
            Open::Nothing => {}
        }
    }

    /// Writes the call that was held back.
    fn release(&mut self, emit: &mut Emit<'_>) {
        let Some(call) = self.held.take() else { return };
        let carried = self.carried.part(&call, &emit.view.scope);
        self.malformed |= is_malformed(&call);
        self.part(&call, carried, emit);
    }

    /// The state of what has been written.
    fn signed(&self, state: &Opaque<'_>, thought: bool, emit: &mut Emit<'_>) {
        let signature = state.for_client(DIALECT, &emit.view.scope);
        self.chunk(emit, |json, _| {
            json.object(|o| {
                o.key("text").string("");
                if thought {
                    o.key("thought").boolean(true);
                }
                o.key("thoughtSignature").text(&signature);
            });
        });
    }

    /// A whole part.
    fn part(&self, part: &Part<'_>, carried: Option<Text<'static>>, emit: &mut Emit<'_>) {
        let (view, calls) = (emit.view, HashMap::new());
        let before = emit.out.len();
        let empty = self.chunk(emit, |json, loss| {
            let mut pen = Pen {
                side: Side::Client(view),
                from: DIALECT,
                own: false,
                calls: &calls,
                contents: 0,
                carried,
                json: json.reborrow(),
                loss,
            };
            pen.part(part);
        });
        if empty {
            emit.out.truncate(before);
        }
    }

    /// One event with the parts that `parts` writes; says whether there are none.
    fn chunk(&self, emit: &mut Emit<'_>, parts: impl FnOnce(&mut Writer<'_>, &mut Loss)) -> bool {
        let Emit { view, loss, out } = emit;
        let mut empty = false;
        sse::data(out, |o| {
            o.key("candidates").array(|a| {
                a.object(|o| {
                    o.key("content").object(|o| {
                        o.key("parts").array(|a| {
                            let start = a.len();
                            parts(a, loss);
                            empty = a.len() == start;
                        });
                        o.key("role").string("model");
                    });
                    o.key("index").number(0);
                });
            });
            self.named(view, o);
        });
        empty
    }

    /// The members that every event has.
    fn named(&self, view: &View, o: &mut Writer<'_>) {
        o.key("modelVersion").string(&view.model);
        o.key("responseId").string(&self.id);
    }

    fn logprobs(&self, raw: &Raw<'_>, emit: &mut Emit<'_>) {
        let view = emit.view;
        sse::data(emit.out, |o| {
            o.key("candidates").array(|a| {
                a.object(|o| {
                    o.key("index").number(0);
                    logprobs::write(raw.value(), o);
                });
            });
            self.named(view, o);
        });
    }

    fn end(&self, emit: &mut Emit<'_>) {
        let view = emit.view;
        sse::data(emit.out, |o| {
            o.key("candidates").array(|a| a.object(|o| self.last(o)));
            usage::write(&self.usage, o);
            self.named(view, o);
            extras::write(&self.extras, true, o, |extra| {
                !extras::is_of_candidate(extra)
            });
        });
    }

    /// The candidate that ends a stream.
    fn last(&self, o: &mut Writer<'_>) {
        // Clients look into the content of every candidate.
        o.key("content").object(|o| {
            o.key("parts")
                .array(|a| a.object(|o| o.key("text").string("")));
            o.key("role").string("model");
        });
        if let Some(reason) = &self.stop {
            let word = stop::word(reason, true);
            let malformed = self.malformed && !reason.cuts();
            o.key("finishReason")
                .string(if malformed { stop::MALFORMED } else { &word });
            if let Some(message) = stop::message(reason) {
                o.key("finishMessage").text(message);
            }
        }
        o.key("index").number(0);
        extras::write(&self.extras, true, o, extras::is_of_candidate);
        // They are within what Google itself says of them.
        if !self.extras.iter().any(extras::is_grounding) {
            grounding::write(&self.references, o);
        }
    }
}

impl Open {
    fn of(start: PartStart<'_>) -> Self {
        match start.into_owned() {
            PartStart::Text => Self::Text {
                text: String::new(),
                state: None,
            },
            PartStart::Refusal => Self::Refusal,
            PartStart::Reasoning => Self::Thought {
                block: None,
                words: String::new(),
                state: None,
            },
            PartStart::ToolCall(call) => Self::Call {
                call,
                arguments: String::new(),
                state: None,
            },
        }
    }
}
