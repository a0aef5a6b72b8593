//! Calls and what they gave, written.

use super::media::screenshot;
use super::{Capabilities, Pen, plain_part};
use crate::codec::write::drop_flag;
use crate::hub::wrap::{arguments, call_wire_name};
use crate::hub::{
    Arguments, CallKind, Part, PartKind, Reason, Text, ToolCall, ToolResult, short_id,
};

/// The longest id of a call that is taken.
const LONGEST_ID: usize = 64;

impl Pen<'_, '_> {
    pub(super) fn call(&mut self, part: &Part<'_>, call: &ToolCall<'_>) {
        if let Some(state) = &call.state {
            self.foreign_state(part.place, state);
        }
        let native = self.target.can(Capabilities::NAMESPACES);
        let custom = call.kind == CallKind::Custom && self.target.can(Capabilities::CUSTOM_TOOLS);
        let input = if self.own {
            fixed_input(call.kind)
        } else {
            None
        };
        self.json.open(b'{');
        self.json.key("type").string(match input {
            Some((kind, _)) => kind,
            None if custom => "custom_tool_call",
            None => "function_call",
        });
        if self.own {
            self.json.maybe_text("id", call.item_id.as_ref());
        }
        self.call_id(&call.id);
        if let Some((_, key)) = input {
            match arguments(call) {
                Some(object) => self.json.key(key).raw(&object),
                None => self.json.key(key).text(&call.arguments.encoded()),
            }
            if call.kind == CallKind::ToolSearch {
                self.json.key("execution").string("client");
            }
            self.json.key("status").string("completed");
        } else {
            let outer = call.namespace.as_ref().filter(|_| !native);
            let name = call_wire_name(outer, &call.name);
            self.json.key("name").string(&name);
            if let Some(namespace) = call.namespace.as_ref().filter(|_| native) {
                self.json.key("namespace").text(namespace);
            }
            self.call_input(call, custom);
        }
        self.json.own_extras(&part.extras, self.own, self.loss);
        self.json.close(b'}');
        if let Some(cache) = &part.cache {
            self.loss.drop_at(cache.place, Reason::NotInDialect);
        }
    }

    fn call_id(&mut self, id: &Text<'_>) {
        let most = if self.own { usize::MAX } else { LONGEST_ID };
        self.json
            .key("call_id")
            .string(&short_id(&id.resolve(), most));
    }

    fn call_input(&mut self, call: &ToolCall<'_>, custom: bool) {
        if custom {
            return self.json.key("input").text(&call.arguments.encoded());
        }
        self.json.key("arguments");
        match (&call.arguments, arguments(call)) {
            (Arguments::Free(_), Some(object)) => {
                self.json.string(&String::from_utf8_lossy(&object));
            }
            (Arguments::Encoded(text), _) if text.is_empty() => self.json.string("{}"),
            (given, _) => self.json.text(&given.encoded()),
        }
    }

    pub(super) fn result(&mut self, part: &Part<'_>, result: &ToolResult<'_>) {
        let kind = self.kinds.get(&*result.call_id.resolve());
        let kind = kind.copied().unwrap_or(result.kind);
        let custom = kind == CallKind::Custom && self.target.can(Capabilities::CUSTOM_TOOLS);
        let fixed = fixed_output(kind).filter(|_| self.own);
        self.json.open(b'{');
        self.json.key("type").string(match fixed {
            Some(kind) => kind,
            None if custom => "custom_tool_call_output",
            None => "function_call_output",
        });
        if self.own {
            self.json.maybe_text("id", result.item_id.as_ref());
            self.json.maybe_text("name", result.name.as_ref());
            self.json.maybe_text("namespace", result.namespace.as_ref());
        }
        self.call_id(&result.call_id);
        if fixed.is_some() {
            self.fixed_result(kind, result);
        } else {
            drop_flag(
                self.loss,
                result.is_error.as_ref(),
                false,
                Reason::NotInDialect,
            );
            self.json.key("output");
            self.output(result);
        }
        self.json.own_extras(&part.extras, self.own, self.loss);
        self.json.close(b'}');
        if let Some(cache) = &part.cache {
            self.loss.drop_at(cache.place, Reason::NotInDialect);
        }
    }

    fn output(&mut self, result: &ToolResult<'_>) {
        if let Some(object) = &result.object {
            return self.json.string(&String::from_utf8_lossy(object.bytes()));
        }
        match &result.content[..] {
            [] => self.json.string(""),
            [part] if plain_part(part).is_some() => {
                self.json.text(plain_part(part).unwrap_or(&Text::default()));
            }
            parts if self.own || self.target.can(Capabilities::RICH_RESULTS) => {
                self.json.open(b'[');
                for part in parts {
                    self.part(part, false);
                }
                self.json.close(b']');
            }
            parts => self.texts(parts),
        }
    }

    /// The texts of a result, for an upstream that takes nothing else.
    fn texts(&mut self, parts: &[Part<'_>]) {
        let mut all = Vec::new();
        for part in parts {
            match &part.kind {
                PartKind::Text(text) => all.push(text.text.resolve()),
                _ => self.loss.drop_at(part.place, Reason::NotSupported),
            }
            self.part_rest(part);
        }
        self.json.string(&all.join("\n"));
    }

    /// A result whose output has a form of its own.
    fn fixed_result(&mut self, kind: CallKind, result: &ToolResult<'_>) {
        let text = result.content.first().and_then(plain_part);
        match kind {
            CallKind::ApplyPatch => {
                let failed = result.is_error.is_some_and(|failed| failed.value);
                let status = if failed { "failed" } else { "completed" };
                self.json.key("status").string(status);
                if let Some(text) = text {
                    self.json.key("output").text(text);
                }
            }
            CallKind::Computer => {
                self.json.key("output");
                match result.content.first().map(|part| &part.kind) {
                    Some(PartKind::Image(image)) => screenshot(image, &mut self.json),
                    _ => self.output(result),
                }
            }
            CallKind::Shell | CallKind::ToolSearch => {
                let search = kind == CallKind::ToolSearch;
                let key = if search { "tools" } else { "output" };
                // It was read as the text of its JSON.
                let text = text.map(Text::resolve).unwrap_or_default();
                self.json.key(key);
                if text.starts_with('[') {
                    self.json.raw(text.as_bytes());
                } else {
                    self.json.string(&text);
                }
                if search {
                    self.json.key("execution").string("client");
                    self.json.key("status").string("completed");
                }
            }
            _ => {
                self.json.key("output");
                self.output(result);
            }
        }
    }
}

/// The item for a call of a tool of a fixed form, and the member that holds its input.
pub(in crate::codec::responses) const fn fixed_input(
    kind: CallKind,
) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        CallKind::LocalShell => ("local_shell_call", "action"),
        CallKind::Shell => ("shell_call", "action"),
        CallKind::ApplyPatch => ("apply_patch_call", "operation"),
        CallKind::Computer => ("computer_call", "action"),
        CallKind::ToolSearch => ("tool_search_call", "arguments"),
        CallKind::Function | CallKind::Custom => return None,
    })
}

/// The item for the result of such a call.
const fn fixed_output(kind: CallKind) -> Option<&'static str> {
    Some(match kind {
        CallKind::LocalShell => "local_shell_call_output",
        CallKind::Shell => "shell_call_output",
        CallKind::ApplyPatch => "apply_patch_call_output",
        CallKind::Computer => "computer_call_output",
        CallKind::ToolSearch => "tool_search_output",
        CallKind::Function | CallKind::Custom => return None,
    })
}
