//! What a stream tells, piece by piece.

use super::{CallKind, Citation, Opaque, Part, Raw, StopReason, Text, Unnamed};
use crate::dialect::Dialect;
use crate::error::InBandError;
use crate::usage::Usage;

/// One step of an answer that is being written.
///
/// The order, which decoders keep and encoders rely on: `Start` once; then parts, strictly one after
/// the other, each `PartStart`, any number of `Delta`s of its kind, `PartEnd` — or whole as `Part`;
/// `Usage` anywhere, later counts replacing earlier ones ([`Usage::merge`]); `Stop` once, after the
/// last part; `End` once, last. `Error` ends the stream in place of `End`, and so does its absence.
/// `PartEnd` is given only when the part is known to be complete, `Stop` and `End` only when the
/// upstream said so.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// The answer begins.
    Start(Start<'a>),
    /// A part begins.
    PartStart(PartStart<'a>),
    /// More of the open part.
    Delta(Delta<'a>),
    /// The open part is complete.
    PartEnd,
    /// A whole part at once: [`super::PartKind::Server`], `Redacted`, `Image`, `Foreign`….
    Part(Part<'a>),
    /// Log probabilities of the text so far (chat's `choices[].logprobs`, an object).
    Logprobs(Raw<'a>),
    /// A member that has no name here. Told before `Stop`, each one once.
    Unnamed(Box<Unnamed<'a>>),
    /// Token counts so far.
    Usage(Usage),
    /// Why the answer ends.
    Stop(StopReason<'a>),
    /// The stream is complete.
    End,
    /// The upstream reports an error.
    Error(InBandError),
}

/// What is known when an answer begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Start<'a> {
    /// Its id; empty when it has none.
    pub id: Text<'a>,
    /// The model; empty when it does not say.
    pub model: Text<'a>,
    /// When, in seconds since 1970.
    pub created: Option<u64>,
    /// Token counts as far as they are known.
    pub usage: Usage,
    /// The class of service.
    pub service_tier: Option<Text<'a>>,
}

/// What part begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartStart<'a> {
    /// Text: `Delta::Text`, `Delta::Citation`, `Delta::State`.
    Text,
    /// A refusal in words: `Delta::Refusal`.
    Refusal,
    /// Reasoning: `Delta::Reasoning`, `Delta::Summary`, `Delta::State`.
    Reasoning,
    /// A tool call: `Delta::Arguments`, `Delta::State`.
    ToolCall(CallStart<'a>),
}

/// A tool call begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallStart<'a> {
    /// What the result will refer to; empty when the upstream gives none (encoders make one up
    /// from the seed and the position of the part).
    pub id: Text<'a>,
    /// The namespace of the tool.
    pub namespace: Option<Text<'a>>,
    /// The tool.
    pub name: Text<'a>,
    /// The form of the call.
    pub kind: CallKind,
}

/// More of the open part.
#[derive(Debug, Clone, PartialEq)]
pub enum Delta<'a> {
    /// More text.
    Text(Text<'a>),
    /// A reference of the text, in the form of its dialect.
    Citation(Dialect, Box<Citation<'a>>),
    /// More of the refusal.
    Refusal(Text<'a>),
    /// More reasoning, and in which block of it; a new block begins with the first delta of it.
    Reasoning {
        /// The block, from 0.
        block: u32,
        /// More of it.
        text: Text<'a>,
    },
    /// More of the summary, and in which block of it.
    Summary {
        /// The block, from 0.
        block: u32,
        /// More of it.
        text: Text<'a>,
    },
    /// State of the upstream that belongs to the part, as a whole. A second one replaces the first.
    State(Opaque<'a>),
    /// More of the arguments: JSON text, or free text for [`CallKind::Custom`].
    Arguments(Text<'a>),
}

/// Where decoders put events.
pub type Sink<'s> = dyn FnMut(Event<'_>) + 's;

impl Start<'_> {
    /// The same, owned.
    pub fn into_owned(self) -> Start<'static> {
        Start {
            id: self.id.into_owned(),
            model: self.model.into_owned(),
            created: self.created,
            usage: self.usage,
            service_tier: self.service_tier.map(Text::into_owned),
        }
    }
}

impl PartStart<'_> {
    /// The same, owned.
    pub fn into_owned(self) -> PartStart<'static> {
        match self {
            Self::Text => PartStart::Text,
            Self::Refusal => PartStart::Refusal,
            Self::Reasoning => PartStart::Reasoning,
            Self::ToolCall(call) => PartStart::ToolCall(CallStart {
                id: call.id.into_owned(),
                namespace: call.namespace.map(Text::into_owned),
                name: call.name.into_owned(),
                kind: call.kind,
            }),
        }
    }
}

impl Delta<'_> {
    /// Whether it may stand in a part that began like this.
    pub const fn fits(&self, part: &PartStart<'_>) -> bool {
        matches!(
            (self, part),
            (
                Self::Text(_) | Self::Citation(..) | Self::State(_),
                PartStart::Text
            ) | (Self::Refusal(_), PartStart::Refusal)
                | (
                    Self::Reasoning { .. } | Self::Summary { .. } | Self::State(_),
                    PartStart::Reasoning
                )
                | (Self::Arguments(_) | Self::State(_), PartStart::ToolCall(_))
        )
    }

    /// The same, owned.
    pub fn into_owned(self) -> Delta<'static> {
        match self {
            Self::Text(text) => Delta::Text(text.into_owned()),
            Self::Citation(dialect, citation) => {
                Delta::Citation(dialect, Box::new(citation.into_owned()))
            }
            Self::Refusal(text) => Delta::Refusal(text.into_owned()),
            Self::Reasoning { block, text } => Delta::Reasoning {
                block,
                text: text.into_owned(),
            },
            Self::Summary { block, text } => Delta::Summary {
                block,
                text: text.into_owned(),
            },
            Self::State(state) => Delta::State(state.into_owned()),
            Self::Arguments(text) => Delta::Arguments(text.into_owned()),
        }
    }

    /// About how many bytes it holds.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Text(text)
            | Self::Refusal(text)
            | Self::Arguments(text)
            | Self::Reasoning { text, .. }
            | Self::Summary { text, .. } => text.size(),
            Self::State(state) => state.data.size(),
            Self::Citation(_, citation) => citation.raw.bytes().len(),
        }
    }
}
