//! Token counts.

/// Token counts of one answer; `None` where the upstream did not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Prompt tokens in all, cached ones and cache writes included.
    pub input: Option<u64>,
    /// Prompt tokens that came out of a cache.
    pub cached: Option<u64>,
    /// Prompt tokens that were written to a cache.
    pub cache_write: Option<u64>,
    /// Output tokens in all, reasoning included.
    pub output: Option<u64>,
    /// Output tokens spent on reasoning.
    pub reasoning: Option<u64>,
    /// Those of `cache_write` that are kept for an hour.
    pub cache_write_1h: Option<u64>,
    /// Prompt tokens that are sound.
    pub audio_input: Option<u64>,
    /// Output tokens that are sound.
    pub audio_output: Option<u64>,
}

impl Usage {
    /// Takes over what a later report says, field by field. A later zero does not undo an earlier
    /// count: counts of a stream only grow, and some upstreams fill in zeros at its end.
    pub fn merge(&mut self, later: &Self) {
        merge_count(&mut self.input, later.input);
        merge_count(&mut self.cached, later.cached);
        merge_count(&mut self.cache_write, later.cache_write);
        merge_count(&mut self.output, later.output);
        merge_count(&mut self.reasoning, later.reasoning);
        merge_count(&mut self.cache_write_1h, later.cache_write_1h);
        merge_count(&mut self.audio_input, later.audio_input);
        merge_count(&mut self.audio_output, later.audio_output);
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Input and output together, as far as they are known.
    pub fn total(&self) -> Option<u64> {
        match (self.input, self.output) {
            (None, None) => None,
            (input, output) => Some(input.unwrap_or(0).saturating_add(output.unwrap_or(0))),
        }
    }
}

pub(crate) fn merge_count(count: &mut Option<u64>, later: Option<u64>) {
    if later.is_some_and(|later| later > 0) || count.is_none() {
        *count = later;
    }
}
