//! Kinds for everything that speaks a dialect without having a row, and the built-in demo.

use aigw_protocol::Dialect::{AnthropicMessages, OpenaiChat, OpenaiResponses};
use aigw_protocol::Endpoint::{CountTokens, InputTokens};

use crate::kind::{Auth, KeyRule, Kind};
use crate::quirk::Quirk;

/// The rows of this group.
pub(super) const ROWS: &[Kind] = &[
    Kind {
        id: "openai-compatible",
        name: "Anything OpenAI-compatible",
        base_url: None,
        version: "v1",
        dialects: &[OpenaiChat],
        mounts: &[],
        auth: Auth::BearerAndXApiKey,
        key: KeyRule::Optional,
        env_key: None,
        counts: &[CountTokens, InputTokens],
        quirks: &[],
        docs: "https://platform.openai.com/docs/api-reference/chat",
    },
    Kind {
        id: "anthropic-compatible",
        name: "Anything Anthropic-compatible",
        base_url: None,
        version: "v1",
        dialects: &[AnthropicMessages],
        mounts: &[],
        auth: Auth::BearerAndXApiKey,
        key: KeyRule::Optional,
        env_key: None,
        counts: &[CountTokens, InputTokens],
        quirks: &[Quirk::VersionedProbe],
        docs: "https://docs.anthropic.com/en/api/messages",
    },
    Kind {
        id: "demo",
        name: "Built-in demo",
        base_url: None,
        version: "",
        dialects: &[OpenaiChat, OpenaiResponses, AnthropicMessages],
        mounts: &[],
        auth: Auth::None,
        key: KeyRule::Unused,
        env_key: None,
        counts: &[CountTokens, InputTokens],
        quirks: &[Quirk::InProcess],
        docs: "",
    },
];
