//! Tools and formats that a request declares.

use serde_json::Value;

use super::super::json::{either, list, only, text};
use super::super::{Choice, Complaint, Declared, Talk};
use super::unknown;

/// What Google's own schema language knows.
const SCHEMA: &[&str] = &[
    "anyOf",
    "any_of",
    "default",
    "description",
    "enum",
    "example",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "max_items",
    "max_length",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "min_items",
    "min_length",
    "nullable",
    "pattern",
    "properties",
    "propertyOrdering",
    "property_ordering",
    "required",
    "title",
    "type",
];

/// Reads tools and what may be called.
pub(super) fn tools(body: &Value, talk: &mut Talk) -> Result<(), Complaint> {
    for (index, tool) in list(body, "tools").iter().enumerate() {
        let declarations = either(tool, ["functionDeclarations", "function_declarations"]);
        for (number, one) in declarations.as_array().into_iter().flatten().enumerate() {
            let place = format!("tools[{index}].function_declarations[{number}]");
            declaration(one, &place, talk)?;
        }
    }
    let config = either(body, ["toolConfig", "tool_config"]);
    let calling = either(config, ["functionCallingConfig", "function_calling_config"]);
    let allowed = either(calling, ["allowedFunctionNames", "allowed_function_names"]);
    talk.choice = match text(calling, "mode") {
        "NONE" => Choice::None,
        "ANY" => match allowed.as_array().map(Vec::as_slice) {
            Some([Value::String(name)]) => Choice::Named(name.clone()),
            _ => Choice::Required,
        },
        _ => Choice::Auto,
    };
    Ok(())
}

fn declaration(one: &Value, place: &str, talk: &mut Talk) -> Result<(), Complaint> {
    let name = text(one, "name");
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let goes_on = |c: char| c.is_ascii_alphanumeric() || "_.:-".contains(c);
    if !begins || !name.chars().all(goes_on) || name.len() > 128 {
        return Err(Complaint::new(format!(
            "* GenerateContentRequest.{place}.name: Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 128.\n"
        )));
    }
    if talk.tools.iter().any(|tool| tool.name == name) {
        return Err(Complaint::new(format!(
            "Duplicate function declaration found: {name}"
        )));
    }
    let own = &one["parameters"];
    let foreign = either(one, ["parametersJsonSchema", "parameters_json_schema"]);
    if own.is_object() {
        known(own, &format!("{place}.parameters"))?;
    }
    let schema = if own.is_object() { own } else { foreign };
    talk.tools.push(Declared {
        name: name.to_owned(),
        namespace: None,
        freeform: false,
        schema: schema.clone(),
    });
    Ok(())
}

/// Complains of what Google's schema language does not know.
fn known(schema: &Value, place: &str) -> Result<(), Complaint> {
    only(schema, SCHEMA, |name| unknown(name, place))?;
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        known(inner, &format!("{place}.properties[{name}].value"))?;
    }
    if schema["items"].is_object() {
        known(&schema["items"], &format!("{place}.items"))?;
    }
    for inner in either(schema, ["anyOf", "any_of"])
        .as_array()
        .into_iter()
        .flatten()
    {
        known(inner, &format!("{place}.any_of"))?;
    }
    Ok(())
}

/// Reads the format that the answer must have.
pub(super) fn format(config: &Value, talk: &mut Talk) -> Result<(), Complaint> {
    let media = either(config, ["responseMimeType", "response_mime_type"]);
    let own = either(config, ["responseSchema", "response_schema"]);
    let foreign = either(config, ["responseJsonSchema", "response_json_schema"]);
    let schema = if own.is_object() { own } else { foreign };
    if own.is_object() {
        known(own, "generation_config.response_schema")?;
    }
    if media == "application/json" {
        let any = serde_json::json!({"type": "object"});
        talk.schema = Some(if schema.is_object() {
            schema.clone()
        } else {
            any
        });
    } else if schema.is_object() {
        return Err(Complaint::new(
            "* GenerateContentRequest.generation_config.response_schema: only allowed when response_mime_type is application/json\n",
        ));
    }
    Ok(())
}
