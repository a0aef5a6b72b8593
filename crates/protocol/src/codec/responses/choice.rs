//! Tools and the choice among them, written.

use super::{DIALECT, input};
use crate::codec::{Capabilities, CodecError, Target};
use crate::hub::wrap::{call_wire_name, declare};
use crate::hub::{
    CallKind, Loss, Placed, Reason, Request, ServerKind, ServerTool, Text, Tool, ToolChoice,
    ToolKind, ToolName,
};
use crate::json::value::Value;
use crate::json::writer::Writer;

/// What is needed all over the writing of tools.
struct Pen<'p, 'o> {
    target: &'p Target<'p>,
    own: bool,
    json: Writer<'o>,
    loss: &'p mut Loss,
}

/// Writes tools and choice.
pub(super) fn encode(
    request: &Request<'_>,
    target: &Target<'_>,
    json: &mut Writer<'_>,
    loss: &mut Loss,
) -> Result<(), CodecError> {
    let own = request.dialect == DIALECT;
    let brought = if own { input::span(request) } else { 0..0 };
    let by_member = |tool: &&Tool<'_>| {
        let at = tool.place.offset();
        !at.is_some_and(|at| brought.contains(&at))
    };
    let tools: Vec<&Tool<'_>> = request.tools.iter().filter(by_member).collect();
    let mut pen = Pen {
        target,
        own,
        json: json.reborrow(),
        loss,
    };
    let dropped = pen.tools(&tools);
    let offered = |tool: &&Tool<'_>| !dropped.iter().any(|gone| std::ptr::eq(*gone, *tool));
    let offered: Vec<&Tool<'_>> = request.tools.iter().filter(offered).collect();
    pen.choice(request, &offered)?;
    if let Some(parallel) = &request.parallel_tool_calls {
        if own || !offered.is_empty() {
            pen.json.key("parallel_tool_calls").boolean(parallel.value);
        } else {
            pen.loss.drop_at(parallel.place, Reason::NotInDialect);
        }
    }
    Ok(())
}

impl Pen<'_, '_> {
    /// Writes the tools and gives back those that are left out.
    fn tools<'t, 'a>(&mut self, tools: &[&'t Tool<'a>]) -> Vec<&'t Tool<'a>> {
        let mut dropped = Vec::new();
        let before = self.json.len();
        self.json.key("tools").open(b'[');
        let empty = self.json.len();
        let native = self.target.can(Capabilities::NAMESPACES);
        let space = |tool: &Tool<'a>| tool.namespace.as_ref().map(|space| space.name.clone());
        for group in tools.chunk_by(|a, b| native && space(a).is_some() && space(a) == space(b)) {
            let first = group.first().and_then(|tool| tool.namespace.as_ref());
            let Some(namespace) = first.filter(|_| native) else {
                if let Some(namespace) = first {
                    let description = namespace.description.as_ref();
                    self.loss.drop_value(description, Reason::NotSupported);
                }
                dropped.extend(group.iter().filter(|tool| !self.tool(tool)));
                continue;
            };
            self.json.open(b'{');
            self.json.key("type").string("namespace");
            self.json.key("name").text(&namespace.name);
            match &namespace.description {
                Some(description) => self.json.key("description").text(description),
                None => self.json.key("description").string(""),
            }
            self.json.key("tools").open(b'[');
            dropped.extend(group.iter().filter(|tool| !self.tool(tool)));
            self.json.close(b']');
            self.json.close(b'}');
        }
        let nothing = self.json.len() == empty;
        self.json.close(b']');
        if nothing {
            self.json.truncate(before);
        }
        dropped
    }

    /// Writes a tool, if there is a way to say it.
    fn tool(&mut self, tool: &Tool<'_>) -> bool {
        if let Some(cache) = &tool.cache {
            self.loss.drop_at(cache.place, Reason::NotInDialect);
        }
        match &tool.kind {
            ToolKind::Server(server) => return self.server(tool, server),
            ToolKind::Fixed { raw, .. } if self.own => {
                self.json.raw(raw.bytes());
                return true;
            }
            ToolKind::Custom(custom) if self.target.can(Capabilities::CUSTOM_TOOLS) => {
                self.json.open(b'{');
                self.json.key("type").string("custom");
                self.name(tool);
                self.json
                    .maybe_text("description", tool.description.as_ref());
                if let Some(grammar) = &custom.grammar {
                    self.json.key("format").object(|o| {
                        o.key("type").string("grammar");
                        o.key("syntax").text(&grammar.syntax);
                        o.key("definition").text(&grammar.definition);
                    });
                }
            }
            _ => {
                if !self.function(tool) {
                    self.loss.drop_at(tool.place, Reason::NoSuchServerTool);
                    return false;
                }
            }
        }
        self.json.own_extras(&tool.extras, self.own, self.loss);
        self.json.close(b'}');
        true
    }

    fn name(&mut self, tool: &Tool<'_>) {
        let namespace = tool.namespace.as_ref().map(|space| &space.name);
        let namespace = namespace.filter(|_| !self.target.can(Capabilities::NAMESPACES));
        let name = call_wire_name(namespace, &tool.name);
        self.json.key("name").string(&name);
    }

    /// Begins a function. Without `strict` this dialect would hold calls to the schema.
    fn function(&mut self, tool: &Tool<'_>) -> bool {
        let Some(declared) = declare(tool) else {
            return false;
        };
        self.json.open(b'{');
        self.json.key("type").string("function");
        self.name(tool);
        if let Some(description) = &declared.description {
            self.json.key("description").text(description);
        }
        self.json.key("parameters").raw(declared.schema.bytes());
        let strict = declared.strict.or((!self.own).then_some(false));
        if self.target.can(Capabilities::STRICT_TOOLS) {
            if let Some(strict) = strict {
                self.json.key("strict").boolean(strict);
            }
        } else if strict == Some(true) {
            self.loss
                .drop_member(tool.place, "strict", Reason::NotSupported);
        }
        if let ToolKind::Function(function) = &tool.kind {
            self.json
                .maybe_raw("output_schema", function.response.as_ref());
        }
        true
    }

    fn server(&mut self, tool: &Tool<'_>, server: &ServerTool<'_>) -> bool {
        if !self.target.can(Capabilities::SERVER_TOOLS) {
            self.loss.drop_at(tool.place, Reason::NotSupported);
            return false;
        }
        match server.kind {
            _ if server.dialect == DIALECT => self.json.raw(server.raw.bytes()),
            ServerKind::WebSearch => self.web_search(server),
            ServerKind::CodeExecution => {
                self.json.object(|o| {
                    o.key("type").string("code_interpreter");
                    o.key("container").object(|o| o.key("type").string("auto"));
                });
                self.loss.assume("tools[].container", "{\"type\":\"auto\"}");
            }
            _ => {
                self.loss.drop_at(tool.place, Reason::NoSuchServerTool);
                return false;
            }
        }
        if server.dialect != DIALECT {
            self.settings(tool, server);
        }
        true
    }

    fn web_search(&mut self, server: &ServerTool<'_>) {
        self.json.object(|o| {
            o.key("type").string("web_search");
            if let Some(domains) = &server.allowed_domains {
                o.key("filters")
                    .object(|o| o.key("allowed_domains").raw(domains.bytes()));
            }
            o.maybe_raw("user_location", server.location.as_ref());
        });
    }

    /// Reports the settings of a server tool that its like here does not have.
    fn settings(&mut self, tool: &Tool<'_>, server: &ServerTool<'_>) {
        let web = server.kind == ServerKind::WebSearch;
        let blocked = server.blocked_domains.as_ref();
        self.loss.drop_value(blocked, Reason::NotInDialect);
        let settings = server.settings();
        for (key, value) in settings.into_iter().flat_map(Value::members) {
            let carried = match key.0 {
                b"type" | b"cache_control" | b"excludeDomains" | b"blocked_domains" => true,
                b"name" | b"allowed_domains" | b"user_location" => web,
                _ => value.is_blank(),
            };
            if !carried {
                let name = key.text().into_owned();
                self.loss
                    .drop_member(tool.place, name, Reason::NotInDialect);
            }
        }
        self.loss.drop_extras(&tool.extras);
    }

    fn choice(&mut self, request: &Request<'_>, offered: &[&Tool<'_>]) -> Result<(), CodecError> {
        let Some(choice) = &request.tool_choice else {
            return Ok(());
        };
        match &choice.value {
            ToolChoice::Auto | ToolChoice::None if offered.is_empty() && !self.own => {}
            ToolChoice::Auto => self.json.key("tool_choice").string("auto"),
            ToolChoice::None => self.json.key("tool_choice").string("none"),
            ToolChoice::Required if offered.is_empty() => {
                return Err(unsupported(
                    choice,
                    "a tool must be called, but none is offered",
                ));
            }
            ToolChoice::Required => self.json.key("tool_choice").string("required"),
            ToolChoice::Named(name) => {
                let known = !self.own || name.kind != CallKind::Function;
                if known && !offered.iter().any(|tool| is_named(name, tool)) {
                    let what = "the tool that must be called is not offered";
                    return Err(unsupported(choice, what));
                }
                self.json.key("tool_choice");
                self.named(name);
            }
            ToolChoice::Allowed { required, tools } => self.allowed(*required, tools),
            ToolChoice::Server { raw, .. } | ToolChoice::Other(raw) if self.own => {
                self.json.key("tool_choice").raw(raw.bytes());
            }
            ToolChoice::Server { kind, .. } => self.server_choice(*kind, choice, offered)?,
            ToolChoice::Other(_) => {
                return Err(unsupported(choice, "this tool choice is not known"));
            }
        }
        Ok(())
    }

    fn allowed(&mut self, required: bool, tools: &[ToolName<'_>]) {
        self.json.key("tool_choice").open(b'{');
        self.json.key("type").string("allowed_tools");
        let mode = if required { "required" } else { "auto" };
        self.json.key("mode").string(mode);
        self.json.key("tools").open(b'[');
        for name in tools {
            self.named(name);
        }
        self.json.close(b']');
        self.json.close(b'}');
    }

    fn named(&mut self, name: &ToolName<'_>) {
        let native = self.target.can(Capabilities::NAMESPACES);
        let custom = name.kind == CallKind::Custom && self.target.can(Capabilities::CUSTOM_TOOLS);
        let fixed = !matches!(name.kind, CallKind::Function | CallKind::Custom) && self.own;
        self.json.object(|o| {
            if fixed {
                return o.key("type").text(&name.name);
            }
            o.key("type")
                .string(if custom { "custom" } else { "function" });
            let outer = name.namespace.as_ref().filter(|_| !native);
            o.key("name").string(&call_wire_name(outer, &name.name));
            if let Some(namespace) = name.namespace.as_ref().filter(|_| native) {
                o.key("namespace").text(namespace);
            }
        });
    }

    /// The choice of a tool that the upstream runs, among those of one.
    fn server_choice(
        &mut self,
        kind: ServerKind,
        choice: &Placed<ToolChoice<'_>>,
        offered: &[&Tool<'_>],
    ) -> Result<(), CodecError> {
        let same = |tool: &&Tool<'_>| matches!(&tool.kind, ToolKind::Server(server) if server.kind == kind);
        let word = match kind {
            ServerKind::WebSearch => "web_search",
            ServerKind::CodeExecution => "code_interpreter",
            _ => "",
        };
        if word.is_empty() || !offered.iter().any(same) {
            let what = "the built-in tool that must be used is not there";
            return Err(unsupported(choice, what));
        }
        self.json.key("tool_choice").object(|o| {
            o.key("type").string("allowed_tools");
            o.key("mode").string("required");
            o.key("tools")
                .array(|a| a.object(|o| o.key("type").string(word)));
        });
        Ok(())
    }
}

fn unsupported(choice: &Placed<ToolChoice<'_>>, what: &'static str) -> CodecError {
    CodecError::Unsupported {
        place: choice.place,
        what,
    }
}

fn is_named(name: &ToolName<'_>, tool: &Tool<'_>) -> bool {
    let space: Option<&Text<'_>> = tool.namespace.as_ref().map(|space| &space.name);
    name.name == tool.name && name.namespace.as_ref().is_none_or(|own| Some(own) == space)
}
