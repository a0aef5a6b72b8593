//! What schemas ask for, as far as dialects differ in it.

use crate::hub::JsonSchema;
use crate::json::value::Value;

/// The deepest nesting that is looked into.
const DEEPEST: usize = 64;

/// Keywords that `OpenAI` refuses in schemas that must be kept to.
const REFUSED: &[&[u8]] = &[
    b"allOf",
    b"oneOf",
    b"not",
    b"if",
    b"then",
    b"else",
    b"patternProperties",
    b"dependentRequired",
    b"dependentSchemas",
];

impl JsonSchema<'_> {
    /// Whether `OpenAI` takes the schema with `strict`.
    pub(super) fn is_closed(&self) -> bool {
        let schema = self.schema.as_ref();
        schema.is_some_and(|schema| is_closed(schema.value()))
    }
}

/// Whether all objects of a schema are closed, and name all their properties as required.
fn is_closed(schema: Value<'_>) -> bool {
    schema.member("anyOf").is_none() && is_object(schema) && closed(schema, 0)
}

fn is_object(schema: Value<'_>) -> bool {
    let kind = schema.member("type");
    let named = |value: Value<'_>| value.raw_text() == Some(b"object");
    kind.is_some_and(|kind| named(kind) || kind.elements().any(named))
        || schema.member("properties").is_some()
}

fn closed(schema: Value<'_>, depth: usize) -> bool {
    if depth > DEEPEST {
        return false;
    }
    if !schema.is_object() {
        return true;
    }
    let inner = |value: Value<'_>| closed(value, depth + 1);
    let fine = schema.members().all(|(key, value)| match key.0 {
        b"items" => inner(value),
        b"anyOf" | b"prefixItems" => value.elements().all(inner),
        b"properties" | b"$defs" | b"definitions" => value.members().all(|(_, value)| inner(value)),
        refused => !REFUSED.contains(&refused),
    });
    fine && (!is_object(schema) || names_all(schema))
}

fn names_all(schema: Value<'_>) -> bool {
    let required = schema.member("required");
    let is_required = |name: &str| {
        let mut names = required.into_iter().flat_map(Value::elements);
        names.any(|own| own.text().is_some_and(|own| own == name))
    };
    let properties = schema.member("properties");
    schema.member("additionalProperties").map(Value::raw) == Some(b"false")
        && properties
            .into_iter()
            .flat_map(Value::members)
            .all(|(key, _)| is_required(&key.text()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_closed_objects_that_name_all_their_properties_can_be_kept_to() {
        let closed = r##"{"type":"object","properties":{"a":{"type":"array","items":{"$ref":"#/$defs/b"}}},"required":["a"],"additionalProperties":false,"$defs":{"b":{"type":["object","null"],"properties":{},"additionalProperties":false}}}"##;
        assert!(is_closed(Value::of(closed.as_bytes())));
        for open in [
            closed.replacen(",\"additionalProperties\":false", "", 1),
            closed.replacen(
                "\"properties\":{},\"additionalProperties\":false",
                "\"properties\":{}",
                1,
            ),
            closed.replacen("\"required\":[\"a\"],", "", 1),
            closed.replacen("\"items\"", "\"allOf\":[],\"items\"", 1),
            r#"{"anyOf":[]}"#.to_owned(),
            r#"{"type":"string"}"#.to_owned(),
            "{\"type\":\"object\",\"properties\":{\"a\":".repeat(70) + "{}" + &"}}".repeat(70),
        ] {
            assert!(!is_closed(Value::of(open.as_bytes())), "{open}");
        }
    }
}
