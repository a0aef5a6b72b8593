//! Puts the parts of a stream one after the other.

use std::collections::{HashMap, VecDeque};

use super::{Delta, Event, PartStart, Sink, StreamError, Text, fnv_more};

/// The most bytes of parts that wait for their turn.
const MOST_HELD: usize = 64 << 20;

/// Turns what an upstream tells about its parts, in any order and more than once, into events in the
/// order that [`Event`] promises. Every decoder uses it.
///
/// A part is known by a key of the upstream's, such as its index. The first part that is begun is
/// open: what is told of it goes out at once. What is told of others is held until the open one has
/// ended. What a terminal event repeats in full is compared with what went out, and only what is
/// missing is added.
#[derive(Debug, Default)]
pub(crate) struct Sequencer {
    open: Option<Open>,
    waiting: VecDeque<Waiting>,
    /// Where parts that wait and have not ended stand among all that ever waited, by their key.
    places: HashMap<u64, usize>,
    /// How many that waited are gone.
    gone: usize,
    held: usize,
}

#[derive(Debug)]
struct Open {
    key: u64,
    start: PartStart<'static>,
    sent: Vec<Sent>,
}

/// What went out in one channel of a part: its length and hash, which is enough to find the rest of
/// a full value.
#[derive(Debug, Clone, Copy)]
struct Sent {
    channel: Channel,
    length: usize,
    hash: u64,
}

/// What runs through a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    Text,
    Refusal,
    Reasoning(u32),
    Summary(u32),
    Arguments,
}

#[derive(Debug)]
struct Waiting {
    key: u64,
    start: PartStart<'static>,
    sent: Vec<Sent>,
    events: Vec<Delta<'static>>,
    ended: bool,
    /// A whole part, in place of all that.
    whole: Option<super::Part<'static>>,
}

impl Sequencer {
    /// Whether a part of that key has begun and not ended.
    pub(crate) fn knows(&self, key: u64) -> bool {
        self.open.as_ref().is_some_and(|open| open.key == key) || self.places.contains_key(&key)
    }

    /// The part of that key that waits and has not ended.
    fn waiting(&mut self, key: u64) -> Option<&mut Waiting> {
        let place = self.places.get(&key)?.checked_sub(self.gone)?;
        self.waiting.get_mut(place)
    }

    /// Whether no part is open or waits.
    pub(crate) fn is_idle(&self) -> bool {
        self.open.is_none() && self.waiting.is_empty()
    }

    /// The key of the part that is open.
    pub(crate) fn open_key(&self) -> Option<u64> {
        self.open.as_ref().map(|open| open.key)
    }

    /// Begins a part. Nothing happens when a part of that key has begun and not ended.
    pub(crate) fn start(&mut self, key: u64, start: PartStart<'_>, sink: &mut Sink<'_>) {
        if self.knows(key) {
            return;
        }
        let start = start.into_owned();
        if self.is_idle() {
            sink(Event::PartStart(start.clone()));
            self.open = Some(Open {
                key,
                start,
                sent: Vec::new(),
            });
            return;
        }
        self.places.insert(key, self.gone + self.waiting.len());
        self.waiting.push_back(Waiting {
            key,
            start,
            sent: Vec::new(),
            events: Vec::new(),
            ended: false,
            whole: None,
        });
    }

    /// More of a part. What does not fit it, or names no part, is left out.
    pub(crate) fn delta(
        &mut self,
        key: u64,
        delta: Delta<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), StreamError> {
        if let Some(open) = self.open.as_mut().filter(|open| open.key == key) {
            if delta.fits(&open.start) {
                note(&mut open.sent, &delta);
                sink(Event::Delta(delta));
            }
            return Ok(());
        }
        let found = self.waiting(key);
        let Some(waiting) = found.filter(|waiting| delta.fits(&waiting.start)) else {
            return Ok(());
        };
        note(&mut waiting.sent, &delta);
        let size = delta.size() + size_of::<Delta<'_>>();
        waiting.events.push(delta.into_owned());
        self.held += size;
        if self.held > MOST_HELD {
            return Err(StreamError::TooMuchHeld);
        }
        Ok(())
    }

    /// The full value of one channel of a part: what has not gone out of it goes out now. A full
    /// value that contradicts what went out is left out.
    pub(crate) fn full(
        &mut self,
        key: u64,
        channel: Channel,
        full: &Text<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), StreamError> {
        let Some(sent) = self.sent(key) else {
            return Ok(());
        };
        let sent = sent.iter().find(|sent| sent.channel == channel).copied();
        let text = full.resolve();
        let rest = match sent {
            None => &*text,
            Some(sent) => match text.get(..sent.length) {
                Some(start) if fnv_more(super::FNV, start.as_bytes()) == sent.hash => {
                    &text[sent.length..]
                }
                _ => "",
            },
        };
        if rest.is_empty() {
            return Ok(());
        }
        let rest = Text::plain(rest);
        let delta = match channel {
            Channel::Text => Delta::Text(rest),
            Channel::Refusal => Delta::Refusal(rest),
            Channel::Reasoning(block) => Delta::Reasoning { block, text: rest },
            Channel::Summary(block) => Delta::Summary { block, text: rest },
            Channel::Arguments => Delta::Arguments(rest),
        };
        self.delta(key, delta, sink)
    }

    /// A part is complete.
    pub(crate) fn end(&mut self, key: u64, sink: &mut Sink<'_>) {
        if self.open_key() == Some(key) {
            self.open = None;
            sink(Event::PartEnd);
            self.next(sink);
        } else if let Some(waiting) = self.waiting(key) {
            waiting.ended = true;
            self.places.remove(&key);
        }
    }

    /// A whole part, in its turn.
    pub(crate) fn whole(
        &mut self,
        part: super::Part<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), StreamError> {
        if self.is_idle() {
            sink(Event::Part(part));
            return Ok(());
        }
        self.held += size_of::<Waiting>();
        if self.held > MOST_HELD {
            return Err(StreamError::TooMuchHeld);
        }
        self.waiting.push_back(Waiting {
            key: u64::MAX,
            start: PartStart::Text,
            sent: Vec::new(),
            events: Vec::new(),
            ended: true,
            whole: Some(part.into_owned()),
        });
        Ok(())
    }

    /// All parts are complete.
    pub(crate) fn end_all(&mut self, sink: &mut Sink<'_>) {
        for waiting in &mut self.waiting {
            waiting.ended = true;
        }
        self.places.clear();
        if let Some(key) = self.open_key() {
            self.end(key, sink);
        }
    }

    /// What has been told of a part.
    fn sent(&mut self, key: u64) -> Option<&[Sent]> {
        if self.open_key() == Some(key) {
            return self.open.as_ref().map(|open| &open.sent[..]);
        }
        self.waiting(key).map(|waiting| &waiting.sent[..])
    }

    /// Lets out what waits, up to a part that has not ended.
    fn next(&mut self, sink: &mut Sink<'_>) {
        while let Some(waiting) = self.waiting.pop_front() {
            self.gone += 1;
            if let Some(part) = waiting.whole {
                sink(Event::Part(part));
                continue;
            }
            sink(Event::PartStart(waiting.start.clone()));
            for delta in waiting.events {
                self.held = self
                    .held
                    .saturating_sub(delta.size() + size_of::<Delta<'_>>());
                sink(Event::Delta(delta));
            }
            if !waiting.ended {
                self.places.remove(&waiting.key);
                self.open = Some(Open {
                    key: waiting.key,
                    start: waiting.start,
                    sent: waiting.sent,
                });
                return;
            }
            sink(Event::PartEnd);
        }
        self.held = 0;
    }
}

fn note(sent: &mut Vec<Sent>, delta: &Delta<'_>) {
    let (channel, text) = match delta {
        Delta::Text(text) => (Channel::Text, text),
        Delta::Refusal(text) => (Channel::Refusal, text),
        Delta::Reasoning { block, text } => (Channel::Reasoning(*block), text),
        Delta::Summary { block, text } => (Channel::Summary(*block), text),
        Delta::Arguments(text) => (Channel::Arguments, text),
        Delta::State(_) | Delta::Citation(..) => return,
    };
    let text = text.resolve();
    let entry = if let Some(entry) = sent.iter_mut().find(|sent| sent.channel == channel) {
        entry
    } else {
        sent.push(Sent {
            channel,
            length: 0,
            hash: super::FNV,
        });
        // It was pushed in the line above.
        let last = sent.len() - 1;
        &mut sent[last]
    };
    entry.length += text.len();
    entry.hash = fnv_more(entry.hash, text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(steps: impl FnOnce(&mut Sequencer, &mut Sink<'_>)) -> String {
        let mut told = String::new();
        let mut sequencer = Sequencer::default();
        steps(&mut sequencer, &mut |event| match event {
            Event::PartStart(_) => told.push('<'),
            Event::Delta(Delta::Text(text)) => told.push_str(&text.resolve()),
            Event::PartEnd => told.push('>'),
            other => panic!("{other:?}"),
        });
        told
    }

    #[test]
    fn interleaved_parts_come_one_after_the_other() {
        let told = run(|s, sink| {
            s.start(0, PartStart::Text, sink);
            s.start(1, PartStart::Text, sink);
            for (key, text) in [(0, "a"), (1, "x"), (0, "b"), (1, "y")] {
                s.delta(key, Delta::Text(text.into()), sink).unwrap();
            }
            s.end(0, sink);
            s.delta(1, Delta::Text("z".into()), sink).unwrap();
            s.end(1, sink);
        });
        assert_eq!(told, "<ab><xyz>");
    }

    #[test]
    fn a_full_value_adds_what_is_missing() {
        let told = run(|s, sink| {
            for (key, deltas, full) in [
                (0, &["a", "b"][..], "abc"),
                (1, &[], "xy"),
                (2, &["q"], "q"),
            ] {
                s.start(key, PartStart::Text, sink);
                for text in deltas {
                    s.delta(key, Delta::Text((*text).into()), sink).unwrap();
                }
                s.full(key, Channel::Text, &full.into(), sink).unwrap();
                s.end(key, sink);
            }
        });
        assert_eq!(told, "<abc><xy><q>");
    }

    #[test]
    fn a_full_value_that_contradicts_changes_nothing() {
        let told = run(|s, sink| {
            s.start(0, PartStart::Text, sink);
            s.delta(0, Delta::Text("ab".into()), sink).unwrap();
            s.full(0, Channel::Text, &"xbc".into(), sink).unwrap();
            s.full(0, Channel::Text, &"a".into(), sink).unwrap();
        });
        assert_eq!(told, "<ab");
    }

    #[test]
    fn a_part_that_has_not_ended_stays_open() {
        let told = run(|s, sink| {
            s.start(0, PartStart::Text, sink);
            s.start(1, PartStart::Text, sink);
            s.start(2, PartStart::Text, sink);
            s.end(2, sink);
            s.end(0, sink);
            assert!(!s.is_idle());
        });
        assert_eq!(told, "<><");
    }
}
