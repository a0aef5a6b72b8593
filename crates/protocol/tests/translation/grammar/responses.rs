//! Responses: numbered events, items one after the other, parts within them, and the whole at the end.

use serde_json::Value;

use super::{End, Line, count, hold, is_object, word};

#[derive(Default)]
struct Seen {
    open: Option<Item>,
    done: Vec<Value>,
}

struct Item {
    kind: String,
    id: Option<String>,
    /// The part that is open, and what its deltas have told.
    part: Option<String>,
    /// What the deltas of a call have told, and whether its input is complete.
    input: String,
    input_done: bool,
    /// The parts that are complete.
    parts: Vec<Value>,
}

pub(super) fn check(lines: &[Line]) -> Result<End, String> {
    let mut seen = Seen::default();
    for (at, line) in lines.iter().enumerate() {
        let json = line.json()?;
        hold!(
            line.event == word(&json, "/type")?,
            "{} names another event",
            line.event
        );
        hold!(
            count(&json, "/sequence_number")? == at as u64,
            "a wrong number: {json}"
        );
        let first = ["response.created", "response.in_progress"];
        let opening = first.iter().position(|name| *name == line.event);
        match (opening, &*line.event) {
            (_, "error") => {
                word(&json, "/message")?;
                hold!(at + 1 == lines.len(), "events after an error");
                return Ok(End::Failed);
            }
            (Some(place), _) => {
                hold!(place == at, "{} at {at}", line.event);
                hold!(
                    word(&json, "/response/status")? == "in_progress",
                    "not in progress"
                );
                hold!(
                    json["response"]["output"] == serde_json::json!([]),
                    "output at the start"
                );
            }
            (None, "response.completed" | "response.incomplete") => {
                hold!(at + 1 == lines.len(), "events after the end");
                seen.end(&line.event, &json["response"])?;
                return Ok(End::Complete);
            }
            _ => {
                hold!(at > 1, "{} before the start", line.event);
                seen.event(&line.event, &json)?;
            }
        }
    }
    Ok(End::BrokenOff)
}

impl Seen {
    fn event(&mut self, event: &str, json: &Value) -> Result<(), String> {
        hold!(
            count(json, "/output_index")? == self.done.len() as u64,
            "another item: {json}"
        );
        match event {
            "response.output_item.added" => {
                hold!(self.open.is_none(), "items overlap");
                let item = &json["item"];
                self.open = Some(Item {
                    kind: word(item, "/type")?.to_owned(),
                    id: item["id"].as_str().map(str::to_owned),
                    part: None,
                    input: String::new(),
                    input_done: false,
                    parts: Vec::new(),
                });
                Ok(())
            }
            "response.output_item.done" => {
                let item = self.open.take().ok_or("no item is open")?;
                item.done(&json["item"])?;
                self.done.push(json["item"].clone());
                Ok(())
            }
            _ => {
                let item = self.open.as_mut().ok_or("no item is open")?;
                hold!(
                    json["item_id"].as_str() == item.id.as_deref(),
                    "another item's id"
                );
                item.event(event, json)
            }
        }
    }

    fn end(&self, event: &str, response: &Value) -> Result<(), String> {
        hold!(self.open.is_none(), "an item is open");
        hold!(
            format!("response.{}", word(response, "/status")?) == event,
            "another status"
        );
        hold!(
            response["output"] == Value::Array(self.done.clone()),
            "another output"
        );
        hold!(
            (event == "response.incomplete") == response["incomplete_details"].is_object(),
            "details"
        );
        for member in [
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "metadata",
            "instructions",
        ] {
            hold!(response.get(member).is_some(), "no {member}");
        }
        let Some(usage) = response.get("usage") else {
            return Ok(());
        };
        count(usage, "/input_tokens_details/cached_tokens")?;
        count(usage, "/output_tokens_details/reasoning_tokens")?;
        let sum = count(usage, "/input_tokens")? + count(usage, "/output_tokens")?;
        hold!(count(usage, "/total_tokens")? == sum, "a wrong total");
        Ok(())
    }
}

impl Item {
    fn event(&mut self, event: &str, json: &Value) -> Result<(), String> {
        let (place, parts) = match (&*self.kind, event.contains("summary")) {
            ("message", _) => ("/content_index", true),
            ("reasoning", true) => ("/summary_index", true),
            ("reasoning", false) => ("/content_index", true),
            _ => ("", false),
        };
        if !parts {
            return self.input(event, json);
        }
        let number = count(json, place)?;
        hold!(
            number <= self.parts.len() as u64,
            "not the next part: {json}"
        );
        let (_, step) = event.rsplit_once('.').ok_or("no step")?;
        match (event, step) {
            ("response.content_part.added" | "response.reasoning_summary_part.added", _) => {
                hold!(self.part.replace(String::new()).is_none(), "parts overlap");
            }
            ("response.content_part.done" | "response.reasoning_summary_part.done", _) => {
                let told = self.part.take().ok_or("no part is open")?;
                let part = &json["part"];
                let full = part["text"].as_str().or(part["refusal"].as_str());
                hold!(
                    full == Some(&*told),
                    "the part is {full:?}, told was {told}"
                );
                self.parts.push(part.clone());
            }
            ("response.output_text.annotation.added", _) => {
                hold!(self.part.is_some(), "no part is open");
            }
            (_, "delta") => {
                let part = self.part.as_mut().ok_or("no part is open")?;
                part.push_str(word(json, "/delta")?);
            }
            (_, "done") => {
                let full = json["text"].as_str().or(json["refusal"].as_str());
                hold!(
                    full == self.part.as_deref(),
                    "the text is {full:?}, told was {:?}",
                    self.part
                );
            }
            (other, _) => return Err(format!("{other} is no event")),
        }
        Ok(())
    }

    /// An event of a call.
    fn input(&mut self, event: &str, json: &Value) -> Result<(), String> {
        let (_, step) = event.rsplit_once('.').ok_or("no step")?;
        hold!(!self.input_done, "{event} after the end of the input");
        match step {
            "delta" => self.input.push_str(word(json, "/delta")?),
            "done" => {
                let full = json["arguments"].as_str().or(json["input"].as_str());
                hold!(
                    full == Some(&*self.input),
                    "the input is {full:?}, told was {}",
                    self.input
                );
                self.input_done = true;
            }
            _ => return Err(format!("{event} is no event of a call")),
        }
        Ok(())
    }

    /// The whole item says what was told.
    fn done(&self, item: &Value) -> Result<(), String> {
        hold!(word(item, "/type")? == self.kind, "another type");
        hold!(item["id"].as_str() == self.id.as_deref(), "another id");
        hold!(self.part.is_none(), "a part is open");
        let said: Vec<Value> = ["summary", "content"]
            .iter()
            .filter_map(|key| item[key].as_array())
            .flatten()
            .cloned()
            .collect();
        hold!(
            said == self.parts,
            "the item holds {said:?}, told was {:?}",
            self.parts
        );
        match &*self.kind {
            "function_call" => {
                let arguments = word(item, "/arguments")?;
                hold!(
                    self.input_done && arguments == self.input,
                    "other arguments"
                );
                let complete = word(item, "/status")? == "completed";
                hold!(
                    complete <= is_object(arguments),
                    "complete, but broken: {arguments}"
                );
                word(item, "/call_id")?;
            }
            "custom_tool_call" => {
                hold!(
                    self.input_done && word(item, "/input")? == self.input,
                    "other input"
                );
                word(item, "/call_id")?;
            }
            _ => {}
        }
        Ok(())
    }
}
