//! Counting the tokens of texts, in bounded time.

use std::collections::HashSet;

use tiktoken_rs::o200k_base_singleton;

/// Text of one request that is counted in full, in bytes. Of more, an even sample of this size is counted.
const COUNTED: usize = 1 << 20;
/// Longest piece given to the tokenizer, in bytes: its time and its stack grow with the pieces, and a cut costs a token at
/// most.
const PIECE: usize = 4096;
/// Bytes for one token, in a piece that the tokenizer gives up on.
const BYTES_PER_TOKEN: usize = 4;
/// How far back from the end of a piece white space to cut at is looked for, in bytes.
const LOOK_BACK: usize = 64;

/// Counts texts, all of them or an even sample.
#[derive(Debug)]
pub(super) struct Sampler {
    length: usize,
    seen: usize,
    counted: usize,
    tokens: usize,
}

impl Sampler {
    /// For texts of about `length` bytes in all.
    pub(super) fn new(length: usize) -> Self {
        Self {
            length,
            seen: 0,
            counted: 0,
            tokens: 0,
        }
    }

    /// The next text.
    pub(super) fn take(&mut self, mut text: &str) {
        while !text.is_empty() {
            let (piece, rest) = text.split_at(cut(text));
            text = rest;
            self.seen += piece.len();
            if self.counted < self.due() {
                self.counted += piece.len();
                self.tokens += count(piece);
            }
        }
    }

    /// The tokens of all texts.
    pub(super) fn tokens(&self) -> u64 {
        let (tokens, seen) = (self.tokens as u128, self.seen as u128);
        let all = (tokens * seen).div_ceil((self.counted as u128).max(1));
        u64::try_from(all).unwrap_or(u64::MAX)
    }

    /// How much of what was seen is to be counted.
    fn due(&self) -> usize {
        if self.length <= COUNTED {
            return self.seen;
        }
        let share = self.seen as u128 * COUNTED as u128 / self.length as u128;
        usize::try_from(share).unwrap_or(usize::MAX)
    }
}

fn count(piece: &str) -> usize {
    // The tokenizer's other calls panic where this one says that its pattern matcher gave up.
    let encoded = o200k_base_singleton().encode(piece, &HashSet::new());
    encoded.map_or(piece.len().div_ceil(BYTES_PER_TOKEN), |(tokens, _)| {
        tokens.len()
    })
}

/// Where a piece of the text ends: before white space if some is near, since tokens begin with it.
fn cut(text: &str) -> usize {
    if text.len() <= PIECE {
        return text.len();
    }
    let end = (0..=PIECE)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(PIECE);
    let space = text.as_bytes()[end - LOOK_BACK..end]
        .iter()
        .rposition(u8::is_ascii_whitespace);
    space.map_or(end, |at| end - LOOK_BACK + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> u64 {
        let mut sampler = Sampler::new(text.len());
        sampler.take(text);
        sampler.tokens()
    }

    #[test]
    fn short_texts_are_counted_exactly() {
        assert_eq!(tokens(""), 0);
        assert_eq!(tokens("Hello world"), 2);
        assert_eq!(tokens("fn main() {\n    println!(\"hi\");\n}\n"), 10);
    }

    #[test]
    fn pieces_end_at_characters_and_before_white_space() {
        let text = "é".repeat(PIECE);
        assert!(text.is_char_boundary(cut(&text)));
        let text = format!("{} {}", "a".repeat(PIECE - 9), "b".repeat(PIECE));
        assert_eq!(cut(&text), PIECE - 9);
    }

    #[test]
    fn cutting_costs_next_to_nothing() {
        let text = "The quick brown fox jumps over the lazy dog. ".repeat(1000);
        let whole = o200k_base_singleton().encode_ordinary(&text).len() as u64;
        let pieces = tokens(&text);
        assert!(pieces.abs_diff(whole) <= whole / 500, "{pieces} {whole}");
    }

    #[test]
    fn of_long_texts_an_even_sample_is_counted() {
        let (words, code) = ("several words of a text ", "{\"a\":[1,2],\"b\":{}} ");
        let text = words.repeat(30_000) + &code.repeat(60_000);
        let mut sampler = Sampler::new(text.len());
        sampler.take(&text);
        assert!(sampler.counted <= COUNTED + PIECE, "{}", sampler.counted);
        let exact = tokens(&words.repeat(30_000)) + tokens(&code.repeat(50_000)) * 6 / 5;
        let sampled = sampler.tokens();
        assert!(sampled.abs_diff(exact) <= exact / 50, "{sampled} {exact}");
    }

    #[test]
    fn texts_that_tokenizers_stumble_over_are_counted() {
        for unit in [" ", "a", "\n", "!?", "你好", "👩‍👩‍👧", "ab1 ", "\u{0}"] {
            let text = unit.repeat(100_000 / unit.len());
            assert!(tokens(&text) > 0, "{unit:?}");
        }
    }
}
