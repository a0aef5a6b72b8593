//! Tools and the choice among them.

use super::DIALECT;
use crate::codec::{Capabilities, CodecError, Target, read};
use crate::hub::wrap::{call_wire_name, declare, tool_wire_name};
use crate::hub::{
    CallKind, Custom, Function, Grammar, Loss, Place, Placed, Raw, Reason, Request, ServerKind,
    ServerTool, Text, Tool, ToolChoice, ToolKind, ToolName,
};
use crate::json::value::Value;
use crate::json::writer::Writer;

/// Reads a member of a request that is about tools.
pub(super) fn setting<'a>(request: &mut Request<'a>, name: &[u8], value: Value<'a>) -> bool {
    match name {
        b"tools" if value.is_array() => request.tools.extend(value.elements().map(tool)),
        // The way before tools.
        b"functions" if value.is_array() => {
            request
                .tools
                .extend(value.elements().map(|f| function(f, f)));
        }
        b"web_search_options" if value.is_object() => request.tools.push(web_search(value)),
        b"tool_choice" | b"function_call" => {
            let choice = choice(value).map(|choice| Placed::new(value, choice));
            return read::fill(&mut request.tool_choice, choice);
        }
        b"parallel_tool_calls" => return read::boolean(&mut request.parallel_tool_calls, value),
        _ => return false,
    }
    true
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

fn tool(value: Value<'_>) -> Tool<'_> {
    match (
        read::kind(value),
        value.member("function"),
        value.member("custom"),
    ) {
        (b"custom", _, Some(inner)) => custom(value, inner),
        (b"function" | b"", Some(inner), _) => function(value, inner),
        // Some clients write the members of the function into the tool itself.
        (b"function", None, _) => function(value, value),
        _ => {
            let server = ServerTool::new(ServerKind::Other, DIALECT, Raw::of(value));
            let mut tool = blank(value, ToolKind::Server(server));
            tool.name = value.member("type").and_then(Text::of).unwrap_or_default();
            tool
        }
    }
}

fn function<'a>(outer: Value<'a>, inner: Value<'a>) -> Tool<'a> {
    let mut tool = blank(outer, ToolKind::Function(Function::default()));
    let mut function = Function::default();
    let mut extras = Vec::new();
    read::members(inner, &mut extras, |key, value| match key.0 {
        b"type" => true,
        b"name" => name(&mut tool.name, value),
        b"description" => read::text(&mut tool.description, value),
        b"parameters" => read::object(&mut function.schema, value),
        b"strict" => read::boolean(&mut function.strict, value),
        b"cache_control" => read::cache(&mut tool.cache, value),
        _ => false,
    });
    if outer.span() != inner.span() {
        read::members(outer, &mut extras, |key, value| match key.0 {
            b"type" | b"function" => true,
            b"cache_control" => read::cache(&mut tool.cache, value),
            _ => false,
        });
    }
    tool.kind = ToolKind::Function(function);
    tool.extras = extras;
    tool
}

fn custom<'a>(outer: Value<'a>, inner: Value<'a>) -> Tool<'a> {
    let mut tool = blank(outer, ToolKind::Custom(Custom::default()));
    let mut custom = Custom::default();
    let mut extras = Vec::new();
    read::members(inner, &mut extras, |key, value| match key.0 {
        b"name" => name(&mut tool.name, value),
        b"description" => read::text(&mut tool.description, value),
        b"format" if read::kind(value) == b"text" => true,
        b"format" => read::fill(&mut custom.grammar, grammar(value)),
        _ => false,
    });
    tool.kind = ToolKind::Custom(custom);
    tool.extras = extras;
    tool
}

fn grammar(format: Value<'_>) -> Option<Grammar<'_>> {
    let inner = format.member("grammar")?;
    Some(Grammar {
        place: Place::of(inner),
        syntax: Text::of(inner.member("syntax")?)?,
        definition: Text::of(inner.member("definition")?)?,
    })
}

fn name<'a>(slot: &mut Text<'a>, value: Value<'a>) -> bool {
    let name = Text::of(value);
    let taken = name.is_some();
    *slot = name.unwrap_or_default();
    taken
}

fn web_search(value: Value<'_>) -> Tool<'_> {
    let location = value
        .member("user_location")
        .and_then(|l| l.member("approximate"));
    let server = ServerTool {
        location: location.map(located),
        ..ServerTool::new(ServerKind::WebSearch, DIALECT, Raw::of(value))
    };
    let mut tool = blank(value, ToolKind::Server(server));
    tool.name = Text::from("web_search");
    tool
}

/// A location in the form that the other dialects have: the type stands beside the words.
fn located(approximate: Value<'_>) -> Placed<Raw<'_>> {
    let mut out = Vec::new();
    Writer::new(&mut out).object(|o| {
        o.key("type").string("approximate");
        for (key, value) in approximate.members() {
            o.raw_key(key.0).raw(value.raw());
        }
    });
    Placed::new(approximate, Raw::written(out))
}

fn choice(value: Value<'_>) -> Option<ToolChoice<'_>> {
    match value.raw_text() {
        Some(b"auto") => return Some(ToolChoice::Auto),
        Some(b"none") => return Some(ToolChoice::None),
        Some(b"required") => return Some(ToolChoice::Required),
        Some(_) => return Some(ToolChoice::Other(Raw::of(value))),
        None if !value.is_object() => return None,
        None => {}
    }
    if let Some(name) = named(value) {
        return Some(ToolChoice::Named(name));
    }
    let allowed = value.member("allowed_tools");
    Some(match allowed {
        Some(allowed) => ToolChoice::Allowed {
            required: allowed.member("mode").and_then(Value::raw_text) == Some(b"required"),
            tools: allowed
                .member("tools")
                .into_iter()
                .flat_map(Value::elements)
                .filter_map(named)
                .collect(),
        },
        None => ToolChoice::Other(Raw::of(value)),
    })
}

fn named(value: Value<'_>) -> Option<ToolName<'_>> {
    let custom = value.member("custom");
    let inner = value.member("function").or(custom).unwrap_or(value);
    Some(ToolName {
        place: read::place_of(inner, "name"),
        kind: if custom.is_some() {
            CallKind::Custom
        } else {
            CallKind::Function
        },
        namespace: None,
        name: Text::of(inner.member("name")?)?,
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
        if encode_tool(request, tool, target, json, loss) {
            offered.push(tool);
        }
    }
    json.close(b']');
    if offered.is_empty() {
        json.truncate(before);
    }
    web_search_options(request, json);
    if let (Some(parallel), false) = (request.parallel_tool_calls, offered.is_empty()) {
        json.key("parallel_tool_calls").boolean(parallel.value);
    }
    let Some(choice) = &request.tool_choice else {
        return Ok(());
    };
    encode_choice(choice, &offered, target, json)
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
        ToolKind::Server(server) if server.dialect == DIALECT => {
            if server.kind == ServerKind::WebSearch {
                // Written as a member of the request.
                return false;
            }
            json.raw(server.raw.bytes());
            return true;
        }
        ToolKind::Custom(custom) if target.can(Capabilities::CUSTOM_TOOLS) => {
            encode_custom(tool, custom, json);
            rest(tool, (own, target), loss);
            return true;
        }
        _ => {}
    }
    let Some(declared) = declare(tool) else {
        loss.drop_at(tool.place, Reason::NoSuchServerTool);
        return false;
    };
    json.open(b'{');
    json.key("type").string("function");
    json.key("function").object(|o| {
        o.key("name").string(&declared.name);
        if let Some(description) = &declared.description {
            o.key("description").text(description);
        }
        o.key("parameters").raw(declared.schema.bytes());
        match declared.strict {
            Some(true) if !target.can(Capabilities::STRICT_TOOLS) => {
                loss.drop_member(tool.place, "strict", Reason::NotSupported);
            }
            Some(strict) if strict || own => o.key("strict").boolean(strict),
            _ => {}
        }
    });
    if let Some(cache) = tool
        .cache
        .as_ref()
        .filter(|_| target.can(Capabilities::CACHE_MARKERS))
    {
        json.key("cache_control").raw(cache.raw.bytes());
    }
    json.close(b'}');
    rest(tool, (own, target), loss);
    true
}

fn encode_custom(tool: &Tool<'_>, custom: &Custom<'_>, json: &mut Writer<'_>) {
    json.object(|o| {
        o.key("type").string("custom");
        o.key("custom").object(|o| {
            o.key("name").string(&tool_wire_name(tool));
            o.maybe_text("description", tool.description.as_ref());
            if let Some(grammar) = &custom.grammar {
                o.key("format").object(|o| {
                    o.key("type").string("grammar");
                    o.key("grammar").object(|o| {
                        o.key("syntax").text(&grammar.syntax);
                        o.key("definition").text(&grammar.definition);
                    });
                });
            }
        });
    });
}

/// Reports what of a tool has not been written.
fn rest(tool: &Tool<'_>, (own, target): (bool, &Target<'_>), loss: &mut Loss) {
    if !target.can(Capabilities::CACHE_MARKERS) {
        loss.drop_value(tool.cache.as_ref(), Reason::NotInDialect);
    }
    let space = tool
        .namespace
        .as_ref()
        .and_then(|space| space.description.as_ref());
    loss.drop_value(
        space.filter(|words| !words.is_empty()),
        Reason::NotInDialect,
    );
    if let ToolKind::Function(function) = &tool.kind {
        loss.drop_value(function.response.as_ref(), Reason::NotInDialect);
    }
    if own {
        // Members beside those of a function have no place that all upstreams take.
        for extra in &tool.extras {
            loss.drop_at(extra.place, Reason::NotSupported);
        }
    } else {
        loss.drop_extras(&tool.extras);
    }
}

fn web_search_options(request: &Request<'_>, json: &mut Writer<'_>) {
    for tool in &request.tools {
        if let ToolKind::Server(server) = &tool.kind
            && server.dialect == DIALECT
            && server.kind == ServerKind::WebSearch
        {
            json.key("web_search_options").raw(server.raw.bytes());
        }
    }
}

fn encode_choice(
    choice: &Placed<ToolChoice<'_>>,
    offered: &[&Tool<'_>],
    target: &Target<'_>,
    json: &mut Writer<'_>,
) -> Result<(), CodecError> {
    let unsupported = |what| {
        Err(CodecError::Unsupported {
            place: choice.place,
            what,
        })
    };
    let is_offered = |name: &ToolName<'_>| {
        offered.iter().any(|tool| {
            let space = tool.namespace.as_ref().map(|space| &space.name);
            tool.name == name.name && space == name.namespace.as_ref()
        })
    };
    match &choice.value {
        ToolChoice::Named(name) if !is_offered(name) => {
            return unsupported("the tool that must be called is not offered");
        }
        ToolChoice::Named(name) => {
            json.key("tool_choice");
            encode_name(name, target, json);
        }
        ToolChoice::Server { .. } => {
            return unsupported("the built-in tool that must be used is not there");
        }
        ToolChoice::Other(raw) if raw.value().is_object() => {
            return unsupported("this tool choice is not known");
        }
        ToolChoice::Other(raw) => json.key("tool_choice").raw(raw.bytes()),
        ToolChoice::Required | ToolChoice::Allowed { required: true, .. } if offered.is_empty() => {
            return unsupported("a tool must be called, but none is offered");
        }
        _ if offered.is_empty() => {}
        ToolChoice::Auto => json.key("tool_choice").string("auto"),
        ToolChoice::None => json.key("tool_choice").string("none"),
        ToolChoice::Required => json.key("tool_choice").string("required"),
        ToolChoice::Allowed { required, tools } => {
            json.key("tool_choice").object(|o| {
                o.key("type").string("allowed_tools");
                o.key("allowed_tools").object(|o| {
                    o.key("mode")
                        .string(if *required { "required" } else { "auto" });
                    o.key("tools").array(|a| {
                        for name in tools.iter().filter(|name| is_offered(name)) {
                            encode_name(name, target, a);
                        }
                    });
                });
            });
        }
    }
    Ok(())
}

fn encode_name(name: &ToolName<'_>, target: &Target<'_>, json: &mut Writer<'_>) {
    let custom = name.kind == CallKind::Custom && target.can(Capabilities::CUSTOM_TOOLS);
    let kind = if custom { "custom" } else { "function" };
    json.object(|o| {
        o.key("type").string(kind);
        o.key(kind).object(|o| {
            o.key("name")
                .string(&call_wire_name(name.namespace.as_ref(), &name.name));
        });
    });
}
