//! UTF-8 validation ahead of the grammar, across the cuts between pieces.

use super::JsonError;
use super::machine::Machine;

/// Validates pieces and hands whole characters on to the grammar.
///
/// The start of a character that a piece ends in is held back until the rest arrives, so that the
/// grammar sees the same bytes, and reports the same first error, for every split.
#[derive(Debug, Clone, Default)]
pub(super) struct Utf8 {
    held: [u8; 4],
    held_len: usize,
}

impl Utf8 {
    pub(super) fn feed(&mut self, piece: &[u8], machine: &mut Machine) -> Result<(), JsonError> {
        let piece = self.complete_held(piece, machine)?;
        if piece.is_empty() {
            return Ok(());
        }
        let whole = piece.len() - unfinished_suffix(piece);
        let (piece, rest) = piece.split_at(whole);
        validated(piece, machine)?;
        self.held[..rest.len()].copy_from_slice(rest);
        self.held_len = rest.len();
        Ok(())
    }

    pub(super) fn end(&self, machine: &Machine) -> Result<(), JsonError> {
        if self.held_len > 0 && machine.is_done() {
            return Err(JsonError::Utf8 {
                at: machine.offset(),
            });
        }
        Ok(())
    }

    /// Adds bytes to the held character until it is whole or wrong; returns what is left.
    fn complete_held<'p>(
        &mut self,
        piece: &'p [u8],
        machine: &mut Machine,
    ) -> Result<&'p [u8], JsonError> {
        let mut rest = piece;
        while self.held_len > 0 {
            let Some((&byte, after)) = rest.split_first() else {
                break;
            };
            self.held[self.held_len] = byte;
            let held = &self.held[..=self.held_len];
            if unfinished_suffix(held) == held.len() {
                self.held_len += 1;
            } else {
                validated(held, machine)?;
                self.held_len = 0;
            }
            rest = after;
        }
        Ok(rest)
    }
}

/// Passes the bytes on if they are UTF-8; else passes on what precedes the error, which may hold an
/// earlier one.
fn validated(bytes: &[u8], machine: &mut Machine) -> Result<(), JsonError> {
    if simdutf8::basic::from_utf8(bytes).is_ok() {
        return machine.feed(bytes);
    }
    let valid = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    machine.feed(&bytes[..valid])?;
    Err(JsonError::Utf8 {
        at: machine.offset(),
    })
}

/// The length of the trailing bytes that may become a character with what follows: 0 to 3.
fn unfinished_suffix(bytes: &[u8]) -> usize {
    let tail = &bytes[bytes.len().saturating_sub(3)..];
    for (index, &byte) in tail.iter().enumerate().rev() {
        let have = tail.len() - index;
        let need = match byte {
            0x80..=0xBF => continue,
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => return 0,
        };
        let unfinished = have < need
            && std::str::from_utf8(&tail[index..]).is_err_and(|error| error.error_len().is_none());
        return if unfinished { have } else { 0 };
    }
    0
}
