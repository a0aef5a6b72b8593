//! Conversations of responses.

mod items;

use serde_json::Value;

use super::json::{has, is_name, list, only, text};
use super::{Choice, Complaint, Declared, Talk};

/// What a body may hold.
const MEMBERS: &[&str] = &[
    "access_programs",
    "background",
    "client_metadata",
    "context_management",
    "conversation",
    "image",
    "include",
    "input",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "model",
    "moderation",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
];

/// Reads a body.
pub(super) fn read(body: &Value, talk: &mut Talk) -> Result<(), Complaint> {
    only(body, MEMBERS, |name| {
        Complaint::new(format!("Unknown parameter: '{name}'."))
            .at(name)
            .code("unknown_parameter")
    })?;
    talk.system.push_str(text(body, "instructions"));
    let included = list(body, "include");
    talk.reasoning.sealed = included
        .iter()
        .any(|name| name == "reasoning.encrypted_content");
    talk.reasoning.asked = body["reasoning"]["effort"] != "none";
    talk.reasoning.shown = has(&body["reasoning"], "summary");
    items::read(&body["input"], talk)?;
    for (index, tool) in list(body, "tools").iter().enumerate() {
        tools(tool, &format!("tools[{index}]"), None, talk)?;
    }
    choice(&body["tool_choice"], talk)?;
    talk.one_call = body["parallel_tool_calls"] == false;
    let format = &body["text"]["format"];
    match text(format, "type") {
        "json_schema" => {
            if !is_name(text(format, "name"), 64) || !format["schema"].is_object() {
                return Err(missing("text.format.name"));
            }
            talk.schema = Some(format["schema"].clone());
        }
        "json_object" => talk.schema = Some(serde_json::json!({"type": "object"})),
        _ => {}
    }
    Ok(())
}

/// Declares a tool, or those of a namespace.
fn tools(
    tool: &Value,
    place: &str,
    namespace: Option<&str>,
    talk: &mut Talk,
) -> Result<(), Complaint> {
    let (kind, name) = (text(tool, "type"), text(tool, "name"));
    match kind {
        "namespace" => {
            for (index, inner) in list(tool, "tools").iter().enumerate() {
                tools(inner, &format!("{place}.tools[{index}]"), Some(name), talk)?;
            }
            return Ok(());
        }
        "function" | "custom" => {}
        "" => return Err(missing(&format!("{place}.type"))),
        _ => return Ok(()),
    }
    if name.is_empty() {
        return Err(missing(&format!("{place}.name")));
    }
    if !is_name(name, 128) {
        return Err(Complaint::new(format!("Invalid '{place}.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.")).at(format!("{place}.name")).code("invalid_value"));
    }
    let schema = &tool["parameters"];
    if has(tool, "parameters") && schema["type"] != "object" {
        return Err(Complaint::new(format!("Invalid schema for function '{name}': schema must be a JSON Schema of 'type: \"object\"', got 'type: {}'.", schema["type"])).at(format!("{place}.parameters")).code("invalid_function_parameters"));
    }
    talk.tools.push(Declared {
        name: name.to_owned(),
        namespace: namespace.map(str::to_owned),
        freeform: kind == "custom",
        schema: schema.clone(),
    });
    Ok(())
}

fn choice(choice: &Value, talk: &mut Talk) -> Result<(), Complaint> {
    talk.choice = match choice.as_str() {
        Some("none") => Choice::None,
        Some("required") => Choice::Required,
        Some(_) => Choice::Auto,
        None => match text(choice, "name") {
            "" if choice.is_object() => Choice::Required,
            "" => Choice::Auto,
            name => Choice::Named(name.to_owned()),
        },
    };
    match &talk.choice {
        Choice::Named(name) if !talk.tools.iter().any(|tool| tool.is(name)) => Err(Complaint::new(
            format!("Tool choice '{name}' not found in 'tools' parameter."),
        )
        .at("tool_choice")),
        _ => Ok(()),
    }
}

fn missing(place: &str) -> Complaint {
    Complaint::new(format!("Missing required parameter: '{place}'."))
        .at(place)
        .code("missing_required_parameter")
}
