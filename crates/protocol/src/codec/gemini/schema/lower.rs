//! JSON Schema in the vendor's form.

use super::gather::Node;
use crate::hub::{Loss, Place, Placed, Raw, Reason};
use crate::json::value::Value;
use crate::json::writer::Writer;

/// The most schemas that one may unfold into: references multiply.
const MOST_NODES: usize = 4096;

/// The deepest nesting.
const DEEPEST: usize = 96;

/// Writes one schema in the vendor's form and reports what it cannot say.
pub(in crate::codec::gemini) struct Lowering<'s, 'l> {
    root: Value<'s>,
    /// Where the schema begins in the source; `None` when it is not a piece of it.
    base: Option<usize>,
    whole: Place,
    nodes: usize,
    depth: usize,
    /// Where the references led that are being unfolded.
    path: Vec<usize>,
    loss: &'l mut Loss,
}

impl<'s, 'l> Lowering<'s, 'l> {
    /// For a schema of a request with that source.
    pub(in crate::codec::gemini) fn new(
        source: &[u8],
        schema: &'s Placed<Raw<'_>>,
        loss: &'l mut Loss,
    ) -> Self {
        let bytes = schema.value.bytes();
        let base = schema.place.offset();
        let is_piece = |at: &usize| source.get(*at..at + bytes.len()) == Some(bytes);
        let root = schema.value.value();
        Self {
            root,
            base: base.filter(is_piece),
            whole: schema.place,
            nodes: 0,
            depth: 0,
            path: vec![root.span().start],
            loss,
        }
    }

    /// Writes it.
    pub(in crate::codec::gemini) fn write(mut self, json: &mut Writer<'_>) {
        let root = self.root;
        self.schema(root, false, json);
    }

    fn lose(&mut self, value: Value<'_>) {
        let place = match self.base {
            Some(base) => Place::at(base + value.span().start),
            None => self.whole,
        };
        self.loss.drop_at(place, Reason::NotInDialect);
    }

    fn schema(&mut self, schema: Value<'s>, nullable: bool, json: &mut Writer<'_>) {
        self.nodes += 1;
        let beyond = self.nodes > MOST_NODES || self.depth > DEEPEST;
        if beyond || !schema.is_object() {
            // `true` allows everything, and so does an empty schema.
            if beyond || schema.raw() != b"true" {
                self.lose(schema);
            }
            return json.object(|_| {});
        }
        let before = self.path.len();
        let mut node = Node {
            nullable,
            ..Node::default()
        };
        node.gather(schema, self.root, &mut self.path);
        for lost in std::mem::take(&mut node.lost) {
            self.lose(lost);
        }
        for dangling in std::mem::take(&mut node.dangling) {
            self.lose(dangling);
            if node.types.is_empty() && !node.varied {
                // What it refers to is nearly always an object.
                node.types.push(b"object");
            }
        }
        self.depth += 1;
        self.node(&node, json);
        self.depth -= 1;
        self.path.truncate(before);
    }

    fn node(&mut self, node: &Node<'s>, json: &mut Writer<'_>) {
        if let ([only], true) = (
            &node.variants[..],
            node.types.is_empty() && node.plain.is_empty(),
        ) {
            return self.schema(*only, node.nullable, json);
        }
        json.open(b'{');
        match &node.types[..] {
            [] => {
                if let Some(kind) = node.inferred() {
                    json.key("type").escaped(&kind.to_ascii_uppercase());
                } else if node.nullable && node.variants.is_empty() {
                    json.key("type").string("NULL");
                }
            }
            [kind] => json.key("type").escaped(&kind.to_ascii_uppercase()),
            _ => {}
        }
        if node.nullable
            && (!node.types.is_empty() || !node.variants.is_empty() || node.inferred().is_some())
        {
            json.key("nullable").boolean(true);
        }
        for (name, value) in &node.plain {
            json.key(name).raw(value.raw());
        }
        if let Some(words) = &node.words {
            json.key("enum")
                .array(|a| words.iter().for_each(|word| a.raw(word.raw())));
        }
        self.members(node, json);
        self.elements(node, json);
        self.variants(node, json);
        json.close(b'}');
    }

    fn members(&mut self, node: &Node<'s>, json: &mut Writer<'_>) {
        if !node.properties.is_empty() {
            json.key("properties").open(b'{');
            for (index, object) in node.properties.iter().enumerate() {
                for (key, schema) in object.members() {
                    let earlier = |object: &Value<'_>| object.members().any(|(k, _)| k.0 == key.0);
                    if node.properties[..index].iter().any(earlier) {
                        self.lose(schema);
                        continue;
                    }
                    json.raw_key(key.0);
                    self.schema(schema, false, json);
                }
            }
            json.close(b'}');
        }
        let mut names: Vec<&[u8]> = Vec::new();
        for name in &node.required {
            let text = name.raw_text().unwrap_or_default();
            let known = |object: &Value<'_>| object.members().any(|(key, _)| key.0 == text);
            if node.properties.iter().any(known) {
                if !names.contains(&text) {
                    names.push(text);
                }
            } else {
                // A name that no property has is refused.
                self.lose(*name);
            }
        }
        if !names.is_empty() {
            json.key("required")
                .array(|a| names.into_iter().for_each(|name| a.escaped(name)));
        }
    }

    fn elements(&mut self, node: &Node<'s>, json: &mut Writer<'_>) {
        if let Some(items) = node.items {
            json.key("items");
            self.schema(items, false, json);
        } else if node
            .types
            .iter()
            .any(|kind| kind.eq_ignore_ascii_case(b"array"))
        {
            // An array without it is refused.
            self.loss.assume("items", "{\"type\":\"STRING\"}");
            json.key("items").object(|o| o.key("type").string("STRING"));
        }
    }

    fn variants(&mut self, node: &Node<'s>, json: &mut Writer<'_>) {
        let several = node.types.len() > 1;
        if node.variants.is_empty() && !several {
            return;
        }
        json.key("anyOf").open(b'[');
        if node.variants.is_empty() {
            for kind in &node.types {
                json.object(|o| o.key("type").escaped(&kind.to_ascii_uppercase()));
            }
        }
        for variant in &node.variants {
            self.schema(*variant, false, json);
        }
        json.close(b']');
    }
}
