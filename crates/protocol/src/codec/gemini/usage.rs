//! Token counts, written.

use crate::json::writer::Writer;
use crate::usage::Usage;

/// Writes `usageMetadata`, unless nothing is known.
pub(super) fn write(usage: &Usage, json: &mut Writer<'_>) {
    if usage.is_empty() {
        return;
    }
    let count = |o: &mut Writer<'_>, key: &str, count: Option<u64>| {
        if let Some(count) = count {
            o.key(key).number(count);
        }
    };
    json.key("usageMetadata").object(|o| {
        count(o, "promptTokenCount", usage.input);
        count(o, "cachedContentTokenCount", usage.cached);
        // Thoughts are counted apart.
        let visible = usage
            .output
            .map(|output| output.saturating_sub(usage.reasoning.unwrap_or(0)));
        count(o, "candidatesTokenCount", visible);
        count(o, "thoughtsTokenCount", usage.reasoning);
        count(o, "totalTokenCount", usage.total());
        modalities(o, "promptTokensDetails", usage.input, usage.audio_input);
        modalities(o, "candidatesTokensDetails", visible, usage.audio_output);
    });
}

/// How many of some tokens are sound, and how many text.
fn modalities(o: &mut Writer<'_>, key: &str, all: Option<u64>, sound: Option<u64>) {
    let Some(sound) = sound.filter(|sound| *sound > 0) else {
        return;
    };
    let text = all.unwrap_or(sound).saturating_sub(sound);
    o.key(key).array(|a| {
        for (modality, tokens) in [("TEXT", text), ("AUDIO", sound)] {
            a.object(|o| {
                o.key("modality").string(modality);
                o.key("tokenCount").number(tokens);
            });
        }
    });
}
