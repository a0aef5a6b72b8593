//! The JSON Schema of the document, printed from the declarations, so that editors complete and check it.

use serde_json::{Map, Value, json};

use crate::Catalog;
use crate::declare::{Declaration, Key, Need, Pattern, Shape};
use crate::document::RootDoc;
use crate::read::{SMALLEST_DECIMAL, duration_text, size_text};
use crate::tree::{Tree, build};

/// Any text with a reference: what it stands for is known only where the gateway runs.
const REFERENCE: &str = r"\$\{[^}]+\}";

/// The JSON Schema (draft 2020-12) of the document, with the kinds and dialects of `catalog`.
///
/// Everything that compiles is valid by it. What concerns more than one value (names that lead nowhere, cycles, keys that
/// exclude each other) it cannot say; [`compile`](crate::compile) does.
pub fn schema(catalog: &Catalog<'_>) -> String {
    let mut definitions = Map::new();
    let mut schema = section(RootDoc::DECLARATION, catalog, &mut definitions);
    definitions.insert(
        String::from("reference"),
        json!({
            "type": "string", "pattern": REFERENCE,
            "description": "`${NAME}`: environment; `${file:/path}`: content of a file; `${secret:name}`: sealed secret.",
        }),
    );
    schema.insert(
        "$schema".into(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    schema.insert("title".into(), json!("Configuration of AI Model Gateway"));
    schema.insert("$defs".into(), Value::Object(definitions));
    format!("{:#}\n", Value::Object(schema))
}

/// The schema of a section; those of the sections below it go to `definitions`.
fn section(
    declaration: &Declaration,
    catalog: &Catalog<'_>,
    definitions: &mut Map<String, Value>,
) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for key in declaration
        .keys
        .iter()
        .filter(|key| !matches!(key.shape, Shape::Later))
    {
        if matches!(key.need, Need::Required) {
            required.push(key.name);
        }
        properties.insert(String::from(key.name), property(key, catalog, definitions));
    }
    let mut schema = Map::new();
    schema.insert("description".into(), json!(sentences(declaration.doc)));
    // A section without required keys may be left empty.
    schema.insert(
        "type".into(),
        if required.is_empty() {
            json!(["object", "null"])
        } else {
            json!("object")
        },
    );
    schema.insert("properties".into(), Value::Object(properties));
    schema.insert("additionalProperties".into(), json!(false));
    if !required.is_empty() {
        schema.insert("required".into(), json!(required));
    }
    schema
}

fn property(key: &Key, catalog: &Catalog<'_>, definitions: &mut Map<String, Value>) -> Value {
    let mut schema = shape(&key.shape, catalog, definitions);
    schema.insert("description".into(), json!(key.doc));
    if let Need::Default(default) = key.need
        && let Some(value) = parsed(default)
    {
        schema.insert("default".into(), value);
    }
    if let Some(value) = parsed(key.example) {
        schema.insert("examples".into(), json!([value]));
    }
    Value::Object(schema)
}

fn shape(
    shape: &Shape,
    catalog: &Catalog<'_>,
    definitions: &mut Map<String, Value>,
) -> Map<String, Value> {
    match shape {
        Shape::Text(pattern) => any_of(text(*pattern)),
        Shape::Sealed => object(json!({"type": ["string", "number", "boolean"]})),
        Shape::Flag => any_of(vec![
            json!({"type": "boolean"}),
            json!({"enum": ["true", "false"]}),
        ]),
        Shape::Whole { min, max } if min == max => object(json!({"enum": [min, min.to_string()]})),
        Shape::Whole { min, max } => any_of(vec![
            json!({"type": "integer", "minimum": min, "maximum": max}),
            json!({"type": "string", "pattern": r"^[+-]?(0x[0-9A-Fa-f]+|0o[0-7]+|[0-9]+\.?)$"}),
        ]),
        Shape::Decimal { max } => any_of(vec![
            json!({"type": "number", "minimum": SMALLEST_DECIMAL, "maximum": max}),
            json!({"type": "string", "pattern": r"^[+-]?(0x[0-9A-Fa-f]+|0o[0-7]+|[0-9]*\.?[0-9]*([eE][+-]?[0-9]+)?)$"}),
        ]),
        Shape::Duration { min, max } => {
            let mut schema = any_of(vec![
                json!({"type": "string", "pattern": r"^([0-9]+\s*(ms|s|m|h|d)|0+)$"}),
                json!({"const": 0}),
            ]);
            schema.insert(
                "$comment".into(),
                json!(format!(
                    "{} to {}",
                    duration_text(*min),
                    duration_text(*max)
                )),
            );
            schema
        }
        Shape::Size { min, max } => {
            let mut schema = any_of(vec![
                json!({"type": "integer", "minimum": min, "maximum": max}),
                json!({"type": "string", "pattern": r"^[0-9]+\s*([bB]|[kKmMgG][iI]?[bB])?$"}),
            ]);
            schema.insert(
                "$comment".into(),
                json!(format!("{} to {}", size_text(*min), size_text(*max))),
            );
            schema
        }
        Shape::Choice(names) => any_of(vec![json!({"enum": names()})]),
        Shape::Kind => any_of(vec![
            json!({"enum": catalog.kinds.iter().map(|kind| kind.id).collect::<Vec<_>>()}),
        ]),
        Shape::Dialect => any_of(vec![json!({"enum": catalog.dialects})]),
        Shape::List { item, min, max } => {
            let item = self::shape(item, catalog, definitions);
            let kind = if *min == 0 {
                json!(["array", "null"])
            } else {
                json!("array")
            };
            object(json!({"type": kind, "items": item, "minItems": min, "maxItems": max}))
        }
        Shape::Table { name, value } => {
            let value = self::shape(value, catalog, definitions);
            let names = json!({"pattern": name.regex});
            object(
                json!({"type": ["object", "null"], "propertyNames": names, "additionalProperties": value}),
            )
        }
        Shape::OffOr(inner) => {
            let inner = self::shape(inner, catalog, definitions);
            object(json!({"anyOf": [{"enum": ["off", "false", false]}, inner]}))
        }
        Shape::Section(declaration) => {
            let name = definition_name(declaration);
            if !definitions.contains_key(&name) {
                let schema = section(declaration, catalog, definitions);
                definitions.insert(name.clone(), Value::Object(schema));
            }
            object(json!({"$ref": format!("#/$defs/{name}")}))
        }
        Shape::Json | Shape::Later => Map::new(),
    }
}

/// The alternatives for a text.
fn text(pattern: Pattern) -> Vec<Value> {
    let mut alternatives = vec![json!({"type": "string", "pattern": pattern.regex})];
    if pattern.unquoted {
        alternatives.push(json!({"type": ["number", "boolean"]}));
    }
    alternatives
}

/// One of these, or a text with a reference.
fn any_of(mut alternatives: Vec<Value>) -> Map<String, Value> {
    alternatives.push(json!({"$ref": "#/$defs/reference"}));
    object(json!({"anyOf": alternatives}))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

/// `providers.*.credentials[]` as `providers_credentials`, which a URI can hold.
fn definition_name(declaration: &Declaration) -> String {
    declaration
        .title
        .replace(".*", "")
        .replace("[]", "")
        .replace('.', "_")
}

/// A declared default or example as JSON.
fn parsed(text: &str) -> Option<Value> {
    let json = build(text).tree?.json(Tree::ROOT, &mut |_| None).ok()?;
    serde_json::from_str(&json).ok()
}

fn sentences(doc: &str) -> String {
    doc.split('\n')
        .map(str::trim)
        .collect::<Vec<_>>()
        .join("\n")
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests;
