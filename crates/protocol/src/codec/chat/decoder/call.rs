//! Calls that come in pieces.

use crate::hub::sequence::Sequencer;
use crate::hub::{CallKind, CallStart, Delta, PartStart, Sink, StreamError, Text};
use crate::json::value::Value;

/// A call as its pieces have told it.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) index: u64,
    pub(super) key: u64,
    pub(super) id: String,
    /// Arguments that came before the name.
    pub(super) early: Option<String>,
    pub(super) kind: CallKind,
    pub(super) json: Balance,
}

impl Call {
    /// Whether it has been told: without a name it never is.
    pub(super) const fn has_begun(&self) -> bool {
        self.early.is_none()
    }
}

/// Begins the part of a call once its name is known.
pub(super) fn begin(
    call: &mut Call,
    name: Option<Text<'_>>,
    parts: &mut Sequencer,
    sink: &mut Sink<'_>,
) -> Result<(), StreamError> {
    let Some(name) = name.filter(|_| call.early.is_some()) else {
        return Ok(());
    };
    let start = CallStart {
        id: Text::plain(call.id.as_str()),
        namespace: None,
        name,
        kind: call.kind,
    };
    parts.start(call.key, PartStart::ToolCall(start), sink);
    match call.early.take().filter(|early| !early.is_empty()) {
        Some(early) => parts.delta(call.key, Delta::Arguments(Text::plain(early)), sink),
        None => Ok(()),
    }
}

/// More arguments: text, or an object where an upstream gives one.
pub(super) fn more(
    call: &mut Call,
    arguments: Value<'_>,
    parts: &mut Sequencer,
    sink: &mut Sink<'_>,
) -> Result<(), StreamError> {
    let text = match Text::of(arguments) {
        Some(text) => text,
        None if arguments.is_object() => Text::plain(String::from_utf8_lossy(arguments.raw())),
        None => return Ok(()),
    };
    if text.is_empty() {
        return Ok(());
    }
    call.json.push(text.resolve().as_bytes());
    match &mut call.early {
        Some(early) => {
            early.push_str(&text.resolve());
            Ok(())
        }
        None => parts.delta(call.key, Delta::Arguments(text), sink),
    }
}

/// Follows JSON text far enough to know when its object is closed.
#[derive(Debug, Default)]
pub(super) struct Balance {
    depth: u32,
    begun: bool,
    string: bool,
    escape: bool,
}

impl Balance {
    pub(super) fn push(&mut self, json: &[u8]) {
        for byte in json {
            if self.string {
                match byte {
                    _ if self.escape => self.escape = false,
                    b'\\' => self.escape = true,
                    b'"' => self.string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.string = true,
                b'{' | b'[' => {
                    self.begun = true;
                    self.depth += 1;
                }
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }

    /// Whether an object has begun and ended.
    pub(super) const fn is_whole(&self) -> bool {
        self.begun && self.depth == 0 && !self.string
    }
}
