//! The wire formats that requests and answers are written in.

use std::fmt;
use std::str::FromStr;

/// A wire format of LLM requests, answers and streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// `POST /v1/chat/completions` as `OpenAI` defines it.
    OpenaiChat,
    /// `POST /v1/responses` as `OpenAI` defines it.
    OpenaiResponses,
    /// `POST /v1/messages` as Anthropic defines it.
    AnthropicMessages,
    /// `POST /v1beta/models/{model}:generateContent` as Google defines it.
    GeminiGenerate,
}

impl Dialect {
    /// Every dialect, in the order in which lists show them.
    pub const ALL: [Self; 4] = [
        Self::OpenaiChat,
        Self::OpenaiResponses,
        Self::AnthropicMessages,
        Self::GeminiGenerate,
    ];

    /// The name used in configuration, records and metrics, such as `openai_chat`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenaiChat => "openai_chat",
            Self::OpenaiResponses => "openai_responses",
            Self::AnthropicMessages => "anthropic_messages",
            Self::GeminiGenerate => "gemini_generate",
        }
    }

    /// The vendor family whose error bodies and model lists this dialect uses.
    pub const fn family(self) -> Family {
        match self {
            Self::OpenaiChat | Self::OpenaiResponses => Family::Openai,
            Self::AnthropicMessages => Family::Anthropic,
            Self::GeminiGenerate => Family::Gemini,
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.as_str() == name)
            .ok_or(UnknownDialect)
    }
}

/// A name that is none of [`Dialect::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownDialect;

impl fmt::Display for UnknownDialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown dialect; known are")?;
        for (index, dialect) in Dialect::ALL.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma} {dialect}")?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownDialect {}

/// The shape of error bodies and model lists, shared by a vendor's dialects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// `{"error":{"message","type","param","code"}}`.
    Openai,
    /// `{"type":"error","error":{"type","message"}}`.
    Anthropic,
    /// `{"error":{"code","message","status"}}`.
    Gemini,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_its_dialect() {
        for dialect in Dialect::ALL {
            assert_eq!(dialect.as_str().parse(), Ok(dialect));
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let error = "chat".parse::<Dialect>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown dialect; known are openai_chat, openai_responses, anthropic_messages, gemini_generate"
        );
    }
}
