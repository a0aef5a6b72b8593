//! Chat chunks: one role, calls one after the other, one reason, counts, `[DONE]`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{End, Line, count, hold, is_object, word};

#[derive(Default)]
struct Seen {
    head: Option<(String, u64, String)>,
    /// Arguments of the calls, by index; `None` for free text.
    calls: BTreeMap<u64, Option<String>>,
    reason: Option<String>,
    counted: bool,
}

pub(super) fn check(lines: &[Line]) -> Result<End, String> {
    let mut seen = Seen::default();
    for (at, line) in lines.iter().enumerate() {
        hold!(
            line.event.is_empty(),
            "an event with the name {}",
            line.event
        );
        if line.data == "[DONE]" {
            hold!(at + 1 == lines.len(), "chunks after [DONE]");
            hold!(seen.reason.is_some(), "no reason");
            hold!(seen.counted, "no counts, which were asked for");
            return Ok(End::Complete);
        }
        let json = line.json()?;
        if json.get("error").is_some() {
            word(&json, "/error/message")?;
            hold!(at + 1 == lines.len(), "chunks after an error");
            return Ok(End::Failed);
        }
        seen.chunk(&json)?;
    }
    Ok(End::BrokenOff)
}

impl Seen {
    fn chunk(&mut self, json: &Value) -> Result<(), String> {
        hold!(!self.counted, "a chunk after the counts");
        hold!(
            word(json, "/object")? == "chat.completion.chunk",
            "not a chunk"
        );
        let head = (
            word(json, "/id")?.to_owned(),
            count(json, "/created")?,
            word(json, "/model")?.to_owned(),
        );
        let first = self.head.is_none();
        hold!(
            first || self.head.as_ref() == Some(&head),
            "another head: {head:?}"
        );
        self.head = Some(head);
        let choices = json["choices"].as_array().ok_or("no choices")?;
        let Some(choice) = choices.first() else {
            hold!(self.reason.is_some(), "counts before the reason");
            let (input, output) = (
                count(json, "/usage/prompt_tokens")?,
                count(json, "/usage/completion_tokens")?,
            );
            hold!(
                count(json, "/usage/total_tokens")? == input + output,
                "a wrong total"
            );
            self.counted = true;
            return Ok(());
        };
        hold!(
            choices.len() == 1 && count(choice, "/index")? == 0,
            "several choices"
        );
        hold!(self.reason.is_none(), "a choice after the reason");
        let delta = choice["delta"].as_object().ok_or("no delta")?;
        hold!(
            first == delta.contains_key("role"),
            "the role belongs into the first chunk"
        );
        for call in delta
            .get("tool_calls")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            self.call(call)?;
        }
        let reason = choice.get("finish_reason").ok_or("no finish_reason")?;
        if let Some(reason) = reason.as_str() {
            self.stop(reason)?;
            self.reason = Some(reason.to_owned());
        }
        Ok(())
    }

    fn call(&mut self, call: &Value) -> Result<(), String> {
        let index = count(call, "/index")?;
        let kind = if call.get("custom").is_some() {
            "custom"
        } else {
            "function"
        };
        let input = if kind == "custom" {
            "input"
        } else {
            "arguments"
        };
        let told = word(call, &format!("/{kind}/{input}"))?;
        let next = self.calls.len() as u64;
        if index == next {
            hold!(!word(call, "/id")?.is_empty(), "an empty id");
            hold!(word(call, "/type")? == kind, "another type: {call}");
            hold!(
                !word(call, &format!("/{kind}/name"))?.is_empty(),
                "an empty name"
            );
            let arguments = (kind == "function").then(|| told.to_owned());
            self.calls.insert(index, arguments);
            return Ok(());
        }
        hold!(index + 1 == next, "an earlier call, or a gap: {index}");
        hold!(call.get("id").is_none(), "a second id");
        hold!(call[kind].get("name").is_none(), "a second name");
        if let Some(Some(arguments)) = self.calls.get_mut(&index) {
            arguments.push_str(told);
        }
        Ok(())
    }

    fn stop(&self, reason: &str) -> Result<(), String> {
        let known = ["stop", "length", "tool_calls", "content_filter"];
        hold!(known.contains(&reason), "{reason} is no reason");
        hold!(
            (reason == "tool_calls") <= !self.calls.is_empty(),
            "no calls"
        );
        hold!(
            reason != "stop" || self.calls.is_empty(),
            "calls end with tool_calls"
        );
        for arguments in self.calls.values().flatten() {
            hold!(
                reason == "length" || is_object(arguments),
                "broken: {arguments}"
            );
        }
        Ok(())
    }
}
