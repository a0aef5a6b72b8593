//! The numbers in what vendors say about prompts that are too long.

/// What stands before the number of tokens that were asked for, the more precise first, in lower case.
const ASKED: [&str; 13] = [
    "for a total of at least ",
    "prompt is too long: ",
    "prompt contains at least ",
    "resulted in ",
    "you requested about ",
    "you requested ",
    "your request has ",
    "the request contains ",
    "input token count (",
    "input token count is ",
    "prompt contains ",
    "request (",
    "received ",
];

/// What stands before the most that are taken, in lower case.
const LIMIT: [&str; 8] = [
    "maximum context length is ",
    "maximum prompt length is ",
    "number of tokens allowed (",
    "only supports up to ",
    "available context size (",
    "too large for model with ",
    "cannot exceed ",
    " tokens > ",
];

/// The tokens that were asked for and the most that are taken, where a vendor's message gives both in one of its known
/// wordings. Anthropic's sum of prompt and answer, `A + B > L`, counts as what was asked for.
pub(super) fn lengths(message: &str) -> Option<(u64, u64)> {
    let message = message.to_ascii_lowercase();
    let lengths = sum(&message).or_else(|| {
        let after = |markers: &[&str]| {
            let mut found = markers.iter().filter_map(|marker| {
                let (_, rest) = message.split_once(marker)?;
                number(rest).map(|(number, _)| number)
            });
            found.next()
        };
        Some((after(&ASKED)?, after(&LIMIT)?))
    });
    lengths.filter(|(asked, limit)| asked > limit)
}

/// `…exceed context limit: A + B > L`.
fn sum(message: &str) -> Option<(u64, u64)> {
    let (_, rest) = message.split_once("exceed context limit: ")?;
    let (prompt, rest) = number(rest)?;
    let (answer, rest) = number(rest.strip_prefix(" + ")?)?;
    let (limit, _) = number(rest.strip_prefix(" > ")?)?;
    Some((prompt.checked_add(answer)?, limit))
}

/// The number at the beginning of a text, thousands perhaps parted by commas, and what follows it.
fn number(text: &str) -> Option<(u64, &str)> {
    let part = |c: char| c.is_ascii_digit() || c == ',';
    let end = text.find(|c| !part(c)).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let number = digits.replace(',', "").parse().ok()?;
    Some((number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vendors_wording_gives_its_numbers() {
        for (message, expected) in [
            // OpenAI; DeepSeek and others use the same words.
            (
                "This model's maximum context length is 128,000 tokens. However, your messages resulted in 200,123 tokens.",
                (200_123, 128_000),
            ),
            (
                "This model's maximum context length is 8192 tokens. However, you requested 9001 tokens (8001 in the messages, 1000 in the completion).",
                (9001, 8192),
            ),
            // OpenRouter.
            (
                "This endpoint's maximum context length is 65536 tokens. However, you requested about 70000 tokens (60000 of text input, 10000 in the output).",
                (70_000, 65_536),
            ),
            // vLLM, older and newer.
            (
                "This model's maximum context length is 4096 tokens. However, your request has 5000 input tokens.",
                (5000, 4096),
            ),
            (
                "This model's maximum context length is 4096 tokens. However, you requested 512 output tokens and your prompt contains at least 4000 input tokens, for a total of at least 4512 tokens.",
                (4512, 4096),
            ),
            // Google.
            (
                "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
                (1_200_000, 1_048_576),
            ),
            (
                "Unable to submit request because the input token count is 1200000 but model only supports up to 1048576.",
                (1_200_000, 1_048_576),
            ),
            // Anthropic.
            (
                "input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000, decrease input length or `max_tokens` and try again",
                (222_000, 200_000),
            ),
            // xAI.
            (
                "This model's maximum prompt length is 131072 but the request contains 140000 tokens.",
                (140_000, 131_072),
            ),
            // Mistral.
            (
                "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
                (40_000, 32_768),
            ),
            // llama.cpp.
            (
                "request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it",
                (9000, 8192),
            ),
            // Cohere.
            (
                "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4500.",
                (4500, 4081),
            ),
        ] {
            assert_eq!(lengths(message), Some(expected), "{message}");
        }
    }

    #[test]
    fn numbers_that_mean_something_else_are_left_alone() {
        for message in [
            "Your input exceeds the context window of this model.",
            "Input is too long for requested model, see ticket 123456 of 2025",
            "Your request exceeded model token limit: 8192",
            "This model's maximum context length is 9000 tokens. However, you requested 8000 tokens.",
            "maximum context length is many tokens, you requested 99999999999999999999999 tokens",
        ] {
            assert_eq!(lengths(message), None, "{message}");
        }
    }
}
