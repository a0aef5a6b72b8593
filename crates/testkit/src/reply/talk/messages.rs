//! Conversations of Anthropic messages.

mod blocks;

use serde_json::{Value, json};

use super::json::{has, is_name, list, only, text};
use super::{Choice, Complaint, Declared, Talk};
use blocks::Reading;

/// What a body may hold.
const MEMBERS: &[&str] = &[
    "billing_policy",
    "cache_control",
    "compaction",
    "container",
    "context_management",
    "diagnostics",
    "fallback_credit_token",
    "fallbacks",
    "inference_geo",
    "max_tokens",
    "mcp_servers",
    "messages",
    "metadata",
    "model",
    "output_config",
    "output_format",
    "service_tier",
    "speed",
    "stop_sequences",
    "stream",
    "system",
    "temperature",
    "thinking",
    "thread",
    "tool_choice",
    "tools",
    "top_k",
    "top_p",
];

/// The smallest budget that thinking may have.
const BUDGET: u64 = 1024;

/// Marks of what is to be cached that a request may have.
const MARKS: usize = 4;

/// Reads a body.
pub(super) fn read(body: &Value, talk: &mut Talk) -> Result<(), Complaint> {
    only(body, MEMBERS, |name| {
        Complaint::new(format!("{name}: Extra inputs are not permitted"))
    })?;
    if body["max_tokens"].as_u64().is_none_or(|tokens| tokens == 0) {
        return Err(Complaint::new("max_tokens: Field required"));
    }
    for block in blocks::of(&body["system"]) {
        talk.system.push_str(text(&block, "text"));
    }
    thinking(body, talk)?;
    messages(body, talk)?;
    tools(body, talk)?;
    choice(body, talk)?;
    let format = super::json::either(&body["output_config"], ["format", "-"]);
    if format["type"] == "json_schema" {
        talk.schema = Some(format["schema"].clone());
    }
    let marks = blocks::marks(body);
    if marks > MARKS {
        return Err(Complaint::new(format!(
            "A maximum of {MARKS} blocks with cache_control may be provided. Found {marks}."
        )));
    }
    Ok(())
}

fn thinking(body: &Value, talk: &mut Talk) -> Result<(), Complaint> {
    let thinking = &body["thinking"];
    let kind = text(thinking, "type");
    talk.reasoning.asked = matches!(kind, "enabled" | "adaptive");
    talk.reasoning.sealed = true;
    talk.reasoning.shown = thinking["display"] != "omitted";
    if kind == "enabled" {
        let budget = thinking["budget_tokens"].as_u64().unwrap_or_default();
        if budget < BUDGET {
            return Err(Complaint::new(
                "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
            ));
        }
        if body["max_tokens"]
            .as_u64()
            .is_some_and(|most| most <= budget)
        {
            return Err(Complaint::new(
                "`max_tokens` must be greater than `thinking.budget_tokens`.",
            ));
        }
    }
    if talk.reasoning.asked
        && body["temperature"]
            .as_f64()
            .is_some_and(|warm| (warm - 1.0).abs() > f64::EPSILON)
    {
        return Err(Complaint::new(
            "`temperature` may only be set to 1 when thinking is enabled.",
        ));
    }
    Ok(())
}

fn messages(body: &Value, talk: &mut Talk) -> Result<(), Complaint> {
    let messages = list(body, "messages");
    if messages.is_empty() {
        return Err(Complaint::new("messages: at least one message is required"));
    }
    let strict = body["thinking"]["type"] == "enabled";
    let mut reading = Reading::new(strict);
    for (index, message) in messages.iter().enumerate() {
        reading.place = format!("messages.{index}");
        let content = blocks::of(&message["content"]);
        let last = index + 1 == messages.len();
        let role = text(message, "role");
        if content.is_empty() && !(last && role == "assistant") {
            return Err(Complaint::new(format!(
                "{}: all messages must have non-empty content except for the optional final assistant message",
                reading.place
            )));
        }
        match role {
            "user" => reading.user(&content, talk)?,
            "assistant" => reading.assistant(&content, talk)?,
            "system" if index > 0 => {
                reading.closed()?;
                for block in &content {
                    talk.system.push_str(text(block, "text"));
                }
            }
            _ => {
                return Err(Complaint::new(format!(
                    "{}: Input should be 'user' or 'assistant'",
                    reading.place
                )));
            }
        }
    }
    reading.closed()
}

fn tools(body: &Value, talk: &mut Talk) -> Result<(), Complaint> {
    for (index, tool) in list(body, "tools").iter().enumerate() {
        let kind = tool["type"].as_str().unwrap_or("custom");
        let name = text(tool, "name");
        if kind != "custom" {
            continue;
        }
        if !is_name(name, 128) {
            return Err(Complaint::new(format!(
                "tools.{index}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'"
            )));
        }
        if talk.tools.iter().any(|declared| declared.name == name) {
            return Err(Complaint::new("tools: Tool names must be unique."));
        }
        let schema = &tool["input_schema"];
        if schema["type"] != "object" {
            return Err(Complaint::new(format!(
                "tools.{index}.custom.input_schema.type: Field required"
            )));
        }
        if ["oneOf", "allOf", "anyOf"]
            .iter()
            .any(|name| has(schema, name))
        {
            return Err(Complaint::new(format!(
                "tools.{index}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level"
            )));
        }
        talk.tools.push(Declared {
            name: name.to_owned(),
            namespace: None,
            freeform: false,
            schema: schema.clone(),
        });
    }
    Ok(())
}

fn choice(body: &Value, talk: &mut Talk) -> Result<(), Complaint> {
    let choice = &body["tool_choice"];
    talk.one_call = choice["disable_parallel_tool_use"] == true;
    talk.choice = match text(choice, "type") {
        "none" => Choice::None,
        "any" => Choice::Required,
        "tool" => Choice::Named(text(choice, "name").to_owned()),
        _ => Choice::Auto,
    };
    if let Choice::Named(name) = &talk.choice
        && !talk.tools.iter().any(|tool| tool.name == *name)
    {
        return Err(Complaint::new(format!(
            "tool_choice.name: Tool '{name}' not found in provided tools"
        )));
    }
    if talk.reasoning.asked && matches!(talk.choice, Choice::Required | Choice::Named(_)) {
        return Err(Complaint::new(
            "Thinking may not be enabled when tool_choice forces tool use.",
        ));
    }
    if has(body, "tool_choice")
        && list(body, "tools").is_empty()
        && *choice != json!({"type": "none"})
    {
        return Err(Complaint::new(
            "tool_choice: may only be specified while providing tools.",
        ));
    }
    Ok(())
}
