//! Items of input and output, read.

use super::{DIALECT, content, outputs};
use crate::codec::read;
use crate::hub::{
    Arguments, CallKind, Opaque, OpaqueKind, Part, PartKind, Place, Placed, Raw, Reasoning, Role,
    ServerItem, ServerKind, ServerStage, Text, ToolCall, Turn, opaque,
};
use crate::json::value::Value;

/// One item.
pub(super) fn turn(item: Value<'_>) -> Turn<'_> {
    if item.raw_text().is_some() {
        let parts = content::parts(item);
        return Turn::new(Place::of(item), Role::User).with(parts);
    }
    let kind = read::kind(item);
    let known = match kind {
        b"" | b"message" if item.member("content").is_some() => return message(item),
        b"additional_tools" => return additional_tools(item),
        b"reasoning" => return reasoning(item),
        b"function_call" => call(item, CallKind::Function, "arguments"),
        b"custom_tool_call" => call(item, CallKind::Custom, "input"),
        b"local_shell_call" => call(item, CallKind::LocalShell, "action"),
        b"shell_call" => call(item, CallKind::Shell, "action"),
        b"apply_patch_call" => call(item, CallKind::ApplyPatch, "operation"),
        b"computer_call" => call(item, CallKind::Computer, "action"),
        b"tool_search_call" if run_by_caller(item) => call(item, CallKind::ToolSearch, "arguments"),
        _ => None,
    };
    if let Some(part) = known {
        return Turn::new(Place::of(item), Role::Assistant).with(vec![part]);
    }
    if let Some(part) = outputs::result(item, kind) {
        return Turn::new(Place::of(item), Role::Tool).with(vec![part]);
    }
    let role = match kind {
        b"mcp_approval_response" | b"compaction_trigger" => Role::User,
        _ => Role::Assistant,
    };
    let part = server(item, kind).unwrap_or_else(|| content::foreign(item));
    Turn::new(Place::of(item), role).with(vec![part])
}

/// Whether a tool search is left to the caller.
pub(super) fn run_by_caller(item: Value<'_>) -> bool {
    let execution = item.member("execution").and_then(Value::raw_text);
    execution == Some(b"client") && item.member("call_id").is_some_and(|id| !id.is_null())
}

fn message(item: Value<'_>) -> Turn<'_> {
    let role = match item.member("role").and_then(Value::raw_text) {
        Some(b"user") => Role::User,
        Some(b"assistant") => Role::Assistant,
        Some(b"system") => Role::System,
        Some(b"developer") => Role::Developer,
        // Roles that the published description lists and nobody explains.
        _ => return Turn::new(Place::of(item), Role::User).with(vec![content::foreign(item)]),
    };
    let mut turn = Turn::new(Place::of(item), role);
    let mut extras = Vec::new();
    read::members(item, &mut extras, |key, value| match key.0 {
        b"type" | b"role" => true,
        b"content" if value.is_array() || value.raw_text().is_some() => {
            turn.parts = content::parts(value);
            true
        }
        b"id" => read::text(&mut turn.id, value),
        b"phase" => read::text(&mut turn.phase, value),
        b"name" => read::text(&mut turn.name, value),
        b"status" => is_complete(value),
        _ => false,
    });
    turn.extras = extras;
    turn
}

/// Whether a status says what goes without saying of an item of the past.
pub(super) fn is_complete(status: Value<'_>) -> bool {
    status.raw_text() == Some(b"completed")
}

/// An item that brings tools: a turn without parts, which says nothing. The tools stand among those
/// of the request.
fn additional_tools(item: Value<'_>) -> Turn<'_> {
    let mut turn = Turn::new(Place::of(item), Role::Developer);
    let mut extras = Vec::new();
    read::members(item, &mut extras, |key, value| match key.0 {
        b"type" | b"role" => true,
        b"tools" => value.is_array(),
        b"id" => read::text(&mut turn.id, value),
        _ => false,
    });
    turn.extras = extras;
    turn
}

fn reasoning(item: Value<'_>) -> Turn<'_> {
    let mut turn = Turn::new(Place::of(item), Role::Assistant);
    let mut part = content::blank(item);
    let mut found = Reasoning::default();
    let mut sealed = None;
    read::members(item, &mut part.extras, |key, value| match key.0 {
        b"type" => true,
        b"id" => read::text(&mut turn.id, value),
        b"summary" => blocks(&mut found.summary, value),
        b"content" => blocks(&mut found.text, value),
        b"encrypted_content" => read::text(&mut sealed, value),
        b"status" => is_complete(value),
        _ => false,
    });
    if let Some(made) = turn.id.take_if(|id| id.starts_with(super::MADE_REASONING)) {
        // No upstream knows it, so that nothing is lost with it.
        drop(made);
    }
    found.state = sealed.map(|field| state(field.value, turn.id.as_ref()));
    part.kind = PartKind::Reasoning(found);
    turn.with(vec![part])
}

/// The encrypted content of a reasoning item, which belongs to the id of the item.
pub(super) fn state<'a>(field: Text<'a>, id: Option<&Placed<Text<'a>>>) -> Opaque<'a> {
    let mut state = Opaque::returned(DIALECT, OpaqueKind::Encrypted, field);
    if state.id.is_none() && state.issuer == DIALECT {
        state.id = id.map(|id| id.value.clone());
    }
    state
}

/// The texts of a summary, or of the content of reasoning.
fn blocks<'a>(slot: &mut Vec<Text<'a>>, value: Value<'a>) -> bool {
    let text = |block: Value<'a>| block.member("text").and_then(Text::of);
    let all: Option<Vec<_>> = value.elements().map(text).collect();
    match all {
        Some(all) if value.is_array() => {
            *slot = all;
            true
        }
        _ => false,
    }
}

/// The name of a tool of a fixed form.
pub(super) const fn fixed_name(kind: CallKind) -> &'static str {
    match kind {
        CallKind::LocalShell => "local_shell",
        CallKind::Shell => "shell",
        CallKind::ApplyPatch => "apply_patch",
        CallKind::ToolSearch => "tool_search",
        CallKind::Computer => "computer",
        CallKind::Function | CallKind::Custom => "",
    }
}

fn call<'a>(item: Value<'a>, kind: CallKind, input: &'static str) -> Option<Part<'a>> {
    let (mut id, mut item_id, mut name, mut namespace) = (None, None, None, None);
    let mut arguments = None;
    let mut part = content::blank(item);
    read::members(item, &mut part.extras, |key, value| match key.0 {
        b"type" => true,
        b"call_id" => read::text(&mut id, value),
        b"id" => read::text(&mut item_id, value),
        b"name" => read::text(&mut name, value),
        b"namespace" => read::text(&mut namespace, value),
        b"status" => is_complete(value),
        b"execution" => kind == CallKind::ToolSearch,
        _ if key.is(input) => read::fill(&mut arguments, read_arguments(kind, value)),
        _ => false,
    });
    // Local servers leave out the id that only a later turn needs.
    let (id, state) = match id.or_else(|| item_id.clone()) {
        Some(id) => opaque::untag_id(id.value),
        None => (Text::default(), None),
    };
    let fixed = Text::from(fixed_name(kind));
    part.kind = PartKind::ToolCall(Box::new(ToolCall {
        id,
        item_id,
        namespace: namespace
            .map(|space| space.value)
            .filter(|space| !space.is_empty()),
        name: match name {
            Some(name) => name.value,
            None if fixed.is_empty() => return None,
            None => fixed,
        },
        kind,
        arguments: arguments?,
        state,
    }));
    Some(part)
}

fn read_arguments(kind: CallKind, value: Value<'_>) -> Option<Arguments<'_>> {
    match (kind, Text::of(value)) {
        (CallKind::Custom, Some(text)) => Some(Arguments::Free(text)),
        (_, Some(text)) => Some(Arguments::Encoded(text)),
        (_, None) => value.is_object().then(|| Arguments::Object(Raw::of(value))),
    }
}

/// An item of a tool that the upstream runs.
fn server<'a>(item: Value<'a>, kind: &[u8]) -> Option<Part<'a>> {
    let (does, stage) = match kind {
        b"web_search_call" => (ServerKind::WebSearch, ServerStage::Both),
        b"file_search_call" => (ServerKind::FileSearch, ServerStage::Both),
        b"code_interpreter_call" => (ServerKind::CodeExecution, ServerStage::Both),
        b"image_generation_call" => (ServerKind::ImageGeneration, ServerStage::Both),
        b"mcp_call" => (ServerKind::Mcp, ServerStage::Both),
        b"mcp_list_tools" => (ServerKind::Mcp, ServerStage::Result),
        b"mcp_approval_request" => (ServerKind::Mcp, ServerStage::Call),
        b"tool_search_call" => (ServerKind::ToolSearch, ServerStage::Call),
        b"tool_search_output" => (ServerKind::ToolSearch, ServerStage::Result),
        _ => return None,
    };
    let item_of = ServerItem {
        kind: does,
        dialect: DIALECT,
        id: item.member("id").and_then(Text::of),
        stage,
        raw: Raw::of(item),
    };
    Some(Part::new(Place::of(item), PartKind::Server(item_of)))
}
