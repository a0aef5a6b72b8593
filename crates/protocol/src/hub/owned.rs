//! Parts that outlive their document.

use super::turn::{
    Audio, Citation, Citations, File, Foreign, Image, Media, Part, PartKind, Reasoning, Source,
    TextPart,
};
use super::{Opaque, Placed, Raw, ServerItem, Text, ToolCall, ToolResult};

impl PartKind<'_> {
    /// The same, owned.
    pub fn into_owned(self) -> PartKind<'static> {
        match self {
            Self::Text(part) => PartKind::Text(part.into_owned()),
            Self::Image(image) => PartKind::Image(Image {
                source: image.source.into_owned(),
                detail: image.detail.map(text),
            }),
            Self::File(file) => PartKind::File(File {
                source: file.source.into_owned(),
                name: file.name.map(text),
                context: file.context.map(text),
                citations: file.citations.map(raw),
            }),
            Self::Audio(audio) => PartKind::Audio(Audio {
                source: audio.source.into_owned(),
                format: audio.format.map(text),
                transcript: audio.transcript.map(text),
                expires_at: audio.expires_at.map(raw),
            }),
            Self::Video(media) => PartKind::Video(Media {
                source: media.source.into_owned(),
                clip: media.clip.map(raw),
            }),
            Self::ToolCall(call) => PartKind::ToolCall(Box::new(ToolCall::into_owned(*call))),
            Self::ToolResult(result) => {
                PartKind::ToolResult(Box::new(ToolResult::into_owned(*result)))
            }
            Self::Server(item) => PartKind::Server(ServerItem::into_owned(item)),
            Self::Reasoning(reasoning) => PartKind::Reasoning(reasoning.into_owned()),
            Self::Redacted(state) => PartKind::Redacted(state.into_owned()),
            Self::Refusal(words) => PartKind::Refusal(words.into_owned()),
            Self::Foreign(foreign) => PartKind::Foreign(Foreign {
                dialect: foreign.dialect,
                raw: foreign.raw.into_owned(),
            }),
        }
    }
}

impl TextPart<'_> {
    /// The same, owned.
    pub fn into_owned(self) -> TextPart<'static> {
        TextPart {
            text: self.text.into_owned(),
            citations: self.citations.map(|citations| Citations {
                place: citations.place,
                dialect: citations.dialect,
                items: citations
                    .items
                    .into_iter()
                    .map(Citation::into_owned)
                    .collect(),
            }),
            state: self.state.map(Opaque::into_owned),
        }
    }
}

impl Source<'_> {
    /// The same, owned.
    pub fn into_owned(self) -> Source<'static> {
        match self {
            Self::Url(url) => Source::Url(url.into_owned()),
            Self::Base64 { media_type, data } => Source::Base64 {
                media_type: media_type.map(Text::into_owned),
                data: data.into_owned(),
            },
            Self::Text(words) => Source::Text(words.into_owned()),
            Self::Parts(parts) => Source::Parts(parts.into_iter().map(Part::into_owned).collect()),
            Self::FileId(id) => Source::FileId(id.into_owned()),
        }
    }
}

impl Reasoning<'_> {
    /// The same, owned.
    pub fn into_owned(self) -> Reasoning<'static> {
        Reasoning {
            text: self.text.into_iter().map(Text::into_owned).collect(),
            summary: self.summary.into_iter().map(Text::into_owned).collect(),
            state: self.state.map(Opaque::into_owned),
        }
    }
}

fn text(text: Placed<Text<'_>>) -> Placed<Text<'static>> {
    Placed {
        place: text.place,
        value: text.value.into_owned(),
    }
}

fn raw(raw: Placed<Raw<'_>>) -> Placed<Raw<'static>> {
    Placed {
        place: raw.place,
        value: raw.value.into_owned(),
    }
}
