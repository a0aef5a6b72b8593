//! Fields of a document, named without the numbers of elements.

use std::fmt::Write;

use serde_json::Value;

/// Members whose values are whatever callers and tools make of them: what is in them are no fields.
const WHOLE: &[&str] = &[
    "input_schema",
    "parameters",
    "schema",
    "parametersJsonSchema",
    "responseJsonSchema",
    "responseSchema",
    "response_schema",
    "input",
    "args",
    "response",
    "metadata",
    "logit_bias",
    "arguments",
    "client_metadata",
    "labels",
    "web_search_options",
    "categories",
    "category_scores",
    "category_applied_input_types",
    "actions",
    "action",
    "operation",
    "environment",
    "container",
];

/// Members that say what form an element has; its name says it.
const FORMS: &[&str] = &["type", "role", "object"];

/// A value of a document that has no fields in it.
#[derive(Debug)]
pub(super) struct Leaf<'v> {
    /// As in a loss report: `messages[3].content[1].cache_control.type`.
    pub(super) path: String,
    /// The names from the root on: `messages[user]`, `content[text]`, `cache_control`.
    pub(super) field: Vec<String>,
    pub(super) value: &'v Value,
}

/// All leaves of a document that say something.
pub(super) fn leaves(document: &Value) -> Vec<Leaf<'_>> {
    let mut found = Vec::new();
    visit(document, String::new(), &[], &mut found);
    found
}

fn visit<'v>(value: &'v Value, path: String, field: &[String], found: &mut Vec<Leaf<'v>>) {
    let whole = field
        .last()
        .is_some_and(|name| WHOLE.contains(&name.as_str()));
    match value {
        Value::Null => {}
        Value::Object(members) if !whole && !members.is_empty() => {
            for (key, member) in members
                .iter()
                .filter(|(key, _)| !FORMS.contains(&key.as_str()))
            {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                visit(
                    member,
                    path,
                    &[field, std::slice::from_ref(key)].concat(),
                    found,
                );
            }
            let said = |key: &String| FORMS.contains(&key.as_str());
            if members.keys().all(said) {
                found.push(Leaf {
                    path,
                    field: field.to_vec(),
                    value,
                });
            }
        }
        Value::Array(elements) if !whole && elements.iter().any(Value::is_object) => {
            for (index, element) in elements.iter().enumerate() {
                let mut field = field.to_vec();
                if let Some(name) = field.last_mut() {
                    let _ = write!(name, "[{}]", form(element));
                }
                visit(element, format!("{path}[{index}]"), &field, found);
            }
        }
        Value::Array(elements) if elements.is_empty() => {}
        value => found.push(Leaf {
            path,
            field: field.to_vec(),
            value,
        }),
    }
}

/// What an element says it is.
fn form(element: &Value) -> &str {
    ["type", "role"]
        .iter()
        .find_map(|name| element.get(name).and_then(Value::as_str))
        .unwrap_or_default()
}

/// `contents[].parts[].fileData` for `contents[0].parts[2].fileData`.
pub(super) fn without_numbers(path: &str) -> String {
    path.split_inclusive('[')
        .map(|piece| piece.trim_start_matches(|c: char| c.is_ascii_digit()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_named_by_types_and_roles() {
        let document = json!({"messages": [{"role": "user", "content": [{"type": "text", "text": "x", "cache_control": {"type": "e"}}]}],
            "stop": ["a"], "tools": [{"input_schema": {"properties": {}}}], "n": null});
        let found: Vec<(String, String)> = leaves(&document)
            .iter()
            .map(|leaf| (leaf.path.clone(), leaf.field.join(".")))
            .collect();
        let expected = [
            (
                "messages[0].content[0].cache_control",
                "messages[user].content[text].cache_control",
            ),
            (
                "messages[0].content[0].text",
                "messages[user].content[text].text",
            ),
            ("stop", "stop"),
            ("tools[0].input_schema", "tools[].input_schema"),
        ];
        assert_eq!(
            found,
            expected.map(|(path, field)| (path.to_owned(), field.to_owned()))
        );
    }

    #[test]
    fn numbers_of_elements_are_left_out() {
        assert_eq!(
            without_numbers("contents[0].parts[12].x"),
            "contents[].parts[].x"
        );
    }
}
