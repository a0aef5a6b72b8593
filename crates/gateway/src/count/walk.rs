//! What of a request is counted, piece by piece.
//!
//! Counted by their texts: system texts, messages, names, readable reasoning, refusals, tools with their schemas, calls,
//! results, the schema of the answer, and blocks of built-in tools as they stand. Not counted: settings, ids, and state
//! that only its issuer can read.

use aigw_protocol::hub::{
    Arguments, File, Format, Part, PartKind, Request, Source, Text, Tool, ToolCall, ToolKind,
    ToolResult,
};

use super::picture;

/// Around each message, and before the answer.
const MESSAGE: u64 = 3;
/// Around each tool, each call and each result.
const TOOL: u64 = 8;
/// A page of a document that is no text; vendors charge 1,500 to 3,000 tokens.
const PAGE: u64 = 2_000;
/// Bytes of a document for one page.
const PAGE_BYTES: usize = 64 * 1024;
/// A second of sound, by Google's rule.
const SOUND_SECOND: u64 = 32;
/// Bytes of sound for one second: compressed speech.
const SOUND_BYTES: usize = 16 * 1024;
/// A second of film, by Google's rule.
const FILM_SECOND: u64 = 263;
/// Bytes of film for one second.
const FILM_BYTES: usize = 256 * 1024;

/// Something to count.
pub(super) enum Piece<'p> {
    Text(&'p Text<'p>),
    /// JSON as it stands.
    Raw(&'p [u8]),
    /// So many tokens.
    Fixed(u64),
}

impl Piece<'_> {
    /// How long its text is, in bytes, about.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Text(text) => text.size(),
            Self::Raw(bytes) => bytes.len(),
            Self::Fixed(_) => 0,
        }
    }
}

type Count<'c> = dyn FnMut(Piece<'_>) + 'c;

/// Gives `count` every piece of the request, always in the same order.
pub(super) fn request(request: &Request<'_>, count: &mut Count<'_>) {
    count(Piece::Fixed(MESSAGE));
    for turn in &request.turns {
        count(Piece::Fixed(MESSAGE));
        if let Some(name) = &turn.name {
            count(Piece::Text(name));
        }
        parts(&turn.parts, count);
    }
    for offered in &request.tools {
        tool(offered, count);
    }
    match request.output.format.as_deref() {
        Some(Format::JsonSchema(schema)) => {
            if let Some(schema) = &schema.schema {
                count(Piece::Raw(schema.bytes()));
            }
        }
        Some(Format::Other(raw)) => count(Piece::Raw(raw.bytes())),
        Some(Format::Text | Format::JsonObject) | None => {}
    }
}

fn parts(parts: &[Part<'_>], count: &mut Count<'_>) {
    for it in parts {
        part(it, count);
    }
}

fn part(part: &Part<'_>, count: &mut Count<'_>) {
    match &part.kind {
        PartKind::Text(text) => count(Piece::Text(&text.text)),
        PartKind::Refusal(text) => count(Piece::Text(text)),
        PartKind::Image(image) => count(Piece::Fixed(picture::tokens(image))),
        PartKind::File(file) => document(file, count),
        PartKind::Audio(audio) => {
            count(Piece::Fixed(lasting(
                &audio.source,
                SOUND_BYTES,
                SOUND_SECOND,
            )));
        }
        PartKind::Video(film) => {
            count(Piece::Fixed(lasting(&film.source, FILM_BYTES, FILM_SECOND)));
        }
        PartKind::ToolCall(it) => call(it, count),
        PartKind::ToolResult(it) => result(it, count),
        PartKind::Server(item) => count(Piece::Raw(item.raw.bytes())),
        PartKind::Reasoning(reasoning) => {
            let shown = [&reasoning.text, &reasoning.summary];
            let shown = shown.into_iter().find(|blocks| !blocks.is_empty());
            for text in shown.into_iter().flatten() {
                count(Piece::Text(text));
            }
        }
        PartKind::Redacted(_) => {}
        PartKind::Foreign(foreign) => count(Piece::Raw(foreign.raw.bytes())),
    }
}

fn tool(tool: &Tool<'_>, count: &mut Count<'_>) {
    count(Piece::Fixed(TOOL));
    count(Piece::Text(&tool.name));
    if let Some(description) = &tool.description {
        count(Piece::Text(description));
    }
    match &tool.kind {
        ToolKind::Function(function) => {
            for schema in [&function.schema, &function.response].into_iter().flatten() {
                count(Piece::Raw(schema.bytes()));
            }
        }
        ToolKind::Custom(custom) => {
            if let Some(grammar) = &custom.grammar {
                count(Piece::Text(&grammar.definition));
            }
        }
        ToolKind::Fixed { raw, .. } => count(Piece::Raw(raw.bytes())),
        ToolKind::Server(server) => count(Piece::Raw(server.raw.bytes())),
    }
}

fn call(call: &ToolCall<'_>, count: &mut Count<'_>) {
    count(Piece::Fixed(TOOL));
    count(Piece::Text(&call.name));
    match &call.arguments {
        Arguments::Object(raw) => count(Piece::Raw(raw.bytes())),
        Arguments::Encoded(text) | Arguments::Free(text) => count(Piece::Text(text)),
    }
}

fn result(result: &ToolResult<'_>, count: &mut Count<'_>) {
    count(Piece::Fixed(TOOL));
    match &result.object {
        Some(object) => count(Piece::Raw(object.bytes())),
        None => parts(&result.content, count),
    }
}

fn document(file: &File<'_>, count: &mut Count<'_>) {
    for text in [&file.name, &file.context].into_iter().flatten() {
        count(Piece::Text(text));
    }
    match &file.source {
        Source::Text(text) => count(Piece::Text(text)),
        Source::Parts(content) => parts(content, count),
        source => count(Piece::Fixed(lasting(source, PAGE_BYTES, PAGE))),
    }
}

/// Content of which so many bytes count so many tokens, at least once; one unit where it is not here.
fn lasting(source: &Source<'_>, bytes: usize, tokens: u64) -> u64 {
    let units = match source {
        // Four characters of base64 are three bytes.
        Source::Base64 { data, .. } => (data.size() / 4 * 3).div_ceil(bytes).max(1),
        _ => 1,
    };
    tokens.saturating_mul(units as u64)
}
