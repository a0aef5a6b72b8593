//! Messages: text and refusals.

use super::line::Line;
use crate::codec::responses::DIALECT;
use crate::dialect::Dialect;
use crate::hub::{Citation, Extra, Raw, Text};
use crate::json::writer::Writer;

/// A message with one text or refusal. It begins with its first character: what says nothing is no
/// message.
#[derive(Debug)]
pub(super) struct TextItem {
    id: String,
    refusal: bool,
    begun: bool,
    /// The text so far, as the content of a JSON string.
    text: Vec<u8>,
    citations: Vec<Cited>,
    /// Log probabilities so far, and those that no event has told: elements of an array.
    logprobs: Vec<u8>,
    untold: Vec<u8>,
    phase: Option<Raw<'static>>,
}

#[derive(Debug)]
enum Cited {
    /// In the form of this dialect.
    Own(Raw<'static>),
    /// A page. Without a range it is about the whole text.
    Page {
        url: Text<'static>,
        title: Text<'static>,
        range: Option<(u64, u64)>,
    },
}

impl TextItem {
    pub(super) const fn new(id: String, refusal: bool, logprobs: Vec<u8>) -> Self {
        Self {
            id,
            refusal,
            begun: false,
            text: Vec::new(),
            citations: Vec::new(),
            logprobs: Vec::new(),
            untold: logprobs,
            phase: None,
        }
    }

    /// What the message is to the answer, which only this dialect says.
    pub(super) fn keep_phase(&mut self, extras: &[Extra<'_>]) {
        let phase = extras.iter().find(|extra| extra.key.is("phase"));
        self.phase = phase.map(|phase| phase.value.clone().into_owned());
    }

    /// Where log probabilities go.
    pub(super) fn logprobs(&mut self) -> &mut Vec<u8> {
        &mut self.untold
    }

    pub(super) fn push(&mut self, text: &Text<'_>, line: &mut Line, out: &mut Vec<u8>) {
        if text.is_empty() {
            return;
        }
        if !std::mem::replace(&mut self.begun, true) {
            self.begin(line, out);
        }
        let before = self.text.len();
        text.write_content(&mut self.text);
        let name = if self.refusal {
            "response.refusal.delta"
        } else {
            "response.output_text.delta"
        };
        let untold = std::mem::take(&mut self.untold);
        line.tell(out, name, &self.id, |o| {
            o.key("content_index").number(0);
            o.key("delta").escaped(&self.text[before..]);
            if !self.refusal {
                array("logprobs", &untold, o);
            }
        });
        self.told(untold);
    }

    fn told(&mut self, untold: Vec<u8>) {
        if !untold.is_empty() {
            if !self.logprobs.is_empty() {
                self.logprobs.push(b',');
            }
            self.logprobs.extend(untold);
        }
    }

    fn begin(&self, line: &mut Line, out: &mut Vec<u8>) {
        line.added(out, |o| {
            o.object(|o| {
                self.head("in_progress", o);
                o.key("content").array(|_| {});
            });
        });
        line.tell(out, "response.content_part.added", &self.id, |o| {
            o.key("content_index").number(0);
            o.key("part");
            self.part(b"", b"", b"", o);
        });
    }

    fn head(&self, status: &str, o: &mut Writer<'_>) {
        o.key("id").string(&self.id);
        o.key("type").string("message");
        o.key("status").string(status);
        o.key("role").string("assistant");
        if let Some(phase) = &self.phase {
            o.key("phase").raw(phase.bytes());
        }
    }

    fn part(&self, text: &[u8], annotations: &[u8], logprobs: &[u8], o: &mut Writer<'_>) {
        o.object(|o| {
            if self.refusal {
                o.key("type").string("refusal");
                o.key("refusal").escaped(text);
                return;
            }
            o.key("type").string("output_text");
            array("annotations", annotations, o);
            array("logprobs", logprobs, o);
            o.key("text").escaped(text);
        });
    }

    /// Takes a reference; false when this dialect has no way to say it.
    pub(super) fn cite(&mut self, dialect: Dialect, citation: &Citation<'_>) -> bool {
        let cited = match &citation.url {
            _ if dialect == DIALECT => Cited::Own(citation.raw.clone().into_owned()),
            Some(url) => Cited::Page {
                url: url.clone().into_owned(),
                title: citation.title.clone().unwrap_or_default().into_owned(),
                range: citation.range,
            },
            None => return false,
        };
        self.citations.push(cited);
        true
    }

    /// Writes what ends the message, if it has begun.
    pub(super) fn finish(mut self, status: &str, line: &mut Line, out: &mut Vec<u8>) {
        if !self.begun {
            return;
        }
        let untold = std::mem::take(&mut self.untold);
        self.told(untold);
        let annotations = self.annotations(line, out);
        let name = if self.refusal {
            "response.refusal.done"
        } else {
            "response.output_text.done"
        };
        line.tell(out, name, &self.id, |o| {
            o.key("content_index").number(0);
            if self.refusal {
                o.key("refusal").escaped(&self.text);
            } else {
                o.key("text").escaped(&self.text);
                array("logprobs", &self.logprobs, o);
            }
        });
        line.tell(out, "response.content_part.done", &self.id, |o| {
            o.key("content_index").number(0);
            o.key("part");
            self.part(&self.text, &annotations, &self.logprobs, o);
        });
        line.done(out, |o| {
            o.object(|o| {
                self.head(status, o);
                o.key("content").array(|a| {
                    self.part(&self.text, &annotations, &self.logprobs, a);
                });
            });
        });
    }

    /// Tells the references one by one, and gives all of them as elements of an array.
    fn annotations(&self, line: &mut Line, out: &mut Vec<u8>) -> Vec<u8> {
        let mut all = Vec::new();
        for (number, cited) in (0..).zip(&self.citations) {
            if number > 0 {
                all.push(b',');
            }
            let before = all.len();
            match cited {
                Cited::Own(raw) => all.extend_from_slice(raw.bytes()),
                Cited::Page { url, title, range } => {
                    let (start, end) = range.unwrap_or_else(|| (0, self.length()));
                    // The comma stands already.
                    Writer::new(&mut all).object(|o| {
                        o.key("type").string("url_citation");
                        o.key("url").text(url);
                        o.key("title").text(title);
                        o.key("start_index").number(start);
                        o.key("end_index").number(end);
                    });
                }
            }
            line.tell(
                out,
                "response.output_text.annotation.added",
                &self.id,
                |o| {
                    o.key("content_index").number(0);
                    o.key("annotation_index").number(number);
                    o.key("annotation").raw(&all[before..]);
                },
            );
        }
        all
    }

    /// How many characters the text has.
    fn length(&self) -> u64 {
        let characters = Text::of_content(&self.text).resolve().chars().count();
        u64::try_from(characters).unwrap_or(u64::MAX)
    }
}

/// A member that is an array with these elements.
fn array(key: &str, elements: &[u8], o: &mut Writer<'_>) {
    o.key(key).open(b'[');
    if !elements.is_empty() {
        o.raw(elements);
    }
    o.close(b']');
}
