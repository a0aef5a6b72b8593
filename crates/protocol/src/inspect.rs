//! What an answer says, read beside the bytes that are passed on unchanged.

mod answer;
mod chat;
pub(crate) mod continuation;
pub(crate) mod counts;
mod gemini;
mod messages;
mod responses;
pub(crate) mod template;

use std::cell::RefCell;

use bytes::Bytes;

use crate::dialect::Dialect;
use crate::error::InBandError;
use crate::json::value::{Key, Value};
use crate::json::{Member, Scanner};
use crate::sse::Frame;
use crate::usage::Usage;

pub use self::answer::{Answer, read_answer};
pub use self::continuation::{TextDelta, text_delta};
use self::counts::Counts;
use self::template::Template;

thread_local! {
    /// Scans the events of all streams of this thread, one after the other: a stream that waits for its next event keeps
    /// nothing of it.
    static SCANNER: RefCell<Scanner> = RefCell::default();
}

/// What an event of a stream is to a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// No event at all: a comment, a blank line, a foreign terminator.
    Comment,
    /// It opens or closes something, or nothing is known of it: no part of the answer yet.
    Lifecycle,
    /// A part of the answer: text, refusal, reasoning, tool calls, audio, images.
    Content,
    /// The answer is whole, or its final counts; the terminator is still to come.
    Finish,
    /// The usage chunk of a chat stream that nobody but the gateway asked for: to be taken out.
    AddedUsage,
    /// The dialect's terminator. It ends the stream well, also without content.
    Terminal,
    /// The upstream says that it failed.
    Error(InBandError),
    /// The data is no JSON object.
    Malformed,
}

/// Watches the events of one stream.
///
/// ```
/// use aigw_protocol::{Dialect, Framer, Inspector, Verdict};
///
/// let mut framer = Framer::new(1 << 20);
/// framer.push("data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: [DONE]\n\n".into());
/// let mut inspector = Inspector::new(Dialect::OpenaiChat, false);
/// let mut verdicts = Vec::new();
/// while let Some(frame) = framer.next() {
///     verdicts.push(inspector.inspect(&frame?));
/// }
/// assert_eq!(verdicts, [Verdict::Content, Verdict::Terminal]);
/// # Ok::<(), aigw_protocol::EventTooLarge>(())
/// ```
#[derive(Debug, Clone)]
pub struct Inspector {
    dialect: Dialect,
    strip_usage: bool,
    state: State,
    template: Template,
}

/// What is known of the stream so far.
#[derive(Debug, Clone, Default)]
struct State {
    counts: Counts,
    finished: bool,
    terminated: bool,
    /// Something else than text was seen.
    beyond_text: bool,
    next_sequence: u64,
}

impl Inspector {
    /// An inspector at the start of a stream. `strip_usage`: the gateway added
    /// `stream_options.include_usage`, so that the chunk it brings is [`Verdict::AddedUsage`].
    pub fn new(dialect: Dialect, strip_usage: bool) -> Self {
        Self {
            dialect,
            strip_usage,
            state: State::default(),
            template: Template::default(),
        }
    }

    /// Looks at the next event. All of its data is validated.
    pub fn inspect(&mut self, frame: &Frame<'_>) -> Verdict {
        if self.template.fits(frame.raw()) {
            return Verdict::Content;
        }
        let verdict = self.inspect_anew(frame);
        if verdict == Verdict::Content && self.template.wants_more() {
            self.learn(frame);
        }
        verdict
    }

    /// Remembers a text delta. The events of Responses streams are numbered and so never alike.
    fn learn(&mut self, frame: &Frame<'_>) {
        let alike = matches!(
            self.dialect,
            Dialect::OpenaiChat | Dialect::AnthropicMessages
        );
        if alike && let Some(text) = continuation::text_span(self.dialect, frame) {
            self.template
                .learn(frame.raw(), text.start + 1..text.end - 1);
        }
    }

    fn inspect_anew(&mut self, frame: &Frame<'_>) -> Verdict {
        let data = frame.data();
        let payload = data.trim_ascii();
        if payload.is_empty() {
            return Verdict::Comment;
        }
        if payload == b"[DONE]" {
            return self.done();
        }
        SCANNER.with_borrow_mut(|scanner| {
            scanner
                .rescan(payload)
                .map_or(Verdict::Malformed, |members| {
                    self.inspect_event(&Event {
                        payload,
                        members,
                        name: frame.event().unwrap_or_default(),
                    })
                })
        })
    }

    fn inspect_event(&mut self, event: &Event<'_>) -> Verdict {
        match self.dialect {
            Dialect::OpenaiChat => chat::inspect(&mut self.state, event, self.strip_usage),
            Dialect::OpenaiResponses => responses::inspect(&mut self.state, event),
            Dialect::AnthropicMessages => messages::inspect(&mut self.state, event),
            Dialect::GeminiGenerate => gemini::inspect(&mut self.state, event),
        }
    }

    /// The counts reported so far.
    pub fn usage(&self) -> Usage {
        self.state.counts.usage(self.dialect)
    }

    /// Whether the upstream said that the answer is whole: a finish reason or the terminator.
    pub fn finished(&self) -> bool {
        self.state.finished
    }

    /// Whether the dialect's terminator was seen; for Gemini, which has none, a finish reason.
    pub fn terminated(&self) -> bool {
        self.state.terminated
    }

    /// Whether nothing but text was seen so far.
    pub fn text_only(&self) -> bool {
        !self.state.beyond_text
    }

    /// The terminator to add when the upstream ended behind a finish reason without one.
    pub fn completion(&self) -> Option<Bytes> {
        if !self.state.finished || self.state.terminated {
            return None;
        }
        match self.dialect {
            Dialect::OpenaiChat => Some(Bytes::from_static(b"data: [DONE]\n\n")),
            Dialect::AnthropicMessages => Some(Bytes::from_static(
                b"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
            )),
            Dialect::OpenaiResponses | Dialect::GeminiGenerate => None,
        }
    }

    /// The `sequence_number` that an event added to a Responses stream carries.
    pub fn next_sequence(&self) -> u64 {
        self.state.next_sequence
    }

    fn done(&mut self) -> Verdict {
        if self.dialect != Dialect::OpenaiChat {
            return Verdict::Comment;
        }
        self.state.terminated = true;
        self.state.finished = true;
        Verdict::Terminal
    }
}

impl State {
    fn read_usage(&mut self, usage: Option<Value<'_>>) {
        if let Some(usage) = usage {
            self.counts.read(usage);
        }
    }

    fn content(&mut self, is_text: bool) -> Verdict {
        self.beyond_text |= !is_text;
        Verdict::Content
    }

    fn terminal(&mut self) -> Verdict {
        self.finished = true;
        self.terminated = true;
        Verdict::Terminal
    }

    fn finish(&mut self) -> Verdict {
        self.finished = true;
        Verdict::Finish
    }
}

/// The validated data of an event.
struct Event<'a> {
    payload: &'a [u8],
    members: &'a [Member],
    /// The name on the `event:` line, or nothing.
    name: &'a [u8],
}

impl<'a> Event<'a> {
    /// The last top-level member of that name.
    fn member(&self, name: &str) -> Option<Value<'a>> {
        let [value] = self.pick([name]);
        value
    }

    /// The last top-level members of these names.
    fn pick<const N: usize>(&self, names: [&str; N]) -> [Option<Value<'a>>; N] {
        let mut picked = [None; N];
        for member in self.members {
            let key = self.payload.get(member.key.clone()).unwrap_or_default();
            let is = |name: &&str| {
                if member.escaped_key {
                    Key(key).is(name)
                } else {
                    key == name.as_bytes()
                }
            };
            if let Some(index) = names.iter().position(is) {
                picked[index] = Some(Value::of_member(self.payload, member));
            }
        }
        picked
    }

    /// A member that says something.
    fn given(&self, name: &str) -> Option<Value<'a>> {
        self.member(name).filter(|value| !value.is_blank())
    }

    /// The `type` in the data; the name of the event where there is none.
    fn kind(&self) -> &'a [u8] {
        self.member("type")
            .and_then(Value::raw_text)
            .unwrap_or(self.name)
    }

    /// The error of an event that is one by its type: nested, within a failed response, or flat.
    fn failure(&self) -> InBandError {
        let response = || {
            self.member("response")?
                .member("error")
                .filter(|error| !error.is_blank())
        };
        InBandError::read(self.payload, self.given("error").or_else(response))
    }

    /// The error that an event of any type reports, if it does.
    fn error(&self) -> Option<InBandError> {
        self.error_in(self.member("error"))
    }

    /// The error that is the value of `error`, if that is one.
    fn error_in(&self, error: Option<Value<'_>>) -> Option<InBandError> {
        let error = error.filter(|error| !error.is_blank())?;
        let said = error.is_object() || error.raw_text().is_some();
        said.then(|| InBandError::read(self.payload, Some(error)))
    }
}

#[cfg(test)]
mod tests;
