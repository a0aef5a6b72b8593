//! What texts refer to: `groundingMetadata`.

use super::DIALECT;
use super::names::member;
use crate::hub::{Citation, Citations, Place, Raw, Text};
use crate::json::value::Value;
use crate::json::writer::Writer;

/// The references in a `groundingMetadata`. `text` is what they are about.
pub(super) fn read<'a>(metadata: Value<'a>, text: &str) -> Vec<Citation<'a>> {
    let chunks: Vec<Value<'a>> = member(metadata, "groundingChunks")
        .into_iter()
        .flat_map(Value::elements)
        .collect();
    let supports = member(metadata, "groundingSupports");
    let mut found = Vec::new();
    for support in supports.into_iter().flat_map(Value::elements) {
        let indexes = member(support, "groundingChunkIndices");
        for index in indexes.into_iter().flat_map(Value::elements) {
            let index = index
                .integer()
                .and_then(|index| usize::try_from(index).ok());
            if let Some(chunk) = index.and_then(|index| chunks.get(index)) {
                found.push(citation(*chunk, member(support, "segment"), text));
            }
        }
    }
    if found.is_empty() {
        found.extend(chunks.iter().map(|chunk| citation(*chunk, None, text)));
    }
    found
}

fn citation<'a>(chunk: Value<'a>, segment: Option<Value<'a>>, text: &str) -> Citation<'a> {
    let page = member(chunk, "web").or_else(|| member(chunk, "retrievedContext"));
    let words = |name| page.and_then(|page| member(page, name)).and_then(Text::of);
    let offset = |name| {
        segment
            .and_then(|segment| member(segment, name))
            .and_then(Value::integer)
    };
    // Offsets are in bytes; the first one is left out where it is zero.
    let characters = |bytes: u64| {
        let before = usize::try_from(bytes)
            .ok()
            .and_then(|bytes| text.get(..bytes))?;
        u64::try_from(before.chars().count()).ok()
    };
    let range = offset("endIndex").and_then(|end| {
        let start = characters(offset("startIndex").unwrap_or(0))?;
        Some((start, characters(end)?))
    });
    Citation {
        place: Place::of(chunk),
        url: words("uri"),
        title: words("title"),
        cited: segment
            .and_then(|segment| member(segment, "text"))
            .and_then(Text::of),
        range,
        raw: Raw::of(chunk),
    }
}

/// The references of a text.
pub(super) fn citations<'a>(metadata: Value<'a>, text: &str) -> Option<Citations<'a>> {
    let items = read(metadata, text);
    (!items.is_empty()).then_some(Citations {
        place: Place::of(metadata),
        dialect: DIALECT,
        items,
    })
}

/// A reference and the text, so far, that it is about.
#[derive(Debug)]
pub(super) struct Reference {
    url: String,
    title: Option<String>,
    cited: Option<String>,
    /// In bytes of the text.
    range: Option<(usize, usize)>,
}

impl Reference {
    /// The reference, if it leads to a page.
    pub(super) fn of(citation: &Citation<'_>, text: &str) -> Option<Self> {
        let bytes = |characters: u64| {
            let characters = usize::try_from(characters).ok()?;
            let mut starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            starts.nth(characters)
        };
        let words = |text: &Option<Text<'_>>| text.as_ref().map(|text| text.resolve().into_owned());
        let range = citation
            .range
            .and_then(|(from, to)| Some((bytes(from)?, bytes(to)?)));
        let within = range
            .and_then(|(from, to)| text.get(from..to))
            .map(str::to_owned);
        Some(Self {
            url: words(&citation.url)?,
            title: words(&citation.title),
            cited: within.or_else(|| words(&citation.cited)),
            range,
        })
    }
}

/// Writes references as `groundingMetadata`.
pub(super) fn write(references: &[Reference], o: &mut Writer<'_>) {
    if references.is_empty() {
        return;
    }
    let mut pages: Vec<&Reference> = Vec::new();
    for reference in references {
        if !pages.iter().any(|page| page.url == reference.url) {
            pages.push(reference);
        }
    }
    o.key("groundingMetadata").object(|o| {
        o.key("groundingChunks").array(|a| {
            for page in &pages {
                a.object(|o| {
                    o.key("web").object(|o| {
                        o.key("uri").string(&page.url);
                        if let Some(title) = &page.title {
                            o.key("title").string(title);
                        }
                    });
                });
            }
        });
        o.key("groundingSupports").array(|a| {
            for reference in references {
                let index = pages
                    .iter()
                    .position(|page| page.url == reference.url)
                    .unwrap_or(0);
                support(reference, index, a);
            }
        });
    });
}

fn support(reference: &Reference, index: usize, a: &mut Writer<'_>) {
    let number = |at: usize| u64::try_from(at).unwrap_or(u64::MAX);
    a.object(|o| {
        o.key("segment").object(|o| {
            if let Some((from, to)) = reference.range {
                o.key("startIndex").number(number(from));
                o.key("endIndex").number(number(to));
            }
            if let Some(cited) = &reference.cited {
                o.key("text").string(cited);
            }
        });
        o.key("groundingChunkIndices")
            .array(|a| a.number(number(index)));
    });
}
