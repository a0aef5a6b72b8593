//! Tools and the choice among them.

use super::{DIALECT, blocks};
use crate::codec::{Capabilities, CodecError, Target, read};
use crate::hub::wrap::{Declared, call_wire_name, declare, tool_wire_name};
use crate::hub::{
    CallKind, Function, Loss, Place, Placed, Raw, Reason, Request, ServerKind, ServerTool, Text,
    Tool, ToolChoice, ToolKind, ToolName,
};
use crate::json::value::Value;
use crate::json::writer::Writer;

/// Reads a tool.
pub(super) fn tool(value: Value<'_>) -> Tool<'_> {
    let mut tool = Tool {
        place: Place::of(value),
        namespace: None,
        name: Text::default(),
        description: None,
        kind: ToolKind::Function(Function::default()),
        cache: None,
        extras: Vec::new(),
    };
    let kind = read::kind(value);
    if !matches!(kind, b"" | b"custom") {
        tool.name = value.member("name").and_then(Text::of).unwrap_or_default();
        tool.kind = built_in(value, kind);
        let cache = value.member("cache_control");
        tool.cache = cache.and_then(|c| Some(Placed::new(c, crate::hub::Cache::of(c)?)));
        return tool;
    }
    let mut function = Function::default();
    read::members(value, &mut tool.extras, |key, value| match key.0 {
        b"type" => true,
        b"name" => {
            let name = Text::of(value);
            let taken = name.is_some();
            tool.name = name.unwrap_or_default();
            taken
        }
        b"description" => read::text(&mut tool.description, value),
        b"input_schema" => read::object(&mut function.schema, value),
        b"strict" => read::boolean(&mut function.strict, value),
        b"cache_control" => read::cache(&mut tool.cache, value),
        _ => false,
    });
    tool.kind = ToolKind::Function(function);
    tool
}

fn built_in<'a>(value: Value<'a>, kind: &[u8]) -> ToolKind<'a> {
    let raw = Raw::of(value);
    let run_by_caller = |prefix: &&[u8]| kind.starts_with(prefix);
    if [&b"bash_"[..], b"text_editor_", b"memory_"]
        .iter()
        .any(run_by_caller)
    {
        return ToolKind::Fixed {
            kind: CallKind::Function,
            raw,
        };
    }
    if kind.starts_with(b"computer_") {
        return ToolKind::Fixed {
            kind: CallKind::Computer,
            raw,
        };
    }
    let member = |name| value.member(name).filter(|m| !m.is_null()).map(Placed::raw);
    ToolKind::Server(ServerTool {
        allowed_domains: member("allowed_domains"),
        blocked_domains: member("blocked_domains"),
        location: member("user_location"),
        max_uses: member("max_uses"),
        ..ServerTool::new(blocks::server_kind(kind), DIALECT, raw)
    })
}

/// Reads a tool choice, which also says whether several tools may be called at once.
pub(super) fn choice<'a>(request: &mut Request<'a>, value: Value<'a>) -> bool {
    if let Some(single) = value.member("disable_parallel_tool_use")
        && let Some(single_only) = single.boolean()
    {
        request.parallel_tool_calls = Some(Placed::new(single, !single_only));
    }
    let choice = match read::kind(value) {
        b"auto" => ToolChoice::Auto,
        b"any" => ToolChoice::Required,
        b"none" => ToolChoice::None,
        b"tool" => match value.member("name").and_then(Text::of) {
            Some(name) => named(value, name),
            None => return false,
        },
        _ => return false,
    };
    request.tool_choice = Some(Placed::new(value, choice));
    true
}

fn named<'a>(value: Value<'a>, name: Text<'a>) -> ToolChoice<'a> {
    ToolChoice::Named(ToolName {
        place: read::place_of(value, "name"),
        kind: CallKind::Function,
        namespace: None,
        name,
    })
}

/// Writes tools and choice.
pub(super) fn encode(
    request: &Request<'_>,
    target: &Target<'_>,
    json: &mut Writer<'_>,
    loss: &mut Loss,
) -> Result<(), CodecError> {
    let before = json.len();
    let mut offered = Vec::new();
    json.key("tools").open(b'[');
    for tool in &request.tools {
        if !is_allowed(request, tool) {
            loss.drop_at(tool.place, Reason::Overruled);
        } else if encode_tool(request, tool, target, json, loss) {
            offered.push(tool);
        }
    }
    json.close(b']');
    if offered.is_empty() {
        json.truncate(before);
    }
    encode_choice(request, &offered, json, loss)
}

/// A choice among some tools is made by offering no others.
fn is_allowed(request: &Request<'_>, tool: &Tool<'_>) -> bool {
    match request.tool_choice.as_ref().map(|choice| &choice.value) {
        Some(ToolChoice::Allowed { tools, .. }) => tools.iter().any(|name| is_named(name, tool)),
        _ => true,
    }
}

fn is_named(name: &ToolName<'_>, tool: &Tool<'_>) -> bool {
    name.name == tool.name
        && name.namespace.as_ref() == tool.namespace.as_ref().map(|space| &space.name)
}

fn encode_tool(
    request: &Request<'_>,
    tool: &Tool<'_>,
    target: &Target<'_>,
    json: &mut Writer<'_>,
    loss: &mut Loss,
) -> bool {
    let own = request.dialect == DIALECT;
    match &tool.kind {
        ToolKind::Fixed { raw, .. } if own => {
            json.raw(raw.bytes());
            return true;
        }
        ToolKind::Server(server)
            if server.dialect == DIALECT && target.can(Capabilities::SERVER_TOOLS) =>
        {
            json.raw(server.raw.bytes());
            return true;
        }
        ToolKind::Server(server)
            if server.kind == ServerKind::WebSearch && target.can(Capabilities::SERVER_TOOLS) =>
        {
            web_search(tool, (server, target), json, loss);
            return true;
        }
        _ => {}
    }
    let Some(declared) = declare(tool) else {
        loss.drop_at(tool.place, Reason::NoSuchServerTool);
        return false;
    };
    json.object(|o| {
        function(&declared, target, o);
        marker(tool, target, o, loss);
        o.own_extras(&tool.extras, own, loss);
    });
    let space = tool
        .namespace
        .as_ref()
        .and_then(|space| space.description.as_ref());
    loss.drop_value(
        space.filter(|words| !words.is_empty()),
        Reason::NotInDialect,
    );
    if declared.strict == Some(true) && !target.can(Capabilities::STRICT_TOOLS) {
        loss.drop_member(tool.place, "strict", Reason::NotSupported);
    }
    if let ToolKind::Function(f) = &tool.kind {
        loss.drop_value(f.response.as_ref(), Reason::NotInDialect);
    }
    true
}

fn function(declared: &Declared<'_>, target: &Target<'_>, o: &mut Writer<'_>) {
    o.key("name").string(&declared.name);
    if let Some(description) = &declared.description {
        o.key("description").text(description);
    }
    o.key("input_schema");
    schema(declared.schema.value(), o);
    if declared.strict == Some(true) && target.can(Capabilities::STRICT_TOOLS) {
        o.key("strict").boolean(true);
    }
}

/// A schema with the member `type` that this dialect asks for.
fn schema(schema: Value<'_>, json: &mut Writer<'_>) {
    if schema.member("type").is_some() {
        json.raw(schema.raw());
        return;
    }
    json.object(|o| {
        o.key("type").string("object");
        for (key, value) in schema.members() {
            o.raw_key(key.0).raw(value.raw());
        }
    });
}

fn marker(tool: &Tool<'_>, target: &Target<'_>, o: &mut Writer<'_>, loss: &mut Loss) {
    match &tool.cache {
        Some(cache) if target.can(Capabilities::CACHE_MARKERS) => {
            o.key("cache_control").raw(cache.raw.bytes());
        }
        cache => loss.drop_value(cache.as_ref(), Reason::NotSupported),
    }
}

fn web_search(
    tool: &Tool<'_>,
    (server, target): (&ServerTool<'_>, &Target<'_>),
    json: &mut Writer<'_>,
    loss: &mut Loss,
) {
    json.object(|o| {
        o.key("type").string("web_search_20250305");
        o.key("name").string("web_search");
        o.maybe_raw("max_uses", server.max_uses.as_ref());
        o.maybe_raw("allowed_domains", server.allowed_domains.as_ref());
        // Only one of the two lists is taken.
        if server.allowed_domains.is_none() {
            o.maybe_raw("blocked_domains", server.blocked_domains.as_ref());
        } else {
            loss.drop_value(server.blocked_domains.as_ref(), Reason::Overruled);
        }
        o.maybe_raw("user_location", server.location.as_ref());
        marker(tool, target, o, loss);
    });
    let settings = server.settings();
    for (key, value) in settings.into_iter().flat_map(Value::members) {
        let carried = matches!(
            key.0,
            b"type"
                | b"name"
                | b"filters"
                | b"user_location"
                | b"max_uses"
                | b"excludeDomains"
                | b"exclude_domains"
        );
        if !carried && !value.is_null() {
            loss.drop_member(tool.place, key.text().into_owned(), Reason::NotInDialect);
        }
    }
    loss.drop_extras(&tool.extras);
}

fn encode_choice(
    request: &Request<'_>,
    offered: &[&Tool<'_>],
    json: &mut Writer<'_>,
    loss: &mut Loss,
) -> Result<(), CodecError> {
    let single = request
        .parallel_tool_calls
        .filter(|parallel| !parallel.value);
    let Some(choice) = &request.tool_choice else {
        if offered.is_empty() {
            loss.drop_value(single.as_ref(), Reason::NotInDialect);
        } else if single.is_some() {
            write_choice("auto", None, true, json);
        }
        return Ok(());
    };
    let unsupported = |what| CodecError::Unsupported {
        place: choice.place,
        what,
    };
    let single = single.is_some();
    match &choice.value {
        ToolChoice::Named(name) => {
            let tool = offered.iter().find(|tool| is_named(name, tool));
            let tool =
                tool.ok_or_else(|| unsupported("the tool that must be called is not offered"))?;
            write_choice("tool", Some(&tool_wire_name(tool)), single, json);
        }
        ToolChoice::Server { kind, .. } => {
            let same =
                |tool: &&&Tool<'_>| matches!(&tool.kind, ToolKind::Server(s) if s.kind == *kind);
            let tool = offered.iter().find(same);
            let tool = tool
                .ok_or_else(|| unsupported("the built-in tool that must be used is not there"))?;
            let name = call_wire_name(None, &tool.name);
            let name = if name.is_empty() {
                "web_search".into()
            } else {
                name
            };
            write_choice("tool", Some(&name), single, json);
        }
        ToolChoice::Other(_) => return Err(unsupported("this tool choice is not known")),
        ToolChoice::Required | ToolChoice::Allowed { required: true, .. } if offered.is_empty() => {
            return Err(unsupported("a tool must be called, but none is offered"));
        }
        ToolChoice::Required | ToolChoice::Allowed { required: true, .. } => {
            write_choice("any", None, single, json);
        }
        _ if offered.is_empty() => {}
        ToolChoice::None => write_choice("none", None, false, json),
        ToolChoice::Auto | ToolChoice::Allowed { .. } => write_choice("auto", None, single, json),
    }
    Ok(())
}

fn write_choice(kind: &str, name: Option<&str>, single: bool, json: &mut Writer<'_>) {
    json.key("tool_choice").object(|o| {
        o.key("type").string(kind);
        if let Some(name) = name {
            o.key("name").string(name);
        }
        if single {
            o.key("disable_parallel_tool_use").boolean(true);
        }
    });
}
