//! Token counts as upstreams spell them.

use crate::dialect::Dialect;
use crate::json::value::{Key, Value};
use crate::usage::{Usage, merge_count};

/// Counts as reported, before they mean the same for every dialect.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    input: Option<u64>,
    cached: Option<u64>,
    cache_write: Option<u64>,
    output: Option<u64>,
    reasoning: Option<u64>,
    tool_input: Option<u64>,
    cache_write_1h: Option<u64>,
    audio_input: Option<u64>,
    audio_output: Option<u64>,
}

impl Counts {
    /// Takes over what a `usage` object says; a later report wins field by field.
    pub(crate) fn read(&mut self, usage: Value<'_>) {
        for (key, value) in usage.members() {
            let Some(slot) = self.slot(key) else {
                self.read_details(key, value);
                continue;
            };
            merge_count(slot, value.integer());
        }
    }

    /// The counts in the meaning of [`Usage`].
    pub(crate) fn usage(&self, dialect: Dialect) -> Usage {
        let plus = |a: Option<u64>, b: Option<u64>| match (a, b) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(0).saturating_add(b.unwrap_or(0))),
        };
        let (input, output) = match dialect {
            Dialect::OpenaiChat | Dialect::OpenaiResponses => (self.input, self.output),
            // Anthropic counts what is read from and written to the cache apart.
            Dialect::AnthropicMessages => (
                plus(self.input, plus(self.cached, self.cache_write)),
                self.output,
            ),
            // Google counts thoughts and tool prompts apart.
            Dialect::GeminiGenerate => (
                plus(self.input, self.tool_input),
                plus(self.output, self.reasoning),
            ),
        };
        Usage {
            input,
            cached: self.cached,
            cache_write: self.cache_write,
            output,
            reasoning: self.reasoning,
            cache_write_1h: self.cache_write_1h,
            audio_input: self.audio_input,
            audio_output: self.audio_output,
        }
    }

    fn slot(&mut self, key: Key<'_>) -> Option<&mut Option<u64>> {
        Some(match key.0 {
            b"prompt_tokens" | b"input_tokens" | b"promptTokenCount" => &mut self.input,
            b"completion_tokens" | b"output_tokens" | b"candidatesTokenCount" => &mut self.output,
            b"cache_read_input_tokens"
            | b"prompt_cache_hit_tokens"
            | b"cachedContentTokenCount"
            | b"cached_tokens" => &mut self.cached,
            b"cache_creation_input_tokens" => &mut self.cache_write,
            b"thoughtsTokenCount" => &mut self.reasoning,
            b"toolUsePromptTokenCount" => &mut self.tool_input,
            _ => return None,
        })
    }

    /// Counts that stand one level deeper, in `…_tokens_details`.
    fn read_details(&mut self, of: Key<'_>, details: Value<'_>) {
        let output = matches!(
            of.0,
            b"completion_tokens_details" | b"output_tokens_details"
        );
        for (key, value) in details.members() {
            let slot = match key.0 {
                b"ephemeral_1h_input_tokens" => &mut self.cache_write_1h,
                b"audio_tokens" if output => &mut self.audio_output,
                b"audio_tokens" => &mut self.audio_input,
                b"cached_tokens" => &mut self.cached,
                b"cache_write_tokens" => &mut self.cache_write,
                b"reasoning_tokens" | b"thinking_tokens" => &mut self.reasoning,
                _ => continue,
            };
            merge_count(slot, value.integer());
        }
    }
}
