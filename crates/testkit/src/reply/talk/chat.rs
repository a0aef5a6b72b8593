//! Conversations of chat completions.

use serde_json::Value;

use super::json::{has, is_name, list, only, picture, text};
use super::{Choice, Complaint, Declared, Talk};

/// What a body may hold.
const MEMBERS: &[&str] = &[
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "modalities",
    "model",
    "moderation",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
];

const ROLES: &str = "'system', 'assistant', 'user', 'function', 'tool', and 'developer'";

/// Reads a body.
pub(super) fn read(body: &Value, talk: &mut Talk) -> Result<(), Complaint> {
    only(body, MEMBERS, |name| {
        Complaint::new(format!("Unrecognized request argument supplied: {name}"))
    })?;
    messages(body, talk)?;
    tools(body, talk)?;
    talk.one_call = body["parallel_tool_calls"] == false;
    format(&body["response_format"], talk)?;
    talk.reasoning.asked = body["reasoning_effort"] != "none";
    talk.reasoning.shown = true;
    Ok(())
}

fn messages(body: &Value, talk: &mut Talk) -> Result<(), Complaint> {
    let messages = list(body, "messages");
    if messages.is_empty() {
        return Err(Complaint::new("Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.").at("messages").code("empty_array"));
    }
    let mut open: Vec<String> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let place = format!("messages[{index}]");
        let role = text(message, "role");
        if role == "tool" {
            result(message, &mut open, talk).map_err(|complaint| complaint.at(&place))?;
            continue;
        }
        answered(&open).map_err(|complaint| complaint.at(&place))?;
        match role {
            "user" => {
                for part in parts(message, &place)? {
                    user_part(&part, &place, talk)?;
                }
            }
            "system" | "developer" => {
                for part in parts(message, &place)? {
                    talk.system.push_str(text(&part, "text"));
                }
            }
            "assistant" => open = assistant(message, &place, talk)?,
            _ => {
                return Err(Complaint::new(format!(
                    "Invalid value: '{role}'. Supported values are: {ROLES}."
                ))
                .at(format!("{place}.role"))
                .code("invalid_value"));
            }
        }
    }
    answered(&open)
}

fn answered(open: &[String]) -> Result<(), Complaint> {
    if open.is_empty() {
        return Ok(());
    }
    let ids = open.join(", ");
    Err(Complaint::new(format!(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: {ids}"
    )))
}

fn result(message: &Value, open: &mut Vec<String>, talk: &mut Talk) -> Result<(), Complaint> {
    let id = text(message, "tool_call_id");
    if id.is_empty() {
        return Err(Complaint::new(
            "Missing parameter 'tool_call_id': messages with role 'tool' must have a 'tool_call_id'.",
        ));
    }
    let Some(at) = open.iter().position(|waiting| waiting == id) else {
        return Err(Complaint::new(
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
        ));
    };
    open.remove(at);
    let mut said = String::new();
    for part in parts(message, "messages[].content")? {
        if text(&part, "type") != "text" {
            return Err(Complaint::new(
                "Invalid content type in a tool message: only 'text' is supported.",
            ));
        }
        said.push_str(text(&part, "text"));
    }
    talk.results.push(said);
    Ok(())
}

/// The parts of a content; a text is one part.
fn parts(message: &Value, place: &str) -> Result<Vec<Value>, Complaint> {
    match &message["content"] {
        Value::String(text) => Ok(vec![serde_json::json!({"type": "text", "text": text})]),
        Value::Array(parts) if !parts.is_empty() => Ok(parts.clone()),
        _ => Err(Complaint::new(
            "Invalid value for 'content': expected a string or a non-empty array of objects.",
        )
        .at(format!("{place}.content"))),
    }
}

fn user_part(part: &Value, place: &str, talk: &mut Talk) -> Result<(), Complaint> {
    match text(part, "type") {
        "text" => talk.hear(text(part, "text")),
        "image_url" => {
            talk.hear("");
            let found = picture(text(&part["image_url"], "url"));
            talk.pictures.push(found.ok_or_else(|| {
                Complaint::new("Invalid image URL.")
                    .at(place)
                    .code("invalid_image_url")
            })?);
        }
        "input_audio" | "file" => talk.hear(""),
        other => {
            return Err(Complaint::new(format!("Invalid value: '{other}'. Supported values are: 'text', 'image_url', 'input_audio', 'refusal', 'audio', and 'file'.")).at(place).code("invalid_value"));
        }
    }
    Ok(())
}

/// Reads an answer of before; the ids of its calls.
fn assistant(message: &Value, place: &str, talk: &mut Talk) -> Result<Vec<String>, Complaint> {
    talk.reply();
    let calls = list(message, "tool_calls");
    let mute = !has(message, "content") && !has(message, "refusal") && !has(message, "audio");
    if calls.is_empty() && mute {
        return Err(
            Complaint::new("Invalid value for 'content': expected a string, got null.")
                .at(format!("{place}.content")),
        );
    }
    if let Some(reasoning) = message["reasoning_content"].as_str() {
        let own = reasoning.starts_with("Tools have given ")
            && reasoning.ends_with(" results. I think before I go on.");
        if talk.reasoning.wanted && !own {
            return Err(Complaint::new(
                "The `reasoning_content` in the thinking mode must be passed back to the API.",
            ));
        }
        talk.reasoning.verified |= own;
    }
    let mut open = Vec::new();
    for call in calls {
        let (kind, id) = (text(call, "type"), text(call, "id"));
        let function = &call[kind];
        let input = if kind == "custom" {
            "input"
        } else {
            "arguments"
        };
        if id.is_empty() || text(function, "name").is_empty() || !function[input].is_string() {
            return Err(Complaint::new(format!("Missing required parameter: '{place}.tool_calls[0]' needs an id, a type, a name and {input}.")).code("missing_required_parameter"));
        }
        let parsed: Result<Value, _> = serde_json::from_str(text(function, input));
        if kind == "function" && !parsed.is_ok_and(|value| value.is_object()) {
            return Err(Complaint::new(format!(
                "Invalid '{place}.tool_calls[0].function.arguments': expected JSON of an object."
            )));
        }
        talk.calls += 1;
        open.push(id.to_owned());
    }
    Ok(open)
}

fn tools(body: &Value, talk: &mut Talk) -> Result<(), Complaint> {
    for (index, tool) in list(body, "tools").iter().enumerate() {
        let kind = text(tool, "type");
        let place = format!("tools[{index}].{kind}");
        if !matches!(kind, "function" | "custom") {
            return Err(Complaint::new(format!(
                "Invalid value: '{kind}'. Supported values are: 'function' and 'custom'."
            ))
            .at(format!("tools[{index}].type"))
            .code("invalid_value"));
        }
        let declared = &tool[kind];
        let name = text(declared, "name");
        if !is_name(name, 64) {
            return Err(Complaint::new(format!("Invalid '{place}.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.")).at(format!("{place}.name")).code("invalid_value"));
        }
        let schema = &declared["parameters"];
        if has(declared, "parameters") && schema["type"] != "object" {
            return Err(Complaint::new(format!("Invalid schema for function '{name}': schema must be a JSON Schema of 'type: \"object\"', got 'type: {}'.", schema["type"])).at(format!("{place}.parameters")).code("invalid_function_parameters"));
        }
        talk.tools.push(Declared {
            name: name.to_owned(),
            namespace: None,
            freeform: kind == "custom",
            schema: schema.clone(),
        });
    }
    let choice = &body["tool_choice"];
    if has(body, "tool_choice") && talk.tools.is_empty() {
        return Err(
            Complaint::new("'tool_choice' is only allowed when 'tools' are specified.")
                .at("tool_choice"),
        );
    }
    talk.choice = match choice.as_str() {
        Some("none") => Choice::None,
        Some("required") => Choice::Required,
        Some(_) | None if choice.is_object() => {
            let kind = text(choice, "type");
            match text(&choice[kind], "name") {
                "" => Choice::Required,
                name => Choice::Named(name.to_owned()),
            }
        }
        _ => Choice::Auto,
    };
    Ok(())
}

fn format(format: &Value, talk: &mut Talk) -> Result<(), Complaint> {
    match text(format, "type") {
        "json_schema" => {
            let named = &format["json_schema"];
            if !is_name(text(named, "name"), 64) || !named["schema"].is_object() {
                return Err(Complaint::new(
                    "Missing required parameter: 'response_format.json_schema.name' or its schema.",
                )
                .at("response_format")
                .code("missing_required_parameter"));
            }
            talk.schema = Some(named["schema"].clone());
        }
        "json_object" => talk.schema = Some(serde_json::json!({"type": "object"})),
        _ => {}
    }
    Ok(())
}
