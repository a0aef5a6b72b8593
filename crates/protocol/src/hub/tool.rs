//! Tools on offer, calls of them, and what they gave.

mod map;

use std::borrow::Cow;

use super::{Cache, Extra, Opaque, Part, Place, Placed, Raw, Text};
use crate::dialect::Dialect;
use crate::json::value::Value;

pub use self::map::{ToolMap, wire_name};

/// A tool on offer.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool<'a> {
    /// Where it stood.
    pub place: Place,
    /// The namespace that it is a member of.
    pub namespace: Option<Namespace<'a>>,
    /// Its name; for server tools the name that calls have, if the dialect gives one.
    pub name: Text<'a>,
    /// What it does.
    pub description: Option<Placed<Text<'a>>>,
    /// What it is.
    pub kind: ToolKind<'a>,
    /// That the prompt up to and with this tool is to be cached.
    pub cache: Option<Placed<Cache<'a>>>,
    /// Members that have no name here, such as `defer_loading`.
    pub extras: Vec<Extra<'a>>,
}

/// A group of tools (Responses' `namespace` tools).
#[derive(Debug, Clone, PartialEq)]
pub struct Namespace<'a> {
    /// Its name.
    pub name: Text<'a>,
    /// What its tools have in common.
    pub description: Option<Placed<Text<'a>>>,
}

/// What a tool is.
#[derive(Debug, Clone, PartialEq)]
pub enum ToolKind<'a> {
    /// A function with JSON arguments, run by the caller.
    Function(Function<'a>),
    /// A tool that takes free text, run by the caller.
    Custom(Custom<'a>),
    /// A tool of a fixed form, run by the caller; `raw` is its declaration (an object). Upstreams
    /// of other dialects get it as a function ([`super::wrap`]).
    Fixed {
        /// Which one.
        kind: CallKind,
        /// Its declaration.
        raw: Raw<'a>,
    },
    /// A tool that the upstream runs.
    Server(ServerTool<'a>),
}

/// A function.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Function<'a> {
    /// The JSON schema of its arguments.
    pub schema: Option<Placed<Raw<'a>>>,
    /// Whether calls must keep to the schema.
    pub strict: Option<Placed<bool>>,
    /// The JSON schema of its results (Google).
    pub response: Option<Placed<Raw<'a>>>,
}

/// A tool that takes free text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Custom<'a> {
    /// The form of the text; `None` for any.
    pub grammar: Option<Grammar<'a>>,
}

/// The form of a free text.
#[derive(Debug, Clone, PartialEq)]
pub struct Grammar<'a> {
    /// Where it stood.
    pub place: Place,
    /// Its language: `lark`, `regex`.
    pub syntax: Text<'a>,
    /// The grammar.
    pub definition: Text<'a>,
}

/// A tool that the upstream runs.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerTool<'a> {
    /// What it does.
    pub kind: ServerKind,
    /// The dialect whose form `raw` has.
    pub dialect: Dialect,
    /// Its declaration (an object; Google's: the member `{"googleSearch":{}}` with its braces).
    pub raw: Raw<'a>,
    /// Domains that may be looked at (arrays of strings), where the tool is about the web.
    pub allowed_domains: Option<Placed<Raw<'a>>>,
    /// Domains that may not.
    pub blocked_domains: Option<Placed<Raw<'a>>>,
    /// Where the user is: Anthropic's and Responses' `user_location` (an object, `approximate`).
    pub location: Option<Placed<Raw<'a>>>,
    /// How often it may be used (a number).
    pub max_uses: Option<Placed<Raw<'a>>>,
}

impl<'a> ServerTool<'a> {
    /// A tool of that kind, with nothing known of its settings.
    pub const fn new(kind: ServerKind, dialect: Dialect, raw: Raw<'a>) -> Self {
        Self {
            kind,
            dialect,
            raw,
            allowed_domains: None,
            blocked_domains: None,
            location: None,
            max_uses: None,
        }
    }

    /// The object with its settings: the declaration, or what is in it where that is Google's.
    pub(crate) fn settings(&self) -> Option<Value<'_>> {
        let raw = self.raw.value();
        match self.dialect {
            Dialect::GeminiGenerate => {
                let (_, inner) = raw.members().next()?;
                inner.is_object().then_some(inner)
            }
            _ => Some(raw),
        }
    }
}

/// What tools of upstreams do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServerKind {
    /// Searches the web.
    WebSearch,
    /// Reads pages.
    WebFetch,
    /// Runs programs.
    CodeExecution,
    /// Searches files that the upstream holds.
    FileSearch,
    /// Makes pictures.
    ImageGeneration,
    /// Finds tools among those that are not loaded.
    ToolSearch,
    /// Speaks to an MCP server.
    Mcp,
    /// Looks at maps.
    Maps,
    /// Something else.
    Other,
}

/// The form of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CallKind {
    /// JSON arguments.
    #[default]
    Function,
    /// Free text.
    Custom,
    /// Responses' `local_shell`: the arguments are its `action` object.
    LocalShell,
    /// Responses' `shell`: the arguments are its `action` object.
    Shell,
    /// Responses' `apply_patch`: the arguments are its `operation` object.
    ApplyPatch,
    /// Responses' `tool_search` run by the client: the arguments are its `arguments` object.
    ToolSearch,
    /// Computer use: the arguments are its `action` object (Anthropic: its `input`).
    Computer,
}

/// The model calls a tool of the caller.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall<'a> {
    /// What the result refers to. Ids that carry state have been parted from it.
    pub id: Text<'a>,
    /// The id of the item that the call is (Responses).
    pub item_id: Option<Placed<Text<'a>>>,
    /// The namespace of the tool.
    pub namespace: Option<Text<'a>>,
    /// The tool.
    pub name: Text<'a>,
    /// The form of the call.
    pub kind: CallKind,
    /// With what.
    pub arguments: Arguments<'a>,
    /// The upstream's state that belongs to the call (Google's `thoughtSignature`).
    pub state: Option<Opaque<'a>>,
}

/// What a tool is called with.
#[derive(Debug, Clone, PartialEq)]
pub enum Arguments<'a> {
    /// A JSON object.
    Object(Raw<'a>),
    /// A JSON object written into a string. Empty means an empty object; what is no object inside
    /// is not known before it is asked for.
    Encoded(Text<'a>),
    /// Free text.
    Free(Text<'a>),
}

impl Arguments<'_> {
    /// The arguments as a JSON object; `None` when they are something else, such as a text that
    /// ends too early.
    pub fn object(&self) -> Option<Cow<'_, [u8]>> {
        let encoded = match self {
            Self::Object(raw) => return Some(Cow::Borrowed(raw.bytes())),
            Self::Free(_) => return None,
            Self::Encoded(text) => text.resolve(),
        };
        let trimmed = encoded.trim_ascii();
        if trimmed.is_empty() {
            return Some(Cow::Borrowed(b"{}"));
        }
        // Some say that there are none with this word.
        if trimmed == "null" {
            return Some(Cow::Borrowed(b"{}"));
        }
        crate::json::Scanner::scan(trimmed.as_bytes()).ok()?;
        Some(if trimmed.len() == encoded.len() {
            match encoded {
                Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            }
        } else {
            Cow::Owned(trimmed.as_bytes().to_vec())
        })
    }

    /// The arguments as JSON text that belongs into a string; free text as it is.
    pub fn encoded(&self) -> Text<'_> {
        match self {
            Self::Object(raw) => Text::plain(String::from_utf8_lossy(raw.bytes())),
            Self::Encoded(text) | Self::Free(text) => text.borrow(),
        }
    }

    /// The same, owned.
    pub fn into_owned(self) -> Arguments<'static> {
        match self {
            Self::Object(raw) => Arguments::Object(raw.into_owned()),
            Self::Encoded(text) => Arguments::Encoded(text.into_owned()),
            Self::Free(text) => Arguments::Free(text.into_owned()),
        }
    }
}

impl ToolCall<'_> {
    /// The same call, owned.
    pub fn into_owned(self) -> ToolCall<'static> {
        ToolCall {
            id: self.id.into_owned(),
            item_id: self.item_id.map(|id| Placed {
                place: id.place,
                value: id.value.into_owned(),
            }),
            namespace: self.namespace.map(Text::into_owned),
            name: self.name.into_owned(),
            kind: self.kind,
            arguments: self.arguments.into_owned(),
            state: self.state.map(Opaque::into_owned),
        }
    }
}

/// What a call gave.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolResult<'a> {
    /// The id of the call.
    pub call_id: Text<'a>,
    /// The id of the item that the result is (Responses).
    pub item_id: Option<Placed<Text<'a>>>,
    /// The name of the tool, where the dialect gives it. Encoders that need it look the call up
    /// (`hub::calls`).
    pub name: Option<Placed<Text<'a>>>,
    /// The namespace of the tool, where the dialect gives it.
    pub namespace: Option<Placed<Text<'a>>>,
    /// The form of the call.
    pub kind: CallKind,
    /// What it gave: text, images, files.
    pub content: Vec<Part<'a>>,
    /// What it gave as an object (Google's `response`, Responses' structured outputs), in place of
    /// `content`.
    pub object: Option<Placed<Raw<'a>>>,
    /// Whether it failed.
    pub is_error: Option<Placed<bool>>,
}

impl<'a> ToolResult<'a> {
    /// The result of a function call.
    pub const fn new(call_id: Text<'a>, content: Vec<Part<'a>>) -> Self {
        Self {
            call_id,
            item_id: None,
            name: None,
            namespace: None,
            kind: CallKind::Function,
            content,
            object: None,
            is_error: None,
        }
    }

    /// The same result, owned.
    pub fn into_owned(self) -> ToolResult<'static> {
        let text = |text: Placed<Text<'_>>| Placed {
            place: text.place,
            value: text.value.into_owned(),
        };
        ToolResult {
            call_id: self.call_id.into_owned(),
            item_id: self.item_id.map(text),
            name: self.name.map(text),
            namespace: self.namespace.map(text),
            kind: self.kind,
            content: self.content.into_iter().map(Part::into_owned).collect(),
            object: self.object.map(|raw| Placed {
                place: raw.place,
                value: raw.value.into_owned(),
            }),
            is_error: self.is_error,
        }
    }
}

/// A tool of the upstream at work.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerItem<'a> {
    /// What the tool does.
    pub kind: ServerKind,
    /// The dialect whose form `raw` has.
    pub dialect: Dialect,
    /// The id that call and result have in common.
    pub id: Option<Text<'a>>,
    /// Whether it is the call, the result, or one item for both.
    pub stage: ServerStage,
    /// The whole block or item (an object).
    pub raw: Raw<'a>,
}

impl ServerItem<'_> {
    /// The same item, owned.
    pub fn into_owned(self) -> ServerItem<'static> {
        ServerItem {
            kind: self.kind,
            dialect: self.dialect,
            id: self.id.map(Text::into_owned),
            stage: self.stage,
            raw: self.raw.into_owned(),
        }
    }
}

/// What an item tells of a server tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerStage {
    /// That it is called.
    Call,
    /// What it gave.
    Result,
    /// Both.
    Both,
}

/// Which tools may or must be called.
#[derive(Debug, Clone, PartialEq)]
pub enum ToolChoice<'a> {
    /// Any or none.
    Auto,
    /// None.
    None,
    /// At least one.
    Required,
    /// This one.
    Named(ToolName<'a>),
    /// Only these, and with `required` at least one of them.
    Allowed {
        /// Whether one must be called.
        required: bool,
        /// The tools.
        tools: Vec<ToolName<'a>>,
    },
    /// A tool that the upstream runs.
    Server {
        /// What it does.
        kind: ServerKind,
        /// The choice in the form of its dialect (an object).
        raw: Raw<'a>,
    },
    /// A choice of one dialect, as it stands.
    Other(Raw<'a>),
}

/// A tool that is referred to.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolName<'a> {
    /// Where it is named.
    pub place: Place,
    /// The form of its calls.
    pub kind: CallKind,
    /// Its namespace.
    pub namespace: Option<Text<'a>>,
    /// Its name.
    pub name: Text<'a>,
}
