//! Pieces of a document: text, raw values, and where they stood.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use crate::json::value::{Key, Value, unescape_lossy};
use crate::json::writer::{Pieces, Writer, escape};
use crate::json::{JsonError, Scanner};

/// A JSON object that a scanner has accepted.
///
/// Decoders take nothing else, so that what they splice into other documents is JSON.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a>(&'a [u8]);

impl<'a> Document<'a> {
    /// Checks a document.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(text: &'a [u8]) -> Result<Self, JsonError> {
        Scanner::scan(text)?;
        Ok(Self(text))
    }

    /// A document that a [`Scanner`] has accepted before. On any other text the meaning of what is
    /// decoded is undefined; nothing panics.
    pub const fn checked_before(text: &'a [u8]) -> Self {
        Self(text)
    }

    /// Its text.
    pub const fn text(self) -> &'a [u8] {
        self.0
    }

    pub(crate) fn root(self) -> Value<'a> {
        Value::of_document(self.0)
    }
}

/// Text of a document. It keeps the escapes of its source, so that going from one JSON document into
/// another costs neither an allocation nor a character.
#[derive(Clone, Default)]
pub struct Text<'a> {
    content: Cow<'a, str>,
    escaped: bool,
}

impl<'a> Text<'a> {
    /// Text without escapes.
    pub fn plain(text: impl Into<Cow<'a, str>>) -> Self {
        Self {
            content: text.into(),
            escaped: false,
        }
    }

    /// The text of a string value; `None` for other kinds.
    pub(crate) fn of(value: Value<'a>) -> Option<Self> {
        Some(Self::of_content(value.raw_text()?))
    }

    /// The text of a key.
    pub(crate) fn of_key(key: Key<'a>) -> Self {
        Self::of_content(key.0)
    }

    /// What stands between the quotes of a string.
    pub(crate) fn of_content(content: &'a [u8]) -> Self {
        match simdutf8::basic::from_utf8(content) {
            Ok(text) => Self {
                content: Cow::Borrowed(text),
                escaped: memchr::memchr(b'\\', content).is_some(),
            },
            Err(_) => Self::plain(String::from_utf8_lossy(content)),
        }
    }

    /// The text with its escapes resolved. Lone surrogates become U+FFFD.
    pub fn resolve(&self) -> Cow<'_, str> {
        if self.escaped {
            unescape_lossy(self.content.as_bytes())
        } else {
            Cow::Borrowed(&self.content)
        }
    }

    /// The text with its escapes resolved, borrowed from the document when it has none.
    pub fn into_resolved(self) -> Cow<'a, str> {
        if self.escaped {
            Cow::Owned(unescape_lossy(self.content.as_bytes()).into_owned())
        } else {
            self.content
        }
    }

    /// Whether there is no character.
    pub fn is_empty(&self) -> bool {
        self.content.is_empty()
    }

    /// How many bytes it takes as it is written, escapes included.
    pub fn size(&self) -> usize {
        self.content.len()
    }

    /// Whether it is exactly this text.
    pub fn is(&self, text: &str) -> bool {
        if self.escaped {
            self.content.len() >= text.len() && self.resolve() == text
        } else {
            self.content == text
        }
    }

    /// Whether it begins with this text, which must need no escapes.
    pub fn starts_with(&self, text: &str) -> bool {
        self.content.starts_with(text)
    }

    /// The text between the quotes of a JSON string, if it needs no further escapes.
    pub(crate) fn written(&self) -> Option<&[u8]> {
        self.escaped.then(|| self.content.as_bytes())
    }

    /// The same text, owned.
    pub fn into_owned(self) -> Text<'static> {
        Text {
            content: Cow::Owned(self.content.into_owned()),
            escaped: self.escaped,
        }
    }

    /// The same text, borrowed from this one.
    pub fn borrow(&self) -> Text<'_> {
        Text {
            content: Cow::Borrowed(&self.content),
            escaped: self.escaped,
        }
    }

    /// Appends it to the content of a JSON string that is in the making.
    pub(crate) fn write_content(&self, out: &mut Vec<u8>) {
        match self.written() {
            Some(content) => out.extend_from_slice(content),
            None => escape(out, &self.content),
        }
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.resolve(), f)
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Text<'_>) -> bool {
        self.resolve() == other.resolve()
    }
}

impl Eq for Text<'_> {}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self::plain(text)
    }
}

impl<'a> From<Cow<'a, str>> for Text<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self::plain(text)
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self::plain(text)
    }
}

impl Writer<'_> {
    /// A string.
    pub(crate) fn text(&mut self, text: &Text<'_>) {
        match text.written() {
            Some(content) => self.escaped(content),
            None => self.string(&text.content),
        }
    }
}

impl Pieces<'_> {
    /// Appends text.
    pub(crate) fn push_text(&mut self, text: &Text<'_>) {
        match text.written() {
            Some(content) => self.push_escaped(content),
            None => self.push(&text.content),
        }
    }
}

/// A JSON value as it is written, without white space around it.
#[derive(Clone, PartialEq, Eq)]
pub struct Raw<'a>(Cow<'a, [u8]>);

impl<'a> Raw<'a> {
    pub(crate) fn of(value: Value<'a>) -> Self {
        Self(Cow::Borrowed(value.raw()))
    }

    /// Takes over a value that the caller has written itself.
    pub(crate) fn written(json: Vec<u8>) -> Self {
        Self(Cow::Owned(json))
    }

    /// Takes over a value from the source of the program.
    pub(crate) const fn literal(json: &'static str) -> Self {
        Self(Cow::Borrowed(json.as_bytes()))
    }

    /// The bytes of the value.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// A cursor over the value.
    pub(crate) fn value(&self) -> Value<'_> {
        Value::of(&self.0)
    }

    /// The same value, owned.
    pub fn into_owned(self) -> Raw<'static> {
        Raw(Cow::Owned(self.0.into_owned()))
    }

    /// The same value, borrowed from this one.
    pub fn borrow(&self) -> Raw<'_> {
        Raw(Cow::Borrowed(&self.0))
    }
}

impl fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

/// Where a value stands in the document that it was decoded from: the offset of its first byte.
/// Turned into a path (`messages[3].content[1]`) only when something is to be reported about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place(u32);

impl Place {
    /// Nowhere: the value was not read from a document.
    pub const NONE: Self = Self(0);

    pub(crate) fn of(value: Value<'_>) -> Self {
        Self::at(value.span().start)
    }

    /// The value that begins at this offset of the document.
    pub(crate) fn at(offset: usize) -> Self {
        Self(u32::try_from(offset).map_or(0, |offset| offset.saturating_add(1)))
    }

    /// The offset; `None` for nowhere.
    pub(crate) fn offset(self) -> Option<usize> {
        self.0.checked_sub(1).map(|offset| offset as usize)
    }
}

/// A value and where it stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed<T> {
    /// Where it stood.
    pub place: Place,
    /// The value.
    pub value: T,
}

impl<T> Placed<T> {
    /// A value that was read from a document.
    pub(crate) fn new(source: Value<'_>, value: T) -> Self {
        Self {
            place: Place::of(source),
            value,
        }
    }

    /// A value that no document holds.
    pub const fn nowhere(value: T) -> Self {
        Self {
            place: Place::NONE,
            value,
        }
    }
}

impl<T> Deref for Placed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<'a> Placed<Text<'a>> {
    /// A string member; `None` for other kinds.
    pub(crate) fn text(value: Value<'a>) -> Option<Self> {
        Some(Self::new(value, Text::of(value)?))
    }
}

impl<'a> Placed<Raw<'a>> {
    /// A member as it stands.
    pub(crate) fn raw(value: Value<'a>) -> Self {
        Self::new(value, Raw::of(value))
    }
}

/// A member that the hub has no name for. It goes out only to the dialect that it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extra<'a> {
    /// Where its value stood.
    pub place: Place,
    /// Its key.
    pub key: Text<'a>,
    /// Its value.
    pub value: Raw<'a>,
}

impl<'a> Extra<'a> {
    pub(crate) fn new(key: Key<'a>, value: Value<'a>) -> Self {
        Self {
            place: Place::of(value),
            key: Text::of_key(key),
            value: Raw::of(value),
        }
    }

    /// The same member, owned.
    pub fn into_owned(self) -> Extra<'static> {
        Extra {
            place: self.place,
            key: self.key.into_owned(),
            value: self.value.into_owned(),
        }
    }
}
