//! A cursor over JSON that a scanner has accepted.
//!
//! Nothing is checked again but escapes, which a scanner passes over in what is long. On text that
//! no scanner has seen the answers are meaningless, but no call panics and every loop ends.

mod pass;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

use self::pass::{skip_space, skip_value};
use super::{Member, ValueKind};

/// A value within a document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value<'a> {
    text: &'a [u8],
    start: usize,
    end: usize,
}

impl<'a> Value<'a> {
    /// The value that starts at the first byte of `text` that is not white space.
    pub(crate) fn of(text: &'a [u8]) -> Self {
        let start = skip_space(text, 0);
        Self {
            text,
            start,
            end: skip_value(text, start),
        }
    }

    /// The value that a whole document is: all of it but white space at its ends.
    pub(crate) fn of_document(text: &'a [u8]) -> Self {
        let trimmed = text.trim_ascii();
        let start = text.len() - text.trim_ascii_start().len();
        Self {
            text,
            start,
            end: start + trimmed.len(),
        }
    }

    /// The value of a top-level member.
    pub(crate) fn of_member(text: &'a [u8], member: &Member) -> Self {
        let end = member.value.end.min(text.len());
        Self {
            text,
            start: member.value.start.min(end),
            end,
        }
    }

    /// Where the value lies in the document.
    pub(crate) fn span(self) -> Range<usize> {
        self.start..self.end
    }

    /// The value as written.
    pub(crate) fn raw(self) -> &'a [u8] {
        self.text.get(self.start..self.end).unwrap_or_default()
    }

    pub(crate) fn kind(self) -> ValueKind {
        self.raw()
            .first()
            .map_or(ValueKind::Null, |byte| ValueKind::of(*byte))
    }

    /// Whether the value says nothing: `null`, `""`, `[]`, `{}`.
    pub(crate) fn is_blank(self) -> bool {
        match self.raw() {
            [] | b"null" | b"\"\"" | b"[]" | b"{}" => true,
            [b'[' | b'{', inner @ .., _] => inner.iter().all(u8::is_ascii_whitespace),
            _ => false,
        }
    }

    pub(crate) fn is_object(self) -> bool {
        self.raw().first() == Some(&b'{')
    }

    /// The content of a string as written between the quotes.
    pub(crate) fn raw_text(self) -> Option<&'a [u8]> {
        match self.raw() {
            [b'"', inner @ .., b'"'] => Some(inner),
            _ => None,
        }
    }

    /// The content of a string. `None` for other kinds and for escapes that are no Unicode text.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        unescape(self.raw_text()?)
    }

    /// `true` or `false`.
    pub(crate) fn boolean(self) -> Option<bool> {
        match self.raw() {
            b"true" => Some(true),
            b"false" => Some(false),
            _ => None,
        }
    }

    pub(crate) fn is_null(self) -> bool {
        matches!(self.raw(), b"null" | b"")
    }

    pub(crate) fn is_array(self) -> bool {
        self.raw().first() == Some(&b'[')
    }

    /// A whole number from 0 to `u64::MAX`, written without point and exponent.
    pub(crate) fn integer(self) -> Option<u64> {
        std::str::from_utf8(self.raw()).ok()?.parse().ok()
    }

    /// The last member of that name.
    pub(crate) fn member(self, name: &str) -> Option<Self> {
        self.members()
            .filter(|(key, _)| key.is(name))
            .map(|(_, value)| value)
            .last()
    }

    /// The members of an object; nothing for other kinds.
    pub(crate) fn members(self) -> Members<'a> {
        let at = if self.is_object() {
            self.start + 1
        } else {
            self.end
        };
        Members(Self { start: at, ..self })
    }

    /// The elements of an array; nothing for other kinds.
    pub(crate) fn elements(self) -> Elements<'a> {
        let array = self.raw().first() == Some(&b'[');
        let at = if array { self.start + 1 } else { self.end };
        Elements(Self { start: at, ..self })
    }
}

/// A key as written between its quotes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key<'a>(pub(crate) &'a [u8]);

impl<'a> Key<'a> {
    /// The key with its escapes resolved.
    pub(crate) fn text(self) -> Cow<'a, str> {
        unescape_lossy(self.0)
    }

    pub(crate) fn is(self, name: &str) -> bool {
        match self.0.len().cmp(&name.len()) {
            Ordering::Less => false,
            Ordering::Equal => self.0 == name.as_bytes(),
            // With escapes a key is always longer than what it spells.
            Ordering::Greater => {
                self.0.contains(&b'\\') && unescape(self.0).is_some_and(|key| key == name)
            }
        }
    }
}

/// Iterates over the members of an object.
#[derive(Debug)]
pub(crate) struct Members<'a>(Value<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = (Key<'a>, Value<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (text, limit) = (self.0.text, self.0.end);
        let key = next_item(text, self.0.start, limit)?;
        let after = skip_value(text, key);
        let start = next_item(text, after, limit)?;
        let end = skip_value(text, start);
        if end > limit || start >= end {
            return None;
        }
        self.0.start = end;
        let [b'"', name @ .., b'"'] = text.get(key..after)? else {
            return None;
        };
        Some((Key(name), Value { text, start, end }))
    }
}

/// Iterates over the elements of an array.
#[derive(Debug)]
pub(crate) struct Elements<'a>(Value<'a>);

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (text, limit) = (self.0.text, self.0.end);
        let start = next_item(text, self.0.start, limit)?;
        let end = skip_value(text, start);
        if end > limit || start >= end {
            return None;
        }
        self.0.start = end;
        Some(Value { text, start, end })
    }
}

/// Where the next value within a container begins, past white space, comma and colon.
#[inline]
fn next_item(text: &[u8], at: usize, limit: usize) -> Option<usize> {
    let mut at = at;
    // Mostly a separator stands here and the value behind it.
    if !matches!(text.get(at), Some(b'"')) {
        at = skip_space(text, at);
        if matches!(text.get(at), Some(b',' | b':')) {
            at = skip_space(text, at + 1);
        }
    }
    (at < limit && !matches!(text.get(at), Some(b'}' | b']'))).then_some(at)
}

/// Resolves the escapes of string content. `None` when the result is no Unicode text.
pub(crate) fn unescape(raw: &[u8]) -> Option<Cow<'_, str>> {
    let text = std::str::from_utf8(raw).ok()?;
    if !raw.contains(&b'\\') {
        return Some(Cow::Borrowed(text));
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        out.push_str(plain);
        let (character, after) = escape(escaped)?;
        out.push(character);
        rest = after;
    }
    out.push_str(rest);
    Some(Cow::Owned(out))
}

/// Resolves the escapes of string content; what is no Unicode text becomes U+FFFD.
pub(crate) fn unescape_lossy(raw: &[u8]) -> Cow<'_, str> {
    if let Some(text) = unescape(raw) {
        return text;
    }
    let text = String::from_utf8_lossy(raw);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some((plain, escaped)) = rest.split_once('\\') {
        out.push_str(plain);
        let (character, after) = escape(escaped).unwrap_or_else(|| {
            let digits = escaped.len().min(5);
            ('\u{fffd}', escaped.get(digits..).unwrap_or_default())
        });
        out.push(character);
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character after a backslash, and what follows it.
fn escape(text: &str) -> Option<(char, &str)> {
    let mut characters = text.chars();
    let character = match characters.next()? {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unicode_escape(characters.as_str()),
        same @ ('"' | '\\' | '/') => same,
        _ => return None,
    };
    Some((character, characters.as_str()))
}

fn unicode_escape(text: &str) -> Option<(char, &str)> {
    let (high, rest) = four_digits(text)?;
    if !(0xD800..0xDC00).contains(&high) {
        return Some((char::from_u32(high)?, rest));
    }
    let (low, rest) = four_digits(rest.strip_prefix("\\u")?)?;
    let low = low.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
    Some((
        char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + low)?,
        rest,
    ))
}

fn four_digits(text: &str) -> Option<(u32, &str)> {
    let digits = text.get(..4)?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    Some((u32::from_str_radix(digits, 16).ok()?, &text[4..]))
}

#[cfg(test)]
mod tests;
