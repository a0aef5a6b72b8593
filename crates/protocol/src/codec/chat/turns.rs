//! Conversation, written.

use super::DIALECT;
use crate::codec::{Capabilities, Target};
use crate::hub::wrap::{arguments, call_wire_name};
use crate::hub::{
    Arguments, Audio, CallKind, File, Image, Loss, Opaque, OpaqueKind, Part, PartKind, Reason,
    Reasoning, Request, Role, Source, Text, TextPart, ToolCall, ToolResult, Turn, runs,
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
    for run in runs(&request.turns) {
        match run {
            [first, ..] if first.role == Role::Assistant && !own => pen.assistant(run),
            [first, ..] if first.role == Role::Assistant => {
                run.iter()
                    .for_each(|turn| pen.assistant(std::slice::from_ref(turn)));
            }
            turns => turns.iter().for_each(|turn| pen.turn(turn)),
        }
    }
    pen.json.close(b']');
}

impl Pen<'_, '_> {
    fn turn(&mut self, turn: &Turn<'_>) {
        let result = |part: &&Part<'_>| matches!(part.kind, PartKind::ToolResult(_));
        let mut rich: Vec<&Part<'_>> = Vec::new();
        for part in turn.parts.iter().filter(result) {
            if let PartKind::ToolResult(inner) = &part.kind {
                self.result(part, inner, &mut rich);
            }
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
        let written = self.content(parts);
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

    /// Writes parts, as a string if there is nothing but one text, and says whether there are any.
    fn content(&mut self, parts: &[&Part<'_>]) -> bool {
        let markers = self.target.can(Capabilities::CACHE_MARKERS);
        if let [part] = parts {
            if let PartKind::Text(text) = &part.kind {
                if !(markers && part.cache.is_some()) {
                    self.text_rest(part, text);
                    self.part_rest(part);
                    self.json.text(&text.text);
                    return !text.text.is_empty();
                }
            }
        }
        self.json.open(b'[');
        let start = self.json.len();
        for part in parts {
            self.part(part);
        }
        let written = self.json.len() > start;
        self.json.close(b']');
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
                self.member(part, "refusal", |pen| pen.json.key("refusal").text(words))
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

    fn image(&mut self, part: &Part<'_>, image: &Image<'_>) {
        if !self.target.can(Capabilities::IMAGES) {
            return self.loss.drop_at(part.place, Reason::NotSupported);
        }
        let is_sent = match &image.source {
            Source::Url(_) => self.target.can(Capabilities::URLS),
            Source::Base64 { .. } => true,
            Source::FileId(_) | Source::Text(_) | Source::Parts(_) => false,
        };
        if !is_sent {
            return self.loss.drop_at(part.place, Reason::NotSupported);
        }
        self.member(part, "image_url", |pen| {
            pen.json.key("image_url").open(b'{');
            match &image.source {
                Source::Base64 { media_type, data } => {
                    let media = media_type.as_ref();
                    data_url(&mut pen.json, "url", (media, "image/png"), data);
                }
                Source::Url(url) => pen.json.key("url").text(url),
                _ => {}
            }
            pen.json.maybe_text("detail", image.detail.as_ref());
            pen.json.close(b'}');
        });
    }

    fn file(&mut self, part: &Part<'_>, file: &File<'_>) {
        let rest = [
            file.context.as_ref().map(|c| c.place),
            file.citations.as_ref().map(|c| c.place),
        ];
        for place in rest.into_iter().flatten() {
            self.loss.drop_at(place, Reason::NotInDialect);
        }
        match &file.source {
            Source::Text(text) => {
                self.loss.drop_value(file.name.as_ref(), Reason::TextOnly);
                self.text(part, text);
            }
            Source::Parts(parts) => {
                self.loss.drop_value(file.name.as_ref(), Reason::TextOnly);
                parts.iter().for_each(|part| self.part(part));
                self.part_rest(part);
            }
            Source::Base64 { media_type, data } if self.target.can(Capabilities::FILES) => {
                self.member(part, "file", |pen| {
                    pen.json.key("file").open(b'{');
                    data_url(
                        &mut pen.json,
                        "file_data",
                        (media_type.as_ref(), "application/pdf"),
                        data,
                    );
                    match &file.name {
                        Some(name) => pen.json.key("filename").text(name),
                        // A name is asked for with data.
                        None => {
                            pen.json.key("filename").string("document.pdf");
                            let path = format!("messages[{}].content.file.filename", pen.messages);
                            pen.loss.assume(path, "\"document.pdf\"");
                        }
                    }
                    pen.json.close(b'}');
                });
            }
            Source::FileId(id) if self.own => self.member(part, "file", |pen| {
                pen.json.key("file").object(|o| o.key("file_id").text(id));
            }),
            Source::FileId(_) => self.loss.drop_at(part.place, Reason::ForeignState),
            _ => self.loss.drop_at(part.place, Reason::NotSupported),
        }
    }

    fn audio(&mut self, part: &Part<'_>, audio: &Audio<'_>) {
        if !self.target.can(Capabilities::AUDIO) {
            return self.loss.drop_at(part.place, Reason::NotSupported);
        }
        let Source::Base64 { media_type, data } = &audio.source else {
            return self.loss.drop_at(part.place, Reason::NotInDialect);
        };
        let format = match (&audio.format, media_type) {
            (Some(format), _) => format.value.resolve().into_owned(),
            (None, Some(media)) if media.is("audio/mpeg") || media.is("audio/mp3") => {
                "mp3".to_owned()
            }
            _ => "wav".to_owned(),
        };
        self.member(part, "input_audio", |pen| {
            pen.json.key("input_audio").object(|o| {
                o.key("data").text(data);
                o.key("format").string(&format);
            });
        });
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
        self.json.key("tool_call_id").text(&result.call_id);
        self.json.key("content");
        match &result.object {
            Some(object) => self.json.string(&String::from_utf8_lossy(object.bytes())),
            None if texts.is_empty() => self.json.string(""),
            None => {
                self.content(&texts);
            }
        }
        self.json.close(b'}');
        self.part_rest(part);
        self.messages += 1;
        for moved in result.content.iter().filter(|part| !textual(part)) {
            self.loss
                .assume(format!("messages[{}].role", self.messages), "\"user\"");
            rich.push(moved);
        }
    }

    /// One message out of what an assistant said in neighbouring turns.
    fn assistant(&mut self, turns: &[Turn<'_>]) {
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
        let mut written = false;
        if said.is_empty() {
            self.json.key("content").null();
        } else {
            self.json.key("content");
            written = self.content(&said);
        }
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
                    let readable = readable(reasoning);
                    match reasoning.state.as_ref() {
                        Some(state) if is_details(state, self.target.scope) => {
                            details = Some(state)
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
                    self.loss.drop_at(part.place, Reason::NotInDialect)
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

    fn state(&mut self, part: &Part<'_>, state: &Opaque<'_>) {
        let reason = match state.issuer {
            DIALECT => Reason::OtherScope,
            _ => Reason::ForeignState,
        };
        self.loss.drop_at(part.place, reason);
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
        self.json.key("id").text(&call.id);
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
pub(super) fn write_arguments(call: &ToolCall<'_>, json: &mut Writer<'_>) {
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

/// The text of reasoning; summaries when there is nothing else.
pub(super) fn readable(reasoning: &Reasoning<'_>) -> String {
    let resolve = |blocks: &[Text<'_>], between: &str| {
        let blocks: Vec<_> = blocks.iter().map(Text::resolve).collect();
        blocks.join(between)
    };
    if reasoning.text.iter().any(|text| !text.is_empty()) {
        resolve(&reasoning.text, "")
    } else {
        resolve(&reasoning.summary, "\n\n")
    }
}

fn is_details(state: &Opaque<'_>, scope: &str) -> bool {
    state.kind == OpaqueKind::Details && state.belongs_to(DIALECT, scope)
}

fn data_url(
    json: &mut Writer<'_>,
    key: &str,
    (media, guess): (Option<&Text<'_>>, &str),
    data: &Text<'_>,
) {
    json.key(key).pieces(|p| {
        p.push("data:");
        match media {
            Some(media) => p.push_text(media),
            None => p.push(guess),
        }
        p.push(";base64,");
        p.push_text(data);
    });
}
