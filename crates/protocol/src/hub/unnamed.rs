//! What a stream says besides what has a name here.

use super::{Event, Extra, Raw, Reason, Sink, Text};
use crate::dialect::Dialect;
use crate::json::value::{Key, Value};

/// The most that is kept of one stream.
const MOST: usize = 32;

/// A member of a streamed answer that has no name here. It goes out to its own dialect, if that has a
/// place for it in streams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unnamed<'a> {
    /// Its dialect.
    pub dialect: Dialect,
    /// The path of the object that it stood in, such as `candidates[0]`; empty for the answer.
    pub within: &'static str,
    /// The member. Its place means nothing.
    pub extra: Extra<'a>,
    /// Why it is not told elsewhere.
    pub reason: Reason,
}

impl Unnamed<'_> {
    /// Whether callers of a dialect may get it.
    pub fn is_for(&self, dialect: Dialect) -> bool {
        self.dialect == dialect && self.reason == Reason::UnknownMember
    }

    /// Its path in the answer.
    pub fn path(&self) -> String {
        let key = self.extra.key.resolve();
        match (self.within, &*key) {
            ("", key) => key.to_owned(),
            (within, "") => within.to_owned(),
            (within, key) => format!("{within}.{key}"),
        }
    }
}

/// The members that a decoder came across. They are told once, at the end: most of them are repeated
/// in every event.
#[derive(Debug, Default)]
pub(crate) struct Kept(Vec<Unnamed<'static>>);

impl Kept {
    /// Keeps a member, unless it says nothing or was kept before.
    pub(crate) fn keep(
        &mut self,
        dialect: Dialect,
        within: &'static str,
        member: (Key<'_>, Value<'_>),
    ) {
        self.put(dialect, within, member, false);
    }

    /// Keeps a member in place of what it said before.
    pub(crate) fn renew(
        &mut self,
        dialect: Dialect,
        within: &'static str,
        member: (Key<'_>, Value<'_>),
    ) {
        self.put(dialect, within, member, true);
    }

    /// Notes that there is a further answer, which cannot be told.
    pub(crate) fn further(&mut self, dialect: Dialect, within: &'static str) {
        let key = Key(b"");
        self.put(dialect, within, (key, Value::of(b"0")), false);
        if let Some(last) = self.0.iter_mut().find(|kept| kept.is(within, key)) {
            last.reason = Reason::OneAnswer;
        }
    }

    fn put(
        &mut self,
        dialect: Dialect,
        within: &'static str,
        (key, value): (Key<'_>, Value<'_>),
        renew: bool,
    ) {
        if value.is_blank() {
            return;
        }
        let known = self.0.iter().position(|kept| kept.is(within, key));
        match known {
            Some(at) if renew => self.0[at].extra.value = Raw::of(value).into_owned(),
            Some(_) => {}
            None if self.0.len() == MOST => {}
            None => self.0.push(Unnamed {
                dialect,
                within,
                extra: Extra::new(key, value).into_owned(),
                reason: Reason::UnknownMember,
            }),
        }
    }

    /// Tells all of them.
    pub(crate) fn tell(&mut self, sink: &mut Sink<'_>) {
        for kept in self.0.drain(..) {
            sink(Event::Unnamed(Box::new(kept)));
        }
    }
}

impl Unnamed<'static> {
    fn is(&self, within: &str, key: Key<'_>) -> bool {
        self.within == within && self.extra.key == Text::of_key(key)
    }
}
