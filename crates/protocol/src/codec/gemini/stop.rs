//! Why answers end.

use crate::hub::{StopReason, Text};

/// The reason behind a word; `None` for the one that says nothing.
pub(super) fn reason<'a>(word: &Text<'a>) -> Option<StopReason<'a>> {
    const FILTERED: &[&str] = &[
        "SAFETY",
        "RECITATION",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
        "MODEL_ARMOR",
    ];
    Some(match &*word.resolve() {
        "" | "FINISH_REASON_UNSPECIFIED" => return None,
        "STOP" => StopReason::EndTurn,
        "MAX_TOKENS" => StopReason::MaxTokens,
        filtered if FILTERED.contains(&filtered) => StopReason::ContentFilter,
        _ => StopReason::Other(word.clone()),
    })
}

/// Whether a word is one of this dialect's.
fn is_known(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
}

/// The word for a reason. `own` says that the reason came in this dialect.
pub(super) fn word(reason: &StopReason<'_>, own: bool) -> String {
    let word = match reason {
        StopReason::EndTurn
        | StopReason::ToolUse
        | StopReason::StopSequence(_)
        | StopReason::PauseTurn => "STOP",
        StopReason::MaxTokens | StopReason::ContextExceeded => "MAX_TOKENS",
        StopReason::Refusal(_) | StopReason::ContentFilter => "SAFETY",
        StopReason::Other(text) => {
            let text = text.resolve();
            if own && is_known(&text) {
                return text.into_owned();
            }
            "OTHER"
        }
    };
    word.to_owned()
}

/// The word for an answer that leaves out a call because its arguments are no JSON, though the reason
/// does not say that it was cut off.
pub(super) const MALFORMED: &str = "MALFORMED_FUNCTION_CALL";

/// What a reason says in words.
pub(super) fn message<'r>(reason: &'r StopReason<'_>) -> Option<&'r Text<'r>> {
    match reason {
        StopReason::Refusal(Some(text)) => Some(text),
        _ => None,
    }
}
