//! Parts of contents, read.

use std::borrow::Cow;

use super::DIALECT;
use super::names::{camel, member};
use super::results;
use crate::codec::read;
use crate::hub::{
    Arguments, Audio, CallKind, Extra, File, Foreign, Image, Media, Opaque, OpaqueKind, Part,
    PartKind, Place, Placed, Raw, Reasoning, ServerItem, ServerKind, ServerStage, Source, Text,
    TextPart, ToolCall,
};
use crate::json::value::{Key, Value};

/// How ids begin that are made up for calls without one.
pub(super) const MADE_UP: &str = "gemini_call_";

/// A call or a result whose id is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Named<'n, 'a> {
    /// A call of that name, without an id.
    Call(&'n Text<'a>),
    /// A call that has an id.
    Known(&'n Text<'a>, &'n Text<'a>),
    /// A result for a call of that name, without an id.
    Result(&'n Text<'a>),
    /// A result that has an id.
    Answered(&'n Text<'a>),
}

/// The ids of a conversation, made up where they are missing.
#[derive(Debug, Default)]
pub(super) struct Ids<'a> {
    /// Name and id of the calls that have no result yet.
    open: Vec<(Text<'a>, Text<'a>)>,
}

impl<'a> Ids<'a> {
    /// The id of a call or result at this place. The same conversation gives the same ids always.
    pub(super) fn id(&mut self, named: Named<'_, 'a>, turn: usize, part: usize) -> Text<'a> {
        let made_up = || Text::plain(format!("{MADE_UP}{turn}_{part}"));
        match named {
            Named::Call(name) => {
                let id = made_up();
                self.open.push((name.clone(), id.clone()));
                id
            }
            Named::Known(name, id) => {
                self.open.push((name.clone(), id.clone()));
                id.clone()
            }
            // Results come in the order of the calls.
            Named::Result(name) => match self.open.iter().position(|(open, _)| open == name) {
                Some(at) => self.open.remove(at).1,
                None => made_up(),
            },
            Named::Answered(id) => {
                self.open.retain(|(_, open)| open != id);
                id.clone()
            }
        }
    }
}

/// Gives ids for what has none.
pub(super) type Identify<'i, 'a> = dyn FnMut(Named<'_, 'a>) -> Text<'a> + 'i;

/// What a part holds, before it is known what it is.
struct Pieces<'a> {
    place: Place,
    thought: bool,
    signature: Option<(Key<'a>, Value<'a>)>,
    clip: Option<(Key<'a>, Value<'a>)>,
    extras: Vec<Extra<'a>>,
}

/// One part.
pub(super) fn part<'a>(value: Value<'a>, identify: &mut Identify<'_, 'a>) -> Part<'a> {
    known(value, identify).unwrap_or_else(|| {
        let raw = Raw::of(value);
        let dialect = DIALECT;
        Part::new(
            Place::of(value),
            PartKind::Foreign(Foreign { dialect, raw }),
        )
    })
}

fn known<'a>(value: Value<'a>, identify: &mut Identify<'_, 'a>) -> Option<Part<'a>> {
    let mut pieces = Pieces {
        place: Place::of(value),
        thought: false,
        signature: None,
        clip: None,
        extras: Vec::new(),
    };
    let mut data: Option<(Cow<'a, [u8]>, Value<'a>)> = None;
    for (key, member) in value.members().filter(|(_, member)| !member.is_null()) {
        let name = camel(key);
        match &*name {
            b"thought" if member.boolean().is_some() => pieces.thought = member.raw() == b"true",
            b"thoughtSignature" if member.raw_text().is_some() => {
                pieces.signature = Some((key, member));
            }
            b"videoMetadata" if member.is_object() => pieces.clip = Some((key, member)),
            b"text"
            | b"inlineData"
            | b"fileData"
            | b"functionCall"
            | b"functionResponse"
            | b"executableCode"
            | b"codeExecutionResult" => {
                if data.is_some() {
                    return None;
                }
                data = Some((name, member));
            }
            _ => pieces.extras.push(Extra::new(key, member)),
        }
    }
    let (name, data) = data?;
    match &*name {
        b"text" => Some(pieces.text(Text::of(data)?)),
        b"inlineData" => pieces.inline(data),
        b"fileData" => pieces.file(data),
        b"functionCall" => pieces.call(data, identify),
        b"functionResponse" => Some(pieces.result(data, identify)),
        b"executableCode" => Some(server(value, data, ServerStage::Call)),
        _ => Some(server(value, data, ServerStage::Result)),
    }
}

fn server<'a>(value: Value<'a>, data: Value<'a>, stage: ServerStage) -> Part<'a> {
    let item = ServerItem {
        kind: ServerKind::CodeExecution,
        dialect: DIALECT,
        id: member(data, "id").and_then(Text::of),
        stage,
        raw: Raw::of(value),
    };
    Part::new(Place::of(value), PartKind::Server(item))
}

impl<'a> Pieces<'a> {
    fn state(&mut self) -> Option<Opaque<'a>> {
        let (_, field) = self.signature.take()?;
        let field = Text::of(field).filter(|field| !field.is_empty())?;
        Some(Opaque::returned(DIALECT, OpaqueKind::Signature, field))
    }

    /// The part; what has no place in it goes to the unknown members.
    fn into_part(mut self, kind: PartKind<'a>) -> Part<'a> {
        for (key, value) in self.signature.into_iter().chain(self.clip) {
            self.extras.push(Extra::new(key, value));
        }
        Part {
            extras: self.extras,
            ..Part::new(self.place, kind)
        }
    }

    fn text(mut self, text: Text<'a>) -> Part<'a> {
        let state = self.state();
        let kind = if self.thought {
            // What is told of thoughts are summaries.
            PartKind::Reasoning(Reasoning {
                text: Vec::new(),
                summary: Some(text)
                    .filter(|text| !text.is_empty())
                    .into_iter()
                    .collect(),
                state,
            })
        } else {
            PartKind::Text(TextPart {
                text,
                citations: None,
                state,
            })
        };
        self.into_part(kind)
    }

    fn inline(mut self, blob: Value<'a>) -> Option<Part<'a>> {
        let (mut media, mut data, mut name) = (None, None, None);
        read::members(blob, &mut self.extras, |key, value| match &*camel(key) {
            b"mimeType" => read::text(&mut media, value),
            b"data" => read::text(&mut data, value),
            b"displayName" => read::text(&mut name, value),
            _ => false,
        });
        let media = media.map(|media: Placed<Text<'a>>| media.value);
        let source = Source::Base64 {
            media_type: media.clone(),
            data: standard(data?.value),
        };
        Some(self.media(source, media.as_ref(), name, blob))
    }

    fn file(mut self, file: Value<'a>) -> Option<Part<'a>> {
        let (mut media, mut uri, mut name) = (None, None, None);
        read::members(file, &mut self.extras, |key, value| match &*camel(key) {
            b"mimeType" => {
                media = Text::of(value);
                // What is fetched has no other place for its type.
                false
            }
            b"fileUri" => read::text(&mut uri, value),
            b"displayName" => read::text(&mut name, value),
            _ => false,
        });
        let uri: Text<'a> = uri?.value;
        let kept = uri.starts_with("gs://")
            || uri.resolve().contains("generativelanguage.googleapis.com/");
        let web = uri.starts_with("http://") || uri.starts_with("https://");
        let source = if web && !kept {
            Source::Url(uri)
        } else {
            Source::FileId(uri)
        };
        Some(self.media(source, media.as_ref(), name, file))
    }

    fn media(
        mut self,
        source: Source<'a>,
        media: Option<&Text<'a>>,
        name: Option<Placed<Text<'a>>>,
        object: Value<'a>,
    ) -> Part<'a> {
        let begins = |prefix: &str| media.is_some_and(|media| media.starts_with(prefix));
        let kind = if begins("video/") {
            let clip = self.clip.take().map(|(_, clip)| Placed::raw(clip));
            PartKind::Video(Media { source, clip })
        } else if begins("image/") {
            let detail = None;
            PartKind::Image(Image { source, detail })
        } else if begins("audio/") {
            PartKind::Audio(Audio {
                source,
                format: None,
                transcript: None,
                expires_at: None,
            })
        } else {
            return self.into_part(PartKind::File(File {
                source,
                name,
                context: None,
                citations: None,
            }));
        };
        let named = |(key, _): &(Key<'a>, Value<'a>)| *camel(*key) == *b"displayName";
        if let Some((key, value)) = object.members().find(named) {
            self.extras.push(Extra::new(key, value));
        }
        self.into_part(kind)
    }

    fn call(mut self, call: Value<'a>, identify: &mut Identify<'_, 'a>) -> Option<Part<'a>> {
        let (mut id, mut name, mut args) = (None, None, None);
        read::members(call, &mut self.extras, |key, value| match &*camel(key) {
            b"id" => read::text(&mut id, value),
            b"name" => read::text(&mut name, value),
            b"args" => read::object(&mut args, value),
            _ => false,
        });
        let name = name?.value;
        let id = id.filter(|id: &Placed<Text<'a>>| !id.is_empty());
        let id = match &id {
            Some(id) => identify(Named::Known(&name, id)),
            None => identify(Named::Call(&name)),
        };
        let state = self.state();
        Some(self.into_part(PartKind::ToolCall(Box::new(ToolCall {
            id,
            item_id: None,
            namespace: None,
            name,
            kind: CallKind::Function,
            arguments: Arguments::Object(args.map_or(Raw::literal("{}"), |args| args.value)),
            state,
        }))))
    }

    fn result(mut self, response: Value<'a>, identify: &mut Identify<'_, 'a>) -> Part<'a> {
        let result = results::result(response, &mut self.extras, identify);
        self.into_part(PartKind::ToolResult(Box::new(result)))
    }
}

/// Base64 in the alphabet that other dialects take. The vendor's SDKs write the one for URLs.
fn standard(data: Text<'_>) -> Text<'_> {
    let plain = data.resolve();
    if memchr::memchr2(b'-', b'_', plain.as_bytes()).is_none() {
        drop(plain);
        return data;
    }
    let mut mended = plain.replace('-', "+").replace('_', "/");
    while !mended.len().is_multiple_of(4) {
        mended.push('=');
    }
    Text::plain(mended)
}
