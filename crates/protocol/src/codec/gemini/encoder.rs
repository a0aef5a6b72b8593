//! Streams for callers, written. Calls are written whole; everything else as it comes.

use std::collections::HashMap;

use super::grounding::{self, Reference};
use super::pen::{Pen, Side};
use super::{DIALECT, extras, logprobs, stop, usage};
use crate::codec::error::write_event;
use crate::codec::sse;
use crate::codec::view::{Emit, View};
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
            Event::PartStart(start) => self.open = Open::of(start),
            Event::Delta(delta) => self.delta(delta, emit),
            Event::PartEnd => self.end_part(emit),
            Event::Part(part) => self.part(&part, emit),
            Event::Logprobs(raw) => self.logprobs(&raw, emit),
            Event::Unnamed(unnamed) if unnamed.is_for(DIALECT) => {
                self.extras.push(unnamed.extra.into_owned());
            }
            Event::Unnamed(_) => {}
            Event::Usage(usage) => self.usage.merge(&usage),
            Event::Stop(reason) => self.stop = Some(reason.into_owned()),
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
            (Open::Thought { block, .. }, Delta::Reasoning { block: at, text }) => {
                *block = Some((false, at));
                self.piece(&text, true, emit);
            }
            (Open::Thought { block, .. }, Delta::Summary { block: at, text }) => {
                let before = block.replace((true, at));
                // The reasoning itself comes before what is told of it.
                if before.is_some_and(|(summary, _)| !summary) {
                    *block = before;
                    return;
                }
                if before.is_some_and(|(_, last)| last != at) {
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
            Open::Text {
                state: Some(state), ..
            } => self.signed(&state, false, emit),
            Open::Thought {
                state: Some(state), ..
            } => self.signed(&state, true, emit),
            Open::Call {
                call,
                arguments,
                state,
            } => {
                let arguments = Text::plain(arguments);
                let call = ToolCall {
                    id: call.id,
                    item_id: None,
                    namespace: call.namespace,
                    name: call.name,
                    kind: call.kind,
                    arguments: match call.kind {
                        CallKind::Custom => Arguments::Free(arguments),
                        _ => Arguments::Encoded(arguments),
                    },
                    state,
                };
                self.part(
                    &Part::new(Place::NONE, PartKind::ToolCall(Box::new(call))),
                    emit,
                );
            }
            Open::Text { .. } | Open::Thought { .. } | Open::Refusal | Open::Nothing => {}
        }
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
    fn part(&self, part: &Part<'_>, emit: &mut Emit<'_>) {
        let (view, calls) = (emit.view, HashMap::new());
        let before = emit.out.len();
        let empty = self.chunk(emit, |json, loss| {
            let mut pen = Pen {
                side: Side::Client(view),
                from: DIALECT,
                own: false,
                calls: &calls,
                contents: 0,
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
            o.key("finishReason").string(&stop::word(reason, true));
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
