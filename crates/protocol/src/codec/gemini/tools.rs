//! Tools and the choice among them, read.

use super::DIALECT;
use super::extras::MODE;
use super::names::{camel, member};
use super::schema::raised;
use crate::codec::read;
use crate::hub::{
    CallKind, Extra, Function, Place, Placed, Raw, Request, ServerKind, ServerTool, Text, Tool,
    ToolChoice, ToolKind, ToolName,
};
use crate::json::value::{Key, Value};
use crate::json::writer::Writer;

/// The tools that one element of `tools` declares.
pub(super) fn tools(value: Value<'_>) -> Vec<Tool<'_>> {
    let mut found = Vec::new();
    let single = value
        .members()
        .filter(|(_, value)| !value.is_null())
        .count()
        == 1;
    for (key, member) in value.members().filter(|(_, member)| !member.is_null()) {
        let name = camel(key);
        if *name == *b"functionDeclarations" && member.is_array() {
            found.extend(member.elements().map(function));
        } else {
            let raw = if single {
                Raw::of(value)
            } else {
                wrapped(key, member)
            };
            found.push(server(&name, member, raw));
        }
    }
    found
}

fn wrapped<'a>(key: Key<'a>, value: Value<'a>) -> Raw<'a> {
    let mut out = Vec::with_capacity(key.0.len() + value.raw().len() + 5);
    Writer::new(&mut out).object(|o| o.raw_key(key.0).raw(value.raw()));
    Raw::written(out)
}

fn plain(place: Place, kind: ToolKind<'_>) -> Tool<'_> {
    Tool {
        place,
        namespace: None,
        name: Text::default(),
        description: None,
        kind,
        cache: None,
        extras: Vec::new(),
    }
}

fn server<'a>(name: &[u8], value: Value<'a>, raw: Raw<'a>) -> Tool<'a> {
    let kind = match name {
        b"googleSearch" | b"googleSearchRetrieval" | b"enterpriseWebSearch" => {
            ServerKind::WebSearch
        }
        b"urlContext" => ServerKind::WebFetch,
        b"codeExecution" => ServerKind::CodeExecution,
        b"fileSearch" => ServerKind::FileSearch,
        b"googleMaps" => ServerKind::Maps,
        b"mcpServers" => ServerKind::Mcp,
        _ => ServerKind::Other,
    };
    let tool = ServerTool {
        blocked_domains: member(value, "excludeDomains").map(Placed::raw),
        ..ServerTool::new(kind, DIALECT, raw)
    };
    plain(Place::of(value), ToolKind::Server(tool))
}

fn function(value: Value<'_>) -> Tool<'_> {
    let mut tool = plain(Place::of(value), ToolKind::Function(Function::default()));
    let mut function = Function::default();
    read::members(value, &mut tool.extras, |key, value| match &*camel(key) {
        b"name" => {
            let name = Text::of(value);
            let taken = name.is_some();
            tool.name = name.unwrap_or_default();
            taken
        }
        b"description" => read::text(&mut tool.description, value),
        b"parameters" => schema(&mut function.schema, value),
        b"response" => schema(&mut function.response, value),
        b"parametersJsonSchema" => read::object(&mut function.schema, value),
        b"responseJsonSchema" => read::object(&mut function.response, value),
        _ => false,
    });
    tool.kind = ToolKind::Function(function);
    tool
}

/// Reads a schema in the vendor's own form.
pub(super) fn schema<'a>(slot: &mut Option<Placed<Raw<'a>>>, value: Value<'a>) -> bool {
    read::fill(
        slot,
        value.is_object().then(|| Placed::new(value, raised(value))),
    )
}

/// Reads `toolConfig`.
pub(super) fn choice<'a>(request: &mut Request<'a>, value: Value<'a>) -> bool {
    let mut extras = Vec::new();
    let mut config = None;
    read::members(value, &mut extras, |key, value| match &*camel(key) {
        b"functionCallingConfig" => read::fill(&mut config, value.is_object().then_some(value)),
        _ => false,
    });
    request.extras.append(&mut extras);
    let Some(config) = config else { return true };
    let (mut mode, mut names) = (None, Vec::new());
    read::members(config, &mut request.extras, |key, value| {
        match &*camel(key) {
            b"mode" => read::fill(&mut mode, value.raw_text().map(|name| (value, name))),
            b"allowedFunctionNames" => read::texts(&mut names, value),
            _ => false,
        }
    });
    let (place, word) = match mode {
        Some((value, word)) => (Place::of(value), word),
        None => (Place::of(config), &b"AUTO"[..]),
    };
    let upper = word.to_ascii_uppercase();
    if let (Some((value, _)), false) = (mode, matches!(&upper[..], b"AUTO" | b"ANY" | b"NONE")) {
        // That calls keep to their schemas has no name of its own.
        request.extras.push(Extra::new(Key(MODE.as_bytes()), value));
    }
    let value = chosen(&upper, names);
    request.tool_choice = Some(Placed { place, value });
    true
}

fn chosen<'a>(mode: &[u8], names: Vec<Placed<Text<'a>>>) -> ToolChoice<'a> {
    let required = mode == b"ANY";
    let mut tools: Vec<ToolName<'a>> = names
        .into_iter()
        .map(|name| ToolName {
            place: name.place,
            kind: CallKind::Function,
            namespace: None,
            name: name.value,
        })
        .collect();
    match (mode, tools.len()) {
        (b"NONE", _) => ToolChoice::None,
        (_, 1) if required => ToolChoice::Named(tools.remove(0)),
        (_, 1..) => ToolChoice::Allowed { required, tools },
        _ if required => ToolChoice::Required,
        _ => ToolChoice::Auto,
    }
}
