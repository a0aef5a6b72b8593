//! What of a dialect a kind of provider takes, for requests that are translated into it.

use aigw_protocol::Dialect;
use aigw_protocol::codec::Capabilities;

use crate::kind::Kind;

/// What only OpenAI itself, and its models at Azure, take of the chat dialect.
const OPENAI_CHAT: Capabilities = Capabilities::CUSTOM_TOOLS
    .with(Capabilities::SERVER_TOOLS)
    .with(Capabilities::DEVELOPER_ROLE)
    .with(Capabilities::MAX_COMPLETION_TOKENS)
    .with(Capabilities::OPENAI_MEMBERS)
    .with(Capabilities::AUDIO)
    .with(Capabilities::FILES);
/// What only OpenAI itself, and its models at Azure, take of the Responses dialect.
const OPENAI_RESPONSES: Capabilities = Capabilities::CUSTOM_TOOLS
    .with(Capabilities::NAMESPACES)
    .with(Capabilities::SERVER_TOOLS)
    .with(Capabilities::STATEFUL)
    .with(Capabilities::OPENAI_MEMBERS)
    .with(Capabilities::FILES);
/// What only Anthropic itself takes of the Messages dialect.
const ANTHROPIC_MESSAGES: Capabilities = Capabilities::SERVER_TOOLS
    .with(Capabilities::ADAPTIVE_REASONING)
    .with(Capabilities::STRICT_TOOLS);

/// What a request may use that is written for a provider of `kind` in `dialect`. Where another vendor serves the dialect,
/// only what such servers commonly take.
pub fn capabilities(kind: &Kind, dialect: Dialect) -> Capabilities {
    let all = Capabilities::of(dialect);
    let own = match dialect {
        Dialect::OpenaiChat | Dialect::OpenaiResponses => {
            matches!(kind.id, "openai" | "azure-openai")
        }
        Dialect::AnthropicMessages => kind.id == "anthropic",
        Dialect::GeminiGenerate => true,
    };
    let taken = match dialect {
        _ if own => all,
        Dialect::OpenaiChat => (all - OPENAI_CHAT) | Capabilities::REASONING_HISTORY,
        Dialect::OpenaiResponses => all - OPENAI_RESPONSES,
        Dialect::AnthropicMessages => all - ANTHROPIC_MESSAGES,
        Dialect::GeminiGenerate => all,
    };
    if kind.rules().stream_options {
        taken
    } else {
        taken - Capabilities::STREAM_USAGE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind;

    #[test]
    fn only_its_vendor_takes_all_of_a_dialect() {
        for (id, dialect, custom) in [
            ("openai", Dialect::OpenaiChat, true),
            ("azure-openai", Dialect::OpenaiResponses, true),
            ("vllm", Dialect::OpenaiResponses, false),
            ("deepseek", Dialect::OpenaiChat, false),
        ] {
            let taken = capabilities(kind(id).unwrap(), dialect);
            assert_eq!(taken.contains(Capabilities::CUSTOM_TOOLS), custom, "{id}");
            assert!(taken.contains(Capabilities::SAMPLING), "{id}");
        }
        let mistral = capabilities(kind("mistral").unwrap(), Dialect::OpenaiChat);
        assert!(!mistral.contains(Capabilities::STREAM_USAGE));
        assert!(mistral.contains(Capabilities::REASONING_HISTORY));
        let own = capabilities(kind("anthropic").unwrap(), Dialect::AnthropicMessages);
        assert_eq!(own, Capabilities::of(Dialect::AnthropicMessages));
    }
}
