//! What a request is written for.

use std::ops::{BitAnd, BitOr, Sub};

use crate::dialect::Dialect;

/// The upstream that a request is written for.
#[derive(Debug, Clone, Copy)]
pub struct Target<'t> {
    /// The dialect that it speaks.
    pub dialect: Dialect,
    /// The name under which it knows the model.
    pub model: &'t str,
    /// What it takes.
    pub capabilities: Capabilities,
    /// The scope of the credential in use, a short word such as a hash. State that was issued under
    /// another one is not sent.
    pub scope: &'t str,
    /// The most tokens that the model can put out, if known.
    pub max_output_tokens: Option<u64>,
}

impl<'t> Target<'t> {
    /// An upstream that can do what the vendor of the dialect can.
    pub const fn new(dialect: Dialect, model: &'t str) -> Self {
        Self {
            dialect,
            model,
            capabilities: Capabilities::of(dialect),
            scope: "",
            max_output_tokens: None,
        }
    }

    pub(crate) fn can(&self, capability: Capabilities) -> bool {
        self.capabilities.contains(capability)
    }
}

/// What an upstream takes, of what its dialect can say. A set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Capabilities(u32);

impl Capabilities {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// Pictures.
    pub const IMAGES: Self = Self(1);
    /// Pictures, documents and other content that it fetches itself.
    pub const URLS: Self = Self(1 << 1);
    /// Documents and other files.
    pub const FILES: Self = Self(1 << 2);
    /// Sound.
    pub const AUDIO: Self = Self(1 << 3);
    /// Films.
    pub const VIDEO: Self = Self(1 << 4);
    /// Tools that take free text.
    pub const CUSTOM_TOOLS: Self = Self(1 << 5);
    /// Namespaces of tools.
    pub const NAMESPACES: Self = Self(1 << 6);
    /// Tools that it runs itself.
    pub const SERVER_TOOLS: Self = Self(1 << 7);
    /// `strict` function schemas.
    pub const STRICT_TOOLS: Self = Self(1 << 8);
    /// Answers by a JSON schema.
    pub const JSON_SCHEMA: Self = Self(1 << 9);
    /// Reasoning settings (effort, budget).
    pub const REASONING: Self = Self(1 << 10);
    /// Readable reasoning in the history (chat: `reasoning_content`).
    pub const REASONING_HISTORY: Self = Self(1 << 11);
    /// Its own signed or encrypted reasoning in the history.
    pub const SIGNED_REASONING: Self = Self(1 << 12);
    /// Reasoning by its own judgement (Anthropic: `adaptive`, `output_config.effort`).
    pub const ADAPTIVE_REASONING: Self = Self(1 << 13);
    /// The role `developer`.
    pub const DEVELOPER_ROLE: Self = Self(1 << 14);
    /// System messages between others (Anthropic).
    pub const SYSTEM_TURNS: Self = Self(1 << 15);
    /// `temperature`, `top_p` and `top_k`.
    pub const SAMPLING: Self = Self(1 << 16);
    /// Cache markers (Anthropic's `cache_control`).
    pub const CACHE_MARKERS: Self = Self(1 << 17);
    /// `max_completion_tokens` in place of `max_tokens` (chat).
    pub const MAX_COMPLETION_TOKENS: Self = Self(1 << 18);
    /// Usage at the end of streams on request (chat).
    pub const STREAM_USAGE: Self = Self(1 << 19);
    /// It keeps answers, and continues them.
    pub const STATEFUL: Self = Self(1 << 20);
    /// Pictures and files in tool results.
    pub const RICH_RESULTS: Self = Self(1 << 21);
    /// `OpenAI`'s own members: `store`, `metadata`, `service_tier`, `prompt_cache_key`,
    /// `safety_identifier`, `verbosity`, `prediction`, `modalities`.
    pub const OPENAI_MEMBERS: Self = Self(1 << 22);
    /// Log probabilities.
    pub const LOGPROBS: Self = Self(1 << 23);
    /// Schemas as JSON Schema (Google's `parametersJsonSchema` and `responseJsonSchema`), in place of
    /// the dialect's own form of schemas.
    pub const JSON_SCHEMA_TOOLS: Self = Self(1 << 24);

    /// What the vendor of a dialect takes.
    pub const fn of(dialect: Dialect) -> Self {
        let common = Self::IMAGES.0
            | Self::URLS.0
            | Self::FILES.0
            | Self::JSON_SCHEMA.0
            | Self::REASONING.0
            | Self::SAMPLING.0
            | Self::SERVER_TOOLS.0;
        Self(match dialect {
            Dialect::OpenaiChat => {
                common
                    | Self::AUDIO.0
                    | Self::CUSTOM_TOOLS.0
                    | Self::STRICT_TOOLS.0
                    | Self::DEVELOPER_ROLE.0
                    | Self::MAX_COMPLETION_TOKENS.0
                    | Self::STREAM_USAGE.0
                    | Self::OPENAI_MEMBERS.0
                    | Self::LOGPROBS.0
            }
            Dialect::OpenaiResponses => {
                common
                    | Self::CUSTOM_TOOLS.0
                    | Self::NAMESPACES.0
                    | Self::STRICT_TOOLS.0
                    | Self::REASONING_HISTORY.0
                    | Self::SIGNED_REASONING.0
                    | Self::DEVELOPER_ROLE.0
                    | Self::STATEFUL.0
                    | Self::RICH_RESULTS.0
                    | Self::OPENAI_MEMBERS.0
                    | Self::LOGPROBS.0
            }
            Dialect::AnthropicMessages => {
                common
                    | Self::STRICT_TOOLS.0
                    | Self::REASONING_HISTORY.0
                    | Self::SIGNED_REASONING.0
                    | Self::ADAPTIVE_REASONING.0
                    | Self::CACHE_MARKERS.0
                    | Self::RICH_RESULTS.0
            }
            Dialect::GeminiGenerate => {
                common
                    | Self::AUDIO.0
                    | Self::VIDEO.0
                    | Self::REASONING_HISTORY.0
                    | Self::SIGNED_REASONING.0
                    | Self::RICH_RESULTS.0
                    | Self::LOGPROBS.0
                    | Self::JSON_SCHEMA_TOOLS.0
            }
        })
    }

    /// This set and `other`.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is in it.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The set as bits.
    pub const fn bits(self) -> u32 {
        self.0
    }
}

impl BitOr for Capabilities {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Capabilities {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Sub for Capabilities {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}
