//! Messages and what they are made of.

use super::{Extra, Opaque, Place, Placed, Raw, ServerItem, Text, ToolCall, ToolResult};
use crate::dialect::Dialect;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The operator.
    System,
    /// The operator, in `OpenAI`'s newer word.
    Developer,
    /// The user. Anthropic and Google put tool results here too.
    User,
    /// The model.
    Assistant,
    /// A tool: every part is a [`PartKind::ToolResult`].
    Tool,
}

/// One message, or one input item.
///
/// Decoders give one turn per message or item of their dialect and do not merge; encoders merge
/// neighbours where their dialect wants that (`hub::runs`).
#[derive(Debug, Clone)]
pub struct Turn<'a> {
    /// Where it stood.
    pub place: Place,
    /// Who speaks.
    pub role: Role,
    /// Whether it stood outside of the conversation: Anthropic's `system`, `instructions`,
    /// `systemInstruction`.
    pub preamble: bool,
    /// What is said.
    pub parts: Vec<Part<'a>>,
    /// The id of the item.
    pub id: Option<Placed<Text<'a>>>,
    /// The name of the speaker.
    pub name: Option<Placed<Text<'a>>>,
    /// What the message is to the answer: `commentary`, `final_answer`.
    pub phase: Option<Placed<Text<'a>>>,
    /// Members that have no name here.
    pub extras: Vec<Extra<'a>>,
}

impl<'a> Turn<'a> {
    /// A turn that says nothing yet.
    pub fn new(place: Place, role: Role) -> Self {
        Self {
            place,
            role,
            preamble: false,
            parts: Vec::new(),
            id: None,
            name: None,
            phase: None,
            extras: Vec::new(),
        }
    }

    /// Whether the operator speaks.
    pub(crate) const fn is_system(&self) -> bool {
        matches!(self.role, Role::System | Role::Developer)
    }

    /// The same turn with these parts.
    #[must_use]
    pub fn with(mut self, parts: Vec<Part<'a>>) -> Self {
        self.parts = parts;
        self
    }
}

/// A piece of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Part<'a> {
    /// Where it stood.
    pub place: Place,
    /// What it is.
    pub kind: PartKind<'a>,
    /// That the prompt up to and with this part is to be cached.
    pub cache: Option<Placed<Cache<'a>>>,
    /// Members that have no name here.
    pub extras: Vec<Extra<'a>>,
}

impl<'a> Part<'a> {
    /// A part without markers and unknown members.
    pub fn new(place: Place, kind: PartKind<'a>) -> Self {
        Self {
            place,
            kind,
            cache: None,
            extras: Vec::new(),
        }
    }

    /// Plain text.
    pub fn text(place: Place, text: Text<'a>) -> Self {
        Self::new(place, PartKind::Text(TextPart::plain(text)))
    }

    /// The same part, owned.
    pub fn into_owned(self) -> Part<'static> {
        Part {
            place: self.place,
            kind: self.kind.into_owned(),
            cache: self.cache.map(|cache| Placed {
                place: cache.place,
                value: cache.value.into_owned(),
            }),
            extras: self.extras.into_iter().map(Extra::into_owned).collect(),
        }
    }
}

/// What a part is.
#[derive(Debug, Clone, PartialEq)]
pub enum PartKind<'a> {
    /// Text.
    Text(TextPart<'a>),
    /// A picture.
    Image(Image<'a>),
    /// A document or any other file.
    File(File<'a>),
    /// Sound.
    Audio(Audio<'a>),
    /// A film.
    Video(Media<'a>),
    /// The model calls a tool of the caller.
    ToolCall(Box<ToolCall<'a>>),
    /// What such a call gave.
    ToolResult(Box<ToolResult<'a>>),
    /// A tool of the upstream at work: call, result, or both.
    Server(ServerItem<'a>),
    /// Reasoning that may be read.
    Reasoning(Reasoning<'a>),
    /// Reasoning that only its issuer can read.
    Redacted(Opaque<'a>),
    /// The model refuses, in words.
    Refusal(Text<'a>),
    /// Anything else. It goes out only to the dialect that it came from.
    Foreign(Foreign<'a>),
}

/// Text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TextPart<'a> {
    /// The text.
    pub text: Text<'a>,
    /// What it refers to, in the form of its dialect (an array).
    pub citations: Option<Citations<'a>>,
    /// The upstream's state that belongs to it (Google's `thoughtSignature`).
    pub state: Option<Opaque<'a>>,
}

impl<'a> TextPart<'a> {
    /// Text without citations.
    pub const fn plain(text: Text<'a>) -> Self {
        Self {
            text,
            citations: None,
            state: None,
        }
    }
}

/// What a text refers to.
#[derive(Debug, Clone, PartialEq)]
pub struct Citations<'a> {
    /// Where they stood.
    pub place: Place,
    /// The dialect whose form they have.
    pub dialect: Dialect,
    /// The references one by one.
    pub items: Vec<Citation<'a>>,
}

/// One reference.
#[derive(Debug, Clone, PartialEq)]
pub struct Citation<'a> {
    /// Where it stood.
    pub place: Place,
    /// The page, if it is one.
    pub url: Option<Text<'a>>,
    /// Its title.
    pub title: Option<Text<'a>>,
    /// The words that are cited.
    pub cited: Option<Text<'a>>,
    /// The range of the text, in characters of this part, that rests on it.
    pub range: Option<(u64, u64)>,
    /// It in the form of its dialect (an object).
    pub raw: Raw<'a>,
}

impl Citation<'_> {
    /// The same reference, owned.
    pub fn into_owned(self) -> Citation<'static> {
        Citation {
            place: self.place,
            url: self.url.map(Text::into_owned),
            title: self.title.map(Text::into_owned),
            cited: self.cited.map(Text::into_owned),
            range: self.range,
            raw: self.raw.into_owned(),
        }
    }
}

/// Where content comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source<'a> {
    /// It is fetched.
    Url(Text<'a>),
    /// It is here.
    Base64 {
        /// What it is, such as `image/png`; `None` when nothing tells.
        media_type: Option<Text<'a>>,
        /// The content.
        data: Text<'a>,
    },
    /// It is text.
    Text(Text<'a>),
    /// It is made of parts.
    Parts(Vec<Part<'a>>),
    /// The upstream has it.
    FileId(Text<'a>),
}

/// A picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Image<'a> {
    /// Where it comes from.
    pub source: Source<'a>,
    /// How closely to look.
    pub detail: Option<Placed<Text<'a>>>,
}

/// A document or any other file.
#[derive(Debug, Clone, PartialEq)]
pub struct File<'a> {
    /// Where it comes from.
    pub source: Source<'a>,
    /// Its name or title.
    pub name: Option<Placed<Text<'a>>>,
    /// What the model should know about it.
    pub context: Option<Placed<Text<'a>>>,
    /// Whether it is to be cited (an object).
    pub citations: Option<Placed<Raw<'a>>>,
}

/// Sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Audio<'a> {
    /// Where it comes from; `FileId` for an earlier answer of the model.
    pub source: Source<'a>,
    /// Its format: `wav`, `mp3`. The media type of the source says it too where it is known.
    pub format: Option<Placed<Text<'a>>>,
    /// What is said.
    pub transcript: Option<Placed<Text<'a>>>,
    /// Until when the model's answer may be referred to, in seconds since 1970.
    pub expires_at: Option<Placed<Raw<'a>>>,
}

/// A film.
#[derive(Debug, Clone, PartialEq)]
pub struct Media<'a> {
    /// Where it comes from.
    pub source: Source<'a>,
    /// Which part of it (Google's `videoMetadata`, an object).
    pub clip: Option<Placed<Raw<'a>>>,
}

/// Reasoning that may be read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reasoning<'a> {
    /// The reasoning itself, block by block.
    pub text: Vec<Text<'a>>,
    /// What is told of it, block by block.
    pub summary: Vec<Text<'a>>,
    /// What its issuer needs to take it back.
    pub state: Option<Opaque<'a>>,
}

impl Reasoning<'_> {
    /// What can be read of it: the reasoning itself, or else what is told of it.
    pub fn readable(&self) -> String {
        let joined = |blocks: &[Text<'_>], between: &str| {
            let blocks: Vec<_> = blocks.iter().map(Text::resolve).collect();
            blocks.join(between)
        };
        if self.text.iter().any(|text| !text.is_empty()) {
            joined(&self.text, "")
        } else {
            joined(&self.summary, "\n\n")
        }
    }
}

/// A part that only its dialect knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Foreign<'a> {
    /// Its dialect.
    pub dialect: Dialect,
    /// The whole part, item or block (an object, or a string for a bare one).
    pub raw: Raw<'a>,
}

/// That the prompt up to here is to be cached.
#[derive(Debug, Clone, PartialEq)]
pub struct Cache<'a> {
    /// For how long: `5m`, `1h`.
    pub ttl: Option<Text<'a>>,
    /// The marker in Anthropic's form (an object).
    pub raw: Raw<'a>,
}

impl<'a> Cache<'a> {
    /// Reads a marker; `None` for what is no object.
    pub(crate) fn of(value: crate::json::value::Value<'a>) -> Option<Self> {
        value.is_object().then(|| Self {
            ttl: value.member("ttl").and_then(Text::of),
            raw: Raw::of(value),
        })
    }

    /// The same marker, owned.
    pub fn into_owned(self) -> Cache<'static> {
        Cache {
            ttl: self.ttl.map(Text::into_owned),
            raw: self.raw.into_owned(),
        }
    }
}
