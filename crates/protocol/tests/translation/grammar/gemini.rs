//! Google's answers: each goes on with the last one, and the last one says why it ends.

use super::{End, Line, count, hold, word};

pub(super) fn check(lines: &[Line]) -> Result<End, String> {
    let mut id: Option<String> = None;
    let mut ended = false;
    for (at, line) in lines.iter().enumerate() {
        hold!(
            line.event.is_empty(),
            "an event with the name {}",
            line.event
        );
        let json = line.json()?;
        hold!(!ended, "an answer after the last one");
        if json.get("error").is_some() {
            count(&json, "/error/code")?;
            word(&json, "/error/message")?;
            word(&json, "/error/status")?;
            hold!(at + 1 == lines.len(), "answers after an error");
            return Ok(End::Failed);
        }
        let own = word(&json, "/responseId")?;
        hold!(id.as_deref().is_none_or(|id| id == own), "another id");
        id = Some(own.to_owned());
        word(&json, "/modelVersion")?;
        let candidate = json.pointer("/candidates/0").ok_or("no candidate")?;
        hold!(count(candidate, "/index")? == 0, "another candidate");
        if let Some(content) = candidate.get("content") {
            hold!(word(content, "/role")? == "model", "not the model's");
            let parts = content["parts"].as_array().ok_or("no parts")?;
            hold!(!parts.is_empty(), "a content without parts");
            for call in parts.iter().filter_map(|part| part.get("functionCall")) {
                hold!(!word(call, "/name")?.is_empty(), "an empty name");
                hold!(call["args"].is_object(), "args that are no object");
            }
        } else {
            hold!(
                candidate.get("logprobsResult").is_some(),
                "an empty candidate"
            );
        }
        if candidate.get("finishReason").is_some() {
            word(candidate, "/finishReason")?;
            if let Some(counts) = json.get("usageMetadata") {
                count(counts, "/totalTokenCount")?;
            }
            ended = true;
        }
    }
    Ok(if ended { End::Complete } else { End::BrokenOff })
}
