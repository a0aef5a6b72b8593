//! What assistants said, written.

use super::Pen;
use crate::codec::Capabilities;
use crate::codec::chat::DIALECT;
use crate::hub::wrap::{arguments, call_wire_name};
use crate::hub::{
    Arguments, CallKind, Opaque, OpaqueKind, Part, PartKind, Reason, Source, Text, ToolCall, Turn,
    short_id,
};
use crate::json::writer::Writer;

/// The longest id of a call that is taken.
const LONGEST_ID: usize = 40;

impl Pen<'_, '_> {
    /// One message out of what an assistant said in neighbouring turns.
    pub(super) fn assistant(&mut self, turns: &[&Turn<'_>]) {
        let parts: Vec<&Part<'_>> = turns.iter().flat_map(|turn| &turn.parts).collect();
        let is_call = |part: &&&Part<'_>| matches!(part.kind, PartKind::ToolCall(_));
        let said: Vec<&Part<'_>> = parts
            .iter()
            .filter(|part| {
                matches!(
                    part.kind,
                    PartKind::Text(_)
                        | PartKind::Refusal(_)
                        | PartKind::Foreign(_)
                        | PartKind::Image(_)
                )
            })
            .copied()
            .collect();
        let before = self.json.len();
        self.json.open(b'{');
        self.json.key("role").string("assistant");
        self.json.key("content");
        let mut written = self.content(&said, "null");
        written |= self.reasoning(&parts);
        self.spoken(&parts);
        if parts.iter().any(|part| is_call(&part)) {
            written = true;
            self.json.key("tool_calls").open(b'[');
            parts
                .iter()
                .filter(is_call)
                .for_each(|part| self.call(part));
            self.json.close(b']');
        }
        for turn in turns {
            self.json.maybe_text("name", turn.name.as_ref());
            if self.own {
                self.json.extras(&turn.extras);
            }
            self.turn_rest(turn);
        }
        self.json.close(b'}');
        if written || self.own {
            self.messages += 1;
        } else {
            self.json.truncate(before);
        }
    }

    /// Reasoning of the history, where the upstream takes it back.
    fn reasoning(&mut self, parts: &[&Part<'_>]) -> bool {
        let takes = self.target.can(Capabilities::REASONING_HISTORY);
        let mut text = String::new();
        let mut details: Option<&Opaque<'_>> = None;
        for part in parts {
            match &part.kind {
                PartKind::Reasoning(reasoning) => {
                    let readable = reasoning.readable();
                    match reasoning.state.as_ref() {
                        Some(state) if is_details(state, self.target.scope) => {
                            details = Some(state);
                        }
                        Some(state) if takes || readable.is_empty() => self.state(part, state),
                        _ => {}
                    }
                    if takes {
                        text.push_str(&readable);
                    } else if details.is_none() && !readable.is_empty() {
                        self.loss.drop_at(part.place, Reason::NotSupported);
                    }
                }
                PartKind::Redacted(state) => self.state(part, state),
                PartKind::Server(_) => self.loss.drop_at(part.place, Reason::NoSuchServerTool),
                PartKind::File(_) | PartKind::Video(_) => {
                    self.loss.drop_at(part.place, Reason::NotInDialect);
                }
                _ => {}
            }
        }
        if let Some(state) = details {
            self.json
                .key("reasoning_details")
                .raw(state.data.resolve().as_bytes());
        }
        if !text.is_empty() {
            self.json.key("reasoning_content").string(&text);
        }
        false
    }

    /// An earlier spoken answer, by its id.
    fn spoken(&mut self, parts: &[&Part<'_>]) {
        for part in parts {
            let PartKind::Audio(audio) = &part.kind else {
                continue;
            };
            match &audio.source {
                Source::FileId(id) if self.own => {
                    self.json.key("audio").object(|o| o.key("id").text(id));
                }
                _ => self.loss.drop_at(part.place, Reason::NotInDialect),
            }
        }
    }

    /// The id of a call, at most as long as `OpenAI` takes it.
    pub(super) fn id(&mut self, key: &str, id: &Text<'_>) {
        let most = if self.own { usize::MAX } else { LONGEST_ID };
        self.json.key(key).string(&short_id(&id.resolve(), most));
    }

    fn call(&mut self, part: &Part<'_>) {
        let PartKind::ToolCall(call) = &part.kind else {
            return;
        };
        if let Some(state) = &call.state {
            self.state(part, state);
        }
        self.loss
            .drop_value(call.item_id.as_ref(), Reason::NotInDialect);
        let name = call_wire_name(call.namespace.as_ref(), &call.name);
        let free = call.kind == CallKind::Custom && self.target.can(Capabilities::CUSTOM_TOOLS);
        self.json.open(b'{');
        self.id("id", &call.id);
        self.json
            .key("type")
            .string(if free { "custom" } else { "function" });
        self.json
            .key(if free { "custom" } else { "function" })
            .object(|o| {
                o.key("name").string(&name);
                if free {
                    o.key("input").text(&call.arguments.encoded());
                } else {
                    o.key("arguments");
                    write_arguments(call, o);
                }
            });
        if self.own {
            self.json.extras(&part.extras);
        }
        self.json.close(b'}');
        self.part_rest(part);
    }
}

/// The arguments of a call as JSON text within a string.
pub(in crate::codec::chat) fn write_arguments(call: &ToolCall<'_>, json: &mut Writer<'_>) {
    match &call.arguments {
        // Free text must be wrapped.
        Arguments::Free(_) => {
            let wrapped = arguments(call).unwrap_or_default();
            json.string(&String::from_utf8_lossy(&wrapped));
        }
        Arguments::Encoded(text) if text.is_empty() => json.string("{}"),
        Arguments::Encoded(text) => json.text(text),
        Arguments::Object(raw) => json.string(&String::from_utf8_lossy(raw.bytes())),
    }
}

fn is_details(state: &Opaque<'_>, scope: &str) -> bool {
    state.kind == OpaqueKind::Details && state.belongs_to(DIALECT, scope)
}
