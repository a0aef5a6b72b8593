//! Calls of the caller's tools.

use super::line::Line;
use crate::codec::responses::turns::fixed_input;
use crate::codec::view::{Emit, View};
use crate::hub::opaque::tag_id;
use crate::hub::{CallKind, CallStart, Opaque, Text};
use crate::json::Scanner;
use crate::json::writer::Writer;

/// A call. It begins with its first argument, because its id may carry state; those of a fixed form
/// are told at once.
#[derive(Debug)]
pub(super) struct CallItem {
    id: String,
    /// What the result will refer to.
    call_id: Text<'static>,
    namespace: Option<Text<'static>>,
    name: Text<'static>,
    kind: CallKind,
    state: Option<Opaque<'static>>,
    begun: bool,
    /// The arguments so far, as the content of a JSON string.
    arguments: Vec<u8>,
}

impl CallItem {
    pub(super) fn new(start: CallStart<'_>, number: u64, view: &View) -> Self {
        let prefix = match start.kind {
            CallKind::Function => "fc_",
            CallKind::Custom => "ctc_",
            CallKind::LocalShell => "lsh_",
            CallKind::Shell => "sh_",
            CallKind::ApplyPatch => "apc_",
            CallKind::ToolSearch => "tsc_",
            CallKind::Computer => "cu_",
        };
        Self {
            id: view.made_id(prefix, number),
            call_id: if start.id.is_empty() {
                Text::plain(view.made_id("call_", number))
            } else {
                start.id.into_owned()
            },
            namespace: start.namespace.map(Text::into_owned),
            name: start.name.into_owned(),
            kind: start.kind,
            state: None,
            begun: false,
            arguments: Vec::new(),
        }
    }

    /// The id that the item has at its upstream.
    pub(super) fn keep_id(&mut self, id: &Text<'_>) {
        self.id = id.resolve().into_owned();
    }

    /// The upstream's state of the call. Once its id is told it is too late for it.
    pub(super) fn state(&mut self, state: &Opaque<'_>) {
        if !self.begun {
            self.state = Some(state.clone().into_owned());
        }
    }

    pub(super) fn push(
        &mut self,
        text: &Text<'_>,
        view: &View,
        line: &mut Line,
        out: &mut Vec<u8>,
    ) {
        if text.is_empty() {
            return;
        }
        let before = self.arguments.len();
        text.write_content(&mut self.arguments);
        if fixed_input(self.kind).is_some() {
            return;
        }
        self.begin(view, line, out);
        let name = match self.kind {
            CallKind::Custom => "response.custom_tool_call_input.delta",
            _ => "response.function_call_arguments.delta",
        };
        line.tell(out, name, &self.id, |o| {
            o.key("delta").escaped(&self.arguments[before..]);
        });
    }

    fn begin(&mut self, view: &View, line: &mut Line, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.begun, true) {
            return;
        }
        if let Some(state) = &self.state {
            self.call_id = Text::plain(tag_id(&self.call_id, state, &view.scope));
        }
        line.added(out, |o| self.item("in_progress", b"", o));
    }

    fn item(&self, status: &str, arguments: &[u8], o: &mut Writer<'_>) {
        let custom = self.kind == CallKind::Custom;
        o.object(|o| {
            o.key("id").string(&self.id);
            o.key("type").string(if custom {
                "custom_tool_call"
            } else {
                "function_call"
            });
            o.key("status").string(status);
            o.key("call_id").text(&self.call_id);
            o.key("name").text(&self.name);
            if let Some(namespace) = &self.namespace {
                o.key("namespace").text(namespace);
            }
            o.key(if custom { "input" } else { "arguments" })
                .escaped(arguments);
        });
    }

    /// Writes what ends the call.
    pub(super) fn finish(mut self, emit: &mut Emit<'_>, line: &mut Line) {
        let object = self.object();
        if let (Some((kind, key)), Some(object)) = (fixed_input(self.kind), &object) {
            return self.fixed((kind, key), object, emit, line);
        }
        if self.kind == CallKind::Function && self.arguments.is_empty() {
            self.push(&Text::from("{}"), emit.view, line, emit.out);
        }
        self.begin(emit.view, line, emit.out);
        // The limit on tokens may have cut the arguments.
        let whole = self.kind == CallKind::Custom || object.is_some();
        let status = if whole { "completed" } else { "incomplete" };
        let custom = self.kind == CallKind::Custom;
        let name = if custom {
            "response.custom_tool_call_input.done"
        } else {
            "response.function_call_arguments.done"
        };
        line.tell(emit.out, name, &self.id, |o| {
            if custom {
                o.key("input").escaped(&self.arguments);
            } else {
                o.key("name").text(&self.name);
                o.key("arguments").escaped(&self.arguments);
            }
        });
        line.done(emit.out, |o| self.item(status, &self.arguments, o));
    }

    /// The arguments, if they are a JSON object.
    fn object(&self) -> Option<String> {
        let text = Text::of_content(&self.arguments);
        let text = text.resolve();
        let text = text.trim();
        if text.is_empty() {
            return Some("{}".to_owned());
        }
        Scanner::scan(text.as_bytes()).ok()?;
        Some(text.to_owned())
    }

    /// A call whose item holds an object.
    fn fixed(
        mut self,
        (kind, key): (&str, &str),
        object: &str,
        emit: &mut Emit<'_>,
        line: &mut Line,
    ) {
        if let Some(state) = &self.state {
            self.call_id = Text::plain(tag_id(&self.call_id, state, &emit.view.scope));
        }
        let item = |status: &str, o: &mut Writer<'_>| {
            o.object(|o| {
                o.key("id").string(&self.id);
                o.key("type").string(kind);
                o.key("status").string(status);
                o.key("call_id").text(&self.call_id);
                o.key(key).raw(object.as_bytes());
                match self.kind {
                    CallKind::ToolSearch => o.key("execution").string("client"),
                    CallKind::Computer => o.key("pending_safety_checks").array(|_| {}),
                    _ => {}
                }
            });
        };
        line.added(emit.out, |o| item("in_progress", o));
        line.done(emit.out, |o| item("completed", o));
    }
}
