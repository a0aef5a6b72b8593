//! Instructions and items, written.

mod calls;
mod media;

use std::collections::HashMap;

pub(super) use self::calls::fixed_input;
use super::{DIALECT, input};
use crate::codec::{Capabilities, Target};
use crate::hub::{
    self, CallKind, Loss, Opaque, Part, PartKind, Place, Reason, Reasoning, Request, Role, Text,
    TextPart, Turn,
};
use crate::json::writer::Writer;

/// What is needed all over the writing of turns.
struct Pen<'p, 'o> {
    request: &'p Request<'p>,
    target: &'p Target<'p>,
    own: bool,
    json: Writer<'o>,
    loss: &'p mut Loss,
    /// The forms of the calls that are no functions, by id.
    kinds: HashMap<String, CallKind>,
}

/// Writes `instructions` and `input`.
pub(super) fn encode(
    request: &Request<'_>,
    target: &Target<'_>,
    json: &mut Writer<'_>,
    loss: &mut Loss,
) {
    let own = request.dialect == DIALECT;
    let mut pen = Pen {
        request,
        target,
        own,
        json: json.reborrow(),
        loss,
        kinds: HashMap::new(),
    };
    pen.kinds = pen.custom_calls();
    let mut turns = &request.turns[..];
    let first = turns.first().filter(|first| first.preamble);
    if let Some((first, text)) = first.and_then(|first| Some((first, plain(first)?))) {
        pen.json.key("instructions").text(text);
        pen.turn_rest(first);
        turns = &turns[1..];
    }
    if own && turns.is_empty() {
        return;
    }
    pen.json.key("input").open(b'[');
    for turn in turns {
        pen.turn(turn);
    }
    pen.json.close(b']');
}

impl Pen<'_, '_> {
    fn custom_calls(&self) -> HashMap<String, CallKind> {
        let parts = || self.request.turns.iter().flat_map(|turn| &turn.parts);
        let special = |part: &Part<'_>| match &part.kind {
            PartKind::ToolCall(call) => call.kind != CallKind::Function,
            _ => false,
        };
        if self.own || !parts().any(special) {
            return HashMap::new();
        }
        let all = hub::calls(&self.request.turns).into_iter();
        all.map(|(id, call)| (id, call.kind))
            .filter(|(_, kind)| *kind != CallKind::Function)
            .collect()
    }

    fn turn(&mut self, turn: &Turn<'_>) {
        if turn.parts.is_empty() {
            return self.empty(turn);
        }
        let mut rest = &turn.parts[..];
        while let Some(part) = rest.first() {
            if is_content(turn, part) {
                let length = rest
                    .iter()
                    .take_while(|part| is_content(turn, part))
                    .count();
                let (content, after) = rest.split_at(length);
                self.message(turn, content);
                rest = after;
            } else {
                self.item(turn, part);
                rest = &rest[1..];
            }
        }
        let whole = |part: &Part<'_>| !is_content(turn, part);
        if turn.parts.iter().all(whole) {
            self.loss
                .drop_value(turn.phase.as_ref(), Reason::NotInDialect);
            self.turn_rest(turn);
        }
    }

    /// A turn without parts: an item that brought tools, or a message without content.
    fn empty(&mut self, turn: &Turn<'_>) {
        let item = input::at(self.request, turn.place).filter(|_| self.own);
        match item {
            Some(item) if item.is_object() => self.json.raw(item.raw()),
            _ => self.turn_rest(turn),
        }
    }

    /// What a turn tells besides its parts.
    fn turn_rest(&mut self, turn: &Turn<'_>) {
        self.loss
            .drop_value(turn.name.as_ref(), Reason::NotInDialect);
        if !self.own {
            self.loss.drop_value(turn.id.as_ref(), Reason::NotInDialect);
            self.loss.drop_extras(&turn.extras);
        }
    }

    fn message(&mut self, turn: &Turn<'_>, parts: &[Part<'_>]) {
        let role = match turn.role {
            Role::System => "system",
            Role::Developer if self.target.can(Capabilities::DEVELOPER_ROLE) => "developer",
            Role::Developer => "system",
            Role::User | Role::Tool => "user",
            Role::Assistant => "assistant",
        };
        // The texts of an answer are messages of their own: only those of this dialect's own
        // answers, which have ids, can hold several.
        let apart = turn.role == Role::Assistant && !self.own;
        let size = if apart { 1 } else { parts.len().max(1) };
        for content in parts.chunks(size) {
            let before = self.json.len();
            self.json.open(b'{');
            if self.own {
                self.json.key("type").string("message");
                self.json.maybe_text("id", turn.id.as_ref());
            }
            self.json.key("role").string(role);
            self.json.maybe_text("phase", turn.phase.as_ref());
            self.json.key("content");
            let empty = self.content(turn, content);
            if self.own {
                self.json.extras(&turn.extras);
            }
            self.json.close(b'}');
            if empty {
                self.json.truncate(before);
            }
        }
        self.turn_rest(turn);
    }

    /// Writes the content of a message and says whether there is none.
    fn content(&mut self, turn: &Turn<'_>, parts: &[Part<'_>]) -> bool {
        let answer = turn.role == Role::Assistant;
        if let [part] = parts {
            let text = plain_part(part).filter(|_| turn.id.is_none() || !self.own);
            if let Some(text) = text {
                self.json.text(text);
                return text.is_empty() && !self.own;
            }
            if answer && !self.own {
                return self.answer(part);
            }
        }
        self.json.open(b'[');
        let empty = self.json.len();
        for part in parts {
            self.part(part, answer);
        }
        let nothing = self.json.len() == empty;
        self.json.close(b']');
        nothing && !self.own
    }

    /// What another dialect's answer holds, as far as a message here can say it.
    fn answer(&mut self, part: &Part<'_>) -> bool {
        self.part_rest(part);
        match &part.kind {
            PartKind::Text(text) => {
                self.text_rest(part.place, text);
                self.json.text(&text.text);
                text.text.is_empty()
            }
            PartKind::Refusal(words) => {
                self.json.text(words);
                words.is_empty()
            }
            _ => {
                self.loss.drop_at(part.place, Reason::NotInDialect);
                self.json.string("");
                true
            }
        }
    }

    /// What a part of another dialect tells besides its content.
    fn part_rest(&mut self, part: &Part<'_>) {
        if let Some(cache) = &part.cache {
            self.loss.drop_at(cache.place, Reason::NotInDialect);
        }
        if !self.own {
            self.loss.drop_extras(&part.extras);
        }
    }

    fn text_rest(&mut self, place: Place, text: &TextPart<'_>) {
        if let Some(state) = &text.state {
            self.foreign_state(place, state);
        }
        if let Some(citations) = text.citations.as_ref().filter(|c| c.dialect != DIALECT) {
            self.loss.drop_at(citations.place, Reason::NotInDialect);
        }
    }

    /// One part of a content.
    fn part(&mut self, part: &Part<'_>, answer: bool) {
        match &part.kind {
            PartKind::Text(text) => {
                self.text_rest(part.place, text);
                let kind = if answer { "output_text" } else { "input_text" };
                self.block(part, kind, |json| {
                    json.key("text").text(&text.text);
                    if answer {
                        annotations(text, json);
                    }
                });
            }
            PartKind::Refusal(words) if answer => {
                self.block(part, "refusal", |json| json.key("refusal").text(words));
            }
            PartKind::Refusal(words) => {
                self.block(part, "input_text", |json| json.key("text").text(words));
            }
            PartKind::Image(image) => self.image(part, image),
            PartKind::File(file) => self.file(part, file),
            PartKind::Audio(audio) => self.audio(part, audio),
            PartKind::Foreign(foreign) if foreign.dialect == DIALECT => {
                self.json.raw(foreign.raw.bytes());
            }
            _ => self.loss.drop_at(part.place, Reason::NotInDialect),
        }
    }

    /// `{…}` with the members that every part may have at its end.
    fn block(&mut self, part: &Part<'_>, kind: &str, members: impl FnOnce(&mut Writer<'_>)) {
        self.json.open(b'{');
        self.json.key("type").string(kind);
        members(&mut self.json);
        if self.own {
            self.json.extras(&part.extras);
        }
        self.json.close(b'}');
        self.part_rest(part);
    }

    /// A part that is an item of its own.
    fn item(&mut self, turn: &Turn<'_>, part: &Part<'_>) {
        match &part.kind {
            PartKind::ToolCall(call) => self.call(part, call),
            PartKind::ToolResult(result) => self.result(part, result),
            PartKind::Reasoning(reasoning) => {
                self.reasoning(turn, part, reasoning, reasoning.state.as_ref());
            }
            PartKind::Redacted(state) => {
                self.reasoning(turn, part, &Reasoning::default(), Some(state));
            }
            PartKind::Foreign(foreign) if foreign.dialect == DIALECT => {
                let made = foreign.raw.value().member("id").and_then(Text::of);
                // It refers to reasoning that no upstream has.
                if made.is_some_and(|id| id.starts_with(super::MADE_REASONING)) {
                    self.loss.drop_at(part.place, Reason::ForeignState);
                } else {
                    self.json.raw(foreign.raw.bytes());
                }
            }
            PartKind::Server(server) if server.dialect == DIALECT => {
                self.json.raw(server.raw.bytes());
            }
            PartKind::Server(_) => self.loss.drop_at(part.place, Reason::NoSuchServerTool),
            _ => self.loss.drop_at(part.place, Reason::NotInDialect),
        }
    }

    /// Reasoning goes back only to who issued it. Without state it is only of use to an upstream
    /// that has kept the item.
    fn reasoning(
        &mut self,
        turn: &Turn<'_>,
        part: &Part<'_>,
        reasoning: &Reasoning<'_>,
        state: Option<&Opaque<'_>>,
    ) {
        match state {
            Some(state) if !state.belongs_to(DIALECT, self.target.scope) => {
                return self.foreign_state(part.place, state);
            }
            Some(_) if !self.target.can(Capabilities::SIGNED_REASONING) => {
                return self.loss.drop_at(part.place, Reason::NotSupported);
            }
            None if !self.own => return self.loss.drop_at(part.place, Reason::NotInDialect),
            None if turn.id.is_none() && is_made(self.request, part) => {
                return self.loss.drop_at(part.place, Reason::ForeignState);
            }
            _ => {}
        }
        let id = state.and_then(|state| state.id.as_ref());
        let id = id.or(turn.id.as_ref().filter(|_| self.own).map(|id| &id.value));
        self.json.open(b'{');
        self.json.key("type").string("reasoning");
        if let Some(id) = id {
            self.json.key("id").text(id);
        }
        self.json.key("summary");
        // Callers of other dialects were shown the summary as what is thought.
        let shown = if self.own || !reasoning.summary.is_empty() {
            &reasoning.summary
        } else {
            &reasoning.text
        };
        texts("summary_text", shown, &mut self.json);
        if !reasoning.text.is_empty() && self.own {
            self.json.key("content");
            texts("reasoning_text", &reasoning.text, &mut self.json);
        }
        if let Some(state) = state {
            self.json.key("encrypted_content").text(&state.data);
        }
        self.json.own_extras(&part.extras, self.own, self.loss);
        self.json.close(b'}');
    }

    fn foreign_state(&mut self, place: Place, state: &Opaque<'_>) {
        let reason = match state.issuer {
            DIALECT => Reason::OtherScope,
            _ => Reason::ForeignState,
        };
        self.loss.drop_at(place, reason);
    }
}

/// Whether a part stands within a message. Everything else is an item of its own.
fn is_content(turn: &Turn<'_>, part: &Part<'_>) -> bool {
    // An unknown item is a turn with one part, at the same place.
    let within = part.place != turn.place && matches!(part.kind, PartKind::Foreign(_));
    within
        || matches!(
            part.kind,
            PartKind::Text(_)
                | PartKind::Refusal(_)
                | PartKind::Image(_)
                | PartKind::File(_)
                | PartKind::Audio(_)
                | PartKind::Video(_)
        )
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
                && text.state.is_none() =>
        {
            Some(&text.text)
        }
        _ => None,
    }
}

/// The annotations of a text of an answer, which may be none.
fn annotations(text: &TextPart<'_>, json: &mut Writer<'_>) {
    let own = text.citations.as_ref().filter(|c| c.dialect == DIALECT);
    json.key("annotations").array(|a| {
        for item in own.iter().flat_map(|citations| &citations.items) {
            a.raw(item.raw.bytes());
        }
    });
}

fn texts(kind: &str, blocks: &[Text<'_>], json: &mut Writer<'_>) {
    json.array(|a| {
        for text in blocks {
            a.object(|o| {
                o.key("type").string(kind);
                o.key("text").text(text);
            });
        }
    });
}

/// Whether a reasoning item has an id that was made up here.
fn is_made(request: &Request<'_>, part: &Part<'_>) -> bool {
    let item = input::at(request, part.place);
    let id = item.and_then(|item| item.member("id")).and_then(Text::of);
    id.is_some_and(|id| id.starts_with(super::MADE_REASONING))
}
