//! What Google's dialect says in another way than the others.

use aigw_protocol::Dialect;
use aigw_protocol::hub::LossReport;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// A leaf of a request, and the request that it became.
pub(crate) struct Leaf<'l> {
    pub(crate) path: &'l str,
    pub(crate) value: &'l Value,
    pub(crate) out: &'l str,
    pub(crate) words: &'l [String],
    pub(crate) report: &'l LossReport,
}

impl Leaf<'_> {
    /// Whether a leaf is said in another form. `from` and `to` are the dialects; one of them is
    /// Google's.
    pub(crate) fn is_converted(&self, from: Dialect, to: Dialect) -> bool {
        let to_google = to == Dialect::GeminiGenerate;
        let from_google = from == Dialect::GeminiGenerate;
        let member = self.path.rsplit('.').next().unwrap_or(self.path);
        let has = |words: &[&str]| {
            words
                .iter()
                .any(|word| self.words.iter().any(|w| w == word))
        };
        let text = self.value.as_str().unwrap_or_default();
        match member {
            // The path of the request says it.
            "stream" => to_google,
            // What holds without it.
            "thinkingBudget" if self.value.as_i64() == Some(-1) => true,
            "effort" | "reasoning_effort" | "thinkingBudget" | "thinking_budget" => {
                self.assumed("thinkingBudget")
                    || self.assumed("effort")
                    || has(&["disabled", "adaptive"])
            }
            "thinking_level" | "thinkingLevel" => has(&[&text.to_ascii_uppercase()]),
            "tool_choice" => to_google && has(&["AUTO", "ANY", "NONE"]),
            "is_error" | "status" => to_google && self.out.contains(r#""response":{"error":"#),
            "data" => self.is_data(text),
            // Others show what they think without being asked.
            "includeThoughts" | "include_thoughts" | "thought" => from_google && !to_google,
            "thoughtSignature" => self.is_state(text),
            "responseLogprobs" => from_google && has(&["message.output_text.logprobs"]),
            // Some dialects have a least number.
            "maxOutputTokens" | "max_output_tokens" => {
                from_google && self.assumed("max_output_tokens")
            }
            "nullable" => from_google && has(&["null"]),
            "format" => from_google && text == "enum",
            "responseMimeType" => from_google && has(&["json_object", "json_schema"]),
            "response_mime_type" => from_google && text == "text/plain",
            "mimeType" => {
                from_google && self.words.iter().any(|word| text.ends_with(word.as_str()))
            }
            _ => false,
        }
    }

    fn assumed(&self, member: &str) -> bool {
        self.report
            .assumed
            .iter()
            .any(|entry| entry.path.contains(member))
    }

    /// Base64 in the other alphabet, or text that has become base64.
    fn is_data(&self, data: &str) -> bool {
        let mended = data.replace('-', "+").replace('_', "/");
        let encoded = STANDARD.encode(data);
        self.words
            .iter()
            .any(|word| word.contains(&mended) || *word == encoded)
    }

    /// State of another upstream, out of its envelope.
    fn is_state(&self, field: &str) -> bool {
        let sealed = STANDARD
            .decode(field)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let own = sealed
            .as_deref()
            .and_then(|sealed| sealed.rsplit('.').next());
        own.is_some_and(|own| self.words.iter().any(|word| word == own))
    }
}
