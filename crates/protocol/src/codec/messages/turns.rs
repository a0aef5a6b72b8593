//! System messages and conversation, written.

mod media;

use super::DIALECT;
use crate::codec::{Capabilities, Target};
use crate::hub::wrap::{arguments, call_wire_name};
use crate::hub::{
    Cache, Citations, Loss, Opaque, OpaqueKind, Part, PartKind, Place, Placed, Reason, Reasoning,
    Request, Role, Text, TextPart, ToolCall, ToolResult, Turn, results_first, runs,
};
use crate::json::writer::Writer;

/// What is needed all over the writing of turns.
struct Pen<'p, 'o> {
    target: &'p Target<'p>,
    own: bool,
    json: Writer<'o>,
    loss: &'p mut Loss,
    /// How many messages have been written.
    messages: usize,
}

/// Writes `system` and `messages`.
pub(super) fn encode(
    request: &Request<'_>,
    target: &Target<'_>,
    json: &mut Writer<'_>,
    loss: &mut Loss,
) {
    let own = request.dialect == DIALECT;
    let leading = |turn: &&Turn<'_>| {
        if own {
            turn.preamble
        } else {
            matches!(turn.role, Role::System | Role::Developer)
        }
    };
    let first = request.turns.iter().take_while(leading).count();
    let (system, conversation) = request.turns.split_at(first);
    let mut pen = Pen {
        target,
        own,
        json: json.reborrow(),
        loss,
        messages: 0,
    };
    pen.system(system);
    pen.json.key("messages").open(b'[');
    if own {
        for turn in conversation {
            pen.message(&[turn]);
        }
    } else {
        let apart = target.can(Capabilities::SYSTEM_TURNS);
        runs(&results_first(conversation, pen.loss), apart).for_each(|run| pen.message(run));
    }
    pen.json.close(b']');
}

impl Pen<'_, '_> {
    fn system(&mut self, turns: &[Turn<'_>]) {
        let before = self.json.len();
        if let [turn] = turns
            && let Some(text) = plain(turn)
        {
            self.json.key("system").text(text);
            self.turn_rest(turn);
            return;
        }
        self.json.key("system").open(b'[');
        let empty = self.json.len();
        for turn in turns {
            for part in &turn.parts {
                match &part.kind {
                    PartKind::Text(_) | PartKind::Foreign(_) => self.part(part),
                    _ => self.loss.drop_at(part.place, Reason::NotInDialect),
                }
            }
            self.turn_rest(turn);
        }
        if self.json.len() == empty {
            self.json.truncate(before);
        } else {
            self.json.close(b']');
        }
    }

    /// One message out of neighbouring turns.
    fn message(&mut self, turns: &[&Turn<'_>]) {
        let Some(first) = turns.first() else { return };
        let role = match first.role {
            Role::Assistant => "assistant",
            _ if turns.iter().any(|turn| turn.is_system()) => self.system_role(),
            _ => "user",
        };
        let before = self.json.len();
        self.json.open(b'{');
        self.json.key("role").string(role);
        self.json.key("content");
        let empty = match turns {
            [turn] if plain(turn).is_some() => {
                self.json.text(plain(turn).unwrap_or(&Text::default()));
                false
            }
            _ => self.blocks(turns),
        };
        for turn in turns {
            self.turn_rest(turn);
        }
        if let ([turn], true) = (turns, self.own) {
            self.json.extras(&turn.extras);
        }
        self.json.close(b'}');
        if empty {
            self.json.truncate(before);
        } else {
            self.messages += 1;
        }
    }

    fn system_role(&mut self) -> &'static str {
        if self.own || self.target.can(Capabilities::SYSTEM_TURNS) {
            return "system";
        }
        let path = format!("messages[{}].role", self.messages);
        self.loss.assume(path, "\"user\"");
        "user"
    }

    /// Writes the blocks of turns, results of tools first, and says whether there are none.
    fn blocks(&mut self, turns: &[&Turn<'_>]) -> bool {
        self.json.open(b'[');
        let start = self.json.len();
        let result = |part: &&Part<'_>| matches!(part.kind, PartKind::ToolResult(_));
        let parts = || turns.iter().flat_map(|turn| &turn.parts);
        if self.own {
            parts().for_each(|part| self.part(part));
        } else {
            parts().filter(result).for_each(|part| self.part(part));
            parts()
                .filter(|part| !result(part))
                .for_each(|part| self.part(part));
        }
        let empty = self.json.len() == start;
        self.json.close(b']');
        empty
    }

    /// Members of a turn that this dialect cannot say.
    fn turn_rest(&mut self, turn: &Turn<'_>) {
        for value in [&turn.id, &turn.name, &turn.phase] {
            self.loss.drop_value(value.as_ref(), Reason::NotInDialect);
        }
        if !self.own {
            self.loss.drop_extras(&turn.extras);
        }
    }

    fn part(&mut self, part: &Part<'_>) {
        match &part.kind {
            PartKind::Text(text) => self.text(part, text),
            PartKind::Refusal(words) => self.text(part, &TextPart::plain(words.borrow())),
            PartKind::Image(image) => self.image(part, image),
            PartKind::File(file) => self.file(part, file),
            PartKind::ToolCall(call) => self.call(part, call),
            PartKind::ToolResult(result) => self.result(part, result),
            PartKind::Reasoning(reasoning) => self.reasoning(part, reasoning),
            PartKind::Redacted(state) => self.state(part, state, ""),
            PartKind::Server(item) if item.dialect == DIALECT => self.json.raw(item.raw.bytes()),
            PartKind::Server(_) => self.loss.drop_at(part.place, Reason::NoSuchServerTool),
            PartKind::Foreign(foreign) if foreign.dialect == DIALECT => {
                self.json.raw(foreign.raw.bytes());
            }
            PartKind::Audio(_) | PartKind::Video(_) | PartKind::Foreign(_) => {
                self.loss.drop_at(part.place, Reason::NotInDialect);
            }
        }
    }

    /// `{…}` with the members that every block may have at its end.
    fn block(&mut self, part: &Part<'_>, kind: &str, members: impl FnOnce(&mut Self)) {
        self.json.open(b'{');
        self.json.key("type").string(kind);
        members(self);
        if let Some(cache) = &part.cache {
            self.cache(cache);
        }
        self.json.own_extras(&part.extras, self.own, self.loss);
        self.json.close(b'}');
    }

    fn cache(&mut self, cache: &Placed<Cache<'_>>) {
        if self.target.can(Capabilities::CACHE_MARKERS) {
            self.json.key("cache_control").raw(cache.raw.bytes());
        } else {
            self.loss.drop_at(cache.place, Reason::NotSupported);
        }
    }

    fn text(&mut self, part: &Part<'_>, text: &TextPart<'_>) {
        if let Some(state) = &text.state {
            self.foreign_state(part.place, state);
        }
        // Empty blocks are refused.
        if text.text.is_empty() && !self.own {
            return;
        }
        self.block(part, "text", |pen| {
            pen.json.key("text").text(&text.text);
            match &text.citations {
                Some(citations) if citations.dialect == DIALECT => {
                    citations_of(citations, &mut pen.json);
                }
                Some(citations) => pen.loss.drop_at(citations.place, Reason::NotInDialect),
                None => {}
            }
        });
    }

    fn call(&mut self, part: &Part<'_>, call: &ToolCall<'_>) {
        if let Some(state) = &call.state {
            self.foreign_state(part.place, state);
        }
        self.loss
            .drop_value(call.item_id.as_ref(), Reason::NotInDialect);
        let input = arguments(call);
        if input.is_none() {
            self.loss
                .drop_member(part.place, "arguments", Reason::Invalid);
        }
        self.block(part, "tool_use", |pen| {
            pen.id("id", &call.id);
            let name = call_wire_name(call.namespace.as_ref(), &call.name);
            pen.json.key("name").string(&name);
            pen.json.key("input");
            match &input {
                Some(object) => pen.json.raw(object),
                // What the model wrote is still told, though it is no JSON.
                None => pen
                    .json
                    .object(|o| o.key("invalid_json").text(&call.arguments.encoded())),
            }
        });
    }

    fn result(&mut self, part: &Part<'_>, result: &ToolResult<'_>) {
        self.loss
            .drop_value(result.item_id.as_ref(), Reason::NotInDialect);
        self.block(part, "tool_result", |pen| {
            pen.id("tool_use_id", &result.call_id);
            match &result.object {
                Some(object) => {
                    let text = String::from_utf8_lossy(object.bytes());
                    pen.json.key("content").string(&text);
                }
                None => pen.content(&result.content),
            }
            pen.json.maybe_boolean("is_error", result.is_error.as_ref());
        });
    }

    fn content(&mut self, parts: &[Part<'_>]) {
        self.json.key("content");
        if let [part] = parts
            && let Some(text) = plain_part(part)
        {
            return self.json.text(text);
        }
        self.json.open(b'[');
        for part in parts {
            self.part(part);
        }
        self.json.close(b']');
    }

    fn reasoning(&mut self, part: &Part<'_>, reasoning: &Reasoning<'_>) {
        let text = reasoning.readable();
        match &reasoning.state {
            Some(state) => self.state(part, state, &text),
            None if self.own => self.block(part, "thinking", |pen| {
                pen.json.key("thinking").string(&text);
            }),
            // Without a signature it is refused.
            None => self.loss.drop_at(part.place, Reason::NotInDialect),
        }
    }

    /// Reasoning that only the upstream that issued it takes back.
    fn state(&mut self, part: &Part<'_>, state: &Opaque<'_>, text: &str) {
        if !state.belongs_to(DIALECT, self.target.scope) {
            return self.foreign_state(part.place, state);
        }
        if !self.target.can(Capabilities::SIGNED_REASONING) {
            return self.loss.drop_at(part.place, Reason::NotSupported);
        }
        if state.kind == OpaqueKind::Encrypted {
            self.block(part, "redacted_thinking", |pen| {
                pen.json.key("data").text(&state.data);
            });
        } else {
            self.block(part, "thinking", |pen| {
                pen.json.key("thinking").string(text);
                pen.json.key("signature").text(&state.data);
            });
        }
    }

    fn foreign_state(&mut self, place: Place, state: &Opaque<'_>) {
        let reason = match state.issuer {
            DIALECT => Reason::OtherScope,
            _ => Reason::ForeignState,
        };
        self.loss.drop_at(place, reason);
    }

    /// An id in the characters that this dialect takes. The same id gives the same result always.
    fn id(&mut self, key: &str, id: &Text<'_>) {
        let plain = id.resolve();
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if !plain.is_empty() && plain.chars().all(fits) {
            return self.json.key(key).text(id);
        }
        let mut mended: String = plain
            .chars()
            .map(|c| if fits(c) { c } else { '_' })
            .collect();
        if mended.is_empty() {
            mended.push_str("toolu_0");
        }
        self.json.key(key).string(&mended);
    }
}

/// The text of a turn that is nothing but one text.
fn plain<'t, 'a>(turn: &'t Turn<'a>) -> Option<&'t Text<'a>> {
    match &turn.parts[..] {
        [part] => plain_part(part),
        _ => None,
    }
}

fn plain_part<'t, 'a>(part: &'t Part<'a>) -> Option<&'t Text<'a>> {
    match &part.kind {
        PartKind::Text(text)
            if part.cache.is_none()
                && part.extras.is_empty()
                && text.citations.is_none()
                && text.state.is_none()
                && !text.text.is_empty() =>
        {
            Some(&text.text)
        }
        _ => None,
    }
}

/// Writes the references of a text in this dialect's own form.
pub(super) fn citations_of(citations: &Citations<'_>, json: &mut Writer<'_>) {
    json.key("citations").array(|a| {
        for item in &citations.items {
            a.raw(item.raw.bytes());
        }
    });
}
