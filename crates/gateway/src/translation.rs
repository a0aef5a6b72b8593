//! What an answer in another dialect needs on its way back to the caller.

use aigw_protocol::codec::{self, CodecError, StreamDecoder, StreamEncoder, View};
use aigw_protocol::hub::{Document, Event, LossReport, StreamError};
use aigw_protocol::{Body, Dialect, Endpoint, Frame, InBandError};
use bytes::{Bytes, BytesMut};
use http::HeaderValue;

use crate::count;

/// Longest text of a header or message that lists losses, in bytes.
const LISTED: usize = 1024;
/// Goes before the paths of what an answer lost.
const ANSWER: &str = "answer";

/// The way back of one translated call.
#[derive(Debug)]
pub(crate) struct Translation {
    upstream: Dialect,
    back: Back,
    /// What the request lost, and what was made up for it.
    pub(crate) loss: LossReport,
}

/// What the answer is turned into.
#[derive(Debug)]
enum Back {
    /// An answer of a model.
    Answer(View),
    /// A count of tokens.
    Count(Endpoint),
}

impl Translation {
    pub(crate) fn new(upstream: Dialect, view: View, loss: LossReport) -> Self {
        let back = Back::Answer(view);
        Self {
            upstream,
            back,
            loss,
        }
    }

    /// For a call of the counting endpoint `endpoint`.
    pub(crate) fn counting(upstream: Dialect, endpoint: Endpoint, loss: LossReport) -> Self {
        let back = Back::Count(endpoint);
        Self {
            upstream,
            back,
            loss,
        }
    }

    /// The dialect in which the upstream is asked.
    pub(crate) const fn upstream(&self) -> Dialect {
        self.upstream
    }

    /// A whole answer, in the caller's dialect; what it lost is added to the loss.
    pub(crate) fn answer(&mut self, body: &[u8]) -> Result<Body, CodecError> {
        // Whoever read the answer has checked it.
        let view = match &self.back {
            Back::Answer(view) => view,
            Back::Count(endpoint) => return count::translated(*endpoint, body),
        };
        let response = codec::decode_response(self.upstream, Document::checked_before(body))?;
        let mut out = Vec::with_capacity(body.len() + 256);
        let loss = codec::encode_response(response, view, &mut out);
        if !loss.is_empty() {
            add_answer(&mut self.loss, loss.report(body));
        }
        Ok(Body::from(out))
    }

    /// The translator of a stream; counts have none.
    pub(crate) fn translator(&self) -> Option<Translator> {
        let Back::Answer(view) = &self.back else {
            return None;
        };
        Some(Translator {
            decoder: StreamDecoder::new(self.upstream),
            encoder: StreamEncoder::new(view.clone()),
            scratch: Vec::new(),
        })
    }
}

fn add_answer(loss: &mut LossReport, answer: LossReport) {
    let under = |path: &str| match path {
        "" => ANSWER.to_owned(),
        path => format!("{ANSWER}.{path}"),
    };
    for mut dropped in answer.dropped {
        dropped.path = under(&dropped.path);
        if !loss.dropped.contains(&dropped) {
            loss.dropped.push(dropped);
        }
    }
    for mut assumed in answer.assumed {
        assumed.path = under(&assumed.path).into();
        loss.assumed.push(assumed);
    }
}

/// What was dropped, in one line: each path once, up to the length of a header.
pub(crate) fn listed(report: &LossReport) -> String {
    let mut paths: Vec<&str> = Vec::with_capacity(report.dropped.len());
    for dropped in &report.dropped {
        if !paths.contains(&dropped.path.as_str()) {
            paths.push(&dropped.path);
        }
    }
    let mut line = String::new();
    for (index, path) in paths.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        let more = format!(" and {} more", paths.len() - index);
        if line.len() + separator.len() + path.len() + more.len() > LISTED {
            line.push_str(&more);
            break;
        }
        line.push_str(separator);
        line.extend(
            path.chars()
                .map(|c| if c.is_ascii_graphic() { c } else { '_' }),
        );
    }
    line
}

/// The header that tells callers what was lost; none if nothing was.
pub(crate) fn loss_header(report: &LossReport) -> Option<HeaderValue> {
    let lost = !report.dropped.is_empty();
    lost.then(|| HeaderValue::try_from(listed(report)).ok())?
}

/// Turns the frames of an upstream's stream into those of the caller's.
#[derive(Debug)]
pub(crate) struct Translator {
    decoder: StreamDecoder,
    encoder: StreamEncoder,
    scratch: Vec<u8>,
}

impl Translator {
    /// Takes the next frame in and adds what it brings to `out`.
    pub(crate) fn push(
        &mut self,
        frame: &Frame<'_>,
        out: &mut BytesMut,
    ) -> Result<(), StreamError> {
        self.run(out, |decoder, sink| decoder.push_frame(frame, sink))
    }

    /// The upstream's stream is over. Whether that ended the caller's too.
    pub(crate) fn finish(&mut self, out: &mut BytesMut) -> bool {
        let finished = self.run(out, StreamDecoder::finish);
        finished.is_ok() && self.encoder.ended()
    }

    /// The upstream's own error as the event that ends the caller's stream.
    pub(crate) fn error(&mut self, error: &InBandError) -> Bytes {
        let mut out = Vec::new();
        self.encoder.event(Event::Error(error.clone()), &mut out);
        out.into()
    }

    /// Whether the caller's stream has its last event.
    pub(crate) fn ended(&self) -> bool {
        self.encoder.ended()
    }

    /// The number of the next event, where the caller's dialect numbers them.
    pub(crate) fn next_sequence(&self) -> u64 {
        self.encoder.next_sequence()
    }

    /// What the stream could not tell so far.
    pub(crate) fn add_loss(&self, report: &mut LossReport) {
        let loss = self.encoder.loss();
        if !loss.is_empty() {
            add_answer(report, loss.report(b""));
        }
    }

    fn run(
        &mut self,
        out: &mut BytesMut,
        read: impl FnOnce(
            &mut StreamDecoder,
            &mut aigw_protocol::hub::Sink<'_>,
        ) -> Result<(), StreamError>,
    ) -> Result<(), StreamError> {
        let Self {
            decoder,
            encoder,
            scratch,
        } = self;
        scratch.clear();
        let result = read(decoder, &mut |event| encoder.event(event, scratch));
        out.extend_from_slice(scratch);
        result
    }
}
