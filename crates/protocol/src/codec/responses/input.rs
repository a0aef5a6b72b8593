//! What items bring besides what they say.

use super::items;
use crate::codec::read;
use crate::hub::{Place, Request};
use crate::json::value::Value;

/// The tools that an item of the input brings.
pub(super) fn brought_tools(item: Value<'_>) -> Option<Value<'_>> {
    let brings = match read::kind(item) {
        b"additional_tools" => true,
        // Tools that the caller found: they may be called from here on.
        b"tool_search_output" => items::run_by_caller(item),
        _ => false,
    };
    item.member("tools")
        .filter(|tools| brings && tools.is_array())
}

/// Where the items of a request stand in its source: tools from there are brought by items.
pub(super) fn span(request: &Request<'_>) -> std::ops::Range<usize> {
    let root = Value::of_document(request.source);
    root.member("input").map_or(0..0, Value::span)
}

/// The value that stands at a place of a request.
pub(super) fn at<'a>(request: &Request<'a>, place: Place) -> Option<Value<'a>> {
    Some(Value::of(request.source.get(place.offset()?..)?))
}
