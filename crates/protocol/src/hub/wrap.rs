//! Tools that an upstream does not know, offered to it as functions, and calls of them turned back.
//!
//! A tool that takes free text becomes a function with one string argument `input`, its grammar told
//! in the description. Tools of a fixed form become functions whose arguments are the object that
//! the call carries. Members of namespaces get joined names ([`super::wire_name`]).

mod input;
mod unwrap;

use std::borrow::Cow;

use super::{Arguments, CallKind, Grammar, Raw, Text, Tool, ToolCall, ToolKind, wire_name};
use crate::json::writer::Writer;

pub(crate) use self::unwrap::{Unwrapper, unwrap_part};

/// The schema of a function that stands for a tool with free text.
const INPUT_SCHEMA: &str = r#"{"type":"object","properties":{"input":{"type":"string","description":"The whole input of the tool, as plain text."}},"required":["input"],"additionalProperties":false}"#;

const LOCAL_SHELL_SCHEMA: &str = r#"{"type":"object","properties":{"type":{"type":"string","enum":["exec"]},"command":{"type":"array","items":{"type":"string"}},"working_directory":{"type":["string","null"]},"timeout_ms":{"type":["integer","null"]},"env":{"type":"object","additionalProperties":{"type":"string"}},"user":{"type":["string","null"]}},"required":["type","command","env"]}"#;

const SHELL_SCHEMA: &str = r#"{"type":"object","properties":{"commands":{"type":"array","items":{"type":"string"}},"timeout_ms":{"type":["integer","null"]},"max_output_length":{"type":["integer","null"]}},"required":["commands"]}"#;

const APPLY_PATCH_SCHEMA: &str = r#"{"type":"object","properties":{"type":{"type":"string","enum":["create_file","delete_file","update_file"]},"path":{"type":"string"},"diff":{"type":"string"}},"required":["type","path"]}"#;

const BASH_SCHEMA: &str =
    r#"{"type":"object","properties":{"command":{"type":"string"},"restart":{"type":"boolean"}}}"#;

const TEXT_EDITOR_SCHEMA: &str = r#"{"type":"object","properties":{"command":{"type":"string","enum":["view","create","str_replace","insert"]},"path":{"type":"string"},"file_text":{"type":"string"},"old_str":{"type":"string"},"new_str":{"type":"string"},"insert_line":{"type":"integer"},"insert_text":{"type":"string"},"view_range":{"type":"array","items":{"type":"integer"}}},"required":["command","path"]}"#;

const MEMORY_SCHEMA: &str = r#"{"type":"object","properties":{"command":{"type":"string","enum":["view","create","str_replace","insert","delete","rename"]},"path":{"type":"string"},"view_range":{"type":"array","items":{"type":"integer"}},"file_text":{"type":"string"},"old_str":{"type":"string"},"new_str":{"type":"string"},"insert_line":{"type":"integer"},"insert_text":{"type":"string"},"old_path":{"type":"string"},"new_path":{"type":"string"}},"required":["command"]}"#;

const OPEN_SCHEMA: &str = r#"{"type":"object","properties":{}}"#;

/// A tool as a function.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Declared<'t> {
    /// The name on the wire.
    pub(crate) name: Cow<'t, str>,
    /// What it does.
    pub(crate) description: Option<Text<'t>>,
    /// The schema of its arguments.
    pub(crate) schema: Raw<'t>,
    /// Whether calls must keep to the schema, if the source says so.
    pub(crate) strict: Option<bool>,
}

/// A tool of the caller as a function; `None` for tools that the upstream runs, and for those of a
/// fixed form that mean nothing to a model that was not trained on them (computer use).
pub(crate) fn declare<'t>(tool: &'t Tool<'_>) -> Option<Declared<'t>> {
    let description = tool.description.as_ref().map(|text| text.value.borrow());
    let (description, schema, strict) = match &tool.kind {
        ToolKind::Function(function) => {
            let schema = function.schema.as_ref();
            let schema = schema.map_or(Raw::literal(OPEN_SCHEMA), |schema| schema.value.borrow());
            (
                description,
                schema,
                function.strict.map(|strict| strict.value),
            )
        }
        ToolKind::Custom(custom) => {
            let description = match &custom.grammar {
                Some(grammar) => Some(with_grammar(description.as_ref(), grammar)),
                None => description,
            };
            (description, Raw::literal(INPUT_SCHEMA), None)
        }
        ToolKind::Fixed { kind, raw } => {
            let (words, schema) = fixed(*kind, raw)?;
            (description.or(Some(Text::plain(words))), schema, None)
        }
        ToolKind::Server(_) => return None,
    };
    Some(Declared {
        name: tool_wire_name(tool),
        description,
        schema,
        strict,
    })
}

/// The name of a tool on the wire.
pub(crate) fn tool_wire_name<'t>(tool: &'t Tool<'_>) -> Cow<'t, str> {
    let namespace = tool.namespace.as_ref().map(|space| space.name.resolve());
    joined(namespace.as_deref(), &tool.name)
}

/// The name of a call on the wire.
pub(crate) fn call_wire_name<'t>(
    namespace: Option<&'t Text<'_>>,
    name: &'t Text<'_>,
) -> Cow<'t, str> {
    let namespace = namespace.map(Text::resolve);
    joined(namespace.as_deref(), name)
}

fn joined<'t>(namespace: Option<&str>, name: &'t Text<'_>) -> Cow<'t, str> {
    match name.resolve() {
        Cow::Borrowed(name) => wire_name(namespace, name),
        Cow::Owned(name) => Cow::Owned(wire_name(namespace, &name).into_owned()),
    }
}

/// The arguments of a call as the JSON object that a function would get; `None` when they are no
/// object, such as arguments that end too early.
pub(crate) fn arguments<'c>(call: &'c ToolCall<'_>) -> Option<Cow<'c, [u8]>> {
    match &call.arguments {
        Arguments::Free(text) => {
            let mut out = Vec::with_capacity(text.size() + 12);
            Writer::new(&mut out).object(|o| o.key("input").text(text));
            Some(Cow::Owned(out))
        }
        other => other.object(),
    }
}

fn with_grammar(description: Option<&Text<'_>>, grammar: &Grammar<'_>) -> Text<'static> {
    let mut text = String::new();
    if let Some(description) = description.filter(|text| !text.is_empty()) {
        text.push_str(&description.resolve());
        text.push_str("\n\n");
    }
    text.push_str("The value of `input` must follow this ");
    text.push_str(&grammar.syntax.resolve());
    text.push_str(" grammar:\n");
    text.push_str(&grammar.definition.resolve());
    Text::plain(text)
}

/// The tools that Anthropic has schemas for and callers run.
fn anthropic<'t>(raw: &Raw<'_>) -> Option<(&'static str, Raw<'t>)> {
    let kind = raw.value().member("type")?.text()?;
    let known = |prefix: &str| kind.starts_with(prefix);
    Some(if known("bash_") {
        (
            "Runs a command in a persistent bash session.",
            Raw::literal(BASH_SCHEMA),
        )
    } else if known("text_editor_") {
        ("Views and edits files.", Raw::literal(TEXT_EDITOR_SCHEMA))
    } else if known("memory_") {
        (
            "Reads and writes files of the memory directory.",
            Raw::literal(MEMORY_SCHEMA),
        )
    } else {
        return None;
    })
}

fn fixed<'t>(kind: CallKind, raw: &'t Raw<'_>) -> Option<(&'static str, Raw<'t>)> {
    Some(match kind {
        CallKind::LocalShell => (
            "Runs a command on the user's machine and gives its output.",
            Raw::literal(LOCAL_SHELL_SCHEMA),
        ),
        CallKind::Shell => (
            "Runs shell commands and gives their output.",
            Raw::literal(SHELL_SCHEMA),
        ),
        CallKind::ApplyPatch => (
            "Creates, updates or deletes a file. `diff` is in V4A form, without headers.",
            Raw::literal(APPLY_PATCH_SCHEMA),
        ),
        CallKind::ToolSearch => {
            let schema = raw.value().member("parameters").filter(|v| v.is_object());
            let schema = schema.map_or(Raw::literal(OPEN_SCHEMA), Raw::of);
            ("Finds tools that are not loaded yet.", schema)
        }
        CallKind::Function => anthropic(raw)?,
        CallKind::Custom | CallKind::Computer => return None,
    })
}
