//! Which dialect a provider is asked in.

use aigw_protocol::Dialect;
use aigw_providers::Kind;

/// The dialects in the order in which a provider is asked that does not speak the caller's: those that say the most come
/// first. The first three carry reasoning with its signatures and tool results with pictures; chat carries neither.
pub(crate) const PREFERENCE: [Dialect; 4] = [
    Dialect::OpenaiResponses,
    Dialect::AnthropicMessages,
    Dialect::GeminiGenerate,
    Dialect::OpenaiChat,
];

/// The dialects that a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spoken([bool; Dialect::ALL.len()]);

impl Spoken {
    /// What the configuration says, else what the kind speaks.
    pub(crate) fn of(declared: Option<&[String]>, kind: &Kind) -> Self {
        Self(Dialect::ALL.map(|dialect| match declared {
            Some(names) => names.iter().any(|name| name == dialect.as_str()),
            None => kind.speaks(dialect),
        }))
    }

    pub(crate) fn speaks(self, dialect: Dialect) -> bool {
        let index = Dialect::ALL.iter().position(|it| *it == dialect);
        index.is_some_and(|index| self.0[index])
    }

    /// The dialect in which a caller who speaks `dialect` is served: their own, else the best one.
    pub(crate) fn serving(self, dialect: Dialect) -> Option<Dialect> {
        let own = std::iter::once(dialect);
        own.chain(PREFERENCE).find(|other| self.speaks(*other))
    }

    /// Whether callers of every dialect can be served.
    pub(crate) fn any(self) -> bool {
        self.0.contains(&true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callers_dialect_comes_first_and_chat_last() {
        let kind = aigw_providers::kind("openai-compatible").unwrap();
        let spoken = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            Spoken::of(Some(&names), kind)
        };
        let two = spoken(&["openai_chat", "anthropic_messages"]);
        assert_eq!(two.serving(Dialect::OpenaiChat), Some(Dialect::OpenaiChat));
        assert_eq!(
            two.serving(Dialect::OpenaiResponses),
            Some(Dialect::AnthropicMessages)
        );
        let chat = Spoken::of(None, kind);
        assert_eq!(
            chat.serving(Dialect::GeminiGenerate),
            Some(Dialect::OpenaiChat)
        );
        assert_eq!(spoken(&[]).serving(Dialect::OpenaiChat), None);
        assert!(!spoken(&[]).any());
    }
}
