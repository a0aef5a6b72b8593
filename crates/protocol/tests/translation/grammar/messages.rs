//! Anthropic's messages: blocks one after the other, within one message.

use serde_json::Value;

use super::{End, Line, count, hold, is_object, word};

#[derive(Default)]
struct Seen {
    blocks: u64,
    open: Option<Block>,
    calls: bool,
    /// Calls whose input is no JSON object.
    broken: bool,
    stop: Option<String>,
    ended: bool,
}

struct Block {
    kind: String,
    input: String,
    whole: bool,
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
        hold!(!seen.ended, "{} after the end", line.event);
        if line.event == "error" {
            word(&json, "/error/type")?;
            word(&json, "/error/message")?;
            hold!(at + 1 == lines.len(), "events after an error");
            return Ok(End::Failed);
        }
        hold!(
            (at == 0) == (line.event == "message_start"),
            "{} at {at}",
            line.event
        );
        seen.event(&line.event, &json)?;
    }
    Ok(if seen.ended {
        End::Complete
    } else {
        End::BrokenOff
    })
}

impl Seen {
    fn event(&mut self, event: &str, json: &Value) -> Result<(), String> {
        match event {
            "message_start" => started(json),
            "content_block_start" => self.block_start(json),
            "content_block_delta" => self.block_delta(json),
            "content_block_stop" => {
                hold!(
                    count(json, "/index")? == self.blocks,
                    "another block is open"
                );
                let block = self.open.take().ok_or("no block is open")?;
                self.broken |= block.kind == "tool_use" && !is_object(block.object());
                self.blocks += 1;
                Ok(())
            }
            "message_delta" => {
                hold!(self.open.is_none(), "a block is open");
                hold!(self.stop.is_none(), "a second message_delta");
                let stop = word(json, "/delta/stop_reason")?.to_owned();
                hold!((stop == "tool_use") <= self.calls, "tool_use without calls");
                hold!(
                    !(stop == "end_turn" && self.calls),
                    "calls end with tool_use"
                );
                hold!(
                    json.pointer("/delta/stop_sequence").is_some(),
                    "no stop_sequence"
                );
                count(json, "/usage/output_tokens")?;
                let cut = matches!(&*stop, "max_tokens" | "model_context_window_exceeded");
                hold!(!self.broken || cut, "a broken call ends with {stop}");
                self.stop = Some(stop);
                Ok(())
            }
            "message_stop" => {
                hold!(self.stop.is_some(), "no message_delta");
                self.ended = true;
                Ok(())
            }
            other => Err(format!("{other} is no event")),
        }
    }

    fn block_start(&mut self, json: &Value) -> Result<(), String> {
        hold!(self.open.is_none(), "blocks overlap");
        hold!(self.stop.is_none(), "a block after the end");
        hold!(
            count(json, "/index")? == self.blocks,
            "not the next index: {json}"
        );
        let kind = word(json, "/content_block/type")?;
        let whole = match kind {
            "text" => word(json, "/content_block/text").map(|text| !text.is_empty())?,
            "thinking" => {
                word(json, "/content_block/signature")?;
                word(json, "/content_block/thinking")?;
                false
            }
            "tool_use" => {
                self.calls = true;
                hold!(!word(json, "/content_block/id")?.is_empty(), "an empty id");
                hold!(
                    !word(json, "/content_block/name")?.is_empty(),
                    "an empty name"
                );
                let input = json.pointer("/content_block/input");
                hold!(input == Some(&serde_json::json!({})), "input in the start");
                false
            }
            _ => true,
        };
        self.open = Some(Block {
            kind: kind.to_owned(),
            input: String::new(),
            whole,
        });
        Ok(())
    }

    fn block_delta(&mut self, json: &Value) -> Result<(), String> {
        hold!(
            count(json, "/index")? == self.blocks,
            "another block is open"
        );
        let block = self.open.as_mut().ok_or("no block is open")?;
        hold!(!block.whole, "a delta for a block that was told whole");
        let delta = word(json, "/delta/type")?;
        let member = match (&*block.kind, delta) {
            ("text", "text_delta") => "/delta/text",
            ("text", "citations_delta") => return Ok(()),
            ("thinking", "thinking_delta") => "/delta/thinking",
            ("thinking", "signature_delta") => "/delta/signature",
            ("tool_use", "input_json_delta") => "/delta/partial_json",
            (kind, delta) => return Err(format!("{delta} for a block of {kind}")),
        };
        let told = word(json, member)?;
        if block.kind == "tool_use" {
            block.input.push_str(told);
        }
        Ok(())
    }
}

impl Block {
    fn object(&self) -> &str {
        match self.input.trim() {
            "" => "{}",
            input => input,
        }
    }
}

fn started(json: &Value) -> Result<(), String> {
    hold!(word(json, "/message/type")? == "message", "no message");
    hold!(
        word(json, "/message/role")? == "assistant",
        "not the assistant's"
    );
    hold!(!word(json, "/message/id")?.is_empty(), "no id");
    word(json, "/message/model")?;
    count(json, "/message/usage/input_tokens")?;
    count(json, "/message/usage/output_tokens")?;
    let content = json.pointer("/message/content");
    hold!(
        content == Some(&serde_json::json!([])),
        "content in the start"
    );
    for member in ["/message/stop_reason", "/message/stop_sequence"] {
        hold!(
            json.pointer(member) == Some(&Value::Null),
            "{member} is not null"
        );
    }
    Ok(())
}
