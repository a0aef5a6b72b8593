//! An upstream's event stream: framed, inspected, and handed on without what callers are not to see.

use std::task::{Context, Poll};

use aigw_protocol::{
    Dialect, Frame, Framer, InBandError, Inspector, Usage, Verdict, model_json as json_string,
    text_delta,
};
use bytes::{Bytes, BytesMut};

use crate::source::{Source, SourceError};

/// A continuation has to repeat what was sent; longer answers are not continued.
const TEXT_KEPT: usize = 1 << 20;
/// Output is handed on at this size even while more input is waiting.
const BATCH: usize = 64 * 1024;

/// An event stream in the caller's dialect.
#[derive(Debug)]
pub(crate) struct Events {
    source: Source,
    framer: Framer,
    inspector: Inspector,
    dialect: Dialect,
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
    /// A continuation does not begin with what was sent.
    Differs,
}

/// An error that the upstream told inside its stream.
#[derive(Debug)]
pub(crate) struct Reported {
    pub(crate) error: InBandError,
    /// The whole event.
    pub(crate) event: Bytes,
    /// Its data.
    pub(crate) data: Bytes,
}

/// How a stream is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading<'a> {
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
    pub(crate) fn new(source: Source, reading: Reading<'_>) -> Self {
        Self {
            source,
            framer: Framer::new(reading.largest_event),
            inspector: Inspector::new(reading.dialect, reading.strip_usage),
            dialect: reading.dialect,
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
                self.out.reserve(chunk.len());
                self.framer.push(chunk);
                None
            }
            Some(Err(error)) => Some(End::Broken(error)),
            None => Some(End::Eof),
        })
    }

    /// Moves every whole event that has arrived to the output, up to one that ends the stream or a full output.
    pub(crate) fn pump(&mut self) {
        while self.closing.is_none() && self.out.len() < BATCH {
            let frame = match self.framer.next() {
                None => return,
                Some(Err(_)) => {
                    self.closing = Some(Closing::TooLarge);
                    return;
                }
                Some(Ok(frame)) => frame,
            };
            let verdict = self.inspector.inspect(&frame);
            if let Some(owed) = &mut self.owed
                && !matches!(
                    verdict,
                    Verdict::Malformed | Verdict::AddedUsage | Verdict::Error(_)
                )
            {
                self.content |= verdict == Verdict::Content;
                match repay(owed, self.dialect, &verdict, &frame) {
                    Repaid::Partly => continue,
                    Repaid::Fully(rest) => {
                        self.owed = None;
                        if let Some((text, bytes)) = rest {
                            self.text = self.text.take().map(|kept| kept + &text);
                            self.out.extend_from_slice(&bytes);
                        }
                        continue;
                    }
                    Repaid::Differs => {
                        self.content = true;
                        // Another attempt would say a third thing: the stream ends here.
                        self.text = None;
                        self.closing = Some(Closing::Differs);
                        return;
                    }
                }
            }
            match verdict {
                Verdict::Malformed => {
                    self.malformed += 1;
                    continue;
                }
                Verdict::AddedUsage => continue,
                Verdict::Error(error) => {
                    self.closing = Some(Closing::Error(Box::new(Reported {
                        error,
                        event: Bytes::copy_from_slice(frame.raw()),
                        data: Bytes::copy_from_slice(&frame.data()),
                    })));
                    return;
                }
                Verdict::Content => {
                    self.content = true;
                    keep_text(&mut self.text, self.dialect, &frame);
                }
                Verdict::Finish => self.content = true,
                Verdict::Terminal => {
                    self.content = true;
                    self.closing = Some(Closing::Terminal);
                }
                Verdict::Comment | Verdict::Lifecycle => {}
            }
            self.out.extend_from_slice(frame.raw());
        }
    }

    /// Takes what ended the stream, once.
    pub(crate) fn take_closing(&mut self) -> Option<Closing> {
        self.closing.take()
    }

    /// Whether the first content, or a finish without any, has been seen.
    pub(crate) const fn has_content(&self) -> bool {
        self.content
    }

    /// Bytes waiting for the caller.
    pub(crate) fn waiting(&self) -> usize {
        self.out.len()
    }

    /// Whether the output should be handed on before more is read.
    pub(crate) fn is_full(&self) -> bool {
        self.out.len() >= BATCH
    }

    /// What is waiting for the caller.
    pub(crate) fn waiting_bytes(&self) -> &[u8] {
        &self.out
    }

    /// Takes what is waiting for the caller.
    pub(crate) fn take(&mut self) -> Bytes {
        std::mem::take(&mut self.out).freeze()
    }

    /// Adds bytes of the gateway's own to the output.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    pub(crate) const fn inspector(&self) -> &Inspector {
        &self.inspector
    }

    pub(crate) fn usage(&self) -> Usage {
        self.inspector.usage()
    }

    pub(crate) const fn malformed(&self) -> u32 {
        self.malformed
    }

    /// The text sent so far, if the whole answer so far was text and a continuation was asked for.
    pub(crate) fn text(&self) -> Option<&str> {
        self.text.as_deref().filter(|_| self.inspector.text_only())
    }

    /// The connection, for reading the rest of an answer whose terminal event has been seen.
    pub(crate) fn into_source(self) -> Source {
        self.source
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
