//! Tools and the choice among them, written.

use super::DIALECT;
use super::extras::{is_mode, is_of_tool_config, write};
use super::schema::Lowering;
use crate::codec::write::drop_flag;
use crate::codec::{Capabilities, CodecError, Target};
use crate::hub::wrap::{call_wire_name, declare};
use crate::hub::{
    Loss, Placed, Raw, Reason, Request, ServerKind, ServerTool, Tool, ToolChoice, ToolKind,
    ToolName,
};
use crate::json::writer::Writer;

/// What has been offered.
#[derive(Debug, Default)]
struct Offered<'r, 'a> {
    functions: Vec<&'r Tool<'a>>,
    servers: Vec<ServerKind>,
}

/// Writes tools and choice.
pub(super) fn encode(
    request: &Request<'_>,
    target: &Target<'_>,
    json: &mut Writer<'_>,
    loss: &mut Loss,
) -> Result<(), CodecError> {
    let own = request.dialect == DIALECT;
    let mut offered = Offered::default();
    let before = json.len();
    json.key("tools").open(b'[');
    let empty = json.len();
    json.open(b'{');
    json.key("functionDeclarations").open(b'[');
    for tool in &request.tools {
        if !matches!(tool.kind, ToolKind::Server(_)) && function(request, target, tool, json, loss)
        {
            offered.functions.push(tool);
        }
    }
    json.close(b']');
    json.close(b'}');
    if offered.functions.is_empty() {
        json.truncate(empty);
    }
    for tool in &request.tools {
        let ToolKind::Server(server) = &tool.kind else {
            continue;
        };
        // The vendor refuses its own tools beside functions.
        let beside = !own && !offered.functions.is_empty();
        if beside || !target.can(Capabilities::SERVER_TOOLS) {
            loss.drop_at(tool.place, Reason::NotSupported);
        } else if built_in(tool, server, json, loss) {
            offered.servers.push(server.kind);
        }
    }
    let nothing = json.len() == empty;
    json.close(b']');
    if nothing {
        json.truncate(before);
    }
    drop_flag(
        loss,
        request.parallel_tool_calls.as_ref(),
        true,
        Reason::NotInDialect,
    );
    loss.drop_value(request.max_tool_calls.as_ref(), Reason::NotInDialect);
    encode_choice(request, &offered, json)
}

fn function(
    request: &Request<'_>,
    target: &Target<'_>,
    tool: &Tool<'_>,
    json: &mut Writer<'_>,
    loss: &mut Loss,
) -> bool {
    let Some(declared) = declare(tool) else {
        loss.drop_at(tool.place, Reason::NotInDialect);
        return false;
    };
    let own = request.dialect == DIALECT;
    let given = match &tool.kind {
        ToolKind::Function(function) => Some(function),
        _ => None,
    };
    json.object(|o| {
        o.key("name").string(&declared.name);
        if let Some(description) = &declared.description {
            o.key("description").text(description);
        }
        if !takes_nothing(&declared.schema) {
            let place = given
                .and_then(|function| function.schema.as_ref())
                .map(|schema| schema.place);
            let schema = Placed {
                place: place.unwrap_or(tool.place),
                value: declared.schema,
            };
            let slot = Slot {
                own_form: "parameters",
                json_form: "parametersJsonSchema",
                source: request.source,
            };
            slot.write(&schema, target, o, loss);
        }
        if let Some(response) = given.and_then(|function| function.response.as_ref()) {
            let slot = Slot {
                own_form: "response",
                json_form: "responseJsonSchema",
                source: request.source,
            };
            slot.write(response, target, o, loss);
        }
        o.own_extras(&tool.extras, own, loss);
    });
    if let Some(function) = given {
        drop_flag(loss, function.strict.as_ref(), false, Reason::NotInDialect);
    }
    loss.drop_value(tool.cache.as_ref(), Reason::NotInDialect);
    if let Some(namespace) = &tool.namespace {
        loss.drop_value(namespace.description.as_ref(), Reason::NotInDialect);
    }
    true
}

/// Whether a schema is that of a function without parameters, which is declared without a schema.
fn takes_nothing(schema: &Raw<'_>) -> bool {
    let mut named = false;
    schema.value().members().all(|(key, value)| match key.0 {
        b"type" => value.raw_text() == Some(b"object"),
        b"properties" => {
            named = true;
            value.is_blank()
        }
        _ => false,
    }) && named
}

/// A schema under one of two keys.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot<'s> {
    /// The key for the vendor's own form.
    pub(super) own_form: &'s str,
    /// The key for JSON Schema.
    pub(super) json_form: &'s str,
    /// The document that the schema comes from.
    pub(super) source: &'s [u8],
}

impl Slot<'_> {
    /// Writes a schema: as it is, or in the vendor's own form where the target has no other.
    pub(super) fn write(
        self,
        schema: &Placed<Raw<'_>>,
        target: &Target<'_>,
        json: &mut Writer<'_>,
        loss: &mut Loss,
    ) {
        if target.can(Capabilities::JSON_SCHEMA_TOOLS) {
            json.key(self.json_form).raw(schema.bytes());
        } else {
            json.key(self.own_form);
            Lowering::new(self.source, schema, loss).write(json);
        }
    }
}

fn built_in(
    tool: &Tool<'_>,
    server: &ServerTool<'_>,
    json: &mut Writer<'_>,
    loss: &mut Loss,
) -> bool {
    loss.drop_value(tool.cache.as_ref(), Reason::NotInDialect);
    if server.dialect == DIALECT {
        json.raw(server.raw.bytes());
        return true;
    }
    let name = match server.kind {
        ServerKind::WebSearch => "googleSearch",
        ServerKind::WebFetch => "urlContext",
        ServerKind::CodeExecution => "codeExecution",
        _ => {
            loss.drop_at(tool.place, Reason::NoSuchServerTool);
            return false;
        }
    };
    json.object(|o| o.key(name).object(|_| {}));
    // `cache_control` is reported as a cache marker.
    for (key, value) in server.raw.value().members() {
        if !matches!(key.0, b"type" | b"name" | b"cache_control") && !value.is_null() {
            loss.drop_member(tool.place, key.text().into_owned(), Reason::NotInDialect);
        }
    }
    loss.drop_extras(&tool.extras);
    true
}

fn encode_choice(
    request: &Request<'_>,
    offered: &Offered<'_, '_>,
    json: &mut Writer<'_>,
) -> Result<(), CodecError> {
    let own = request.dialect == DIALECT;
    let decided = decide(request, offered)?;
    let before = json.len();
    json.key("toolConfig").open(b'{');
    let empty = json.len();
    if let Some((mode, names)) = decided {
        json.key("functionCallingConfig").object(|o| {
            let said = request.extras.iter().find(|extra| own && is_mode(extra));
            match said {
                Some(said) => o.key("mode").raw(said.value.bytes()),
                None => o.key("mode").string(mode),
            }
            if !names.is_empty() {
                o.key("allowedFunctionNames").array(|a| {
                    for name in names {
                        a.string(&call_wire_name(name.namespace.as_ref(), &name.name));
                    }
                });
            }
        });
    }
    write(&request.extras, own, json, is_of_tool_config);
    if json.len() == empty {
        json.truncate(before);
    } else {
        json.close(b'}');
    }
    Ok(())
}

/// The mode, and the functions that may be called.
type Decision<'r, 'a> = Option<(&'static str, Vec<&'r ToolName<'a>>)>;

fn decide<'r, 'a>(
    request: &'r Request<'a>,
    offered: &Offered<'_, '_>,
) -> Result<Decision<'r, 'a>, CodecError> {
    let Some(choice) = &request.tool_choice else {
        return Ok(None);
    };
    let unsupported = |what| CodecError::Unsupported {
        place: choice.place,
        what,
    };
    let none = offered.functions.is_empty();
    Ok(match &choice.value {
        ToolChoice::Named(name) => {
            if !offered.functions.iter().any(|tool| is_named(name, tool)) {
                return Err(unsupported("the tool that must be called is not offered"));
            }
            Some(("ANY", vec![name]))
        }
        ToolChoice::Server { kind, .. } => {
            if !offered.servers.contains(kind) {
                return Err(unsupported(
                    "the built-in tool that must be used is not there",
                ));
            }
            None
        }
        ToolChoice::Other(_) => return Err(unsupported("this tool choice is not known")),
        ToolChoice::Required | ToolChoice::Allowed { required: true, .. } if none => {
            return Err(unsupported("a tool must be called, but none is offered"));
        }
        ToolChoice::Required => Some(("ANY", Vec::new())),
        // Names are taken beside this mode only, which leaves the choice to the model as well.
        ToolChoice::Allowed { required, tools } => {
            let names = tools
                .iter()
                .filter(|name| offered.functions.iter().any(|t| is_named(name, t)));
            Some((if *required { "ANY" } else { "VALIDATED" }, names.collect()))
        }
        ToolChoice::None if none && offered.servers.is_empty() => None,
        ToolChoice::None => Some(("NONE", Vec::new())),
        ToolChoice::Auto if none => None,
        ToolChoice::Auto => Some(("AUTO", Vec::new())),
    })
}

fn is_named(name: &ToolName<'_>, tool: &Tool<'_>) -> bool {
    name.name == tool.name
        && name.namespace.as_ref() == tool.namespace.as_ref().map(|space| &space.name)
}
