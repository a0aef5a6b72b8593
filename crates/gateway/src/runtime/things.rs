//! What is in requests that not every target takes, for the order of targets.

use std::ops::BitOr;

use aigw_protocol::Dialect;
use aigw_protocol::codec::{Capabilities, decode_request};
use aigw_protocol::hub::{
    Document, Format, Image, Opaque, Part, PartKind, Request, Source, ToolKind,
};

/// A set of such things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Things(u16);

/// The name and the set of each thing, in the order of their bits. One without capability is known by other means.
const KNOWN: [(&str, Option<Capabilities>); 16] = [
    ("pictures", Some(Capabilities::IMAGES)),
    ("content that is to be fetched", Some(Capabilities::URLS)),
    ("documents", Some(Capabilities::FILES)),
    ("sound", Some(Capabilities::AUDIO)),
    ("films", Some(Capabilities::VIDEO)),
    ("free-form tools", Some(Capabilities::CUSTOM_TOOLS)),
    ("built-in tools", Some(Capabilities::SERVER_TOOLS)),
    (
        "pictures and files in tool results",
        Some(Capabilities::RICH_RESULTS),
    ),
    ("a schema of the answer", Some(Capabilities::JSON_SCHEMA)),
    ("reasoning settings", Some(Capabilities::REASONING)),
    (
        "reasoning in the history",
        Some(Capabilities::REASONING_HISTORY),
    ),
    ("log probabilities", Some(Capabilities::LOGPROBS)),
    (
        "earlier answers that the target keeps",
        Some(Capabilities::STATEFUL),
    ),
    ("signed reasoning of Responses", None),
    ("signed reasoning of Messages", None),
    ("signed reasoning of Gemini", None),
];

impl Things {
    const NONE: Self = Self(0);
    pub(crate) const ALL: Self = Self(u16::MAX);

    /// The names of the bits of [`Things::of_caller`].
    pub(crate) fn names() -> Vec<&'static str> {
        let names = KNOWN.map(|(name, _)| name);
        std::iter::repeat_n(names, Dialect::ALL.len())
            .flatten()
            .collect()
    }

    /// The bits by which routing knows these things in requests of callers who speak `caller`. They differ by the caller's
    /// dialect since a target that speaks it loses nothing.
    pub(crate) fn of_caller(self, caller: Dialect) -> u64 {
        u64::from(self.0) << (u16::BITS * caller as u32)
    }

    /// What is kept by a target that is asked in `upstream` and takes this.
    pub(crate) fn kept(upstream: Dialect, taken: Capabilities) -> Self {
        let kept = KNOWN.iter().enumerate().filter(|(_, (_, capability))| {
            capability.is_some_and(|capability| taken.contains(capability))
        });
        let kept = kept.fold(Self::NONE, |set, (bit, _)| set | Self(1 << bit));
        if taken.contains(Capabilities::SIGNED_REASONING) {
            kept | Self::signed(upstream)
        } else {
            kept
        }
    }

    /// What is in a request, if it can be read.
    pub(crate) fn of_body(caller: Dialect, body: &[u8]) -> Self {
        // The intake has checked it.
        let request = decode_request(caller, Document::checked_before(body));
        request.map_or(Self::NONE, |request| Self::of(&request))
    }

    fn of(request: &Request<'_>) -> Self {
        let reasoning = &request.reasoning;
        let session = &request.session;
        let schema = matches!(
            request.output.format.as_deref(),
            Some(Format::JsonSchema(_))
        );
        let mut found = Self::taking(Capabilities::JSON_SCHEMA, schema)
            | Self::taking(
                Capabilities::REASONING,
                reasoning.effort.is_some() || reasoning.budget.is_some(),
            )
            | Self::taking(
                Capabilities::LOGPROBS,
                request.sampling.logprobs.as_deref() == Some(&true),
            )
            | Self::taking(
                Capabilities::STATEFUL,
                session.previous_response_id.is_some() || session.conversation.is_some(),
            );
        for tool in &request.tools {
            let (custom, server) = match tool.kind {
                ToolKind::Custom(_) => (true, false),
                ToolKind::Server(_) => (false, true),
                ToolKind::Function(_) | ToolKind::Fixed { .. } => (false, false),
            };
            found = found
                | Self::taking(Capabilities::CUSTOM_TOOLS, custom)
                | Self::taking(Capabilities::SERVER_TOOLS, server);
        }
        let parts = request.turns.iter().flat_map(|turn| &turn.parts);
        parts.fold(found, |found, part| found | Self::in_part(part))
    }

    fn in_part(part: &Part<'_>) -> Self {
        match &part.kind {
            PartKind::Image(image) => Self::in_image(image),
            PartKind::File(file) => {
                Self::taking(Capabilities::FILES, true) | Self::fetched(&file.source)
            }
            PartKind::Audio(audio) => {
                Self::taking(Capabilities::AUDIO, true) | Self::fetched(&audio.source)
            }
            PartKind::Video(_) => Self::taking(Capabilities::VIDEO, true),
            PartKind::Reasoning(reasoning) => {
                let readable = !reasoning.text.is_empty() || !reasoning.summary.is_empty();
                Self::taking(Capabilities::REASONING_HISTORY, readable)
                    | Self::state(reasoning.state.as_ref())
            }
            PartKind::Redacted(state) => Self::state(Some(state)),
            PartKind::Text(text) => Self::state(text.state.as_ref()),
            PartKind::ToolCall(call) => Self::state(call.state.as_ref()),
            PartKind::ToolResult(result) => {
                let inner = result.content.iter();
                let inner = inner.fold(Self::NONE, |found, part| found | Self::in_part(part));
                inner | Self::taking(Capabilities::RICH_RESULTS, inner != Self::NONE)
            }
            PartKind::Server(_) => Self::taking(Capabilities::SERVER_TOOLS, true),
            PartKind::Refusal(_) | PartKind::Foreign(_) => Self::NONE,
        }
    }

    fn in_image(image: &Image<'_>) -> Self {
        Self::taking(Capabilities::IMAGES, true) | Self::fetched(&image.source)
    }

    fn fetched(source: &Source<'_>) -> Self {
        Self::taking(Capabilities::URLS, matches!(source, Source::Url(_)))
    }

    fn state(state: Option<&Opaque<'_>>) -> Self {
        state.map_or(Self::NONE, |state| Self::signed(state.issuer))
    }

    /// Signed or encrypted reasoning that `issuer` takes back. Chat upstreams take none.
    fn signed(issuer: Dialect) -> Self {
        match issuer {
            Dialect::OpenaiChat => Self::NONE,
            Dialect::OpenaiResponses => Self(1 << 13),
            Dialect::AnthropicMessages => Self(1 << 14),
            Dialect::GeminiGenerate => Self(1 << 15),
        }
    }

    /// The things that need that capability, if they are there.
    fn taking(capability: Capabilities, there: bool) -> Self {
        let known = KNOWN.iter().position(|(_, it)| *it == Some(capability));
        match known {
            Some(bit) if there => Self(1 << bit),
            _ => Self::NONE,
        }
    }
}

impl BitOr for Things {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(caller: Dialect, body: &str) -> Vec<&'static str> {
        let Things(bits) = Things::of_body(caller, body.as_bytes());
        let there = |bit: &usize| bits >> bit & 1 == 1;
        (0..16).filter(there).map(|bit| KNOWN[bit].0).collect()
    }

    #[test]
    fn a_plain_request_has_nothing_to_lose() {
        let body = r#"{"model":"m","temperature":1,"max_tokens":5,"tools":[{"name":"f","input_schema":{}}],"messages":[{"role":"user","content":"hi"}]}"#;
        assert!(found(Dialect::AnthropicMessages, body).is_empty());
        assert!(found(Dialect::AnthropicMessages, r#"{"messages":1}"#).is_empty());
    }

    #[test]
    fn what_targets_may_lack_is_found() {
        let messages = r#"{"model":"m","thinking":{"type":"enabled","budget_tokens":2000},"messages":[
            {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"tool_use","id":"t","name":"f","input":{}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"image","source":{"type":"url","url":"https://example.com/a"}}]}]}]}"#;
        assert_eq!(
            found(Dialect::AnthropicMessages, messages),
            [
                "pictures",
                "content that is to be fetched",
                "pictures and files in tool results",
                "reasoning settings",
                "reasoning in the history",
                "signed reasoning of Messages",
            ]
        );
        let responses = r#"{"model":"m","input":"x","previous_response_id":"r","tools":[{"type":"custom","name":"p"},{"type":"web_search"}],"text":{"format":{"type":"json_schema","name":"n","schema":{}}}}"#;
        assert_eq!(
            found(Dialect::OpenaiResponses, responses),
            [
                "free-form tools",
                "built-in tools",
                "a schema of the answer",
                "earlier answers that the target keeps",
            ]
        );
    }

    #[test]
    fn targets_keep_what_their_dialect_takes() {
        let kept = |upstream| Things::kept(upstream, Capabilities::of(upstream)).0;
        assert_eq!(kept(Dialect::OpenaiChat) >> 13, 0);
        assert_eq!(kept(Dialect::AnthropicMessages) >> 13, 0b010);
        assert_eq!(kept(Dialect::AnthropicMessages) & 0b10_1001, 0b00_0001);
        let names = Things::names();
        assert_eq!(names.len(), 64);
        let bit = Things::signed(Dialect::GeminiGenerate).of_caller(Dialect::GeminiGenerate);
        assert_eq!(
            names[bit.trailing_zeros() as usize],
            "signed reasoning of Gemini"
        );
    }
}
