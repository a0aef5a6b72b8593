//! Conversation, written.

mod assistant;
mod media;

pub(super) use self::assistant::write_arguments;

use super::DIALECT;
use crate::codec::{Capabilities, Target};
use crate::hub::{
    Loss, Opaque, Part, PartKind, Reason, Request, Role, Source, Text, TextPart, ToolResult, Turn,
    results_first, runs,
};
use crate::json::writer::Writer;

struct Pen<'p, 'o> {
    target: &'p Target<'p>,
    own: bool,
    json: Writer<'o>,
    loss: &'p mut Loss,
    messages: usize,
}

/// Writes `messages`.
pub(super) fn encode(
    request: &Request<'_>,
    target: &Target<'_>,
    json: &mut Writer<'_>,
    loss: &mut Loss,
) {
    let own = request.dialect == DIALECT;
    let mut pen = Pen {
        target,
        own,
        json: json.reborrow(),
        loss,
        messages: 0,
    };
    pen.json.key("messages").open(b'[');
    let turns = if own {
        request.turns.iter().collect()
    } else {
        results_first(&request.turns, pen.loss)
    };
    for run in runs(&turns, true) {
        match run {
            [first, ..] if first.role == Role::Assistant && !own => pen.assistant(run),
            [first, ..] if first.role == Role::Assistant => {
                for turn in run {
                    pen.assistant(&[turn]);
                }
            }
            turns => pen.between(turns),
        }
    }
    pen.json.close(b']');
}

impl Pen<'_, '_> {
    /// What neighbours say between two answers. All results come first: nothing may stand between a
    /// call and its result.
    fn between(&mut self, turns: &[&Turn<'_>]) {
        let mut moved = Vec::with_capacity(turns.len());
        for turn in turns {
            let mut rich: Vec<&Part<'_>> = Vec::new();
            for part in &turn.parts {
                if let PartKind::ToolResult(inner) = &part.kind {
                    self.result(part, inner, &mut rich);
                }
            }
            moved.push(rich);
        }
        for (turn, rich) in turns.iter().zip(moved) {
            self.turn(turn, rich);
        }
    }

    /// The message of a turn besides the results in it; `rich` is what these could not hold.
    fn turn<'t>(&mut self, turn: &'t Turn<'t>, rich: Vec<&'t Part<'t>>) {
        let result = |part: &&Part<'_>| matches!(part.kind, PartKind::ToolResult(_));
        if !rich.is_empty() {
            let path = format!("messages[{}].role", self.messages);
            self.loss.assume(path, "\"user\"");
        }
        let others = turn.parts.iter().filter(|part| !result(part));
        let parts: Vec<&Part<'_>> = rich.into_iter().chain(others).collect();
        let only_results = turn.parts.iter().any(|part| result(&part));
        if !(parts.is_empty() && only_results) {
            let role = self.role(turn);
            self.message(role, turn, &parts);
        }
        self.turn_rest(turn);
    }

    fn role(&self, turn: &Turn<'_>) -> &'static str {
        match turn.role {
            Role::Developer if self.target.can(Capabilities::DEVELOPER_ROLE) => "developer",
            Role::System | Role::Developer => "system",
            Role::Assistant => "assistant",
            Role::User | Role::Tool => "user",
        }
    }

    fn message(&mut self, role: &str, turn: &Turn<'_>, parts: &[&Part<'_>]) {
        let before = self.json.len();
        self.json.open(b'{');
        self.json.key("role").string(role);
        self.json.key("content");
        let written = self.content(parts, "\"\"");
        self.json.maybe_text("name", turn.name.as_ref());
        if self.own {
            self.json.extras(&turn.extras);
        }
        self.json.close(b'}');
        if written || self.own {
            self.messages += 1;
        } else {
            self.json.truncate(before);
        }
    }

    /// Members of a turn that this dialect cannot say.
    fn turn_rest(&mut self, turn: &Turn<'_>) {
        self.loss.drop_value(turn.id.as_ref(), Reason::NotInDialect);
        self.loss
            .drop_value(turn.phase.as_ref(), Reason::NotInDialect);
        if !self.own {
            self.loss.drop_extras(&turn.extras);
        }
    }

    /// Writes parts, as a string if there is nothing but one text, and says whether there are any;
    /// `empty` stands for none.
    fn content(&mut self, parts: &[&Part<'_>], empty: &str) -> bool {
        let markers = self.target.can(Capabilities::CACHE_MARKERS);
        if let [part] = parts
            && let PartKind::Text(text) = &part.kind
            && !(markers && part.cache.is_some())
        {
            self.text_rest(part, text);
            self.part_rest(part);
            self.json.text(&text.text);
            return !text.text.is_empty();
        }
        let before = self.json.len();
        self.json.open(b'[');
        let start = self.json.len();
        for part in parts {
            self.part(part);
        }
        let written = self.json.len() > start;
        self.json.close(b']');
        if !written {
            self.json.truncate(before);
            self.json.raw(empty.as_bytes());
        }
        written
    }

    fn part(&mut self, part: &Part<'_>) {
        match &part.kind {
            PartKind::Text(text) => {
                self.text_rest(part, text);
                if !text.text.is_empty() || self.own {
                    self.text(part, &text.text);
                }
            }
            PartKind::Refusal(words) => {
                self.member(part, "refusal", |pen| pen.json.key("refusal").text(words));
            }
            PartKind::Image(image) => self.image(part, image),
            PartKind::File(file) => self.file(part, file),
            PartKind::Audio(audio) => self.audio(part, audio),
            PartKind::Foreign(foreign) if foreign.dialect == DIALECT => {
                self.json.raw(foreign.raw.bytes());
            }
            PartKind::Server(_) => self.loss.drop_at(part.place, Reason::NoSuchServerTool),
            PartKind::Redacted(state) => self.state(part, state),
            _ => self.loss.drop_at(part.place, Reason::NotInDialect),
        }
    }

    /// `{…}` with the members that every part may have.
    fn member(&mut self, part: &Part<'_>, kind: &str, members: impl FnOnce(&mut Self)) {
        self.json.open(b'{');
        self.json.key("type").string(kind);
        members(self);
        if let Some(cache) = part
            .cache
            .as_ref()
            .filter(|_| self.target.can(Capabilities::CACHE_MARKERS))
        {
            self.json.key("cache_control").raw(cache.raw.bytes());
        }
        if self.own {
            self.json.extras(&part.extras);
        }
        self.json.close(b'}');
        self.part_rest(part);
    }

    fn part_rest(&mut self, part: &Part<'_>) {
        if !self.target.can(Capabilities::CACHE_MARKERS) {
            self.loss
                .drop_value(part.cache.as_ref(), Reason::NotInDialect);
        }
        if !self.own {
            self.loss.drop_extras(&part.extras);
        }
    }

    fn text(&mut self, part: &Part<'_>, text: &Text<'_>) {
        self.member(part, "text", |pen| pen.json.key("text").text(text));
    }

    fn text_rest(&mut self, part: &Part<'_>, text: &TextPart<'_>) {
        if let Some(citations) = &text.citations {
            self.loss.drop_at(citations.place, Reason::NotInDialect);
        }
        if let Some(state) = &text.state {
            self.state(part, state);
        }
    }

    /// The message of a tool's result. What its content can only say in a user message is put aside.
    fn result<'t>(
        &mut self,
        part: &Part<'_>,
        result: &'t ToolResult<'_>,
        rich: &mut Vec<&'t Part<'t>>,
    ) {
        self.loss
            .drop_value(result.item_id.as_ref(), Reason::NotInDialect);
        self.loss
            .drop_value(result.namespace.as_ref(), Reason::NotInDialect);
        if let Some(failed) = result.is_error.filter(|failed| failed.value) {
            self.loss.drop_at(failed.place, Reason::NotInDialect);
        }
        let textual = |part: &&Part<'_>| match &part.kind {
            PartKind::Image(_) | PartKind::Audio(_) => false,
            PartKind::File(file) => matches!(file.source, Source::Text(_)),
            _ => true,
        };
        let texts: Vec<&Part<'_>> = result.content.iter().filter(textual).collect();
        self.json.open(b'{');
        self.json.key("role").string("tool");
        self.id("tool_call_id", &result.call_id);
        self.json.key("content");
        match &result.object {
            Some(object) => self.json.string(&String::from_utf8_lossy(object.bytes())),
            None if texts.is_empty() => self.json.string(""),
            None => {
                self.content(&texts, "\"\"");
            }
        }
        self.json.close(b'}');
        self.part_rest(part);
        self.messages += 1;
        rich.extend(result.content.iter().filter(|part| !textual(part)));
    }

    fn state(&mut self, part: &Part<'_>, state: &Opaque<'_>) {
        let reason = match state.issuer {
            DIALECT => Reason::OtherScope,
            _ => Reason::ForeignState,
        };
        self.loss.drop_at(part.place, reason);
    }
}
