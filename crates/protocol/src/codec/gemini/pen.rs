//! Parts of contents, written.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::DIALECT;
use super::blocks::MADE_UP;
use crate::codec::{Capabilities, Target, View};
use crate::dialect::Dialect;
use crate::hub::wrap::{arguments, call_wire_name};
use crate::hub::{
    Audio, File, Image, Loss, Media, Opaque, OpaqueKind, Part, PartKind, Placed, Reason, Reasoning,
    Source, Text, TextPart, ToolCall,
};
use crate::json::writer::Writer;

/// For whom parts are written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side<'p> {
    /// An upstream gets a conversation.
    Upstream(&'p Target<'p>),
    /// A caller gets an answer.
    Client(&'p View),
}

/// What is needed all over the writing of parts.
pub(super) struct Pen<'p, 'o> {
    /// For whom.
    pub(super) side: Side<'p>,
    /// The dialect that the parts came in.
    pub(super) from: Dialect,
    /// Whether that is this one.
    pub(super) own: bool,
    /// The calls that results refer to.
    pub(super) calls: &'p HashMap<String, &'p ToolCall<'p>>,
    /// How many contents have been begun.
    pub(super) contents: usize,
    /// What the next call carries for want of a signature of its own.
    pub(super) carried: Option<Text<'static>>,
    /// The document.
    pub(super) json: Writer<'o>,
    /// What could not be told.
    pub(super) loss: &'p mut Loss,
}

impl Pen<'_, '_> {
    /// Writes a part; nothing where it cannot be said.
    pub(super) fn part(&mut self, part: &Part<'_>) {
        self.loss
            .drop_value(part.cache.as_ref(), Reason::NotInDialect);
        match &part.kind {
            PartKind::Text(text) => self.text(part, text),
            PartKind::Refusal(words) => self.text(part, &TextPart::plain(words.borrow())),
            PartKind::Image(image) => self.image(part, image),
            PartKind::File(file) => self.file(part, file),
            PartKind::Audio(audio) => self.audio(part, audio),
            PartKind::Video(video) => self.video(part, video),
            PartKind::ToolCall(call) => self.call(part, call),
            PartKind::ToolResult(result) => self.result(part, result),
            PartKind::Reasoning(reasoning) => self.reasoning(part, reasoning),
            PartKind::Redacted(state) => self.redacted(part, state),
            PartKind::Server(item) if item.dialect == DIALECT => self.json.raw(item.raw.bytes()),
            PartKind::Server(_) => self.loss.drop_at(part.place, Reason::NoSuchServerTool),
            PartKind::Foreign(foreign) if foreign.dialect == DIALECT => {
                self.json.raw(foreign.raw.bytes());
            }
            PartKind::Foreign(_) => self.loss.drop_at(part.place, Reason::NotInDialect),
        }
    }

    fn can(&self, capability: Capabilities) -> bool {
        match self.side {
            Side::Upstream(target) => target.can(capability),
            Side::Client(_) => true,
        }
    }

    /// State as this side gets it, if it may have it.
    fn signature<'s>(
        &mut self,
        part: &Part<'_>,
        state: Option<&'s Opaque<'_>>,
    ) -> Option<Text<'s>> {
        let state = state?;
        let target = match self.side {
            Side::Client(view) => return Some(state.for_client(DIALECT, &view.scope)),
            Side::Upstream(target) => target,
        };
        let reason = if state.issuer != DIALECT {
            Reason::ForeignState
        } else if !state.belongs_to(DIALECT, target.scope) {
            Reason::OtherScope
        } else if !target.can(Capabilities::SIGNED_REASONING) {
            Reason::NotSupported
        } else {
            return Some(state.data.borrow());
        };
        self.loss
            .drop_member(part.place, state_member(self.from, part, state), reason);
        None
    }

    fn text(&mut self, part: &Part<'_>, text: &TextPart<'_>) {
        let signature = self.signature(part, text.state.as_ref());
        if let Some(citations) = text
            .citations
            .as_ref()
            .filter(|_| matches!(self.side, Side::Upstream(_)))
        {
            self.loss.drop_at(citations.place, Reason::NotInDialect);
        }
        // Empty texts are refused.
        if text.text.is_empty() && signature.is_none() && !self.own {
            self.loss.drop_extras(&part.extras);
            return;
        }
        self.json.open(b'{');
        self.json.key("text").text(&text.text);
        self.signed(signature.as_ref());
        self.flat_extras(part);
        self.json.close(b'}');
    }

    fn signed(&mut self, signature: Option<&Text<'_>>) {
        if let Some(signature) = signature {
            self.json.key("thoughtSignature").text(signature);
        }
    }

    fn reasoning(&mut self, part: &Part<'_>, reasoning: &Reasoning<'_>) {
        let signature = self.signature(part, reasoning.state.as_ref());
        let text = joined(reasoning);
        if signature.is_none() && !self.own {
            if !self.can(Capabilities::REASONING_HISTORY) {
                return self.loss.drop_at(part.place, Reason::NotSupported);
            }
            if text.is_empty() {
                return;
            }
        }
        self.thought(part, &text, signature.as_ref());
    }

    fn redacted(&mut self, part: &Part<'_>, state: &Opaque<'_>) {
        let signature = self.signature(part, Some(state));
        if signature.is_some() {
            self.thought(part, "", signature.as_ref());
        }
    }

    fn thought(&mut self, part: &Part<'_>, text: &str, signature: Option<&Text<'_>>) {
        self.json.open(b'{');
        self.json.key("text").string(text);
        self.json.key("thought").boolean(true);
        self.signed(signature);
        self.flat_extras(part);
        self.json.close(b'}');
    }

    /// An id, unless this dialect had none and it was made up here.
    pub(super) fn call_id(&mut self, id: &Text<'_>) {
        let made_up = self.own && id.starts_with(MADE_UP);
        if !id.is_empty() && !made_up {
            self.json.key("id").text(id);
        }
    }

    fn call(&mut self, part: &Part<'_>, call: &ToolCall<'_>) {
        let carried = self.carried.take();
        let args = arguments(call);
        if args.is_none() {
            if matches!(self.side, Side::Client(_)) {
                // A caller would run it as if it were complete.
                return self
                    .loss
                    .drop_member(part.place, "arguments", Reason::Invalid);
            }
            self.loss
                .drop_member(part.place, "arguments", Reason::Invalid);
        }
        let signature = self.signature(part, call.state.as_ref());
        let signature = signature.or(carried);
        self.loss
            .drop_value(call.item_id.as_ref(), Reason::NotInDialect);
        self.json.open(b'{');
        self.json.key("functionCall").open(b'{');
        self.call_id(&call.id);
        let name = call_wire_name(call.namespace.as_ref(), &call.name);
        self.json.key("name").string(&name);
        self.json.key("args");
        match &args {
            Some(object) => self.json.raw(object),
            // What the model wrote is still told, though it is no JSON.
            None => self
                .json
                .object(|o| o.key("invalid_json").text(&call.arguments.encoded())),
        }
        self.inner_extras(part);
        self.json.close(b'}');
        self.signed(signature.as_ref());
        self.outer_extras(part);
        self.json.close(b'}');
    }

    fn image(&mut self, part: &Part<'_>, image: &Image<'_>) {
        if !self.can(Capabilities::IMAGES) {
            return self.loss.drop_at(part.place, Reason::NotSupported);
        }
        if let Some(detail) = image.detail.as_ref().filter(|detail| !detail.is("auto")) {
            self.loss.drop_at(detail.place, Reason::NotInDialect);
        }
        self.source(part, &image.source, image_type, None);
    }

    fn file(&mut self, part: &Part<'_>, file: &File<'_>) {
        if !self.can(Capabilities::FILES) {
            return self.loss.drop_at(part.place, Reason::NotSupported);
        }
        self.loss
            .drop_value(file.context.as_ref(), Reason::NotInDialect);
        self.loss
            .drop_value(file.citations.as_ref(), Reason::NotInDialect);
        self.source(part, &file.source, file_type, file.name.as_ref());
    }

    fn audio(&mut self, part: &Part<'_>, audio: &Audio<'_>) {
        if !self.can(Capabilities::AUDIO) {
            return self.loss.drop_at(part.place, Reason::NotSupported);
        }
        self.loss
            .drop_value(audio.transcript.as_ref(), Reason::NotInDialect);
        self.loss
            .drop_value(audio.expires_at.as_ref(), Reason::NotInDialect);
        let format = audio
            .format
            .as_ref()
            .map(|format| format!("audio/{}", format.resolve()));
        let named =
            |_: &Text<'_>| Text::plain(format.clone().unwrap_or_else(|| "audio/wav".into()));
        self.source(part, &audio.source, named, None);
    }

    fn video(&mut self, part: &Part<'_>, video: &Media<'_>) {
        if !self.can(Capabilities::VIDEO) {
            return self.loss.drop_at(part.place, Reason::NotSupported);
        }
        let before = self.json.len();
        self.source(part, &video.source, |_| "video/mp4".into(), None);
        let Some(clip) = &video.clip else { return };
        if self.json.len() > before {
            // It belongs beside the data, within the braces that are closed already.
            self.json.truncate(self.json.len() - 1);
            self.json.key("videoMetadata").raw(clip.bytes());
            self.json.close(b'}');
        }
    }

    /// Writes content of any kind. `guess` tells its type from how the data begins, or from its URL.
    fn source(
        &mut self,
        part: &Part<'_>,
        source: &Source<'_>,
        guess: impl Fn(&Text<'_>) -> Text<'static>,
        name: Option<&Placed<Text<'_>>>,
    ) {
        // One of the vendor's two services refuses names of files.
        let (name, unsaid) = if self.own { (name, None) } else { (None, name) };
        self.loss.drop_value(unsaid, Reason::NotInDialect);
        match source {
            Source::Base64 { media_type, data } => {
                let media = media_type
                    .as_ref()
                    .map_or_else(|| guess(data), Text::borrow);
                self.blob(part, "inlineData", |json| {
                    json.key("mimeType").text(&media);
                    json.key("data").text(data);
                    json.maybe_text("displayName", name);
                });
            }
            Source::Text(text) => {
                let data = STANDARD.encode(text.resolve().as_bytes());
                self.blob(part, "inlineData", |json| {
                    json.key("mimeType").string("text/plain");
                    json.key("data").string(&data);
                    json.maybe_text("displayName", name);
                });
            }
            Source::Url(_) if !self.can(Capabilities::URLS) => {
                self.loss.drop_at(part.place, Reason::NotSupported);
            }
            Source::Url(url) => {
                let media = (!self.own).then(|| guess(url));
                self.file_data(part, url, media.as_ref(), name);
            }
            Source::FileId(id) if self.own => self.file_data(part, id, None, name),
            Source::FileId(_) => self.loss.drop_at(part.place, Reason::ForeignState),
            Source::Parts(parts) => {
                for part in parts {
                    self.part(part);
                }
                self.loss.drop_value(name, Reason::TextOnly);
                self.loss.drop_extras(&part.extras);
            }
        }
    }

    fn file_data(
        &mut self,
        part: &Part<'_>,
        uri: &Text<'_>,
        media: Option<&Text<'_>>,
        name: Option<&Placed<Text<'_>>>,
    ) {
        if let Some(media) = media {
            let path = format!("contents[{}].parts[].fileData.mimeType", self.contents);
            self.loss.assume(path, format!("\"{}\"", media.resolve()));
        }
        self.blob(part, "fileData", |json| {
            json.key("fileUri").text(uri);
            if let Some(media) = media {
                json.key("mimeType").text(media);
            }
            json.maybe_text("displayName", name);
        });
    }

    fn blob(&mut self, part: &Part<'_>, key: &str, members: impl FnOnce(&mut Writer<'_>)) {
        self.json.open(b'{');
        self.json.key(key).open(b'{');
        members(&mut self.json);
        self.inner_extras(part);
        self.json.close(b'}');
        self.outer_extras(part);
        self.json.close(b'}');
    }
}

/// The readable text of reasoning; summaries when there is nothing else.
pub(super) fn joined(reasoning: &Reasoning<'_>) -> String {
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

/// The member that held the state in the source; empty for all of it.
const fn state_member(from: Dialect, part: &Part<'_>, state: &Opaque<'_>) -> &'static str {
    match (from, &part.kind, state.kind) {
        (Dialect::AnthropicMessages, PartKind::Redacted(_), _) => "data",
        (Dialect::AnthropicMessages | Dialect::OpenaiChat, PartKind::ToolCall(_), _) => "id",
        (Dialect::AnthropicMessages, ..) | (Dialect::OpenaiChat, _, OpaqueKind::Signature) => {
            "signature"
        }
        (Dialect::OpenaiChat, _, OpaqueKind::Encrypted) => "data",
        (Dialect::OpenaiChat, _, OpaqueKind::Details | OpaqueKind::Hidden) => "",
        (Dialect::OpenaiResponses, ..) => "encrypted_content",
        (Dialect::GeminiGenerate, ..) => "thoughtSignature",
    }
}

/// The type of a picture by how its data begins, or by its URL.
fn image_type(data: &Text<'_>) -> Text<'static> {
    let begins = |magic: &str| data.starts_with(magic);
    let data = data.resolve();
    let ends = |ending: &str| data.ends_with(ending);
    Text::from(if begins("/9j/") || ends(".jpg") || ends(".jpeg") {
        "image/jpeg"
    } else if begins("R0lG") || ends(".gif") {
        "image/gif"
    } else if begins("UklG") || ends(".webp") {
        "image/webp"
    } else {
        "image/png"
    })
}

/// The type of a file by how its data begins, or by its URL.
fn file_type(data: &Text<'_>) -> Text<'static> {
    let plain = data.resolve();
    Text::from(if data.starts_with("JVBERi") || plain.ends_with(".pdf") {
        "application/pdf"
    } else if plain.starts_with("http") {
        // Most documents that are handed over by their address are these.
        "application/pdf"
    } else {
        "application/octet-stream"
    })
}
