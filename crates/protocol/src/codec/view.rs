//! The caller's side of an answer.

use crate::dialect::Dialect;
use crate::hub::{Loss, Request, Text, ToolMap, fnv_more};

/// What an answer must know of the request that it answers and of the caller. Owned: it lives as long
/// as the stream.
#[derive(Debug, Clone)]
pub struct View {
    /// The dialect that the caller speaks.
    pub dialect: Dialect,
    /// The model as the caller named it.
    pub model: String,
    /// What made-up ids are made of; unlike for every request.
    pub seed: u64,
    /// The time, in seconds since 1970.
    pub created: u64,
    /// Whether the caller asked for usage at the end of a stream (chat).
    pub include_usage: bool,
    /// Whether the caller does not want to see reasoning (Anthropic's `display: omitted`, Google's
    /// `includeThoughts`). State is given all the same.
    pub hide_reasoning: bool,
    /// The scope of the credential in use; goes into envelopes.
    pub scope: String,
    /// The way back to the tools as the caller knows them.
    pub tools: ToolMap,
    /// Members of the request that the answer repeats (Responses): `"key":value` pairs with commas
    /// between them, as JSON.
    pub echo: Vec<u8>,
}

impl View {
    /// The view of the caller who sent this request.
    pub fn of(request: &Request<'_>, seed: u64, created: u64, scope: &str) -> Self {
        let omitted = |display: &crate::hub::Placed<Text<'_>>| display.is("omitted");
        Self {
            dialect: request.dialect,
            model: request.model.resolve().into_owned(),
            seed,
            created,
            include_usage: request
                .stream_options
                .include_usage
                .is_some_and(|wanted| wanted.value),
            hide_reasoning: match request.dialect {
                // Google's callers get thoughts only when they ask for them.
                Dialect::GeminiGenerate => request
                    .reasoning
                    .include
                    .is_none_or(|include| !include.value),
                _ => request.reasoning.display.as_ref().is_some_and(omitted),
            },
            scope: scope.to_owned(),
            tools: request.tool_map(),
            echo: match request.dialect {
                Dialect::OpenaiResponses => super::responses::echo(request),
                _ => Vec::new(),
            },
        }
    }

    /// A made-up id: the prefix and 24 hexadecimal digits, which depend on the seed and `number`.
    pub(crate) fn made_id(&self, prefix: &str, number: u64) -> String {
        let first = fnv_more(self.seed ^ crate::hub::FNV, &number.to_le_bytes());
        let second = fnv_more(first, prefix.as_bytes());
        format!("{prefix}{first:016x}{:08x}", second & 0xffff_ffff)
    }
}

/// Where an encoder of a stream writes, and what it may look at.
#[derive(Debug)]
pub(crate) struct Emit<'e> {
    /// The caller.
    pub(crate) view: &'e View,
    /// What could not be told.
    pub(crate) loss: &'e mut Loss,
    /// The stream.
    pub(crate) out: &'e mut Vec<u8>,
}
