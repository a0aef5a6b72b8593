//! Streams, written.

use super::{DIALECT, answer};
use crate::codec::view::Emit;
use crate::codec::{error, sse};
use crate::hub::{
    CallKind, CallStart, Delta, Event, Opaque, Part, PartKind, PartStart, Place, Reason, Start,
    StopReason, Text,
};
use crate::json::writer::Writer;
use crate::usage::Usage;

/// Writes the events of a stream.
#[derive(Debug, Default)]
pub(in crate::codec) struct StreamEncoder {
    started: bool,
    /// The index of the open block, or of the next one.
    index: u64,
    open: Open,
    usage: Usage,
    tier: Option<Text<'static>>,
    stop: Option<StopReason<'static>>,
    refused: bool,
}

/// The part that is open, and the block for it.
#[derive(Debug, Default)]
enum Open {
    #[default]
    Nothing,
    /// Text whose block begins with its first character: empty blocks are refused in histories.
    Text { begun: bool },
    /// Thinking, the last block of summary or reasoning that was told, and the words that the caller
    /// does not want to see, as long as no state makes them needless.
    Thinking {
        last: Option<(bool, u32)>,
        hidden: Option<String>,
    },
    /// A call whose block begins with its first argument, because its id may carry state.
    Call {
        start: CallStart<'static>,
        state: Option<Opaque<'static>>,
        begun: bool,
    },
}

impl StreamEncoder {
    pub(in crate::codec) fn event(&mut self, event: Event<'_>, emit: &mut Emit<'_>) {
        if !matches!(event, Event::Start(_) | Event::Error(_)) && !self.started {
            self.start(Start::default(), emit);
        }
        match event {
            Event::Start(start) => self.start(start, emit),
            Event::PartStart(start) => self.part_start(start, emit),
            Event::Delta(delta) => self.delta(delta, emit),
            Event::PartEnd => self.part_end(emit),
            Event::Part(part) => self.part(&part, emit),
            Event::Logprobs(_) => drop_once(emit, "logprobs"),
            Event::Unnamed(_) => {}
            Event::Usage(usage) => self.usage.merge(&usage),
            Event::Stop(stop) => self.stop = Some(stop.into_owned()),
            Event::End => self.end(emit),
            Event::Error(failure) => error::write_event(DIALECT, &failure, 0, emit.out),
        }
    }

    fn start(&mut self, start: Start<'_>, emit: &mut Emit<'_>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        self.usage.merge(&start.usage);
        let view = emit.view;
        let own = start.id.starts_with("msg_");
        self.tier = start.service_tier.map(Text::into_owned).filter(|_| own);
        sse::named(emit.out, "message_start", |o| {
            o.key("message").object(|o| {
                answer::message_id(&start.id, own, view, o);
                o.key("type").string("message");
                o.key("role").string("assistant");
                o.key("model").string(&view.model);
                o.key("content").array(|_| {});
                o.key("stop_reason").null();
                o.key("stop_sequence").null();
                answer::write_usage(&self.usage, self.tier.as_ref(), o);
            });
        });
    }

    fn part_start(&mut self, start: PartStart<'_>, emit: &mut Emit<'_>) {
        // Blocks never overlap, whatever comes.
        self.part_end(emit);
        self.open = match start.into_owned() {
            PartStart::Text => Open::Text { begun: false },
            PartStart::Refusal => {
                self.refused = true;
                Open::Text { begun: false }
            }
            PartStart::Reasoning => {
                self.block_start(emit, |o| {
                    o.key("type").string("thinking");
                    o.key("thinking").string("");
                    o.key("signature").string("");
                });
                Open::Thinking {
                    last: None,
                    hidden: emit.view.hide_reasoning.then(String::new),
                }
            }
            PartStart::ToolCall(start) => Open::Call {
                start,
                state: None,
                begun: false,
            },
        };
    }

    fn block_start(&self, emit: &mut Emit<'_>, members: impl FnOnce(&mut Writer<'_>)) {
        sse::named(emit.out, "content_block_start", |o| {
            o.key("index").number(self.index);
            o.key("content_block").object(members);
        });
    }

    fn block_delta(&self, emit: &mut Emit<'_>, kind: &str, members: impl FnOnce(&mut Writer<'_>)) {
        sse::named(emit.out, "content_block_delta", |o| {
            o.key("index").number(self.index);
            o.key("delta").object(|o| {
                o.key("type").string(kind);
                members(o);
            });
        });
    }

    fn block_stop(&mut self, emit: &mut Emit<'_>) {
        sse::named(emit.out, "content_block_stop", |o| {
            o.key("index").number(self.index);
        });
        self.index += 1;
    }

    fn delta(&mut self, delta: Delta<'_>, emit: &mut Emit<'_>) {
        let mut open = std::mem::take(&mut self.open);
        match (&mut open, delta) {
            (Open::Text { begun }, Delta::Text(text) | Delta::Refusal(text))
                if !text.is_empty() =>
            {
                self.begin_text(begun, emit);
                self.block_delta(emit, "text_delta", |o| o.key("text").text(&text));
            }
            (Open::Text { begun }, Delta::Citation(DIALECT, citation)) => {
                self.begin_text(begun, emit);
                self.block_delta(emit, "citations_delta", |o| {
                    o.key("citation").raw(citation.raw.bytes());
                });
            }
            (Open::Text { .. }, Delta::Citation(..)) => drop_once(emit, "citations"),
            (Open::Thinking { last, hidden }, Delta::Reasoning { block, text }) => {
                self.think((last, (false, block)), hidden.as_mut(), &text, emit);
            }
            (Open::Thinking { last, hidden }, Delta::Summary { block, text }) => {
                self.think((last, (true, block)), hidden.as_mut(), &text, emit);
            }
            (Open::Thinking { hidden, .. }, Delta::State(state)) => {
                *hidden = None;
                let field = state.for_client(DIALECT, &emit.view.scope);
                self.block_delta(emit, "signature_delta", |o| o.key("signature").text(&field));
            }
            (
                Open::Call {
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
                },
                Delta::Arguments(json),
            ) if !json.is_empty() => {
                self.begin_call(start, state.as_ref(), begun, emit);
                if start.kind == CallKind::Custom {
                    // Free text becomes a string within the one object that this dialect knows.
                    let mut content = Vec::new();
                    json.write_content(&mut content);
                    self.input(&String::from_utf8_lossy(&content).into(), emit);
                } else {
                    self.input(&json, emit);
                }
            }
            (Open::Text { .. } | Open::Call { .. }, Delta::State(_)) => drop_once(emit, "state"),
            _ => {}
        }
        self.open = open;
    }

    fn begin_text(&self, begun: &mut bool, emit: &mut Emit<'_>) {
        if !std::mem::replace(begun, true) {
            self.block_start(emit, |o| {
                o.key("type").string("text");
                o.key("text").string("");
            });
        }
    }

    /// More thinking; blocks of a summary stand apart from each other.
    fn think(
        &self,
        (last, now): (&mut Option<(bool, u32)>, (bool, u32)),
        hidden: Option<&mut String>,
        text: &Text<'_>,
        emit: &mut Emit<'_>,
    ) {
        if text.is_empty() {
            return;
        }
        let apart = last.replace(now).is_some_and(|last| last != now && now.0);
        if let Some(hidden) = hidden {
            hidden.push_str(if apart { "\n\n" } else { "" });
            hidden.push_str(&text.resolve());
        }
        if emit.view.hide_reasoning {
            return;
        }
        self.block_delta(emit, "thinking_delta", |o| {
            o.key("thinking").pieces(|p| {
                if apart {
                    p.push("\n\n");
                }
                p.push_text(text);
            });
        });
    }

    fn begin_call(
        &self,
        start: &CallStart<'_>,
        state: Option<&Opaque<'_>>,
        begun: &mut bool,
        emit: &mut Emit<'_>,
    ) {
        if std::mem::replace(begun, true) {
            return;
        }
        let id = answer::call_id(&start.id, state, self.index, emit.view);
        self.block_start(emit, |o| {
            o.key("type").string("tool_use");
            o.key("id").string(&id);
            o.key("name").text(&start.name);
            o.key("input").object(|_| {});
        });
        if start.kind == CallKind::Custom {
            self.input(&"{\"input\":\"".into(), emit);
        }
    }

    fn input(&self, json: &Text<'_>, emit: &mut Emit<'_>) {
        self.block_delta(emit, "input_json_delta", |o| {
            o.key("partial_json").text(json);
        });
    }

    fn part_end(&mut self, emit: &mut Emit<'_>) {
        match std::mem::take(&mut self.open) {
            Open::Nothing | Open::Text { begun: false } => {}
            Open::Text { begun: true } => self.block_stop(emit),
            Open::Thinking { hidden, .. } => {
                let hidden = answer::hidden(&hidden.unwrap_or_default(), emit.view);
                if !hidden.is_empty() {
                    self.block_delta(emit, "signature_delta", |o| {
                        o.key("signature").string(&hidden);
                    });
                }
                self.block_stop(emit);
            }
            Open::Call {
                start,
                state,
                mut begun,
            } => {
                self.begin_call(&start, state.as_ref(), &mut begun, emit);
                if start.kind == CallKind::Custom {
                    self.input(&"\"}".into(), emit);
                }
                self.block_stop(emit);
            }
        }
    }

    fn part(&mut self, part: &Part<'_>, emit: &mut Emit<'_>) {
        self.part_end(emit);
        let mut block = Vec::new();
        match &part.kind {
            PartKind::Redacted(state) => {
                answer::redacted(state, emit.view, &mut Writer::new(&mut block));
            }
            PartKind::Server(item) if item.dialect == DIALECT => {
                block.extend_from_slice(item.raw.bytes());
            }
            PartKind::Foreign(foreign) if foreign.dialect == DIALECT => {
                block.extend_from_slice(foreign.raw.bytes());
            }
            PartKind::Server(_) => return drop_once(emit, "server_tool"),
            _ => return drop_once(emit, "part"),
        }
        sse::named(emit.out, "content_block_start", |o| {
            o.key("index").number(self.index);
            o.key("content_block").raw(&block);
        });
        self.block_stop(emit);
    }

    fn end(&mut self, emit: &mut Emit<'_>) {
        self.part_end(emit);
        sse::named(emit.out, "message_delta", |o| {
            o.key("delta")
                .object(|o| answer::write_stop(self.stop.as_ref(), self.refused, o));
            answer::write_usage(&self.usage, None, o);
        });
        sse::named(emit.out, "message_stop", |_| {});
    }
}

/// Reports what a stream cannot tell, by its name.
fn drop_once(emit: &mut Emit<'_>, member: &'static str) {
    emit.loss
        .drop_member(Place::NONE, member, Reason::NotInDialect);
}
