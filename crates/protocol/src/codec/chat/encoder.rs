//! Streams, written.

use super::{DIALECT, answer, details};
use crate::codec::view::Emit;
use crate::codec::{error, sse};
use crate::hub::{
    CallKind, CallStart, Delta, Event, Opaque, Part, PartKind, PartStart, Place, Reason, Start,
    StopReason, Text,
};
use crate::json::writer::Writer;
use crate::usage::Usage;

/// Writes the chunks of a stream.
#[derive(Debug, Default)]
pub(in crate::codec) struct StreamEncoder {
    id: String,
    created: u64,
    tier: Option<Text<'static>>,
    open: Open,
    /// How many calls have begun.
    calls: u64,
    /// How many parts of reasoning there have been.
    thoughts: u64,
    /// State of reasoning that the id of the next call carries.
    pending: Option<Opaque<'static>>,
    usage: Usage,
}

/// The part that is open.
#[derive(Debug, Default)]
enum Open {
    #[default]
    Nothing,
    Text,
    Refusal,
    Reasoning {
        /// What has been told of it.
        text: String,
        state: Option<Opaque<'static>>,
        last: Option<(bool, u32)>,
    },
    /// A call begins with its first argument, because its id may carry state.
    Call {
        start: CallStart<'static>,
        state: Option<Opaque<'static>>,
        begun: bool,
        empty: bool,
    },
}

impl StreamEncoder {
    pub(in crate::codec) fn event(&mut self, event: Event<'_>, emit: &mut Emit<'_>) {
        if !matches!(event, Event::Start(_) | Event::Error(_)) && self.id.is_empty() {
            self.start(Start::default(), emit);
        }
        match event {
            Event::Start(start) => self.start(start, emit),
            Event::PartStart(start) => self.part_start(start, emit),
            Event::Delta(delta) => self.delta(delta, emit),
            Event::PartEnd => self.part_end(emit),
            Event::Part(part) => self.part(&part, emit),
            Event::Logprobs(raw) => self.chunk(emit, |o| {
                o.key("delta").object(|_| {});
                o.key("logprobs").raw(raw.bytes());
                o.key("finish_reason").null();
            }),
            Event::Unnamed(_) => {}
            Event::Usage(usage) => self.usage.merge(&usage),
            Event::Stop(stop) => self.stop(&stop, emit),
            Event::End => self.end(emit),
            Event::Error(failure) => error::write_event(DIALECT, &failure, 0, emit.out),
        }
    }

    fn start(&mut self, start: Start<'_>, emit: &mut Emit<'_>) {
        if !self.id.is_empty() {
            return;
        }
        self.usage.merge(&start.usage);
        let own = start.id.starts_with("chatcmpl");
        self.id = if own {
            start.id.resolve().into_owned()
        } else {
            emit.view.made_id("chatcmpl-", 0)
        };
        self.created = start.created.unwrap_or(emit.view.created);
        self.tier = start.service_tier.map(Text::into_owned).filter(|_| own);
        self.said(emit, |o| {
            o.key("role").string("assistant");
            o.key("content").string("");
        });
    }

    /// The members that every chunk begins with.
    fn head(&self, model: &str, o: &mut Writer<'_>) {
        o.key("id").string(&self.id);
        o.key("object").string("chat.completion.chunk");
        o.key("created").number(self.created);
        o.key("model").string(model);
        if let Some(tier) = &self.tier {
            o.key("service_tier").text(tier);
        }
    }

    fn chunk(&self, emit: &mut Emit<'_>, choice: impl FnOnce(&mut Writer<'_>)) {
        sse::data(emit.out, |o| {
            self.head(&emit.view.model, o);
            o.key("choices").array(|a| {
                a.object(|o| {
                    o.key("index").number(0);
                    choice(o);
                });
            });
        });
    }

    fn said(&self, emit: &mut Emit<'_>, delta: impl FnOnce(&mut Writer<'_>)) {
        self.chunk(emit, |o| {
            o.key("delta").object(delta);
            o.key("finish_reason").null();
        });
    }

    fn part_start(&mut self, start: PartStart<'_>, emit: &mut Emit<'_>) {
        self.part_end(emit);
        self.open = match start.into_owned() {
            PartStart::Text => Open::Text,
            PartStart::Refusal => Open::Refusal,
            PartStart::Reasoning => Open::Reasoning {
                text: String::new(),
                state: None,
                last: None,
            },
            PartStart::ToolCall(start) => Open::Call {
                start,
                state: None,
                begun: false,
                empty: true,
            },
        };
    }

    fn delta(&mut self, delta: Delta<'_>, emit: &mut Emit<'_>) {
        let mut open = std::mem::take(&mut self.open);
        match (&mut open, delta) {
            (Open::Text, Delta::Text(text)) if !text.is_empty() => {
                self.said(emit, |o| o.key("content").text(&text));
            }
            (Open::Refusal, Delta::Refusal(text)) if !text.is_empty() => {
                self.said(emit, |o| o.key("refusal").text(&text));
            }
            (Open::Text, Delta::Citation(dialect, citation)) => {
                if dialect == DIALECT || citation.url.is_some() {
                    self.said(emit, |o| {
                        o.key("annotations").array(|a| {
                            answer::write_citation(dialect, &citation, a);
                        });
                    });
                } else {
                    drop_once(emit, "citations");
                }
            }
            (Open::Reasoning { text, last, .. }, Delta::Reasoning { block, text: more }) => {
                self.think((text, last, (false, block)), &more, emit);
            }
            (Open::Reasoning { text, last, .. }, Delta::Summary { block, text: more }) => {
                self.think((text, last, (true, block)), &more, emit);
            }
            (
                Open::Reasoning { state, .. }
                | Open::Call {
                    state,
                    begun: false,
                    ..
                },
                Delta::State(own),
            ) => {
                *state = Some(own.into_owned());
            }
            (
                Open::Call {
                    start,
                    state,
                    begun,
                    empty,
                },
                Delta::Arguments(text),
            ) if !text.is_empty() => {
                self.begin_call(start, state.as_ref(), begun, emit);
                *empty = false;
                self.arguments(start.kind, &text, emit);
            }
            (_, Delta::State(_)) => drop_once(emit, "state"),
            _ => {}
        }
        self.open = open;
    }

    fn think(
        &self,
        (told, last, now): (&mut String, &mut Option<(bool, u32)>, (bool, u32)),
        text: &Text<'_>,
        emit: &mut Emit<'_>,
    ) {
        if text.is_empty() {
            return;
        }
        let apart = last.replace(now).is_some_and(|last| last != now && now.0);
        let between = if apart { "\n\n" } else { "" };
        told.push_str(between);
        told.push_str(&text.resolve());
        self.said(emit, |o| {
            o.key("reasoning_content").pieces(|p| {
                p.push(between);
                p.push_text(text);
            });
        });
    }

    fn begin_call(
        &mut self,
        start: &CallStart<'_>,
        state: Option<&Opaque<'_>>,
        begun: &mut bool,
        emit: &mut Emit<'_>,
    ) {
        if std::mem::replace(begun, true) {
            return;
        }
        let pending = self.pending.take();
        let index = self.calls;
        self.calls += 1;
        let id = details::call_id(&start.id, state.or(pending.as_ref()), index + 1, emit.view);
        let (kind, input) = words(start.kind);
        self.said(emit, |o| {
            o.key("tool_calls").array(|a| {
                a.object(|o| {
                    o.key("index").number(index);
                    o.key("id").string(&id);
                    o.key("type").string(kind);
                    o.key(kind).object(|o| {
                        o.key("name").text(&start.name);
                        o.key(input).string("");
                    });
                });
            });
        });
    }

    fn arguments(&self, kind: CallKind, text: &Text<'_>, emit: &mut Emit<'_>) {
        let (kind, input) = words(kind);
        let index = self.calls.saturating_sub(1);
        self.said(emit, |o| {
            o.key("tool_calls").array(|a| {
                a.object(|o| {
                    o.key("index").number(index);
                    o.key(kind).object(|o| o.key(input).text(text));
                });
            });
        });
    }

    fn part_end(&mut self, emit: &mut Emit<'_>) {
        match std::mem::take(&mut self.open) {
            Open::Nothing | Open::Text | Open::Refusal => {}
            Open::Reasoning { text, state, .. } => {
                if let Some(state) = state {
                    self.state(&text, state, emit);
                }
                self.thoughts += 1;
            }
            Open::Call {
                start,
                state,
                mut begun,
                empty,
            } => {
                self.begin_call(&start, state.as_ref(), &mut begun, emit);
                if empty && start.kind != CallKind::Custom {
                    // Clients parse what has been told; nothing at all is no JSON.
                    self.arguments(start.kind, &Text::from("{}"), emit);
                }
            }
        }
    }

    /// State of reasoning, in the form that clients send back, and for those that do not in the id of
    /// the next call.
    fn state(&mut self, text: &str, state: Opaque<'static>, emit: &mut Emit<'_>) {
        let (index, view) = (self.thoughts, emit.view);
        self.said(emit, |o| {
            o.key("reasoning_details")
                .array(|a| details::write(text, &state, index, view, a));
        });
        self.pending = Some(state);
    }

    fn part(&mut self, part: &Part<'_>, emit: &mut Emit<'_>) {
        self.part_end(emit);
        match &part.kind {
            PartKind::Redacted(state) => {
                self.state("", state.clone().into_owned(), emit);
                self.thoughts += 1;
            }
            PartKind::Audio(audio) => {
                let view = emit.view;
                self.said(emit, |o| answer::spoken(audio, view, o));
            }
            PartKind::Server(_) => drop_once(emit, "server_tool"),
            _ => drop_once(emit, "part"),
        }
    }

    fn stop(&mut self, stop: &StopReason<'_>, emit: &mut Emit<'_>) {
        self.part_end(emit);
        if let StopReason::Refusal(Some(words)) = stop {
            self.said(emit, |o| o.key("refusal").text(words));
        }
        self.chunk(emit, |o| {
            o.key("delta").object(|_| {});
            o.key("finish_reason").string(answer::stop_word(Some(stop)));
        });
    }

    fn end(&mut self, emit: &mut Emit<'_>) {
        if emit.view.include_usage {
            sse::data(emit.out, |o| {
                self.head(&emit.view.model, o);
                o.key("choices").array(|_| {});
                answer::write_usage(&self.usage, o);
            });
        }
        emit.out.extend_from_slice(b"data: [DONE]\n\n");
    }
}

/// The members of a call of that kind.
const fn words(kind: CallKind) -> (&'static str, &'static str) {
    match kind {
        CallKind::Custom => ("custom", "input"),
        _ => ("function", "arguments"),
    }
}

/// Reports what a stream cannot tell, by its name.
fn drop_once(emit: &mut Emit<'_>, member: &'static str) {
    emit.loss
        .drop_member(Place::NONE, member, Reason::NotInDialect);
}
