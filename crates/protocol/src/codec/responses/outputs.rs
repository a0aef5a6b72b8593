//! What calls gave, read.

use super::{content, items};
use crate::codec::read;
use crate::hub::{CallKind, Part, PartKind, Place, Placed, Text, ToolResult, opaque};
use crate::json::value::Value;

/// An item that holds the result of a call; `None` for any other item.
pub(super) fn result<'a>(item: Value<'a>, kind: &[u8]) -> Option<Part<'a>> {
    let (kind, output) = match kind {
        b"function_call_output" => (CallKind::Function, "output"),
        b"custom_tool_call_output" => (CallKind::Custom, "output"),
        b"local_shell_call_output" => (CallKind::LocalShell, "output"),
        b"shell_call_output" => (CallKind::Shell, "output"),
        b"apply_patch_call_output" => (CallKind::ApplyPatch, "output"),
        b"computer_call_output" => (CallKind::Computer, "output"),
        b"tool_search_output" if items::run_by_caller(item) => (CallKind::ToolSearch, "tools"),
        _ => return None,
    };
    let (mut id, mut item_id, mut name, mut namespace) = (None, None, None, None);
    let (mut found, mut failed) = (None, None);
    let mut part = content::blank(item);
    read::members(item, &mut part.extras, |key, value| match key.0 {
        b"type" => true,
        b"call_id" => read::text(&mut id, value),
        b"id" => read::text(&mut item_id, value),
        b"name" => read::text(&mut name, value),
        b"namespace" => read::text(&mut namespace, value),
        b"status" if value.raw_text() == Some(b"failed") && kind == CallKind::ApplyPatch => {
            failed = Some(Placed::new(value, true));
            true
        }
        b"status" => items::is_complete(value),
        b"execution" => kind == CallKind::ToolSearch,
        _ if key.is(output) => read::fill(&mut found, Some(value)),
        _ => false,
    });
    let (call_id, _) = opaque::untag_id(id.or_else(|| item_id.clone())?.value);
    part.kind = PartKind::ToolResult(Box::new(ToolResult {
        call_id,
        item_id,
        name,
        namespace,
        kind,
        content: found.map_or_else(Vec::new, |output| told(kind, output)),
        object: None,
        is_error: failed,
    }));
    Some(part)
}

/// What a result tells. Outputs in a form of their own are told as their JSON.
fn told(kind: CallKind, output: Value<'_>) -> Vec<Part<'_>> {
    match kind {
        CallKind::Computer => vec![content::part(output)],
        CallKind::Shell | CallKind::ToolSearch if output.raw_text().is_none() => {
            let json = String::from_utf8_lossy(output.raw());
            vec![Part::text(Place::of(output), Text::plain(json))]
        }
        _ if output.is_object() => vec![content::part(output)],
        _ => content::parts(output),
    }
}
