//! Streams: frames into events, and events into frames.

use super::view::{Emit, View};
use super::{chat, gemini, messages, responses};
use crate::dialect::Dialect;
use crate::hub::wrap::Unwrapper;
use crate::hub::{Delta, Event, Loss, Place, Reason, Sink, StopReason, StreamError, Text};
use crate::inspect::continuation::text_span;
use crate::inspect::template::Template;
use crate::json::Scanner;
use crate::json::value::Value;
use crate::sse::Frame;

/// Reads the stream of an upstream.
#[derive(Debug)]
pub struct StreamDecoder {
    scanner: Scanner,
    inner: Decoder,
    /// The last event that was more text and nothing else.
    template: Template,
    /// What that text belongs to.
    key: u64,
    ended: bool,
}

#[derive(Debug)]
enum Decoder {
    Chat(Box<chat::StreamDecoder>),
    Responses(Box<responses::StreamDecoder>),
    Messages(Box<messages::StreamDecoder>),
    Gemini(Box<gemini::StreamDecoder>),
}

impl StreamDecoder {
    /// A decoder at the start of a stream.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            scanner: Scanner::new(),
            inner: match dialect {
                Dialect::OpenaiChat => Decoder::Chat(Box::default()),
                Dialect::OpenaiResponses => Decoder::Responses(Box::default()),
                Dialect::AnthropicMessages => Decoder::Messages(Box::default()),
                Dialect::GeminiGenerate => Decoder::Gemini(Box::default()),
            },
            template: Template::default(),
            key: 0,
            ended: false,
        }
    }

    /// Takes the next frame and gives its events to `sink`. After the last event nothing is given.
    ///
    /// # Errors
    /// The stream cannot be read further.
    pub fn push_frame(
        &mut self,
        frame: &Frame<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), StreamError> {
        if self.ended {
            return Ok(());
        }
        if let Some(text) = self.template.text(frame.raw()) {
            return self.inner.text(self.key, Text::of_content(text), sink);
        }
        let data = frame.data();
        let data = data.trim_ascii();
        if data.is_empty() {
            return Ok(());
        }
        let Self {
            scanner,
            inner,
            template,
            key,
            ended,
        } = self;
        let (mut texts, mut others) = (0, 0);
        let mut watch = |event: Event<'_>| {
            *ended |= matches!(event, Event::End | Event::Error(_));
            match event {
                Event::Delta(Delta::Text(_)) => texts += 1,
                _ => others += 1,
            }
            sink(event);
        };
        if data == b"[DONE]" {
            return inner.done(&mut watch);
        }
        scanner.rescan(data).map_err(StreamError::Malformed)?;
        inner.event(Value::of_document(data), &mut watch)?;
        if (texts, others) == (1, 0)
            && template.wants_more()
            && let Some(of) = inner.text_key()
            && let Some(text) = text_span(inner.dialect(), frame)
        {
            *key = of;
            template.learn(frame.raw(), text.start + 1..text.end - 1);
        }
        Ok(())
    }

    /// The connection has ended.
    ///
    /// # Errors
    /// [`StreamError::Truncated`] when the upstream had not said that the answer is complete.
    pub fn finish(&mut self, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        if self.ended {
            return Ok(());
        }
        self.ended = true;
        self.inner.finish(sink)
    }

    /// Whether the stream is complete, or has failed in its own words.
    pub fn ended(&self) -> bool {
        self.ended
    }
}

impl Decoder {
    fn event(&mut self, root: Value<'_>, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        match self {
            Self::Chat(inner) => inner.event(root, sink),
            Self::Responses(inner) => inner.event(root, sink),
            Self::Messages(inner) => inner.event(root, sink),
            Self::Gemini(inner) => inner.event(root, sink),
        }
    }

    const fn dialect(&self) -> Dialect {
        match self {
            Self::Chat(_) => Dialect::OpenaiChat,
            Self::Responses(_) => Dialect::OpenaiResponses,
            Self::Messages(_) => Dialect::AnthropicMessages,
            Self::Gemini(_) => Dialect::GeminiGenerate,
        }
    }

    /// What the text of the last event belongs to, if another event with the same bytes around its
    /// text says only that more text follows.
    fn text_key(&self) -> Option<u64> {
        match self {
            Self::Chat(inner) => inner.text_key(),
            Self::Messages(inner) => inner.text_key(),
            // Their events are numbered, or count tokens, and so never alike.
            Self::Responses(_) | Self::Gemini(_) => None,
        }
    }

    /// More text.
    fn text(&mut self, key: u64, text: Text<'_>, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        match self {
            Self::Chat(inner) => inner.text(text, sink),
            Self::Messages(inner) => inner.text(key, text, sink),
            Self::Responses(_) | Self::Gemini(_) => Ok(()),
        }
    }

    /// `[DONE]`, which only chat streams end with; elsewhere it is noise.
    fn done(&mut self, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        match self {
            Self::Chat(inner) => inner.done(sink),
            _ => Ok(()),
        }
    }

    fn finish(&mut self, sink: &mut Sink<'_>) -> Result<(), StreamError> {
        match self {
            Self::Chat(inner) => inner.finish(sink),
            Self::Responses(inner) => inner.finish(sink),
            Self::Messages(inner) => inner.finish(sink),
            Self::Gemini(inner) => inner.finish(sink),
        }
    }
}

/// Writes the stream of a caller.
#[derive(Debug)]
pub struct StreamEncoder {
    view: View,
    unwrapper: Unwrapper,
    inner: Encoder,
    loss: Loss,
    ended: bool,
}

#[derive(Debug)]
enum Encoder {
    Chat(Box<chat::StreamEncoder>),
    Responses(Box<responses::StreamEncoder>),
    Messages(Box<messages::StreamEncoder>),
    Gemini(Box<gemini::StreamEncoder>),
}

impl StreamEncoder {
    /// An encoder at the start of a stream.
    pub fn new(view: View) -> Self {
        Self {
            unwrapper: Unwrapper::default(),
            inner: match view.dialect {
                Dialect::OpenaiChat => Encoder::Chat(Box::default()),
                Dialect::OpenaiResponses => Encoder::Responses(Box::default()),
                Dialect::AnthropicMessages => Encoder::Messages(Box::default()),
                Dialect::GeminiGenerate => Encoder::Gemini(Box::default()),
            },
            view,
            loss: Loss::default(),
            ended: false,
        }
    }

    /// Writes an event behind what `out` already holds. An error is written in the caller's form;
    /// nothing follows it, and no terminator either.
    pub fn event(&mut self, event: Event<'_>, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        let Self {
            view,
            unwrapper,
            inner,
            loss,
            ended,
        } = self;
        unwrapper.event(event, &view.tools, &mut |event| {
            *ended |= matches!(event, Event::End | Event::Error(_));
            report(&event, inner, view.dialect, loss);
            let mut emit = Emit { view, loss, out };
            inner.event(event, &mut emit);
        });
    }

    /// Whether the stream has been written to its end.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// How many events were written with a `sequence_number` (Responses): the number of the next one.
    pub fn next_sequence(&self) -> u64 {
        match &self.inner {
            Encoder::Responses(inner) => inner.next_sequence(),
            _ => 0,
        }
    }

    /// What could not be told so far. Places are those of single frames and mean nothing; the names
    /// of the members tell.
    pub fn loss(&self) -> &Loss {
        &self.loss
    }
}

/// Reports what no encoder but the one of its own dialect can tell.
fn report(event: &Event<'_>, encoder: &Encoder, to: Dialect, loss: &mut Loss) {
    match event {
        Event::Unnamed(unnamed) => {
            // Only Google's streams end with a place for them.
            let told = matches!(encoder, Encoder::Gemini(_)) && unnamed.is_for(to);
            if !told {
                loss.drop_member(Place::NONE, unnamed.path(), unnamed.reason);
            }
        }
        Event::Stop(StopReason::Other(_)) => {
            loss.drop_member(Place::NONE, "stop_reason", Reason::NotInDialect);
        }
        _ => {}
    }
}

impl Encoder {
    fn event(&mut self, event: Event<'_>, emit: &mut Emit<'_>) {
        match self {
            Self::Chat(inner) => inner.event(event, emit),
            Self::Responses(inner) => inner.event(event, emit),
            Self::Messages(inner) => inner.event(event, emit),
            Self::Gemini(inner) => inner.event(event, emit),
        }
    }
}
