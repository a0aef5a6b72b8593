//! A whole answer as the stream that it could have been.

use super::{
    CallStart, Delta, Event, Part, PartKind, PartStart, Reasoning, Response, Sink, Start, Text,
    TextPart, ToolCall,
};

/// Gives the events of an answer, for callers who asked for a stream that the upstream did not give.
pub fn replay(response: &Response<'_>, sink: &mut Sink<'_>) {
    sink(Event::Start(Start {
        id: response.id.borrow(),
        model: response.model.borrow(),
        created: response.created,
        usage: response.usage,
        service_tier: response.service_tier.as_ref().map(Text::borrow),
    }));
    for part in &response.parts {
        replay_part(part, sink);
    }
    if let Some(logprobs) = &response.logprobs {
        sink(Event::Logprobs(logprobs.value.borrow()));
    }
    sink(Event::Usage(response.usage));
    if let Some(stop) = &response.stop {
        sink(Event::Stop(stop.clone()));
        sink(Event::End);
    }
}

fn replay_part(part: &Part<'_>, sink: &mut Sink<'_>) {
    match &part.kind {
        PartKind::Text(text) => replay_text(text, sink),
        PartKind::Refusal(words) => {
            sink(Event::PartStart(PartStart::Refusal));
            sink(Event::Delta(Delta::Refusal(words.borrow())));
            sink(Event::PartEnd);
        }
        PartKind::Reasoning(reasoning) => replay_reasoning(reasoning, sink),
        PartKind::ToolCall(call) => replay_call(call, sink),
        _ => sink(Event::Part(part.clone())),
    }
}

fn replay_text(text: &TextPart<'_>, sink: &mut Sink<'_>) {
    sink(Event::PartStart(PartStart::Text));
    sink(Event::Delta(Delta::Text(text.text.borrow())));
    if let Some(citations) = &text.citations {
        for item in &citations.items {
            let item = Box::new(item.clone());
            sink(Event::Delta(Delta::Citation(citations.dialect, item)));
        }
    }
    if let Some(state) = &text.state {
        sink(Event::Delta(Delta::State(state.clone())));
    }
    sink(Event::PartEnd);
}

fn replay_reasoning(reasoning: &Reasoning<'_>, sink: &mut Sink<'_>) {
    sink(Event::PartStart(PartStart::Reasoning));
    for (block, text) in (0..).zip(&reasoning.summary) {
        let text = text.borrow();
        sink(Event::Delta(Delta::Summary { block, text }));
    }
    for (block, text) in (0..).zip(&reasoning.text) {
        let text = text.borrow();
        sink(Event::Delta(Delta::Reasoning { block, text }));
    }
    if let Some(state) = &reasoning.state {
        sink(Event::Delta(Delta::State(state.clone())));
    }
    sink(Event::PartEnd);
}

fn replay_call(call: &ToolCall<'_>, sink: &mut Sink<'_>) {
    sink(Event::PartStart(PartStart::ToolCall(CallStart {
        id: call.id.borrow(),
        namespace: call.namespace.as_ref().map(Text::borrow),
        name: call.name.borrow(),
        kind: call.kind,
    })));
    if let Some(state) = &call.state {
        sink(Event::Delta(Delta::State(state.clone())));
    }
    sink(Event::Delta(Delta::Arguments(call.arguments.encoded())));
    sink(Event::PartEnd);
}
