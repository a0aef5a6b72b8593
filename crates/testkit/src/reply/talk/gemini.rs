//! Conversations of Google's `generateContent`.

mod declared;

use serde_json::Value;

use super::json::{either, inline, list, only, text};
use super::{Complaint, Talk, seal};
use crate::reply::call::Endpoint;

/// What a body may hold.
const MEMBERS: &[&str] = &[
    "cachedContent",
    "cached_content",
    "contents",
    "generationConfig",
    "generation_config",
    "labels",
    "model",
    "safetySettings",
    "safety_settings",
    "serviceTier",
    "service_tier",
    "store",
    "systemInstruction",
    "system_instruction",
    "toolConfig",
    "tool_config",
    "tools",
];

/// Signatures that Google documents for calls which came from elsewhere, plain and in base64.
const EXCUSES: [&str; 4] = [
    "skip_thought_signature_validator",
    "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=",
    "context_engineering_is_the_way_to_go",
    "Y29udGV4dF9lbmdpbmVlcmluZ19pc190aGVfd2F5X3RvX2dv",
];

/// Reads a body.
pub(super) fn read(body: &Value, talk: &mut Talk) -> Result<(), Complaint> {
    only(body, MEMBERS, |name| unknown(name, ""))?;
    let instruction = either(body, ["systemInstruction", "system_instruction"]);
    for part in list(instruction, "parts") {
        talk.system.push_str(text(part, "text"));
    }
    let config = either(body, ["generationConfig", "generation_config"]);
    let thinking = either(config, ["thinkingConfig", "thinking_config"]);
    talk.reasoning.sealed = true;
    talk.reasoning.asked = *either(thinking, ["thinkingBudget", "thinking_budget"]) != 0;
    talk.reasoning.shown = *either(thinking, ["includeThoughts", "include_thoughts"]) == true;
    contents(body, talk)?;
    declared::tools(body, talk)?;
    declared::format(config, talk)
}

/// `Unknown name …` as Google says it.
fn unknown(name: &str, place: &str) -> Complaint {
    let at = if place.is_empty() {
        String::new()
    } else {
        format!(" at '{place}'")
    };
    Complaint::new(format!(
        "Invalid JSON payload received. Unknown name \"{name}\"{at}: Cannot find field."
    ))
}

fn contents(body: &Value, talk: &mut Talk) -> Result<(), Complaint> {
    let contents = list(body, "contents");
    if contents.is_empty() {
        return Err(Complaint::new(
            "* GenerateContentRequest.contents: contents is not specified\n",
        ));
    }
    let mut open: Vec<&Value> = Vec::new();
    for (index, content) in contents.iter().enumerate() {
        let parts = list(content, "parts");
        if parts.is_empty() {
            return Err(Complaint::new(format!(
                "* GenerateContentRequest.contents[{index}].parts: contents.parts must not be empty.\n"
            )));
        }
        match content["role"].as_str() {
            Some("user" | "function") | None => {
                results(parts, &mut open, talk)?;
                for part in parts {
                    user_part(part, talk)?;
                }
            }
            Some("model") => {
                if !open.is_empty() {
                    return Err(unequal());
                }
                open = model(parts, index, talk)?;
            }
            Some(_) => {
                return Err(Complaint::new("Please use a valid role: user, model."));
            }
        }
    }
    if open.is_empty() {
        Ok(())
    } else {
        Err(unequal())
    }
}

fn unequal() -> Complaint {
    Complaint::new(
        "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.",
    )
}

/// Matches the results of a turn with the calls of the turn before.
fn results(parts: &[Value], open: &mut Vec<&Value>, talk: &mut Talk) -> Result<(), Complaint> {
    let given: Vec<_> = parts
        .iter()
        .map(|part| either(part, ["functionResponse", "function_response"]))
        .filter(|response| response.is_object())
        .collect();
    if given.len() != open.len() {
        return Err(if open.is_empty() {
            Complaint::new(
                "Please ensure that function response turn comes immediately after a function call turn.",
            )
        } else {
            unequal()
        });
    }
    for response in given {
        let matches = |call: &&Value| {
            call["name"] == response["name"]
                && (response["id"].is_null()
                    || call["id"].is_null()
                    || call["id"] == response["id"])
        };
        let Some(at) = open.iter().position(matches) else {
            return Err(Complaint::new(format!(
                "Function response {} does not match any function call.",
                response["name"]
            )));
        };
        open.remove(at);
        if !response["response"].is_object() {
            return Err(Complaint::new(
                "Invalid value at 'contents.parts.function_response.response' (type.googleapis.com/google.protobuf.Struct)",
            ));
        }
        talk.results.push(said(&response["response"]));
        for part in list(response, "parts") {
            user_part(part, talk)?;
        }
    }
    Ok(())
}

/// The texts of a result, without the names around them.
fn said(response: &Value) -> String {
    match response {
        Value::String(text) => text.clone(),
        Value::Object(members) => members.values().map(said).collect::<Vec<_>>().join(" "),
        Value::Array(elements) => elements.iter().map(said).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

fn user_part(part: &Value, talk: &mut Talk) -> Result<(), Complaint> {
    if let Some(said) = part["text"].as_str() {
        talk.hear(said);
        return Ok(());
    }
    let data = either(part, ["inlineData", "inline_data"]);
    let file = either(part, ["fileData", "file_data"]);
    if data.is_object() {
        let media = either(data, ["mimeType", "mime_type"])
            .as_str()
            .unwrap_or_default();
        if media.is_empty() || text(data, "data").is_empty() {
            return Err(Complaint::new(
                "Unable to submit request because it must have a mimeType and data in inlineData.",
            ));
        }
        talk.hear("");
        if media.starts_with("image/") {
            talk.pictures.push(inline(media, text(data, "data")));
        }
    } else if file.is_object() {
        let address = either(file, ["fileUri", "file_uri"])
            .as_str()
            .unwrap_or_default();
        talk.hear("");
        talk.pictures.push(format!("a picture at {address}"));
    } else if !either(part, ["functionResponse", "function_response"]).is_object() {
        return Err(Complaint::new(
            "* GenerateContentRequest.contents.parts.data: required oneof field 'data' must have one initialized field\n",
        ));
    }
    Ok(())
}

/// Reads an answer of before; its calls.
fn model<'v>(
    parts: &'v [Value],
    index: usize,
    talk: &mut Talk,
) -> Result<Vec<&'v Value>, Complaint> {
    talk.reply();
    let mut calls: Vec<&Value> = Vec::new();
    for part in parts {
        let seal = either(part, ["thoughtSignature", "thought_signature"])
            .as_str()
            .unwrap_or_default();
        let excused = EXCUSES.contains(&seal);
        if !seal.is_empty() && !excused {
            if !seal::holds(Endpoint::Generate, seal, "") {
                return Err(Complaint::new("Corrupted thought signature."));
            }
            talk.reasoning.verified = true;
        }
        let call = either(part, ["functionCall", "function_call"]);
        if !call.is_object() {
            continue;
        }
        let name = text(call, "name");
        if talk.reasoning.wanted && calls.is_empty() && seal.is_empty() {
            return Err(Complaint::new(format!(
                "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call `{name}` , position {index}."
            )));
        }
        if name.is_empty() || !matches!(call["args"], Value::Object(_) | Value::Null) {
            return Err(Complaint::new(format!(
                "* GenerateContentRequest.contents[{index}].parts.function_call: name and args must be valid.\n"
            )));
        }
        talk.calls += 1;
        calls.push(call);
    }
    Ok(calls)
}
