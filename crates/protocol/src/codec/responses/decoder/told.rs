//! What single events tell.

use crate::hub::sequence::Channel;
use crate::hub::{Delta, PartStart, Text};
use crate::json::value::Value;

/// What an event tells of a part.
pub(super) enum Told<'a> {
    Piece(Delta<'a>),
    Full(Channel, Text<'a>),
    Citation(Value<'a>),
    Part,
}

impl<'a> Told<'a> {
    /// What an event of that type tells, if it is about a part.
    pub(super) fn of(kind: &[u8], root: Value<'a>) -> Option<Self> {
        let number = |name| root.member(name).and_then(Value::integer).unwrap_or(0);
        let text = |name| root.member(name).and_then(Text::of).unwrap_or_default();
        let block = |name| u32::try_from(number(name)).unwrap_or(u32::MAX);
        Some(match kind {
            b"response.output_text.delta" => Told::Piece(Delta::Text(text("delta"))),
            b"response.output_text.done" => Told::Full(Channel::Text, text("text")),
            b"response.refusal.delta" => Told::Piece(Delta::Refusal(text("delta"))),
            b"response.refusal.done" => Told::Full(Channel::Refusal, text("refusal")),
            b"response.output_text.annotation.added" => match root.member("annotation") {
                Some(citation) if citation.is_object() => Told::Citation(citation),
                _ => return None,
            },
            b"response.content_part.done" => Told::Part,
            b"response.reasoning_summary_text.delta" => Told::Piece(Delta::Summary {
                block: block("summary_index"),
                text: text("delta"),
            }),
            b"response.reasoning_summary_text.done" => {
                Told::Full(Channel::Summary(block("summary_index")), text("text"))
            }
            b"response.reasoning_text.delta" => Told::Piece(Delta::Reasoning {
                block: block("content_index"),
                text: text("delta"),
            }),
            b"response.reasoning_text.done" => {
                Told::Full(Channel::Reasoning(block("content_index")), text("text"))
            }
            b"response.function_call_arguments.delta"
            | b"response.custom_tool_call_input.delta" => {
                Told::Piece(Delta::Arguments(text("delta")))
            }
            b"response.function_call_arguments.done" => {
                Told::Full(Channel::Arguments, text("arguments"))
            }
            b"response.custom_tool_call_input.done" => {
                Told::Full(Channel::Arguments, text("input"))
            }
            _ => return None,
        })
    }

    /// The part that it belongs to, if it says so.
    pub(super) fn start(&self) -> Option<PartStart<'static>> {
        match self {
            Self::Piece(Delta::Text(_)) => Some(PartStart::Text),
            Self::Piece(Delta::Refusal(_)) => Some(PartStart::Refusal),
            Self::Piece(Delta::Reasoning { .. } | Delta::Summary { .. }) => {
                Some(PartStart::Reasoning)
            }
            Self::Full(Channel::Text, text) if !text.is_empty() => Some(PartStart::Text),
            Self::Full(Channel::Refusal, _) => Some(PartStart::Refusal),
            Self::Full(Channel::Reasoning(_) | Channel::Summary(_), _) => {
                Some(PartStart::Reasoning)
            }
            _ => None,
        }
    }
}
