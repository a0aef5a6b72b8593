//! Passing over values that a scanner has accepted.
//!
//! The same bytes are passed over once for every level that they lie deep, so this is where most of
//! the time of reading goes. Strings and containers are taken in blocks, of which one bit per byte
//! says where quotes and brackets are. On text that no scanner has seen the answers are
//! meaningless, but no call panics and every loop ends.

#![expect(
    clippy::inline_always,
    reason = "what is inlined takes on the instructions of the register width that it is called for"
)]

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x64};

use crate::json::text::find_quote;

/// Bytes of a container that are looked at together.
const BLOCK: usize = 64;

/// The first byte from `at` on that is not white space, or the length.
#[inline]
pub(super) fn skip_space(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
        at += 1;
    }
    at
}

/// The end of the value that starts at `at`.
#[inline]
pub(super) fn skip_value(text: &[u8], at: usize) -> usize {
    match text.get(at) {
        Some(b'"') => skip_string(text, at),
        Some(b'{' | b'[') => skip_container(text, at),
        _ => {
            let rest = text.get(at..).unwrap_or_default();
            let ends =
                |b: &u8| matches!(b, b',' | b']' | b'}' | b':' | b' ' | b'\n' | b'\r' | b'\t');
            at + rest.iter().position(ends).unwrap_or(rest.len())
        }
    }
}

/// The end of the string whose opening quote is at `at`.
#[inline]
fn skip_string(text: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    loop {
        // What a scanner has accepted has no control characters in strings.
        at = find_quote(text, at.min(text.len()));
        match text.get(at) {
            Some(b'"') => return at + 1,
            Some(_) => at += 2,
            None => return text.len(),
        }
    }
}

/// The end of the object or array whose opening bracket is at `at`.
fn skip_container(text: &[u8], at: usize) -> usize {
    dispatch!(Level::new(), simd => container_end(simd, text, at))
}

#[inline(always)]
fn container_end<S: Simd>(simd: S, text: &[u8], at: usize) -> usize {
    let mut state = Nested::default();
    let mut rest = text.get(at..).unwrap_or_default();
    while let Some((block, after)) = rest.split_first_chunk::<BLOCK>() {
        if let Some(end) = state.block(u8x64::from_slice(simd, block)) {
            return text.len() - rest.len() + end;
        }
        rest = after;
    }
    let mut padded = [b' '; BLOCK];
    for (to, from) in padded.iter_mut().zip(rest) {
        *to = *from;
    }
    let end = state
        .block(u8x64::from_slice(simd, &padded))
        .unwrap_or(rest.len());
    text.len() - rest.len() + end.min(rest.len())
}

/// Where a block of a container begins.
#[derive(Debug, Default)]
struct Nested {
    /// All ones within a string, else zero.
    text: u64,
    /// One when the next byte is escaped, else zero.
    escaped: u64,
    /// How many brackets are open.
    depth: u32,
}

impl Nested {
    /// Takes the next block. Says where the last bracket is closed in it.
    #[inline(always)]
    fn block<S: Simd>(&mut self, block: u8x64<S>) -> Option<usize> {
        let backslashes = equal(block, b'\\');
        let mut quotes = equal(block, b'"');
        if backslashes | self.escaped != 0 {
            quotes &= !self.escapes(backslashes);
        }
        if quotes == 0 && self.text != 0 {
            return None;
        }
        let text = prefix_xor(quotes) ^ self.text;
        self.text = 0_u64.wrapping_sub(text >> 63);
        // Brackets and braces differ in this one bit.
        let folded = block | 0x20;
        let open = equal(folded, b'{') & !text;
        let close = equal(folded, b'}') & !text;
        let mut brackets = open | close;
        while brackets != 0 {
            let bit = brackets & brackets.wrapping_neg();
            if open & bit != 0 {
                self.depth += 1;
            } else {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    return Some(bit.trailing_zeros() as usize + 1);
                }
            }
            brackets ^= bit;
        }
        None
    }

    /// The bytes that are escaped: those after a backslash that is not itself escaped.
    #[inline]
    fn escapes(&mut self, backslashes: u64) -> u64 {
        const ODD: u64 = 0xAAAA_AAAA_AAAA_AAAA;
        let first = backslashes & !self.escaped;
        // The subtraction runs through each row of backslashes and leaves behind every other one of
        // its bits, beginning with the first, whether the row starts at an even or an odd place.
        let rows = (((first << 1) | ODD).wrapping_sub(first)) ^ ODD;
        let escaped = rows ^ (backslashes | self.escaped);
        self.escaped = (rows & backslashes) >> 63;
        escaped
    }
}

#[inline(always)]
fn equal<S: Simd>(view: u8x64<S>, byte: u8) -> u64 {
    view.simd_eq(byte).to_bitmask()
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The end of a container, byte by byte.
    fn slowly(text: &[u8]) -> usize {
        let (mut depth, mut string, mut escape) = (0, false, false);
        for (at, byte) in text.iter().enumerate() {
            match byte {
                _ if escape => escape = false,
                b'\\' if string => escape = true,
                b'"' => string = !string,
                b'{' | b'[' if !string => depth += 1,
                b'}' | b']' if !string => {
                    depth -= 1;
                    if depth == 0 {
                        return at + 1;
                    }
                }
                _ => {}
            }
        }
        text.len()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn a_container_ends_where_its_bracket_closes(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "{}", "[", "]", "\"a\"", "\"\\\\\"", "\"\\\"]\"", "\"\\\\\\\"{\"", ",", ":", "12", "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"",
            ]), 0..60),
        ) {
            let text = format!("[{}]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", pieces.concat());
            prop_assert_eq!(skip_value(text.as_bytes(), 0), slowly(text.as_bytes()));
        }

        #[test]
        fn a_string_ends_at_its_quote(content in "([a-z]{0,40}|\\\\\\\\|\\\\\"){0,6}", rest in "[\"a\\\\]{0,70}") {
            let text = format!("\"{content}\"{rest}");
            prop_assert_eq!(skip_value(text.as_bytes(), 0), content.len() + 2);
        }

        #[test]
        fn anything_is_survived(text in prop::collection::vec(prop::sample::select(b"{}[]\"\\,: a1".to_vec()), 0..200), at in 0..210_usize) {
            prop_assert!(skip_value(&text, at) >= at.min(text.len()));
        }
    }
}
