//! Tools and the choice among them, read.

use super::{DIALECT, items};
use crate::codec::read;
use crate::hub::{
    CallKind, Custom, Function, Grammar, Namespace, Place, Placed, Raw, ServerKind, ServerTool,
    Text, Tool, ToolChoice, ToolKind, ToolName,
};
use crate::json::value::Value;

/// Reads a list of tools; the members of namespaces one by one.
pub(super) fn tools<'a>(list: Value<'a>, into: &mut Vec<Tool<'a>>) {
    for value in list.elements() {
        if read::kind(value) == b"namespace" {
            namespace(value, into);
        } else {
            into.push(tool(value));
        }
    }
}

fn namespace<'a>(value: Value<'a>, into: &mut Vec<Tool<'a>>) {
    let (mut name, mut description, mut list) = (None, None, None);
    let mut extras = Vec::new();
    read::members(value, &mut extras, |key, value| match key.0 {
        b"type" => true,
        b"name" => read::text(&mut name, value),
        b"description" => read::text(&mut description, value),
        b"tools" if value.is_array() => read::fill(&mut list, Some(value)),
        _ => false,
    });
    let (Some(name), Some(list)) = (name, list) else {
        into.push(server(value, b"namespace"));
        return;
    };
    let space = Namespace {
        name: name.value,
        description,
    };
    let first = into.len();
    into.extend(list.elements().map(|inner| Tool {
        namespace: Some(space.clone()),
        ..tool(inner)
    }));
    match into.get_mut(first) {
        // What is said of the whole group goes with its first tool.
        Some(tool) => tool.extras.extend(extras),
        None => into.push(server(value, b"namespace")),
    }
}

fn tool(value: Value<'_>) -> Tool<'_> {
    let kind = read::kind(value);
    let run_by_caller = match kind {
        b"" | b"function" => return function(value),
        b"custom" => return custom(value),
        b"local_shell" => Some(CallKind::LocalShell),
        b"shell" if !runs_in_container(value) => Some(CallKind::Shell),
        b"apply_patch" => Some(CallKind::ApplyPatch),
        b"computer" | b"computer_use_preview" | b"computer_use" => Some(CallKind::Computer),
        b"tool_search" if is_by_client(value) => Some(CallKind::ToolSearch),
        _ => None,
    };
    let Some(kind) = run_by_caller else {
        return server(value, kind);
    };
    let fixed = ToolKind::Fixed {
        kind,
        raw: Raw::of(value),
    };
    Tool {
        name: Text::from(items::fixed_name(kind)),
        description: value.member("description").and_then(Placed::text),
        ..blank(value, fixed)
    }
}

fn is_by_client(value: Value<'_>) -> bool {
    value.member("execution").and_then(Value::raw_text) == Some(b"client")
}

/// Whether a shell runs at the upstream.
fn runs_in_container(value: Value<'_>) -> bool {
    let environment = value.member("environment").filter(|e| e.is_object());
    environment.is_some_and(|environment| read::kind(environment) != b"local")
}

fn blank<'a>(value: Value<'a>, kind: ToolKind<'a>) -> Tool<'a> {
    Tool {
        place: Place::of(value),
        namespace: None,
        name: Text::default(),
        description: None,
        kind,
        cache: None,
        extras: Vec::new(),
    }
}

fn name<'a>(slot: &mut Text<'a>, value: Value<'a>) -> bool {
    let found = Text::of(value);
    let taken = found.is_some();
    *slot = found.unwrap_or_default();
    taken
}

fn function(value: Value<'_>) -> Tool<'_> {
    let mut function = Function::default();
    let mut tool = blank(value, ToolKind::Function(Function::default()));
    read::members(value, &mut tool.extras, |key, value| match key.0 {
        b"type" => true,
        b"name" => name(&mut tool.name, value),
        b"description" => read::text(&mut tool.description, value),
        b"parameters" => read::object(&mut function.schema, value),
        b"strict" => read::boolean(&mut function.strict, value),
        b"output_schema" => read::object(&mut function.response, value),
        _ => false,
    });
    tool.kind = ToolKind::Function(function);
    tool
}

fn custom(value: Value<'_>) -> Tool<'_> {
    let mut grammar = None;
    let mut tool = blank(value, ToolKind::Custom(Custom::default()));
    read::members(value, &mut tool.extras, |key, value| match key.0 {
        b"type" => true,
        b"name" => name(&mut tool.name, value),
        b"description" => read::text(&mut tool.description, value),
        b"format" if read::kind(value) == b"text" => true,
        b"format" => read::fill(&mut grammar, form(value)),
        _ => false,
    });
    tool.kind = ToolKind::Custom(Custom { grammar });
    tool
}

fn form(value: Value<'_>) -> Option<Grammar<'_>> {
    Some(Grammar {
        place: Place::of(value),
        syntax: Text::of(value.member("syntax")?)?,
        definition: Text::of(value.member("definition")?)?,
    })
}

/// A tool that the upstream runs.
fn server<'a>(value: Value<'a>, kind: &[u8]) -> Tool<'a> {
    let mut server = ServerTool::new(server_kind(kind), DIALECT, Raw::of(value));
    if server.kind == ServerKind::WebSearch {
        let given = |value: Option<Value<'a>>| value.filter(|v| !v.is_null()).map(Placed::raw);
        let filters = value.member("filters");
        let domains = |name| filters.and_then(|filters| filters.member(name));
        server.allowed_domains = given(domains("allowed_domains"));
        server.blocked_domains = given(domains("blocked_domains"));
        server.location = given(value.member("user_location"));
    }
    blank(value, ToolKind::Server(server))
}

/// What a server tool does, by its type.
fn server_kind(kind: &[u8]) -> ServerKind {
    match kind {
        _ if kind.starts_with(b"web_search") => ServerKind::WebSearch,
        b"file_search" => ServerKind::FileSearch,
        b"code_interpreter" => ServerKind::CodeExecution,
        b"image_generation" => ServerKind::ImageGeneration,
        b"tool_search" => ServerKind::ToolSearch,
        b"mcp" => ServerKind::Mcp,
        _ => ServerKind::Other,
    }
}

/// Reads a tool choice; `None` for what is no choice at all.
pub(super) fn choice(value: Value<'_>) -> Option<Placed<ToolChoice<'_>>> {
    let choice = match value.raw_text() {
        Some(b"auto") => ToolChoice::Auto,
        Some(b"none") => ToolChoice::None,
        Some(b"required") => ToolChoice::Required,
        Some(_) => return None,
        None if value.is_object() => object_choice(value),
        None => return None,
    };
    Some(Placed::new(value, choice))
}

fn object_choice(value: Value<'_>) -> ToolChoice<'_> {
    let kind = read::kind(value);
    if kind == b"allowed_tools" {
        return allowed(value).unwrap_or(ToolChoice::Other(Raw::of(value)));
    }
    if let Some(name) = named(value) {
        return ToolChoice::Named(name);
    }
    let raw = Raw::of(value);
    match server_kind(kind) {
        ServerKind::Other => ToolChoice::Other(raw),
        kind => ToolChoice::Server { kind, raw },
    }
}

fn allowed(value: Value<'_>) -> Option<ToolChoice<'_>> {
    let list = value.member("tools").filter(|list| list.is_array())?;
    let tools: Option<Vec<_>> = list.elements().map(named).collect();
    Some(ToolChoice::Allowed {
        required: value.member("mode")?.raw_text()? == b"required",
        tools: tools?,
    })
}

/// A tool of the caller that is named.
fn named(value: Value<'_>) -> Option<ToolName<'_>> {
    let kind = match read::kind(value) {
        b"function" => CallKind::Function,
        b"custom" => CallKind::Custom,
        b"local_shell" => CallKind::LocalShell,
        b"shell" => CallKind::Shell,
        b"apply_patch" => CallKind::ApplyPatch,
        b"computer" | b"computer_use_preview" | b"computer_use" => CallKind::Computer,
        _ => return None,
    };
    let name = value.member("name").and_then(Text::of);
    let fixed = items::fixed_name(kind);
    Some(ToolName {
        place: read::place_of(value, "name"),
        kind,
        namespace: value.member("namespace").and_then(Text::of),
        name: match name {
            Some(name) => name,
            None if fixed.is_empty() => return None,
            None => Text::from(fixed),
        },
    })
}
