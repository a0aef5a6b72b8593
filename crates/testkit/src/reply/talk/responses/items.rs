//! Input items of responses.

use serde_json::Value;

use super::super::json::{has, list, picture, text};
use super::super::seal;
use super::{Complaint, Talk, missing, tools};
use crate::reply::call::Endpoint;

/// Items that call, the items that answer them, and how the ids of the former begin.
const CALLS: &[(&str, &str, &str)] = &[
    ("function_call", "function_call_output", "fc"),
    ("custom_tool_call", "custom_tool_call_output", "ctc"),
    ("local_shell_call", "local_shell_call_output", "lsh"),
    ("shell_call", "shell_call_output", "sh"),
    ("apply_patch_call", "apply_patch_call_output", "apc"),
];

/// Reads the input: a text or items.
pub(super) fn read(input: &Value, talk: &mut Talk) -> Result<(), Complaint> {
    if let Some(text) = input.as_str() {
        talk.hear(text);
        return Ok(());
    }
    let Some(items) = input.as_array().filter(|items| !items.is_empty()) else {
        return Err(missing("input"));
    };
    let mut open: Vec<String> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        one(item, &format!("input[{index}]"), &mut open, talk)?;
    }
    match open.first() {
        Some(id) => {
            Err(Complaint::new(format!("No tool output found for function call {id}.")).at("input"))
        }
        None => Ok(()),
    }
}

fn one(
    item: &Value,
    place: &str,
    open: &mut Vec<String>,
    talk: &mut Talk,
) -> Result<(), Complaint> {
    let kind = item["type"].as_str().unwrap_or("message");
    if let Some((_, _, prefix)) = CALLS.iter().find(|(call, _, _)| *call == kind) {
        begins(item, place, prefix)?;
        talk.reply();
        talk.calls += 1;
        for member in ["call_id", "name"] {
            if text(item, member).is_empty() && kind != "local_shell_call" {
                return Err(missing(&format!("{place}.{member}")));
            }
        }
        open.push(text(item, "call_id").to_owned());
        return Ok(());
    }
    if CALLS.iter().any(|(_, output, _)| *output == kind) {
        return output(item, place, open, talk);
    }
    match kind {
        "message" => message(item, place, talk),
        "reasoning" => reasoning(item, place, talk),
        "additional_tools" => {
            for (index, tool) in list(item, "tools").iter().enumerate() {
                tools(tool, &format!("{place}.tools[{index}]"), None, talk)?;
            }
            Ok(())
        }
        "item_reference" => {
            let id = text(item, "id");
            Err(Complaint::new(format!("Item with id '{id}' not found. Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove this item from your input.")).at("input"))
        }
        "compaction" | "web_search_call" | "configuration_update" | "mcp_call"
        | "mcp_list_tools" | "image_generation_call" | "code_interpreter_call"
        | "file_search_call" | "computer_call" | "computer_call_output" | "tool_search_call"
        | "tool_search_output" => Ok(()),
        _ => Err(Complaint::new(format!("Invalid value: '{kind}'. Supported values are: 'message', 'function_call', 'reasoning' and others."))
            .at(format!("{place}.type"))
            .code("invalid_value")),
    }
}

/// Complains of an id of another kind of item.
fn begins(item: &Value, place: &str, prefix: &str) -> Result<(), Complaint> {
    let id = text(item, "id");
    if id.is_empty() || id.starts_with(prefix) {
        return Ok(());
    }
    Err(Complaint::new(format!(
        "Invalid '{place}.id': '{id}'. Expected an ID that begins with '{prefix}'."
    ))
    .at(format!("{place}.id"))
    .code("invalid_value"))
}

fn output(
    item: &Value,
    place: &str,
    open: &mut Vec<String>,
    talk: &mut Talk,
) -> Result<(), Complaint> {
    let id = text(item, "call_id");
    let Some(at) = open.iter().position(|waiting| waiting == id) else {
        return Err(Complaint::new(format!(
            "No tool call found for function call output with call_id {id}."
        ))
        .at("input"));
    };
    open.remove(at);
    let mut said = text(item, "output").to_owned();
    if !has(item, "output") {
        return Err(missing(&format!("{place}.output")));
    }
    for part in list(item, "output") {
        match text(part, "type") {
            "input_text" => said.push_str(text(part, "text")),
            "input_image" => talk.pictures.extend(picture(text(part, "image_url"))),
            "input_file" => {}
            other => {
                return Err(unsupported(
                    other,
                    "'input_text', 'input_image', and 'input_file'",
                    place,
                ));
            }
        }
    }
    talk.results.push(said);
    Ok(())
}

fn message(item: &Value, place: &str, talk: &mut Talk) -> Result<(), Complaint> {
    let role = text(item, "role");
    let assistant = role == "assistant";
    if !matches!(role, "user" | "system" | "developer" | "assistant") {
        return Err(unsupported(
            role,
            "'assistant', 'system', 'developer', and 'user'",
            place,
        ));
    }
    begins(item, place, "msg")?;
    if assistant {
        talk.reply();
    }
    let hear = |said: &str, talk: &mut Talk| match role {
        "user" => talk.hear(said),
        "assistant" => {}
        _ => talk.system.push_str(said),
    };
    if let Some(said) = item["content"].as_str() {
        hear(said, talk);
        return Ok(());
    }
    if list(item, "content").is_empty() {
        return Err(missing(&format!("{place}.content")));
    }
    for part in list(item, "content") {
        match (text(part, "type"), assistant) {
            ("input_text", false) => hear(text(part, "text"), talk),
            ("input_image", false) => {
                hear("", talk);
                let found = picture(text(part, "image_url"));
                if found.is_none() && !has(part, "file_id") {
                    return Err(Complaint::new("Invalid 'input_image': expected a URL.").at(place));
                }
                talk.pictures.extend(found);
            }
            ("input_file" | "input_audio", false) | ("output_text" | "refusal", true) => {}
            (other, true) => return Err(unsupported(other, "'output_text' and 'refusal'", place)),
            (other, false) => {
                return Err(unsupported(
                    other,
                    "'input_text', 'input_image', and 'input_file'",
                    place,
                ));
            }
        }
    }
    Ok(())
}

fn reasoning(item: &Value, place: &str, talk: &mut Talk) -> Result<(), Complaint> {
    begins(item, place, "rs")?;
    if !item["summary"].is_array() {
        return Err(missing(&format!("{place}.summary")));
    }
    talk.reply();
    let seal = text(item, "encrypted_content");
    if seal.is_empty() {
        return Ok(());
    }
    if !seal::holds(Endpoint::Responses, seal, "") {
        let begin: String = seal.chars().take(4).collect();
        return Err(Complaint::new(format!("The encrypted content {begin}... could not be verified. Reason: Encrypted content could not be decrypted or parsed.")).code("invalid_encrypted_content"));
    }
    talk.reasoning.verified = true;
    Ok(())
}

fn unsupported(value: &str, supported: &str, place: &str) -> Complaint {
    Complaint::new(format!(
        "Invalid value: '{value}'. Supported values are: {supported}."
    ))
    .at(place)
    .code("invalid_value")
}
