//! The grammar of JSON as a state machine over bytes that are known to be UTF-8.

use super::number::Number;
use super::text::find_special;
use super::{JsonError, MAX_DEPTH, MAX_MEMBERS, Member, ValueKind};

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
    /// Within `true`, `false` or `null`; this much is still to come.
    Literal(&'static [u8]),
    /// After the document.
    Done,
}

const BOM: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// The state between two pieces.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    state: State,
    /// One bit per open container, set for an object.
    objects: [u64; MAX_DEPTH / 64],
    depth: usize,
    in_object: bool,
    /// The offset in the document of the piece being scanned.
    base: usize,
    members: Vec<Member>,
}

impl Default for Machine {
    fn default() -> Self {
        Self {
            state: State::Start(0),
            objects: [0; MAX_DEPTH / 64],
            depth: 0,
            in_object: false,
            base: 0,
            members: Vec::new(),
        }
    }
}

impl Machine {
    pub(super) fn restart(&mut self) {
        self.state = State::Start(0);
        self.depth = 0;
        self.base = 0;
        self.members.clear();
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
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), JsonError> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            at = match self.state {
                State::Text { key } => self.text(bytes, at, key)?,
                State::Number(number) => self.number(bytes, at, number)?,
                State::Literal(rest) => self.literal(bytes, at, rest)?,
                State::Escape { key } => self.escape(byte, at, key)?,
                State::Hex { key, left } => self.hex(byte, at, key, left)?,
                State::Start(seen) => self.start(byte, at, seen)?,
                _ if matches!(byte, b' ' | b'\n' | b'\r' | b'\t') => at + 1,
                State::Colon => self.colon(byte, at)?,
                State::Comma => self.comma(byte, at)?,
                State::Key | State::FirstKey => self.key(byte, at)?,
                State::Value | State::FirstValue => self.value(byte, at)?,
                State::Done => return Err(JsonError::Trailing { at: self.base + at }),
            };
        }
        self.base += bytes.len();
        Ok(())
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
    fn colon(&mut self, byte: u8, at: usize) -> Result<usize, JsonError> {
        if byte != b':' {
            return Err(self.syntax(at, "expected `:`"));
        }
        self.state = State::Value;
        Ok(at + 1)
    }

    #[inline]
    fn comma(&mut self, byte: u8, at: usize) -> Result<usize, JsonError> {
        match (byte, self.in_object) {
            (b',', true) => self.state = State::Key,
            (b',', false) => self.state = State::Value,
            (b'}', true) | (b']', false) => self.close(at),
            (_, true) => return Err(self.syntax(at, "expected `,` or `}`")),
            (_, false) => return Err(self.syntax(at, "expected `,` or `]`")),
        }
        Ok(at + 1)
    }

    #[inline]
    fn key(&mut self, byte: u8, at: usize) -> Result<usize, JsonError> {
        match byte {
            b'"' => {
                if self.depth == 1 {
                    self.begin_member(at + 1)?;
                }
                self.state = State::Text { key: true };
            }
            b'}' if self.state == State::FirstKey => self.close(at),
            _ => return Err(self.syntax(at, "expected a key")),
        }
        Ok(at + 1)
    }

    #[inline]
    fn value(&mut self, byte: u8, at: usize) -> Result<usize, JsonError> {
        let kind = match byte {
            b'"' => ValueKind::String,
            b'{' => ValueKind::Object,
            b'[' => ValueKind::Array,
            b't' => ValueKind::True,
            b'f' => ValueKind::False,
            b'n' => ValueKind::Null,
            b'-' | b'0'..=b'9' => ValueKind::Number,
            b']' if self.state == State::FirstValue => {
                self.close(at);
                return Ok(at + 1);
            }
            _ => return Err(self.syntax(at, "expected a value")),
        };
        if self.depth == 1 {
            self.begin_value(at, kind);
        }
        self.state = match kind {
            ValueKind::String => State::Text { key: false },
            ValueKind::True => State::Literal(b"rue"),
            ValueKind::False => State::Literal(b"alse"),
            ValueKind::Null => State::Literal(b"ull"),
            ValueKind::Number => Number::first(byte).map_or(State::Value, State::Number),
            ValueKind::Object | ValueKind::Array => {
                self.open(kind == ValueKind::Object)?;
                self.state
            }
        };
        Ok(at + 1)
    }

    #[inline]
    fn text(&mut self, bytes: &[u8], at: usize, key: bool) -> Result<usize, JsonError> {
        let at = find_special(bytes, at);
        match bytes.get(at) {
            None => return Ok(at),
            Some(b'"') if key => {
                if self.depth == 1 {
                    self.end_key(at);
                }
                self.state = State::Colon;
            }
            Some(b'"') => self.end_value(at + 1),
            Some(b'\\') => self.state = State::Escape { key },
            Some(_) => return Err(self.syntax(at, "a control character within a string")),
        }
        Ok(at + 1)
    }

    fn escape(&mut self, byte: u8, at: usize, key: bool) -> Result<usize, JsonError> {
        self.state = match byte {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => State::Text { key },
            b'u' => State::Hex { key, left: 4 },
            _ => return Err(self.syntax(at, "unknown escape")),
        };
        if key
            && self.depth == 1
            && let Some(member) = self.members.last_mut()
        {
            member.escaped_key = true;
        }
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
    fn number(&mut self, bytes: &[u8], at: usize, mut number: Number) -> Result<usize, JsonError> {
        for (index, &byte) in bytes.iter().enumerate().skip(at) {
            match number.next(byte) {
                Some(next) => number = next,
                None if number.is_complete() => {
                    self.end_value(index);
                    return Ok(index);
                }
                None => return Err(self.syntax(index, "a malformed number")),
            }
        }
        self.state = State::Number(number);
        Ok(bytes.len())
    }

    #[inline]
    fn literal(
        &mut self,
        bytes: &[u8],
        at: usize,
        rest: &'static [u8],
    ) -> Result<usize, JsonError> {
        let there = &bytes[at..bytes.len().min(at + rest.len())];
        let same = there.iter().zip(rest).take_while(|(a, b)| a == b).count();
        if same < there.len() {
            return Err(self.syntax(at + same, "expected a value"));
        }
        match &rest[same..] {
            [] => self.end_value(at + same),
            left => self.state = State::Literal(left),
        }
        Ok(at + same)
    }

    fn open(&mut self, object: bool) -> Result<(), JsonError> {
        let slot = self
            .objects
            .get_mut(self.depth / 64)
            .ok_or(JsonError::TooDeep)?;
        let bit = 1 << (self.depth % 64);
        *slot = if object { *slot | bit } else { *slot & !bit };
        self.depth += 1;
        self.in_object = object;
        self.state = if object {
            State::FirstKey
        } else {
            State::FirstValue
        };
        Ok(())
    }

    fn close(&mut self, at: usize) {
        self.depth -= 1;
        if self.depth == 0 {
            self.state = State::Done;
            return;
        }
        let parent = self.depth - 1;
        self.in_object = self.objects[parent / 64] >> (parent % 64) & 1 == 1;
        self.end_value(at + 1);
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

    fn end_key(&mut self, at: usize) {
        if let Some(member) = self.members.last_mut() {
            member.key.end = self.base + at;
        }
    }

    fn begin_value(&mut self, at: usize, kind: ValueKind) {
        if let Some(member) = self.members.last_mut() {
            member.value.start = self.base + at;
            member.kind = kind;
        }
    }

    #[inline]
    fn end_value(&mut self, at: usize) {
        self.state = State::Comma;
        if self.depth == 1
            && let Some(member) = self.members.last_mut()
        {
            member.value.end = self.base + at;
        }
    }

    #[cold]
    fn syntax(&self, at: usize, what: &'static str) -> JsonError {
        JsonError::Syntax {
            at: self.base + at,
            what,
        }
    }
}
