//! What vendors mean where their status, or the wording that others use, would mislead.

use aigw_protocol::ErrorKind::{
    self, Auth, Billing, ContentFilter, ContextLength, InvalidRequest, ModelMissing, Overloaded,
    RateLimited,
};
use aigw_protocol::UpstreamError;

/// Answers that mean `kind`. What a row leaves empty is not looked at.
struct Row {
    /// The statuses it is seen under.
    statuses: &'static [u16],
    /// The code or the type, whatever its case.
    name: &'static str,
    /// Parts of the message, in lower case, that are all there.
    words: &'static [&'static str],
    kind: ErrorKind,
}

const fn status(status: &'static [u16], kind: ErrorKind) -> Row {
    Row {
        statuses: status,
        name: "",
        words: &[],
        kind,
    }
}

const fn name(name: &'static str, kind: ErrorKind) -> Row {
    Row {
        statuses: &[],
        name,
        words: &[],
        kind,
    }
}

const fn words(statuses: &'static [u16], words: &'static [&'static str], kind: ErrorKind) -> Row {
    Row {
        statuses,
        name: "",
        words,
        kind,
    }
}

/// The first row that fits decides.
const ROWS: &[Row] = &[
    // Google has one wording for the limit of a minute and that of a plan, and means the former far more often.
    name("RESOURCE_EXHAUSTED", RateLimited),
    // Groq puts a request above the tokens of a minute under 413: another account may take it.
    Row {
        statuses: &[413],
        name: "rate_limit_exceeded",
        words: &[],
        kind: RateLimited,
    },
    // Groq's flex tier without capacity.
    status(&[498], Overloaded),
    // Keys refused as if the request were wrong: Google, xAI.
    words(&[400], &["api key not valid"], Auth),
    words(&[400], &["api key expired"], Auth),
    words(&[400], &["incorrect api key"], Auth),
    words(&[400], &["user location is not supported"], Auth),
    // Refusals of content: OpenRouter (whose text goes on to speak of credits), Alibaba, DeepSeek, xAI.
    words(&[403], &["flagged"], ContentFilter),
    name("data_inspection_failed", ContentFilter),
    words(&[400], &["content exists risk"], ContentFilter),
    words(
        &[400, 403],
        &["content violates usage guidelines"],
        ContentFilter,
    ),
    // Accounts without money under the statuses of other things: xAI, Z.ai, Alibaba, OpenRouter.
    words(&[403], &["credits"], Billing),
    words(&[429], &["balance", "recharge"], Billing),
    words(&[429], &["suspended", "billing"], Billing),
    name("Arrearage", Billing),
    // Models that are not there: Mistral, Azure, Together, Groq, OpenRouter, Z.ai, Google.
    name("invalid_model", ModelMissing),
    name("DeploymentNotFound", ModelMissing),
    name("model_not_available", ModelMissing),
    name("model_decommissioned", ModelMissing),
    words(&[400], &["not a valid model id"], ModelMissing),
    words(&[404], &["no endpoints found for"], ModelMissing),
    words(&[400], &["unknown model"], ModelMissing),
    words(&[404], &["models/", "is not found"], ModelMissing),
    // Prompts above the window, in words of their own: llama.cpp, vLLM, Moonshot.
    name("exceed_context_size_error", ContextLength),
    words(
        &[400],
        &["longer than the maximum model length"],
        ContextLength,
    ),
    words(&[400], &["exceeded model token limit"], ContextLength),
    // OpenAI's Responses API names a stored response, not a model, that it cannot find.
    name("previous_response_not_found", InvalidRequest),
];

/// What the first fitting row says of this answer.
pub(super) fn kind(status: u16, error: Option<&UpstreamError>) -> Option<ErrorKind> {
    let message = error
        .and_then(|error| error.message.as_deref())
        .map(str::to_ascii_lowercase);
    let message = message.as_deref().unwrap_or_default();
    let row = ROWS.iter().find(|row| {
        let seen = row.statuses.is_empty() || row.statuses.contains(&status);
        let named = row.name.is_empty() || error.is_some_and(|error| is_named(error, row.name));
        seen && named && row.words.iter().all(|word| message.contains(word))
    })?;
    Some(row.kind)
}

fn is_named(error: &UpstreamError, name: &str) -> bool {
    let fits = |text: &Option<String>| {
        text.as_deref()
            .is_some_and(|text| text.eq_ignore_ascii_case(name))
    };
    fits(&error.code) || fits(&error.kind_text)
}
