//! Values that fit a JSON schema.

use serde_json::{Map, Value};

/// How deep schemas are followed; what is deeper is null.
const DEPTH: usize = 16;

/// A value of the schema; another seed gives other texts and numbers.
pub(super) fn conforming(schema: &Value, seed: usize) -> Value {
    Making { root: schema, seed }.value(schema, "value", DEPTH)
}

struct Making<'s> {
    root: &'s Value,
    seed: usize,
}

impl Making<'_> {
    fn value(&self, schema: &Value, name: &str, depth: usize) -> Value {
        if depth == 0 {
            return Value::Null;
        }
        if let Some(target) = schema["$ref"].as_str() {
            let pointer = target.trim_start_matches('#');
            let found = self.root.pointer(pointer).unwrap_or(&Value::Null);
            return self.value(found, name, depth - 1);
        }
        for fixed in ["const", "default"] {
            if let Some(value) = schema.get(fixed).filter(|value| !value.is_null()) {
                return value.clone();
            }
        }
        if let Some(first) = schema["enum"].get(0) {
            return first.clone();
        }
        for branches in ["anyOf", "oneOf", "allOf"] {
            if let Some(first) = schema[branches].get(0) {
                return self.value(first, name, depth - 1);
            }
        }
        self.typed(schema, name, depth - 1)
    }

    fn typed(&self, schema: &Value, name: &str, depth: usize) -> Value {
        let kind = schema["type"].as_str().or_else(|| {
            let mut kinds = schema["type"].as_array()?.iter().filter_map(Value::as_str);
            kinds.find(|kind| *kind != "null")
        });
        let kind = kind.unwrap_or("object").to_ascii_lowercase();
        match kind.as_str() {
            "string" => Value::from(text(schema, name, self.seed)),
            "integer" | "number" => {
                let least = schema["minimum"].as_u64().unwrap_or_default();
                Value::from(least.max(self.seed as u64))
            }
            "boolean" => Value::from(true),
            "null" => Value::Null,
            "array" => {
                let count = schema["minItems"].as_u64().unwrap_or(1).max(1);
                (0..count)
                    .map(|_| self.value(&schema["items"], name, depth))
                    .collect()
            }
            _ => self.object(schema, depth),
        }
    }

    /// The required members; all, if none is said to be required.
    fn object(&self, schema: &Value, depth: usize) -> Value {
        let required: Option<Vec<&str>> = schema["required"]
            .as_array()
            .map(|names| names.iter().filter_map(Value::as_str).collect());
        let properties = schema["properties"].as_object();
        let members: Map<String, Value> = properties
            .into_iter()
            .flatten()
            .filter(|(name, _)| {
                required
                    .as_ref()
                    .is_none_or(|all| all.contains(&name.as_str()))
            })
            .map(|(name, schema)| (name.clone(), self.value(schema, name, depth)))
            .collect();
        members.into()
    }
}

/// A text with what is easily harmed: quotes, other scripts, signs beyond the basic plane.
fn text(schema: &Value, name: &str, seed: usize) -> String {
    match schema["format"].as_str() {
        Some("date-time") => "2026-01-02T03:04:05Z".to_owned(),
        Some("date") => "2026-01-02".to_owned(),
        Some("uri") => "https://example.com/".to_owned(),
        _ => format!("{name} \"{seed}\" in Zürich 🌧"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_have_the_types_the_schema_wants() {
        let schema = json!({
            "type": "OBJECT",
            "properties": {
                "city": {"type": "string"},
                "days": {"type": ["null", "integer"], "minimum": 3},
                "unit": {"enum": ["C", "F"]},
                "tags": {"type": "array", "items": {"$ref": "#/$defs/tag"}},
                "not_asked": {"type": "string"},
            },
            "required": ["city", "days", "unit", "tags"],
            "$defs": {"tag": {"anyOf": [{"type": "boolean"}, {"type": "null"}]}},
        });
        assert_eq!(
            conforming(&schema, 1),
            json!({"city": "city \"1\" in Zürich 🌧", "days": 3, "unit": "C", "tags": [true]})
        );
        assert_eq!(conforming(&json!({"type": "object"}), 1), json!({}));
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let schema = json!({"type": "object", "properties": {"next": {"$ref": "#"}}});
        assert!(conforming(&schema, 1).is_object());
    }
}
