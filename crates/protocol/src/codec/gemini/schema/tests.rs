use std::fmt::Write as _;

use super::*;
use crate::hub::{Document, Loss, Placed};
use crate::json::writer::Writer;

/// The vendor's form of a schema, and the paths of what was lost.
fn lowered(schema: &str) -> (String, Vec<String>) {
    let source = format!("{{\"s\":{schema}}}");
    let root = Document::check(source.as_bytes()).unwrap().root();
    let placed = Placed::raw(root.member("s").unwrap());
    let mut out = Vec::new();
    let mut loss = Loss::default();
    Lowering::new(source.as_bytes(), &placed, &mut loss).write(&mut Writer::new(&mut out));
    let report = loss.report(source.as_bytes());
    let dropped = report.dropped.into_iter().map(|entry| entry.path);
    let assumed = report
        .assumed
        .into_iter()
        .map(|entry| format!("+{}", entry.path));
    serde_json::from_slice::<serde_json::Value>(&out).unwrap();
    (
        String::from_utf8(out).unwrap(),
        dropped.chain(assumed).collect(),
    )
}

fn raised_text(schema: &str) -> String {
    let root = Document::check(schema.as_bytes()).unwrap().root();
    String::from_utf8(raised(root).bytes().to_vec()).unwrap()
}

#[test]
fn what_both_forms_know_is_carried() {
    for (schema, expected) in [
        (
            r#"{"type":"object","properties":{"a":{"type":"string","description":"d"}},"required":["a"]}"#,
            r#"{"type":"OBJECT","properties":{"a":{"type":"STRING","description":"d"}},"required":["a"]}"#,
        ),
        (
            r#"{"type":["string","null"]}"#,
            r#"{"type":"STRING","nullable":true}"#,
        ),
        (
            r#"{"anyOf":[{"type":"integer"},{"type":"null"}]}"#,
            r#"{"type":"INTEGER","nullable":true}"#,
        ),
        (
            r#"{"oneOf":[{"type":"integer"},{"type":"string"}],"title":"t"}"#,
            r#"{"title":"t","anyOf":[{"type":"INTEGER"},{"type":"STRING"}]}"#,
        ),
        (
            r#"{"type":["integer","string"]}"#,
            r#"{"anyOf":[{"type":"INTEGER"},{"type":"STRING"}]}"#,
        ),
        (r#"{"const":"x"}"#, r#"{"type":"STRING","enum":["x"]}"#),
        (
            r#"{"enum":["x",null]}"#,
            r#"{"type":"STRING","nullable":true,"enum":["x"]}"#,
        ),
        (
            r#"{"items":{"type":"number"}}"#,
            r#"{"type":"ARRAY","items":{"type":"NUMBER"}}"#,
        ),
        (r#"{"type":"null"}"#, r#"{"type":"NULL"}"#),
        (
            r##"{"type":"object","properties":{"a":{"$ref":"#/$defs/a~1b","description":"own"}},"$defs":{"a/b":{"type":"string","description":"theirs"}}}"##,
            r#"{"type":"OBJECT","properties":{"a":{"type":"STRING","description":"own"}}}"#,
        ),
        (
            r#"{"allOf":[{"type":"object","properties":{"a":{"type":"string"}}},{"properties":{"b":true},"required":["b"]}]}"#,
            r#"{"type":"OBJECT","properties":{"a":{"type":"STRING"},"b":{}},"required":["b"]}"#,
        ),
    ] {
        assert_eq!(
            lowered(schema),
            (expected.to_owned(), Vec::new()),
            "{schema}"
        );
    }
}

#[test]
fn what_the_form_lacks_is_reported_where_it_stood() {
    for (schema, expected, lost) in [
        (
            r#"{"type":"object","properties":{"a":{"type":"string","format":"uuid"}},"additionalProperties":false}"#,
            r#"{"type":"OBJECT","properties":{"a":{"type":"STRING"}}}"#,
            &["s.properties.a.format", "s.additionalProperties"][..],
        ),
        (r#"{"const":5}"#, r#"{"type":"INTEGER"}"#, &["s.const"]),
        (
            r#"{"type":"array"}"#,
            r#"{"type":"ARRAY","items":{"type":"STRING"}}"#,
            &["+items"],
        ),
        (
            r#"{"type":"object","properties":{},"required":["x"]}"#,
            r#"{"type":"OBJECT","properties":{}}"#,
            &["s.required[0]"],
        ),
        (
            r##"{"type":"object","properties":{"next":{"$ref":"#"},"other":{"$ref":"#/$defs/none"}}}"##,
            r#"{"type":"OBJECT","properties":{"next":{"type":"OBJECT"},"other":{"type":"OBJECT"}}}"#,
            &["s.properties.next.$ref", "s.properties.other.$ref"],
        ),
        (
            r#"{"type":"object","properties":{"a":"string"}}"#,
            r#"{"type":"OBJECT","properties":{"a":{}}}"#,
            &["s.properties.a"],
        ),
    ] {
        let lost: Vec<String> = lost.iter().map(|path| (*path).to_owned()).collect();
        assert_eq!(lowered(schema), (expected.to_owned(), lost), "{schema}");
    }
}

#[test]
fn references_that_multiply_end() {
    let mut schema = String::from(r#"{"$defs":{"d0":{"type":"string"}"#);
    for level in 1..40 {
        let below = level - 1;
        let _ = write!(
            schema,
            r##","d{level}":{{"type":"object","properties":{{"a":{{"$ref":"#/$defs/d{below}"}},"b":{{"$ref":"#/$defs/d{below}"}}}}}}"##
        );
    }
    schema.push_str(r##"},"$ref":"#/$defs/d39"}"##);
    let (out, lost) = lowered(&schema);
    assert!(out.len() < 1 << 20 && !lost.is_empty());
}

#[test]
fn the_own_form_becomes_json_schema() {
    for (schema, expected) in [
        (
            r#"{"type":"OBJECT","properties":{"max_items":{"type":"ARRAY","items":{"type":"STRING"},"minItems":"2","max_items":3}},"property_ordering":["max_items"]}"#,
            r#"{"type":"object","properties":{"max_items":{"type":"array","items":{"type":"string"},"minItems":2,"maxItems":3}},"propertyOrdering":["max_items"]}"#,
        ),
        (
            r#"{"type":"STRING","nullable":true,"format":"enum","enum":["a"]}"#,
            r#"{"type":["string","null"],"enum":["a",null]}"#,
        ),
        (
            r#"{"any_of":[{"type":"INTEGER","example":1}],"nullable":true}"#,
            r#"{"anyOf":[{"type":"integer","examples":[1]},{"type":"null"}]}"#,
        ),
        (r#"{"type":"TYPE_UNSPECIFIED"}"#, "{}"),
    ] {
        assert_eq!(raised_text(schema), expected, "{schema}");
    }
}

#[test]
fn both_ways_give_the_same_schema() {
    for schema in [
        r#"{"type":"object","properties":{"a":{"type":["string","null"],"description":"d"},"b":{"type":"array","items":{"type":"integer","minimum":1}}},"required":["a","b"]}"#,
        r#"{"anyOf":[{"type":"string"},{"type":"number"}]}"#,
    ] {
        let (own, lost) = lowered(schema);
        assert!(lost.is_empty());
        assert_eq!(raised_text(&own), schema);
    }
}
