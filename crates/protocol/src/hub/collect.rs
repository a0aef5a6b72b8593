//! A stream as the answer that it was.

use super::{
    Arguments, CallKind, CallStart, Citations, Delta, Event, Part, PartKind, PartStart, Place,
    Placed, Raw, Reasoning, Response, Text, TextPart, ToolCall,
};
use crate::dialect::Dialect;
use crate::error::InBandError;
use crate::json::value::Value;
use crate::json::writer::Writer;

/// Puts the events of a stream together into the answer that a request without `stream` would have
/// had.
#[derive(Debug)]
pub struct Collector {
    response: Response<'static>,
    open: Option<Open>,
    logprobs: Vec<Raw<'static>>,
    ended: bool,
    error: Option<InBandError>,
}

#[derive(Debug)]
struct Open {
    start: PartStart<'static>,
    /// Text, refusal, arguments.
    text: String,
    reasoning: Vec<String>,
    summary: Vec<String>,
    state: Option<super::Opaque<'static>>,
    citations: Option<Citations<'static>>,
}

impl Collector {
    /// A collector for a stream of that dialect.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            response: Response::new(dialect, &[]),
            open: None,
            logprobs: Vec::new(),
            ended: false,
            error: None,
        }
    }

    /// Takes the next event.
    pub fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(start) => {
                self.response.id = start.id.into_owned();
                self.response.model = start.model.into_owned();
                self.response.created = start.created;
                self.response.usage.merge(&start.usage);
                self.response.service_tier = start.service_tier.map(Text::into_owned);
            }
            Event::PartStart(start) => self.open = Some(Open::new(start.into_owned())),
            Event::Delta(delta) => {
                if let Some(open) = self.open.as_mut() {
                    open.push(delta);
                }
            }
            Event::PartEnd => {
                let part = self.open.take().map(Open::into_part);
                self.response.parts.extend(part);
            }
            Event::Part(part) => self.response.parts.push(part.into_owned()),
            Event::Logprobs(raw) => self.logprobs.push(raw.into_owned()),
            Event::Unnamed(unnamed) => self.response.extras.push(unnamed.extra.into_owned()),
            Event::Usage(usage) => self.response.usage.merge(&usage),
            Event::Stop(reason) => self.response.stop = Some(reason.into_owned()),
            Event::End => self.ended = true,
            Event::Error(error) => self.error = Some(error),
        }
    }

    /// The answer, if the stream was complete.
    ///
    /// # Errors
    /// The error that the upstream reported; `None` when the stream just broke off.
    pub fn finish(mut self) -> Result<Response<'static>, Option<InBandError>> {
        if let Some(error) = self.error {
            return Err(Some(error));
        }
        if !self.ended {
            return Err(None);
        }
        self.response.logprobs = joined(&self.logprobs);
        Ok(self.response)
    }
}

impl Open {
    const fn new(start: PartStart<'static>) -> Self {
        Self {
            start,
            text: String::new(),
            reasoning: Vec::new(),
            summary: Vec::new(),
            state: None,
            citations: None,
        }
    }

    fn push(&mut self, delta: Delta<'_>) {
        match delta {
            Delta::Text(text) | Delta::Refusal(text) | Delta::Arguments(text) => {
                self.text.push_str(&text.resolve());
            }
            Delta::Reasoning { block, text } => push_block(&mut self.reasoning, block, &text),
            Delta::Summary { block, text } => push_block(&mut self.summary, block, &text),
            Delta::State(state) => self.state = Some(state.into_owned()),
            Delta::Citation(dialect, citation) => {
                let citations = self.citations.get_or_insert_with(|| Citations {
                    place: Place::NONE,
                    dialect,
                    items: Vec::new(),
                });
                citations.items.push(citation.into_owned());
            }
        }
    }

    fn into_part(self) -> Part<'static> {
        let text = Text::plain(self.text);
        let kind = match self.start {
            PartStart::Text => PartKind::Text(TextPart {
                text,
                citations: self.citations,
                state: self.state,
            }),
            PartStart::Refusal => PartKind::Refusal(text),
            PartStart::Reasoning => PartKind::Reasoning(Reasoning {
                text: self.reasoning.into_iter().map(Text::plain).collect(),
                summary: self.summary.into_iter().map(Text::plain).collect(),
                state: self.state,
            }),
            PartStart::ToolCall(call) => {
                PartKind::ToolCall(Box::new(tool_call(call, text, self.state)))
            }
        };
        Part::new(Place::NONE, kind)
    }
}

fn tool_call(
    call: CallStart<'static>,
    arguments: Text<'static>,
    state: Option<super::Opaque<'static>>,
) -> ToolCall<'static> {
    ToolCall {
        id: call.id,
        item_id: None,
        namespace: call.namespace,
        name: call.name,
        kind: call.kind,
        arguments: match call.kind {
            CallKind::Custom => Arguments::Free(arguments),
            _ => Arguments::Encoded(arguments),
        },
        state,
    }
}

fn push_block(blocks: &mut Vec<String>, block: u32, text: &Text<'_>) {
    // Blocks come one after the other, so that a number far ahead is only the next block.
    let block = (block as usize).min(blocks.len());
    if block == blocks.len() {
        blocks.push(String::new());
    }
    blocks[block].push_str(&text.resolve());
}

/// The arrays of several `logprobs` objects, one after the other in one object.
fn joined(pieces: &[Raw<'static>]) -> Option<Placed<Raw<'static>>> {
    let first = pieces.first()?;
    let mut out = Vec::new();
    Writer::new(&mut out).object(|o| {
        for (key, value) in first.value().members() {
            if value.is_array() || value.is_null() {
                o.raw_key(key.0).array(|a| {
                    let name = key.text();
                    let arrays = pieces
                        .iter()
                        .filter_map(|piece| piece.value().member(&name));
                    for element in arrays.flat_map(Value::elements) {
                        a.raw(element.raw());
                    }
                });
            } else {
                o.raw_key(key.0).raw(value.raw());
            }
        }
    });
    Some(Placed::nowhere(Raw::written(out)))
}
