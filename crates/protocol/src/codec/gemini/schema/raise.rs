//! The vendor's form as JSON Schema.

use crate::codec::gemini::names::{camel, member};
use crate::hub::Raw;
use crate::json::value::Value;
use crate::json::writer::Writer;

/// The schema as JSON Schema; borrowed when it is one already.
pub(in crate::codec::gemini) fn raised(value: Value<'_>) -> Raw<'_> {
    let mut out = Vec::with_capacity(value.raw().len());
    raise(value, &mut Writer::new(&mut out));
    if out == value.raw() {
        Raw::of(value)
    } else {
        Raw::written(out)
    }
}

fn raise(value: Value<'_>, json: &mut Writer<'_>) {
    if !value.is_object() {
        return json.raw(value.raw());
    }
    let nullable = member(value, "nullable").is_some_and(|nullable| nullable.raw() == b"true");
    json.object(|o| {
        for (key, member) in value.members() {
            // The names of the form itself, in whichever spelling; those of properties are data.
            let name = camel(key);
            rule(&name, key.0, member, nullable, o);
        }
    });
}

fn rule(name: &[u8], key: &[u8], value: Value<'_>, nullable: bool, o: &mut Writer<'_>) {
    match name {
        b"nullable" => {}
        b"type" => kind(value, nullable, o),
        b"format" if value.raw_text() == Some(b"enum") => {}
        b"properties" | b"defs" | b"definitions" | b"$defs" if value.is_object() => {
            o.raw_key(if name == b"defs" { b"$defs" } else { key })
                .object(|o| {
                    for (key, schema) in value.members() {
                        o.raw_key(key.0);
                        raise(schema, o);
                    }
                });
        }
        b"items" | b"additionalProperties" | b"not" => {
            o.raw_key(name);
            raise(value, o);
        }
        b"anyOf" | b"oneOf" | b"allOf" | b"prefixItems" if value.is_array() => {
            o.raw_key(name).array(|a| {
                value.elements().for_each(|schema| raise(schema, a));
                if nullable && name == b"anyOf" {
                    a.object(|o| o.key("type").string("null"));
                }
            });
        }
        b"enum" if value.is_array() && nullable => o.raw_key(name).array(|a| {
            value.elements().for_each(|word| a.raw(word.raw()));
            a.null();
        }),
        b"minItems" | b"maxItems" | b"minLength" | b"maxLength" | b"minProperties"
        | b"maxProperties" => {
            // Whole numbers of 64 bits are written as strings.
            let digits = value
                .raw_text()
                .filter(|text| text.iter().all(u8::is_ascii_digit));
            o.raw_key(name).raw(
                digits
                    .filter(|text| !text.is_empty())
                    .unwrap_or(value.raw()),
            );
        }
        b"example" => o.key("examples").array(|a| a.raw(value.raw())),
        b"propertyOrdering" => o.key("propertyOrdering").raw(value.raw()),
        b"ref" => o.key("$ref").raw(value.raw()),
        _ => o.raw_key(key).raw(value.raw()),
    }
}

fn kind(value: Value<'_>, nullable: bool, o: &mut Writer<'_>) {
    let Some(word) = value.raw_text() else {
        return o.key("type").raw(value.raw());
    };
    if word == b"TYPE_UNSPECIFIED" {
        return;
    }
    let word = word.to_ascii_lowercase();
    o.key("type");
    if nullable {
        o.array(|a| {
            a.escaped(&word);
            a.string("null");
        });
    } else {
        o.escaped(&word);
    }
}
