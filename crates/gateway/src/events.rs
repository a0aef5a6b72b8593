//! An upstream's event stream: framed, inspected, and handed on without what callers are not to see.

use std::task::{Context, Poll};

use aigw_protocol::hub::{LossReport, StreamError};
use aigw_protocol::{
    Dialect, Frame, Framer, InBandError, Inspector, Usage, Verdict, model_json as json_string,
    text_delta,
};
use bytes::{Bytes, BytesMut};

use crate::source::{Source, SourceError};
use crate::translation::Translator;

/// A continuation has to repeat what was sent; longer answers are not continued.
const TEXT_KEPT: usize = 1 << 20;
/// Output is handed on at this size even while more input is waiting.
const BATCH: usize = 64 * 1024;

/// An upstream's event stream on its way to the caller.
#[derive(Debug)]
pub(crate) struct Events {
    source: Source,
    framer: Framer,
    output: Output,
}

/// What becomes of the events.
#[derive(Debug)]
struct Output {
    inspector: Inspector,
    /// The upstream's dialect.
    dialect: Dialect,
    /// Writes the caller's dialect, where that is another.
    translator: Option<Box<Translator>>,
    out: BytesMut,
    /// Content has been seen: from here on what is in `out` may go to the caller.
    content: bool,
    malformed: u32,
    /// Text sent so far, while a continuation is possible.
    text: Option<String>,
    closing: Option<Closing>,
    /// What of the sent text has still to be repeated.
    owed: Option<String>,
}

/// What ended a stream, by the stream's own word.
#[derive(Debug)]
pub(crate) enum Closing {
    /// The terminal event is in the output.
    Terminal,
    /// The upstream's own error event.
    Error(Box<Reported>),
    /// One event was larger than allowed.
    TooLarge,
    /// What came cannot be translated.
    Unreadable(StreamError),
    /// A continuation does not begin with what was sent.
    Differs,
}

/// An error that the upstream told inside its stream.
#[derive(Debug)]
pub(crate) struct Reported {
    pub(crate) error: InBandError,
    /// The whole event, as the caller reads it.
    pub(crate) event: Bytes,
    /// Its data, as the upstream wrote it.
    pub(crate) data: Bytes,
}

/// How a stream is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading<'a> {
    /// The upstream's dialect.
    pub(crate) dialect: Dialect,
    /// Take out the usage chunk that the caller did not ask for.
    pub(crate) strip_usage: bool,
    /// Largest event, in bytes.
    pub(crate) largest_event: usize,
    /// Keep the text, so that another target can continue it.
    pub(crate) keep_text: bool,
    /// Text that the caller has: the stream has to begin with it, and only what follows is handed on.
    pub(crate) sent: Option<&'a str>,
}

/// How the upstream's side of a stream ended.
#[derive(Debug)]
pub(crate) enum End {
    /// Nothing more comes, and the connection ended cleanly.
    Eof,
    Broken(SourceError),
}

impl Events {
    pub(crate) fn new(
        source: Source,
        reading: Reading<'_>,
        translator: Option<Translator>,
    ) -> Self {
        let output = Output {
            inspector: Inspector::new(reading.dialect, reading.strip_usage),
            dialect: reading.dialect,
            translator: translator.map(Box::new),
            out: BytesMut::new(),
            content: false,
            malformed: 0,
            text: reading
                .keep_text
                .then(|| reading.sent.unwrap_or_default().to_owned()),
            closing: None,
            owed: reading
                .sent
                .map(str::to_owned)
                .filter(|text| !text.is_empty()),
        };
        Self {
            source,
            framer: Framer::new(reading.largest_event),
            output,
        }
    }

    /// Takes in bytes that were read ahead of the stream.
    pub(crate) fn push(&mut self, chunk: Bytes) {
        self.framer.push(chunk);
    }

    /// Reads the next chunk into the framer; `Some` when there is none.
    pub(crate) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Option<End>> {
        self.source.poll_chunk(cx).map(|chunk| match chunk {
            Some(Ok(chunk)) => {
                // One allocation of the right size instead of several growing ones.
                self.output.out.reserve(chunk.len());
                self.framer.push(chunk);
                None
            }
            Some(Err(error)) => Some(End::Broken(error)),
            None => Some(End::Eof),
        })
    }

    /// Moves every whole event that has arrived to the output, up to one that ends the stream or a full output.
    pub(crate) fn pump(&mut self) {
        let Self { framer, output, .. } = self;
        while output.closing.is_none() && output.out.len() < BATCH {
            match framer.next() {
                None => return,
                Some(Err(_)) => output.closing = Some(Closing::TooLarge),
                Some(Ok(frame)) => output.take_in(&frame),
            }
        }
    }

    /// Takes what ended the stream, once.
    pub(crate) fn take_closing(&mut self) -> Option<Closing> {
        self.output.closing.take()
    }

    /// Whether the first content, or a finish without any, has been seen.
    pub(crate) const fn has_content(&self) -> bool {
        self.output.content
    }

    /// Bytes waiting for the caller.
    pub(crate) fn waiting(&self) -> usize {
        self.output.out.len()
    }

    /// Whether the output should be handed on before more is read.
    pub(crate) fn is_full(&self) -> bool {
        self.output.out.len() >= BATCH
    }

    /// What is waiting for the caller.
    pub(crate) fn waiting_bytes(&self) -> &[u8] {
        &self.output.out
    }

    /// Takes what is waiting for the caller.
    pub(crate) fn take(&mut self) -> Bytes {
        std::mem::take(&mut self.output.out).freeze()
    }

    /// Whether the upstream said that the answer is whole, so that only its terminator can be missing.
    pub(crate) fn finished(&self) -> bool {
        self.output.inspector.finished()
    }

    /// Ends the stream that has said that it is whole. False if it has not.
    pub(crate) fn complete(&mut self) -> bool {
        self.output.complete()
    }

    /// The number of an event added to the stream, where the caller's dialect numbers them.
    pub(crate) fn next_sequence(&self) -> u64 {
        match &self.output.translator {
            Some(translator) => translator.next_sequence(),
            None => self.output.inspector.next_sequence(),
        }
    }

    pub(crate) fn usage(&self) -> Usage {
        self.output.inspector.usage()
    }

    pub(crate) const fn malformed(&self) -> u32 {
        self.output.malformed
    }

    /// What the translation of the stream could not tell.
    pub(crate) fn loss(&self) -> Option<LossReport> {
        let translator = self.output.translator.as_ref()?;
        let mut report = LossReport::default();
        translator.add_loss(&mut report);
        Some(report)
    }

    /// The text sent so far, if the whole answer so far was text and a continuation was asked for.
    pub(crate) fn text(&self) -> Option<&str> {
        let text = self.output.text.as_deref();
        text.filter(|_| self.output.inspector.text_only())
    }

    /// The connection, for reading the rest of an answer whose terminal event has been seen.
    pub(crate) fn into_source(self) -> Source {
        self.source
    }
}

impl Output {
    /// Takes in the next event of the upstream.
    fn take_in(&mut self, frame: &Frame<'_>) {
        let verdict = self.inspector.inspect(frame);
        let told = !matches!(
            verdict,
            Verdict::Malformed | Verdict::AddedUsage | Verdict::Error(_)
        );
        if told && self.owed.is_some() {
            self.repay(&verdict, frame);
            return;
        }
        match verdict {
            Verdict::Malformed => self.malformed += 1,
            Verdict::AddedUsage => {}
            Verdict::Error(error) => self.reported(error, frame),
            Verdict::Content => {
                keep_text(&mut self.text, self.dialect, frame);
                self.content |= self.hand_on(frame);
            }
            Verdict::Finish => self.content |= self.hand_on(frame),
            Verdict::Terminal => self.terminal(frame),
            Verdict::Comment | Verdict::Lifecycle => {
                self.hand_on(frame);
            }
        }
    }

    /// Puts an event into the output; false if it cannot be read.
    fn hand_on(&mut self, frame: &Frame<'_>) -> bool {
        let Some(translator) = &mut self.translator else {
            self.out.extend_from_slice(frame.raw());
            return true;
        };
        let translated = translator.push(frame, &mut self.out);
        if let Err(error) = translated {
            self.closing = Some(Closing::Unreadable(error));
        }
        self.closing.is_none()
    }

    fn terminal(&mut self, frame: &Frame<'_>) {
        if !self.hand_on(frame) {
            return;
        }
        let whole = self.translator.as_ref().is_none_or(|it| it.ended());
        self.content |= whole;
        // A terminator behind an answer that is not whole ends nothing well.
        self.closing = Some(if whole {
            Closing::Terminal
        } else {
            Closing::Unreadable(StreamError::Truncated)
        });
    }

    fn reported(&mut self, error: InBandError, frame: &Frame<'_>) {
        let event = match &mut self.translator {
            Some(translator) => translator.error(&error),
            None => Bytes::copy_from_slice(frame.raw()),
        };
        self.closing = Some(Closing::Error(Box::new(Reported {
            error,
            event,
            data: Bytes::copy_from_slice(&frame.data()),
        })));
    }

    /// Leaves out of a continuation what the caller has.
    fn repay(&mut self, verdict: &Verdict, frame: &Frame<'_>) {
        let Some(owed) = &mut self.owed else { return };
        self.content |= *verdict == Verdict::Content;
        match repay(owed, self.dialect, verdict, frame) {
            Repaid::Partly => {}
            Repaid::Fully(rest) => {
                self.owed = None;
                if let Some((text, bytes)) = rest {
                    self.text = self.text.take().map(|kept| kept + &text);
                    self.out.extend_from_slice(&bytes);
                }
            }
            Repaid::Differs => {
                self.content = true;
                // Another attempt would say a third thing: the stream ends here.
                self.text = None;
                self.closing = Some(Closing::Differs);
            }
        }
    }

    fn complete(&mut self) -> bool {
        if let Some(translator) = &mut self.translator {
            return self.inspector.finished() && translator.finish(&mut self.out);
        }
        if self.dialect == Dialect::GeminiGenerate {
            // It has no terminator: the end of the body is one.
            return self.inspector.finished();
        }
        let completion = self.inspector.completion();
        if let Some(bytes) = &completion {
            self.out.extend_from_slice(bytes);
        }
        completion.is_some()
    }
}

/// How far an event of a continuation brings the repetition of what was sent.
enum Repaid {
    Partly,
    /// Done; what goes beyond, as text and as an event.
    Fully(Option<(String, Vec<u8>)>),
    Differs,
}

fn repay(owed: &mut String, dialect: Dialect, verdict: &Verdict, frame: &Frame<'_>) -> Repaid {
    match verdict {
        Verdict::Comment => return Repaid::Partly,
        Verdict::Lifecycle if frame.event() != Some(b"content_block_stop") => {
            return Repaid::Partly;
        }
        Verdict::Content => {}
        _ => return Repaid::Differs,
    }
    let Some(delta) = text_delta(dialect, frame) else {
        return Repaid::Differs;
    };
    if let Some(rest) = owed.strip_prefix(delta.text.as_str()) {
        *owed = rest.to_owned();
        return if owed.is_empty() {
            Repaid::Fully(None)
        } else {
            Repaid::Partly
        };
    }
    let Some(rest) = delta.text.strip_prefix(owed.as_str()) else {
        return Repaid::Differs;
    };
    let raw = frame.raw();
    let mut event = raw[..delta.span.start].to_vec();
    event.extend_from_slice(&json_string(rest));
    event.extend_from_slice(&raw[delta.span.end..]);
    Repaid::Fully(Some((rest.to_owned(), event)))
}

fn keep_text(text: &mut Option<String>, dialect: Dialect, frame: &Frame<'_>) {
    let Some(kept) = text else { return };
    if let Some(delta) = text_delta(dialect, frame) {
        kept.push_str(&delta.text);
    }
    if kept.len() > TEXT_KEPT {
        *text = None;
    }
}
