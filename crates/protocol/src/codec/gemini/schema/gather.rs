//! What one schema says, references and `allOf` put together.

use std::borrow::Cow;

use crate::json::value::Value;

/// What a schema says, as far as the vendor's form can.
#[derive(Debug, Default)]
pub(super) struct Node<'s> {
    /// The types, without `null`.
    pub(super) types: Vec<&'s [u8]>,
    /// Whether `null` is allowed.
    pub(super) nullable: bool,
    /// Objects of properties.
    pub(super) properties: Vec<Value<'s>>,
    /// Names of properties that must be there.
    pub(super) required: Vec<Value<'s>>,
    /// The schema of elements.
    pub(super) items: Option<Value<'s>>,
    /// Schemas of which one must hold.
    pub(super) variants: Vec<Value<'s>>,
    /// Whether there were any, `null` included.
    pub(super) varied: bool,
    /// The words that are allowed.
    pub(super) words: Option<Vec<Value<'s>>>,
    /// Rules that are the same in both.
    pub(super) plain: Vec<(&'static str, Value<'s>)>,
    /// What has no like.
    pub(super) lost: Vec<Value<'s>>,
    /// References that lead nowhere or in circles.
    pub(super) dangling: Vec<Value<'s>>,
}

/// Rules that both forms have under the same name.
const PLAIN: &[&str] = &[
    "title",
    "description",
    "default",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "propertyOrdering",
];

/// Formats that the vendor takes.
const FORMATS: &[&[u8]] = &[
    b"date-time",
    b"enum",
    b"float",
    b"double",
    b"int32",
    b"int64",
];

impl<'s> Node<'s> {
    /// Takes over what a schema says. `path` has the targets of the references that led here.
    pub(super) fn gather(&mut self, schema: Value<'s>, root: Value<'s>, path: &mut Vec<usize>) {
        let mut reference = None;
        for (key, value) in schema.members().filter(|(_, value)| !value.is_null()) {
            match key.0 {
                b"$ref" => reference = Some(value),
                b"allOf" if value.is_array() => {
                    for part in value.elements() {
                        self.gather(part, root, path);
                    }
                }
                // Definitions are looked up where they are referred to.
                b"$defs" | b"definitions" if schema.span() == root.span() => {}
                b"$schema" | b"$comment" => {}
                name => self.rule(name, value),
            }
        }
        // What stands beside a reference comes before what it refers to.
        if let Some(reference) = reference {
            self.reference(reference, root, path);
        }
    }

    fn reference(&mut self, value: Value<'s>, root: Value<'s>, path: &mut Vec<usize>) {
        let target = value.text().and_then(|pointer| resolve(root, &pointer));
        match target.filter(|target| target.is_object() && !path.contains(&target.span().start)) {
            Some(target) => {
                path.push(target.span().start);
                self.gather(target, root, path);
            }
            None => self.dangling.push(value),
        }
    }

    fn rule(&mut self, name: &[u8], value: Value<'s>) {
        match name {
            b"type" => self.kind(value),
            b"nullable" if value.boolean().is_some() => self.nullable |= value.raw() == b"true",
            b"properties" if value.is_object() => self.properties.push(value),
            b"required" if value.is_array() => self.required.extend(value.elements()),
            b"items" if value.is_object() => self.items = Some(value),
            b"anyOf" | b"oneOf" if value.is_array() && !self.varied => {
                self.varied = true;
                let (null, others): (Vec<_>, Vec<_>) = value.elements().partition(is_null_type);
                self.nullable |= !null.is_empty();
                self.variants = others;
            }
            b"enum" if value.is_array() => self.words(value.elements(), value),
            b"const" => self.words(std::iter::once(value), value),
            b"format" => {
                let known = value
                    .raw_text()
                    .is_some_and(|format| FORMATS.contains(&format));
                self.keep("format", value, known);
            }
            b"examples" if value.is_array() => {
                if let Some(first) = value.elements().next() {
                    self.keep("example", first, true);
                }
            }
            b"example" => self.keep("example", value, true),
            _ => match PLAIN.iter().find(|plain| plain.as_bytes() == name) {
                Some(plain) => self.keep(plain, value, true),
                None => self.lost.push(value),
            },
        }
    }

    fn keep(&mut self, name: &'static str, value: Value<'s>, known: bool) {
        if !known {
            return self.lost.push(value);
        }
        if !self.plain.iter().any(|(kept, _)| *kept == name) {
            self.plain.push((name, value));
        }
    }

    fn kind(&mut self, value: Value<'s>) {
        let single = value.raw_text().map(|_| value);
        for word in value.elements().chain(single).filter_map(Value::raw_text) {
            if word.eq_ignore_ascii_case(b"null") {
                self.nullable = true;
            } else if !self.types.contains(&word) {
                self.types.push(word);
            }
        }
    }

    fn words(&mut self, words: impl Iterator<Item = Value<'s>>, whole: Value<'s>) {
        let words: Vec<Value<'s>> = words.collect();
        let null = words.iter().any(|word| word.is_null());
        if words
            .iter()
            .all(|word| word.is_null() || word.raw_text().is_some())
        {
            self.nullable |= null;
            self.words = Some(words.into_iter().filter(|word| !word.is_null()).collect());
        } else {
            // Only words can be listed; a list of numbers still tells that they are numbers.
            self.lost.push(whole);
            if self.types.is_empty() {
                self.types
                    .extend(words.first().and_then(|word| type_of(*word)));
            }
        }
    }

    /// The type, where it is not said.
    pub(super) fn inferred(&self) -> Option<&'static [u8]> {
        if !self.properties.is_empty() {
            Some(b"object")
        } else if self.items.is_some() {
            Some(b"array")
        } else if self.words.is_some() {
            Some(b"string")
        } else {
            None
        }
    }
}

fn is_null_type(schema: &Value<'_>) -> bool {
    let kind = schema.member("type").and_then(Value::raw_text);
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case(b"null"))
}

fn type_of(value: Value<'_>) -> Option<&'static [u8]> {
    Some(match value.raw().first()? {
        b't' | b'f' => b"boolean",
        b'[' => b"array",
        b'{' => b"object",
        b'"' => b"string",
        _ if value.raw().iter().any(|b| matches!(b, b'.' | b'e' | b'E')) => b"number",
        _ => b"integer",
    })
}

/// The value that a JSON pointer into the same schema refers to.
fn resolve<'s>(root: Value<'s>, pointer: &str) -> Option<Value<'s>> {
    let mut at = root;
    for step in pointer.strip_prefix('#')?.split('/').skip(1) {
        let name: Cow<'_, str> = if step.contains('~') {
            step.replace("~1", "/").replace("~0", "~").into()
        } else {
            step.into()
        };
        at = match at.member(&name) {
            Some(member) => member,
            None => at.elements().nth(name.parse().ok()?)?,
        };
    }
    Some(at)
}
