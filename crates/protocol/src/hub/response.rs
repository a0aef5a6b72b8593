//! What a model answers.

use super::wrap::arguments;
use super::{Extra, Part, PartKind, Place, Placed, Raw, Text};
use crate::dialect::Dialect;
use crate::usage::Usage;

/// An answer, in no dialect.
#[derive(Debug, Clone, PartialEq)]
pub struct Response<'a> {
    /// The dialect that it came in.
    pub dialect: Dialect,
    /// The document that it was decoded from; empty for a collected stream.
    pub source: &'a [u8],
    /// Its id; empty when it has none.
    pub id: Text<'a>,
    /// The model that answered; empty when it does not say.
    pub model: Text<'a>,
    /// When, in seconds since 1970.
    pub created: Option<u64>,
    /// What it says, in order. The first answer, when there are several.
    pub parts: Vec<Part<'a>>,
    /// Why it ends. `None`: it does not say.
    pub stop: Option<StopReason<'a>>,
    /// Token counts.
    pub usage: Usage,
    /// The class of service that was used.
    pub service_tier: Option<Text<'a>>,
    /// Log probabilities of the text (chat's `choices[].logprobs`, an object).
    pub logprobs: Option<Placed<Raw<'a>>>,
    /// Where further answers stood (`n` > 1); no dialect but their own can say them.
    pub others: Vec<Place>,
    /// Members that have no name here.
    pub extras: Vec<Extra<'a>>,
}

impl<'a> Response<'a> {
    /// An answer that says nothing yet.
    pub fn new(dialect: Dialect, source: &'a [u8]) -> Self {
        Self {
            dialect,
            source,
            id: Text::default(),
            model: Text::default(),
            created: None,
            parts: Vec::new(),
            stop: None,
            usage: Usage::default(),
            service_tier: None,
            logprobs: None,
            others: Vec::new(),
            extras: Vec::new(),
        }
    }
}

impl Response<'_> {
    /// Whether the limit on tokens cut off the call at this index: its arguments are no JSON, or it
    /// comes last and has none.
    pub(crate) fn is_cut(&self, index: usize) -> bool {
        let limited = self.stop.as_ref().is_some_and(StopReason::cuts);
        let Some(PartKind::ToolCall(call)) = self.parts.get(index).map(|part| &part.kind) else {
            return false;
        };
        limited
            && match arguments(call) {
                None => true,
                Some(object) => index + 1 == self.parts.len() && *object == *b"{}",
            }
    }
}

/// Why an answer ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopReason<'a> {
    /// The model was done.
    EndTurn,
    /// The limit on output tokens.
    MaxTokens,
    /// One of the caller's stop sequences, if known which.
    StopSequence(Option<Text<'a>>),
    /// Tools are called.
    ToolUse,
    /// The model, or a safeguard in it, refused; in words, if there are any.
    Refusal(Option<Text<'a>>),
    /// A content filter.
    ContentFilter,
    /// A long turn is to be continued by sending it back.
    PauseTurn,
    /// The context window is full.
    ContextExceeded,
    /// A word that is none of these.
    Other(Text<'a>),
}

impl StopReason<'_> {
    /// Whether it ends an answer in the middle.
    pub(crate) const fn cuts(&self) -> bool {
        matches!(self, Self::MaxTokens | Self::ContextExceeded)
    }

    /// The reason that the parts bear out: an answer that ends with calls of the caller's tools ends
    /// for them, whatever its dialect can say.
    #[must_use]
    pub fn borne_out(self, calls: bool) -> Self {
        match self {
            Self::EndTurn if calls => Self::ToolUse,
            Self::ToolUse if !calls => Self::EndTurn,
            other => other,
        }
    }

    /// The same reason, owned.
    pub fn into_owned(self) -> StopReason<'static> {
        match self {
            Self::EndTurn => StopReason::EndTurn,
            Self::MaxTokens => StopReason::MaxTokens,
            Self::StopSequence(text) => StopReason::StopSequence(text.map(Text::into_owned)),
            Self::ToolUse => StopReason::ToolUse,
            Self::Refusal(text) => StopReason::Refusal(text.map(Text::into_owned)),
            Self::ContentFilter => StopReason::ContentFilter,
            Self::PauseTurn => StopReason::PauseTurn,
            Self::ContextExceeded => StopReason::ContextExceeded,
            Self::Other(text) => StopReason::Other(text.into_owned()),
        }
    }
}
