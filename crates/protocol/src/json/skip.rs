//! Passing over what is deep or long in blocks of 64 bytes.
//!
//! A block becomes masks of one bit per byte. Where strings begin and end follows from the quotes
//! that no backslash escapes; only the brackets outside strings are then visited one by one.
//!
//! What is checked is what decides where the value ends, for this reader and for readers that take
//! more than JSON: brackets match; no raw control character is in a string; outside strings every
//! byte is one that JSON has there (so no other quotes, comments or backslashes); and what begins a
//! value does not follow the end of another without a separator (so no quote or bracket is part of
//! a bare word). The order of separators and the spelling of numbers, literals and escapes are not
//! checked.

#![expect(
    clippy::inline_always,
    reason = "what is inlined takes on the instructions of the register width that it is called for"
)]

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, mask8x64, u8x64};

use super::JsonError;
use super::nesting::Nesting;

const BLOCK: usize = 64;

/// The state between two blocks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Skipper {
    /// All ones within a string, else zero.
    text: u64,
    /// One when the next byte is escaped, else zero.
    escaped: u64,
    /// One when a value ended and nothing but white space followed, else zero.
    ended: u64,
    /// One when the last byte is part of a number or a literal, else zero.
    scalar: u64,
}

/// The strings of a block.
#[derive(Clone, Copy)]
struct Strings {
    /// Opening quotes and what follows them up to the closing quotes, which are not included.
    text: u64,
    quotes: u64,
    /// Whether there is a control character in the block, in a string or not.
    control: bool,
}

/// Bytes in one wide register.
#[derive(Clone, Copy)]
struct Block<'a, S: Simd> {
    bytes: &'a [u8; BLOCK],
    view: u8x64<S>,
}

impl<'a, S: Simd> Block<'a, S> {
    #[inline(always)]
    fn new(simd: S, bytes: &'a [u8; BLOCK]) -> Self {
        let view = u8x64::from_slice(simd, bytes);
        Self { bytes, view }
    }

    /// Brackets and braces, and capital and small letters, differ in this one bit.
    #[inline(always)]
    fn folded(self) -> Self {
        Self {
            view: self.view | 0x20,
            ..self
        }
    }

    #[inline(always)]
    fn is(self, byte: u8) -> mask8x64<S> {
        self.view.simd_eq(byte)
    }

    #[inline(always)]
    fn all(self, byte: u8) -> u64 {
        self.is(byte).to_bitmask()
    }

    /// Bytes from `low` to `high`, both included.
    #[inline(always)]
    fn within(self, low: u8, high: u8) -> mask8x64<S> {
        (self.view - low).simd_le(high - low)
    }

    #[inline(always)]
    fn controls(self) -> u64 {
        self.view.simd_lt(0x20).to_bitmask()
    }
}

impl Skipper {
    /// Starts within a string, after the end of a value, or before a value.
    pub(super) fn new(in_text: bool, after_value: bool) -> Self {
        Self {
            text: if in_text { u64::MAX } else { 0 },
            ended: u64::from(after_value),
            ..Self::default()
        }
    }

    /// Passes over `bytes`, which lie at `offset` in the document, up to the end of the string when
    /// only the top-level object is open, else up to the bracket that leaves only that one open.
    /// Returns where the value ends, or `None` when it goes on.
    pub(super) fn skip(
        &mut self,
        bytes: &[u8],
        offset: usize,
        nesting: &mut Nesting,
    ) -> Result<Option<usize>, JsonError> {
        let (blocks, tail) = bytes.as_chunks::<BLOCK>();
        let end = self.pass((blocks, BLOCK), offset, nesting)?;
        if end.is_some() || tail.is_empty() {
            return Ok(end);
        }
        // White space changes nothing, and the masks end with the tail.
        let mut padded = [b' '; BLOCK];
        padded[..tail.len()].copy_from_slice(tail);
        let start = bytes.len() - tail.len();
        let end = self.pass((&[padded], tail.len()), offset + start, nesting)?;
        Ok(end.map(|end| start + end))
    }

    /// Takes blocks of which the first so many bytes count, with the widest registers that the processor has.
    fn pass(
        &mut self,
        blocks: (&[[u8; BLOCK]], usize),
        offset: usize,
        nesting: &mut Nesting,
    ) -> Result<Option<usize>, JsonError> {
        dispatch!(Level::new(), simd => self.blocks(simd, blocks, offset, nesting))
    }

    #[inline(always)]
    fn blocks<S: Simd>(
        &mut self,
        simd: S,
        (blocks, len): (&[[u8; BLOCK]], usize),
        offset: usize,
        nesting: &mut Nesting,
    ) -> Result<Option<usize>, JsonError> {
        let mut state = *self;
        for (index, bytes) in blocks.iter().enumerate() {
            let block = Block::new(simd, bytes);
            let strings = state.strings(block, len);
            if strings.text == u64::MAX && strings.quotes == 0 && !strings.control {
                (state.ended, state.scalar) = (0, 0);
                continue;
            }
            let at = index * BLOCK;
            let end = if nesting.depth() == 1 {
                end_of_text(block.controls(), strings)
            } else {
                state.structure(block, strings, len, nesting)
            };
            match end {
                Ok(None) => {}
                Ok(Some(end)) => return Ok(Some(at + end)),
                Err(fault) => return Err(fault.at(offset + at)),
            }
        }
        *self = state;
        Ok(None)
    }

    #[inline(always)]
    fn strings<S: Simd>(&mut self, block: Block<'_, S>, len: usize) -> Strings {
        let quotes = block.all(b'"') & !self.escapes(block.all(b'\\'), len);
        let text = prefix_xor(quotes) ^ self.text;
        self.text = 0_u64.wrapping_sub((text >> (len - 1)) & 1);
        Strings {
            text,
            quotes,
            control: block.controls() != 0,
        }
    }

    /// The bytes that are escaped: those after a backslash that is not itself escaped.
    #[inline(always)]
    fn escapes(&mut self, backslashes: u64, len: usize) -> u64 {
        const ODD: u64 = 0xAAAA_AAAA_AAAA_AAAA;
        let first = backslashes & !self.escaped;
        // The subtraction runs through each row of backslashes and leaves behind every other one of
        // its bits, beginning with the first, whether the row starts at an even or an odd place.
        let rows = (((first << 1) | ODD).wrapping_sub(first)) ^ ODD;
        let escaped = rows ^ (backslashes | self.escaped);
        // A branch that is hardly ever taken keeps the blocks from waiting for each other.
        self.escaped = match (backslashes >> (len - 1)) & 1 {
            0 => 0,
            _ => last(rows & backslashes, len),
        };
        escaped
    }

    /// Checks what is outside strings and follows the brackets.
    #[inline(always)]
    fn structure<S: Simd>(
        &mut self,
        block: Block<'_, S>,
        strings: Strings,
        len: usize,
        nesting: &mut Nesting,
    ) -> Result<Option<usize>, Fault> {
        let Strings { text, quotes, .. } = strings;
        let folded = block.folded();
        let open = folded.all(b'{') & !text;
        let close = folded.all(b'}') & !text;
        let separators = (block.is(b',') | block.is(b':')).to_bitmask() & !text;
        let mut marks = Marks {
            starts: (quotes & text) | open,
            ends: (quotes & !text) | close,
            wrong: 0,
        };
        let rest = !(text | open | close | separators | quotes);
        if rest == 0 && !strings.control {
            marks.wrong = ((marks.ends << 1) | self.ended) & marks.starts;
            self.ended = (marks.ends >> (len - 1)) & 1;
            self.scalar = 0;
        } else {
            (*self, marks) = self.scalars(block, marks, [text, rest], len);
        }
        // The brackets before the first fault, if there is one.
        let before = (marks.wrong & marks.wrong.wrapping_neg()).wrapping_sub(1);
        let mut brackets = (open | close) & before;
        while brackets != 0 {
            let at = brackets.trailing_zeros() as usize;
            if let Some(end) = bracket(block.bytes[at], at, nesting)? {
                return Ok(Some(end));
            }
            brackets &= brackets - 1;
        }
        match marks.wrong {
            0 => Ok(None),
            wrong => Err(Fault::of(wrong, text, marks.starts)),
        }
    }

    /// Adds numbers, literals, white space and whatever is wrong to the marks of a block.
    #[inline(always)]
    fn scalars<S: Simd>(
        mut self,
        block: Block<'_, S>,
        mut marks: Marks,
        [text, rest]: [u64; 2],
        len: usize,
    ) -> (Self, Marks) {
        let control = block.controls() & text;
        let space = block.is(b' ') | block.is(b'\n') | block.is(b'\r') | block.is(b'\t');
        let white = space.to_bitmask() & rest;
        let numeric = block.within(b'0', b'9') | block.within(b'-', b'.') | block.is(b'+');
        let literal = block.is(b'a')
            | block.is(b'f')
            | block.is(b'l')
            | block.is(b'n')
            | block.within(b'r', b'u');
        let exponent = block.folded().is(b'e');
        let scalar = (numeric | literal | exponent).to_bitmask() & rest;
        marks.starts |= scalar & !((scalar << 1) | self.scalar);
        marks.ends |= scalar;
        let after = (marks.ends << 1) | self.ended;
        // The addition carries from the first white space after a value to behind the last one.
        let beyond = (after & white).wrapping_add(white);
        let unseparated = (after | beyond) & !white & marks.starts;
        marks.wrong = control | (rest & !(white | scalar)) | unseparated;
        // What pads a block is white space, or text, which ends nothing.
        if let Some(last) = (!white).checked_ilog2() {
            self.ended = (marks.ends >> last) & 1;
        }
        self.scalar = (scalar >> (len - 1)) & 1;
        (self, marks)
    }
}

/// Where values begin and end in a block, and what is wrong there.
struct Marks {
    /// The first byte of each value.
    starts: u64,
    /// The last byte of each value; of a number or a literal every byte.
    ends: u64,
    wrong: u64,
}

/// What is wrong at a byte of a block.
enum Fault {
    Syntax { at: usize, what: &'static str },
    Nesting(JsonError),
}

impl Fault {
    #[cold]
    fn of(wrong: u64, text: u64, starts: u64) -> Self {
        let first = wrong & wrong.wrapping_neg();
        let what = if first & starts != 0 {
            "a value without a separator before it"
        } else if first & text != 0 {
            "a control character within a string"
        } else {
            "a character that belongs within a string"
        };
        Self::Syntax {
            at: wrong.trailing_zeros() as usize,
            what,
        }
    }

    #[cold]
    fn at(self, offset: usize) -> JsonError {
        match self {
            Self::Syntax { at, what } => JsonError::Syntax {
                at: offset + at,
                what,
            },
            Self::Nesting(error) => error,
        }
    }
}

/// Opens or closes a container; says where the value ends when only the top-level object is left.
#[inline]
fn bracket(byte: u8, at: usize, nesting: &mut Nesting) -> Result<Option<usize>, Fault> {
    let object = byte & 0x20 != 0;
    if byte & 0x04 == 0 {
        nesting.open(object).map_err(Fault::Nesting)?;
        return Ok(None);
    }
    if object != nesting.in_object() {
        let what = nesting.expected_after_value();
        return Err(Fault::Syntax { at, what });
    }
    Ok((nesting.close() == 1).then_some(at + 1))
}

/// The end of a string that the block begins in, unless one of these control characters comes first.
fn end_of_text(controls: u64, strings: Strings) -> Result<Option<usize>, Fault> {
    let wrong = controls & strings.text;
    let end = strings.quotes.trailing_zeros();
    if wrong.trailing_zeros() < end {
        return Err(Fault::of(wrong, strings.text, 0));
    }
    Ok((strings.quotes != 0).then_some(end as usize + 1))
}

/// The last of `len` bits.
#[cold]
#[inline(never)]
const fn last(bits: u64, len: usize) -> u64 {
    (bits >> (len - 1)) & 1
}

/// Each bit is the parity of the bits up to and including it.
#[inline]
const fn prefix_xor(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^ (bits << 32)
}

#[cfg(test)]
mod tests;
