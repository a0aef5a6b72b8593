//! Calls of functions turned back into calls of the tools that they stand for.

use super::input::Input;
use crate::hub::{
    Arguments, CallKind, CallStart, Delta, Event, Part, PartKind, PartStart, Sink, Text, ToolCall,
    ToolMap,
};

/// Stands between a decoder and an encoder and turns calls back into what the caller knows.
#[derive(Debug, Default)]
pub(crate) struct Unwrapper {
    open: Option<Input>,
}

impl Unwrapper {
    /// Hands on an event as the caller knows it.
    pub(crate) fn event(&mut self, event: Event<'_>, tools: &ToolMap, sink: &mut Sink<'_>) {
        if tools.is_empty() {
            sink(event);
            return;
        }
        match event {
            Event::PartStart(PartStart::ToolCall(call)) if call.kind == CallKind::Function => {
                sink(Event::PartStart(PartStart::ToolCall(
                    self.start(call, tools),
                )));
            }
            Event::Delta(Delta::Arguments(text)) if self.open.is_some() => {
                let input = self.open.as_mut().map(|open| open.push(&text.resolve()));
                hand_on(input, sink);
            }
            Event::PartEnd => {
                let input = self.open.take().map(|mut open| open.finish());
                hand_on(input, sink);
                sink(Event::PartEnd);
            }
            Event::Part(part) => sink(Event::Part(unwrap_part(part, tools))),
            other => sink(other),
        }
    }

    fn start<'e>(&mut self, call: CallStart<'e>, tools: &ToolMap) -> CallStart<'e> {
        let Some(known) = tools.known(&call.name.resolve()) else {
            return call;
        };
        if known.kind == CallKind::Custom {
            self.open = Some(Input::default());
        }
        CallStart {
            id: call.id,
            namespace: known.namespace.clone().map(Text::plain),
            name: Text::plain(known.name.clone()),
            kind: known.kind,
        }
    }
}

fn hand_on(input: Option<String>, sink: &mut Sink<'_>) {
    if let Some(text) = input.filter(|text| !text.is_empty()) {
        sink(Event::Delta(Delta::Arguments(Text::plain(text))));
    }
}

/// A part of an answer as the caller knows it.
pub(crate) fn unwrap_part<'a>(part: Part<'a>, tools: &ToolMap) -> Part<'a> {
    let PartKind::ToolCall(call) = part.kind else {
        return part;
    };
    Part {
        kind: PartKind::ToolCall(Box::new(unwrap_call(*call, tools))),
        ..part
    }
}

fn unwrap_call<'a>(mut call: ToolCall<'a>, tools: &ToolMap) -> ToolCall<'a> {
    if call.kind != CallKind::Function {
        return call;
    }
    let Some(known) = tools.known(&call.name.resolve()) else {
        return call;
    };
    call.namespace = known.namespace.clone().map(Text::plain);
    call.name = Text::plain(known.name.clone());
    call.kind = known.kind;
    if known.kind == CallKind::Custom {
        let mut input = Input::default();
        let mut text = input.push(&call.arguments.encoded().resolve());
        text.push_str(&input.finish());
        call.arguments = Arguments::Free(Text::plain(text));
    }
    call
}
