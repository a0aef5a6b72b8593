//! The grammar of JSON as a state machine over bytes that are known to be UTF-8.

use super::nesting::Nesting;
use super::number::Number;
use super::skip::Skipper;
use super::text::find_special;
use super::{IN_FULL, JsonError, MAX_MEMBERS, Member, ValueKind};

/// What the next byte may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the document; so many bytes of a byte order mark were seen.
    Start(u8),
    /// A value.
    Value,
    /// A value or `]`.
    FirstValue,
    /// A key.
    Key,
    /// A key or `}`.
    FirstKey,
    /// `:`.
    Colon,
    /// `,` or the end of the container.
    Comma,
    /// Within a string.
    Text { key: bool },
    /// After a backslash.
    Escape { key: bool },
    /// So many digits of a `\u` escape are still to come.
    Hex { key: bool, left: u8 },
    /// Within a number.
    Number(Number),
    /// Within `true`, `false` or `null`; `Machine::literal` is still to come.
    Literal,
    /// Within a value that `Machine::skipper` passes over.
    Skip,
    /// After the document.
    Done,
}

const BOM: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// The state between two pieces.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    state: State,
    nesting: Nesting,
    skipper: Skipper,
    /// From this offset of the document on values are passed over.
    skip_from: usize,
    literal: &'static [u8],
    /// The offset in the document of the piece being scanned.
    base: usize,
    members: Vec<Member>,
}

impl Default for Machine {
    fn default() -> Self {
        Self {
            state: State::Start(0),
            nesting: Nesting::default(),
            skipper: Skipper::default(),
            skip_from: IN_FULL,
            literal: b"",
            base: 0,
            members: Vec::new(),
        }
    }
}

impl Machine {
    /// Starts anew with a document that is held to the grammar to its end.
    pub(super) fn restart_in_full(&mut self) {
        self.skip_from = usize::MAX;
        self.state = State::Start(0);
        self.nesting.clear();
        self.base = 0;
        self.members.clear();
    }

    /// Passes over values from this offset on.
    #[cfg(test)]
    pub(super) fn skip_from(&mut self, offset: usize) {
        self.skip_from = offset;
    }

    /// The number of bytes taken so far.
    pub(super) fn offset(&self) -> usize {
        self.base
    }

    pub(super) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    pub(super) fn members(&self) -> &[Member] {
        &self.members
    }

    pub(super) fn into_members(self) -> Vec<Member> {
        self.members
    }

    pub(super) fn end(&self) -> Result<(), JsonError> {
        match self.state {
            State::Done => Ok(()),
            _ => Err(JsonError::Unfinished),
        }
    }

    /// Takes the next bytes.
    ///
    /// What is passed over begins at a fixed offset, so that a split makes no difference.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), JsonError> {
        let in_full = self.skip_from.saturating_sub(self.base).min(bytes.len());
        let (in_full, rest) = bytes.split_at(in_full);
        self.take::<false>(in_full)?;
        self.take::<true>(rest)
    }

    /// The methods below take the byte at `at` in one state and return where to go on. Tokens that
    /// follow each other without white space are taken in one go, past this dispatch.
    fn take<const SKIP: bool>(&mut self, bytes: &[u8]) -> Result<(), JsonError> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if SKIP && self.can_skip(byte) {
                at = self.skip(bytes, at)?;
                continue;
            }
            at = match self.state {
                State::Key | State::FirstKey if byte == b'"' => self.key(bytes, at)?,
                State::Value | State::FirstValue if byte > b' ' => self.value(bytes, at)?,
                State::Comma if byte > b' ' => self.comma(bytes, at)?,
                State::Text { key } => self.text(bytes, at, key)?,
                State::Number(number) => self.number(bytes, at, number)?,
                State::Literal => self.literal(bytes, at)?,
                State::Escape { key } => self.escape(byte, at, key)?,
                State::Hex { key, left } => self.hex(byte, at, key, left)?,
                State::Start(seen) => self.start(byte, at, seen)?,
                _ if matches!(byte, b' ' | b'\n' | b'\r' | b'\t') => at + 1,
                State::FirstKey if byte == b'}' => self.close(bytes, at),
                State::Key | State::FirstKey => return Err(self.syntax(at, "expected a key")),
                State::Colon if byte == b':' => {
                    self.state = State::Value;
                    at + 1
                }
                State::Colon => return Err(self.syntax(at, "expected `:`")),
                State::Value | State::FirstValue => {
                    return Err(self.syntax(at, "expected a value"));
                }
                State::Comma => return Err(self.after_value(at)),
                State::Skip => self.skip(bytes, at)?,
                State::Done => return Err(JsonError::Trailing { at: self.base + at }),
            };
        }
        self.base += bytes.len();
        Ok(())
    }

    /// Whether the next byte is within a member's container, or begins or is within its string. A
    /// token that was begun in full other than a string is ended in full.
    fn can_skip(&self, byte: u8) -> bool {
        let deep = self.nesting.depth() > 1;
        match self.state {
            State::Skip => true,
            State::Text { key } => deep || !key,
            State::Value => deep || byte == b'"',
            State::Escape { .. } | State::Hex { .. } | State::Number(_) | State::Literal => false,
            _ => deep,
        }
    }

    fn skip(&mut self, bytes: &[u8], at: usize) -> Result<usize, JsonError> {
        let mut at = at;
        if self.state != State::Skip {
            let mut in_text = matches!(self.state, State::Text { .. });
            let after_value = matches!(self.state, State::Comma | State::Colon);
            if self.state == State::Value && self.nesting.depth() == 1 {
                self.begin_value(at, b'"');
                in_text = true;
                at += 1;
            }
            self.skipper = Skipper::new(in_text, after_value);
            self.state = State::Skip;
        }
        let offset = self.base + at;
        let end = self.skipper.skip(&bytes[at..], offset, &mut self.nesting)?;
        Ok(match end {
            Some(end) => self.end_value(bytes, at + end),
            None => bytes.len(),
        })
    }

    fn start(&mut self, byte: u8, at: usize, seen: u8) -> Result<usize, JsonError> {
        match byte {
            b' ' | b'\n' | b'\r' | b'\t' if seen == 0 => {}
            b'{' => self.open(true)?,
            _ if self.base + at == usize::from(seen) && byte == BOM[usize::from(seen)] => {
                if seen == 2 {
                    return Err(JsonError::Bom);
                }
                self.state = State::Start(seen + 1);
            }
            _ => return Err(JsonError::NotAnObject),
        }
        Ok(at + 1)
    }

    #[inline]
    fn comma(&mut self, bytes: &[u8], at: usize) -> Result<usize, JsonError> {
        match (bytes[at], self.nesting.in_object()) {
            (b',', _) => self.next_item(),
            (b'}', true) | (b']', false) => return Ok(self.close(bytes, at)),
            _ => return Err(self.after_value(at)),
        }
        Ok(at + 1)
    }

    #[inline]
    fn key(&mut self, bytes: &[u8], at: usize) -> Result<usize, JsonError> {
        if self.nesting.depth() == 1 {
            self.begin_member(at + 1)?;
        }
        self.text(bytes, at + 1, true)
    }

    #[inline]
    fn value(&mut self, bytes: &[u8], at: usize) -> Result<usize, JsonError> {
        let byte = bytes[at];
        if self.nesting.depth() == 1 {
            self.begin_value(at, byte);
        }
        match byte {
            b'"' => self.text(bytes, at + 1, false),
            b'1'..=b'9' => self.number(bytes, at + 1, Number::Integer),
            b'0' => self.number(bytes, at + 1, Number::Zero),
            b'-' => self.number(bytes, at + 1, Number::Minus),
            b'{' | b'[' => {
                self.open(byte == b'{')?;
                Ok(at + 1)
            }
            b']' if self.state == State::FirstValue => Ok(self.close(bytes, at)),
            _ => {
                self.literal = match byte {
                    b't' => b"true",
                    b'f' => b"false",
                    b'n' => b"null",
                    _ => return Err(self.syntax(at, "expected a value")),
                };
                self.literal(bytes, at)
            }
        }
    }

    #[inline]
    fn text(&mut self, bytes: &[u8], at: usize, key: bool) -> Result<usize, JsonError> {
        let mut at = at;
        loop {
            at = find_special(bytes, at);
            match bytes.get(at) {
                Some(b'"') if key => return Ok(self.end_key(bytes, at)),
                Some(b'"') => return Ok(self.end_value(bytes, at + 1)),
                Some(b'\\') => {
                    if key && self.nesting.depth() == 1 {
                        self.mark_escaped_key();
                    }
                    if !bytes
                        .get(at + 1)
                        .is_some_and(|byte| is_simple_escape(*byte))
                    {
                        self.state = State::Escape { key };
                        return Ok(at + 1);
                    }
                    at += 2;
                }
                Some(_) => return Err(self.syntax(at, "a control character within a string")),
                None => {
                    self.state = State::Text { key };
                    return Ok(at);
                }
            }
        }
    }

    fn escape(&mut self, byte: u8, at: usize, key: bool) -> Result<usize, JsonError> {
        self.state = match byte {
            b'u' => State::Hex { key, left: 4 },
            _ if is_simple_escape(byte) => State::Text { key },
            _ => return Err(self.syntax(at, "unknown escape")),
        };
        Ok(at + 1)
    }

    fn hex(&mut self, byte: u8, at: usize, key: bool, left: u8) -> Result<usize, JsonError> {
        if !byte.is_ascii_hexdigit() {
            return Err(self.syntax(at, "expected a hexadecimal digit"));
        }
        self.state = match left {
            1 => State::Text { key },
            _ => State::Hex {
                key,
                left: left - 1,
            },
        };
        Ok(at + 1)
    }

    #[inline]
    fn number(&mut self, bytes: &[u8], at: usize, number: Number) -> Result<usize, JsonError> {
        let (mut at, mut number) = (at, number);
        loop {
            if number.repeats_digits() {
                while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                    at += 1;
                }
            }
            let Some(&byte) = bytes.get(at) else { break };
            let ends = matches!(byte, b',' | b']' | b'}') && number.is_complete();
            match number.next(byte).filter(|_| !ends) {
                Some(next) => number = next,
                None if number.is_complete() => return Ok(self.end_value(bytes, at)),
                None => return Err(self.syntax(at, "a malformed number")),
            }
            at += 1;
        }
        self.state = State::Number(number);
        Ok(at)
    }

    #[inline]
    fn literal(&mut self, bytes: &[u8], at: usize) -> Result<usize, JsonError> {
        let word = self.literal;
        let there = &bytes[at..bytes.len().min(at + word.len())];
        if there == word {
            return Ok(self.end_value(bytes, at + word.len()));
        }
        let same = there.iter().zip(word).take_while(|(a, b)| a == b).count();
        if same < there.len() {
            return Err(self.syntax(at + same, "expected a value"));
        }
        self.literal = &word[same..];
        self.state = State::Literal;
        Ok(at + same)
    }

    fn open(&mut self, object: bool) -> Result<(), JsonError> {
        self.nesting.open(object)?;
        self.state = if object {
            State::FirstKey
        } else {
            State::FirstValue
        };
        Ok(())
    }

    #[inline]
    fn close(&mut self, bytes: &[u8], at: usize) -> usize {
        if self.nesting.close() == 0 {
            self.state = State::Done;
            return at + 1;
        }
        self.end_value(bytes, at + 1)
    }

    fn begin_member(&mut self, at: usize) -> Result<(), JsonError> {
        if self.members.len() == MAX_MEMBERS {
            return Err(JsonError::TooManyMembers);
        }
        if self.members.capacity() == 0 {
            self.members.reserve(16);
        }
        let start = self.base + at;
        self.members.push(Member {
            key: start..start,
            value: start..start,
            kind: ValueKind::Null,
            escaped_key: false,
        });
        Ok(())
    }

    fn mark_escaped_key(&mut self) {
        if let Some(member) = self.members.last_mut() {
            member.escaped_key = true;
        }
    }

    /// Ends a key at its closing quote, and takes a colon that follows at once.
    #[inline]
    fn end_key(&mut self, bytes: &[u8], at: usize) -> usize {
        if self.nesting.depth() == 1
            && let Some(member) = self.members.last_mut()
        {
            member.key.end = self.base + at;
        }
        if bytes.get(at + 1) == Some(&b':') {
            self.state = State::Value;
            return at + 2;
        }
        self.state = State::Colon;
        at + 1
    }

    fn begin_value(&mut self, at: usize, byte: u8) {
        if let Some(member) = self.members.last_mut() {
            member.value.start = self.base + at;
            member.kind = ValueKind::of(byte);
        }
    }

    /// Ends a value before `at`, and takes a comma that follows at once.
    #[inline]
    fn end_value(&mut self, bytes: &[u8], at: usize) -> usize {
        if self.nesting.depth() == 1
            && let Some(member) = self.members.last_mut()
        {
            member.value.end = self.base + at;
        }
        if bytes.get(at) == Some(&b',') {
            self.next_item();
            return at + 1;
        }
        self.state = State::Comma;
        at
    }

    #[inline]
    fn next_item(&mut self) {
        self.state = if self.nesting.in_object() {
            State::Key
        } else {
            State::Value
        };
    }

    #[cold]
    fn after_value(&self, at: usize) -> JsonError {
        self.syntax(at, self.nesting.expected_after_value())
    }

    #[cold]
    fn syntax(&self, at: usize, what: &'static str) -> JsonError {
        JsonError::Syntax {
            at: self.base + at,
            what,
        }
    }
}

/// Whether a backslash and this byte are a whole escape.
#[inline]
const fn is_simple_escape(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't')
}
