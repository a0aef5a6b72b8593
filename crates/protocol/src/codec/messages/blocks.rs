//! Content blocks, read.

use super::DIALECT;
use crate::codec::read;
use crate::hub::{
    Arguments, CallKind, Citation, Citations, Extra, File, Foreign, Image, Opaque, OpaqueKind,
    Part, PartKind, Place, Placed, Raw, Reasoning, ServerItem, ServerKind, ServerStage, Source,
    Text, TextPart, ToolCall, ToolResult, opaque,
};
use crate::json::value::Value;

/// The parts of a `content` or `system`: a string, or blocks.
pub(super) fn parts(content: Value<'_>) -> Vec<Part<'_>> {
    match Text::of(content) {
        Some(text) => vec![Part::text(Place::of(content), text)],
        None => content
            .elements()
            .map(|block| part(block, From::Caller))
            .collect(),
    }
}

/// Who wrote a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    /// A caller, whose ids and signatures may be envelopes of ours.
    Caller,
    /// The upstream: its ids and signatures are its own, whatever they hold.
    Upstream,
}

/// One block.
pub(super) fn part(block: Value<'_>, from: From) -> Part<'_> {
    let place = Place::of(block);
    let known = match read::kind(block) {
        b"text" => text(block),
        b"image" => image(block),
        b"document" => document(block),
        b"tool_use" => tool_use(block, from),
        b"tool_result" => tool_result(block),
        b"thinking" => Some(thinking(block, from)),
        b"redacted_thinking" => redacted(block, from),
        kind => server(block, kind),
    };
    known.unwrap_or_else(|| {
        let raw = Raw::of(block);
        let dialect = DIALECT;
        Part::new(place, PartKind::Foreign(Foreign { dialect, raw }))
    })
}

fn text(block: Value<'_>) -> Option<Part<'_>> {
    let mut text = None;
    let mut citations = None;
    let mut part = Part::new(Place::of(block), PartKind::Text(TextPart::default()));
    read::members(block, &mut part.extras, |key, value| match key.0 {
        b"type" => true,
        b"text" => read::text(&mut text, value),
        b"citations" if value.is_array() => {
            citations = Some(Citations {
                place: Place::of(value),
                dialect: DIALECT,
                items: value.elements().map(citation).collect(),
            });
            true
        }
        b"cache_control" => read::cache(&mut part.cache, value),
        _ => false,
    });
    let text = text?.value;
    // An attribution line of a client is no part of the prompt for anybody but Anthropic.
    if text.starts_with("x-anthropic-billing-header:") {
        return None;
    }
    part.kind = PartKind::Text(TextPart {
        text,
        citations,
        state: None,
    });
    Some(part)
}

/// A reference of a text.
pub(super) fn citation(value: Value<'_>) -> Citation<'_> {
    let member = |name| value.member(name).and_then(Text::of);
    Citation {
        place: Place::of(value),
        url: member("url"),
        title: member("title").or_else(|| member("document_title")),
        cited: member("cited_text"),
        range: None,
        raw: Raw::of(value),
    }
}

fn image(block: Value<'_>) -> Option<Part<'_>> {
    let mut found = None;
    let mut part = Part::new(Place::of(block), PartKind::Text(TextPart::default()));
    read::members(block, &mut part.extras, |key, value| match key.0 {
        b"type" => true,
        b"source" => read::fill(&mut found, source(value)),
        b"cache_control" => read::cache(&mut part.cache, value),
        _ => false,
    });
    part.kind = PartKind::Image(Image {
        source: found?,
        detail: None,
    });
    Some(part)
}

fn document(block: Value<'_>) -> Option<Part<'_>> {
    let mut found = None;
    let (mut name, mut context, mut citations) = (None, None, None);
    let mut part = Part::new(Place::of(block), PartKind::Text(TextPart::default()));
    read::members(block, &mut part.extras, |key, value| match key.0 {
        b"type" => true,
        b"source" => read::fill(&mut found, source(value)),
        b"title" => read::text(&mut name, value),
        b"context" => read::text(&mut context, value),
        b"citations" => read::object(&mut citations, value),
        b"cache_control" => read::cache(&mut part.cache, value),
        _ => false,
    });
    part.kind = PartKind::File(File {
        source: found?,
        name,
        context,
        citations,
    });
    Some(part)
}

/// Where the content of an image or document comes from. `None`: in a way that has no name here.
fn source(source: Value<'_>) -> Option<Source<'_>> {
    let member = |name| source.member(name).and_then(Text::of);
    Some(match read::kind(source) {
        b"base64" => Source::Base64 {
            media_type: member("media_type"),
            data: member("data")?,
        },
        b"url" => Source::Url(member("url")?),
        b"text" => Source::Text(member("data")?),
        b"file" => Source::FileId(member("file_id")?),
        b"content" => Source::Parts(parts(source.member("content")?)),
        _ => return None,
    })
}

fn tool_use(block: Value<'_>, from: From) -> Option<Part<'_>> {
    let (mut id, mut name, mut input) = (None, None, None);
    let mut part = Part::new(Place::of(block), PartKind::Text(TextPart::default()));
    read::members(block, &mut part.extras, |key, value| match key.0 {
        b"type" => true,
        b"id" => read::text(&mut id, value),
        b"name" => read::text(&mut name, value),
        b"input" => read::object(&mut input, value),
        b"cache_control" => read::cache(&mut part.cache, value),
        _ => false,
    });
    let (id, state) = match from {
        From::Caller => opaque::untag_id(id?.value),
        From::Upstream => (id?.value, None),
    };
    part.kind = PartKind::ToolCall(Box::new(ToolCall {
        id,
        item_id: None,
        namespace: None,
        name: name?.value,
        kind: CallKind::Function,
        arguments: Arguments::Object(input.map_or(Raw::literal("{}"), |input| input.value)),
        state,
    }));
    Some(part)
}

fn tool_result(block: Value<'_>) -> Option<Part<'_>> {
    let (mut id, mut is_error) = (None, None);
    let mut content = Vec::new();
    let mut part = Part::new(Place::of(block), PartKind::Text(TextPart::default()));
    read::members(block, &mut part.extras, |key, value| match key.0 {
        b"type" => true,
        b"tool_use_id" => read::text(&mut id, value),
        b"content" => {
            content = parts(value);
            true
        }
        b"is_error" => read::boolean(&mut is_error, value),
        b"cache_control" => read::cache(&mut part.cache, value),
        _ => false,
    });
    let (id, _) = opaque::untag_id(id?.value);
    part.kind = PartKind::ToolResult(Box::new(ToolResult {
        is_error,
        ..ToolResult::new(id, content)
    }));
    Some(part)
}

fn thinking(block: Value<'_>, from: From) -> Part<'_> {
    let (mut text, mut signature) = (None, None);
    let mut part = Part::new(Place::of(block), PartKind::Text(TextPart::default()));
    read::members(block, &mut part.extras, |key, value| match key.0 {
        b"type" => true,
        b"thinking" => read::text(&mut text, value),
        b"signature" => read::text(&mut signature, value),
        b"cache_control" => read::cache(&mut part.cache, value),
        _ => false,
    });
    let mut state = signature
        .filter(|signature| !signature.is_empty())
        .map(|field| state(from, OpaqueKind::Signature, field.value));
    let hidden = state.take_if(|state| state.kind == OpaqueKind::Hidden);
    part.kind = PartKind::Reasoning(Reasoning {
        text: text
            .into_iter()
            .map(|text: Placed<Text<'_>>| text.value)
            .chain(hidden.map(|hidden| hidden.data))
            .filter(|text| !text.is_empty())
            .collect(),
        summary: Vec::new(),
        state,
    });
    part
}

fn redacted(block: Value<'_>, from: From) -> Option<Part<'_>> {
    let mut data = None;
    let mut extras: Vec<Extra<'_>> = Vec::new();
    read::members(block, &mut extras, |key, value| match key.0 {
        b"type" => true,
        b"data" => read::text(&mut data, value),
        _ => false,
    });
    let state = state(from, OpaqueKind::Encrypted, data?.value);
    Some(Part {
        extras,
        ..Part::new(Place::of(block), PartKind::Redacted(state))
    })
}

fn state(from: From, kind: OpaqueKind, field: Text<'_>) -> Opaque<'_> {
    match from {
        From::Caller => Opaque::returned(DIALECT, kind, field),
        From::Upstream => Opaque::issued(DIALECT, kind, field),
    }
}

/// A block of a tool that the upstream runs.
fn server<'a>(block: Value<'a>, kind: &[u8]) -> Option<Part<'a>> {
    let call = matches!(kind, b"server_tool_use" | b"mcp_tool_use");
    if !call && !kind.ends_with(b"_tool_result") {
        return None;
    }
    let member = |name| block.member(name).and_then(Text::of);
    let id = if call {
        member("id")
    } else {
        member("tool_use_id")
    };
    let name = if call {
        block
            .member("name")
            .and_then(Value::raw_text)
            .unwrap_or_default()
    } else {
        kind
    };
    let kind = if kind.starts_with(b"mcp_") {
        ServerKind::Mcp
    } else {
        server_kind(name)
    };
    let item = ServerItem {
        kind,
        dialect: DIALECT,
        id,
        stage: if call {
            ServerStage::Call
        } else {
            ServerStage::Result
        },
        raw: Raw::of(block),
    };
    Some(Part::new(Place::of(block), PartKind::Server(item)))
}

/// What a server tool does, by the name or type of it or its blocks.
pub(super) fn server_kind(name: &[u8]) -> ServerKind {
    let begins = |prefix: &[u8]| name.starts_with(prefix);
    if begins(b"web_search") {
        ServerKind::WebSearch
    } else if begins(b"web_fetch") {
        ServerKind::WebFetch
    } else if begins(b"code_execution") || begins(b"bash_code") || begins(b"text_editor_code") {
        ServerKind::CodeExecution
    } else if begins(b"tool_search") {
        ServerKind::ToolSearch
    } else if begins(b"mcp") {
        ServerKind::Mcp
    } else {
        ServerKind::Other
    }
}
