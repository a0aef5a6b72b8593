//! Skipping through strings at memory speed.

const BLOCK: usize = 32;
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;
const QUOTES: u64 = u64::from_le_bytes([b'"'; 8]);
const BACKSLASHES: u64 = u64::from_le_bytes([b'\\'; 8]);

/// Whether a byte ends a run of plain string content.
#[inline]
const fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// The offset, from `at` on, of the first control character, quote or backslash, or the length.
#[inline]
pub(crate) fn find_special(bytes: &[u8], mut at: usize) -> usize {
    // Most strings are short: two words decide before the wide loop is worth entering.
    for _ in 0..2 {
        match word(bytes, at) {
            Some(0) => at += 8,
            Some(mask) => return at + mask.trailing_zeros() as usize / 8,
            None => return find_in_tail(bytes, at),
        }
    }
    find_in_blocks(bytes, at)
}

/// The offset, from `at` on, of the first quote or backslash in text without control characters, or
/// the length.
#[inline]
pub(crate) fn find_quote(bytes: &[u8], mut at: usize) -> usize {
    for _ in 0..2 {
        match word(bytes, at) {
            Some(0) => at += 8,
            Some(mask) => return at + mask.trailing_zeros() as usize / 8,
            None => return find_in_tail(bytes, at),
        }
    }
    memchr::memchr2(b'"', b'\\', &bytes[at..]).map_or(bytes.len(), |found| at + found)
}

/// Skips blocks in which nothing is special; the fold has no branch, so that it is vectorised.
fn find_in_blocks(bytes: &[u8], mut at: usize) -> usize {
    let (blocks, _) = bytes[at..].as_chunks::<BLOCK>();
    for block in blocks {
        let special = block
            .iter()
            .fold(false, |any, &byte| any | is_special(byte));
        if special {
            break;
        }
        at += BLOCK;
    }
    loop {
        match word(bytes, at) {
            Some(0) => at += 8,
            Some(mask) => return at + mask.trailing_zeros() as usize / 8,
            None => return find_in_tail(bytes, at),
        }
    }
}

fn find_in_tail(bytes: &[u8], at: usize) -> usize {
    let tail = &bytes[at..];
    at + tail
        .iter()
        .position(|&byte| is_special(byte))
        .unwrap_or(tail.len())
}

/// Eight bytes at once: zero when none is special, else the lowest set bit is in the first special
/// byte (a borrow can mark bytes above it, never below). `None` when fewer than eight are left.
#[inline]
fn word(bytes: &[u8], at: usize) -> Option<u64> {
    let word = u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?);
    let quote = word ^ QUOTES;
    let backslash = word ^ BACKSLASHES;
    let low = word.wrapping_sub(ONES * 0x20) & !word;
    let zero_quote = quote.wrapping_sub(ONES) & !quote;
    let zero_backslash = backslash.wrapping_sub(ONES) & !backslash;
    Some((low | zero_quote | zero_backslash) & HIGHS)
}
