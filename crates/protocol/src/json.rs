//! JSON as the gateway needs it: validated at memory speed, without building a tree.
//!
//! [`Scanner`] takes a document in pieces and reports where its top-level members lie. What is
//! behind a member is read by a cursor over the scanned bytes (`value`).
//!
//! The first 8 KiB, the top-level object itself and the encoding are validated in full. Beyond
//! 8 KiB, containers and long strings within the top-level object are passed over in blocks
//! (`skip`), which checks all that decides where they end and leaves the rest to the upstream.

mod machine;
mod nesting;
mod number;
mod skip;
pub(crate) mod text;
mod utf8;
pub(crate) mod value;
pub(crate) mod write;
pub(crate) mod writer;

use std::fmt;
use std::ops::Range;

use self::machine::Machine;
use self::utf8::Utf8;

/// The deepest nesting of objects and arrays that is accepted.
pub const MAX_DEPTH: usize = 1024;

/// The largest number of members that the top-level object may have.
pub const MAX_MEMBERS: usize = 4096;

/// The length of the start of a document in which every byte is held to the grammar. What is deep
/// or long and goes on beyond it is passed over in blocks.
const IN_FULL: usize = 8 * 1024;

/// An incremental, validating scanner for one JSON object (RFC 8259, UTF-8).
///
/// The outcome, offsets included, does not depend on how the document is cut into pieces. Numbers
/// are checked for their grammar only, and `\u` escapes may be lone surrogates, as the RFC allows.
///
/// A document of up to 8 KiB is accepted exactly if it is such an object. Of a longer one, what
/// lies beyond 8 KiB is checked like this:
///
/// - the encoding and the top-level object's own keys, separators, numbers and literals: in full;
/// - strings, at the top level and below: no raw control character;
/// - below the top level: brackets match, the depth is limited, there is nothing outside strings
///   that has no place in JSON, and no two values without a separator between them.
///
/// Which separator stands where below the top level, and how numbers, literals and escapes are
/// spelled there, is not checked; nor are the escapes of a long top-level string.
///
/// ```
/// use aigw_protocol::json::{Scanner, ValueKind};
///
/// let mut scanner = Scanner::new();
/// scanner.push(br#"{"model": "gp"#)?;
/// scanner.push(br#"t", "stream": true}"#)?;
/// let members = scanner.finish()?;
/// assert_eq!(members[0].value, 10..15);
/// assert_eq!(members[1].kind, ValueKind::True);
/// # Ok::<(), aigw_protocol::json::JsonError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Scanner {
    utf8: Utf8,
    machine: Machine,
    failed: Option<JsonError>,
}

impl Scanner {
    /// A scanner at the start of a document.
    pub fn new() -> Self {
        Self::default()
    }

    /// Scans a whole document.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn scan(document: &[u8]) -> Result<Members, JsonError> {
        let mut scanner = Self::new();
        scanner.push(document)?;
        scanner.finish()
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// The first thing that is wrong with the document so far; the same again on later calls.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), JsonError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let outcome = self.utf8.feed(piece, &mut self.machine);
        self.failed = outcome.err();
        outcome
    }

    /// Ends the document.
    ///
    /// # Errors
    /// What [`Scanner::push`] reported, or that the document is not complete.
    pub fn finish(mut self) -> Result<Members, JsonError> {
        self.end()?;
        Ok(Members(self.machine.into_members()))
    }

    /// A scanner that passes over values from this offset on.
    #[cfg(test)]
    fn skipping_from(offset: usize) -> Self {
        let mut scanner = Self::new();
        scanner.machine.skip_from(offset);
        scanner
    }

    /// Scans a whole document, reusing what an earlier scan allocated, and validates it in full
    /// whatever its size.
    pub(crate) fn rescan(&mut self, document: &[u8]) -> Result<&[Member], JsonError> {
        self.utf8 = Utf8::default();
        self.machine.restart_in_full();
        self.failed = None;
        self.push(document)?;
        self.end()?;
        Ok(self.machine.members())
    }

    fn end(&mut self) -> Result<(), JsonError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.utf8.end(&self.machine)?;
        self.machine.end()
    }
}

/// The members of a scanned top-level object, in the order of the document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Members(Vec<Member>);

impl std::ops::Deref for Members {
    type Target = [Member];

    fn deref(&self) -> &[Member] {
        &self.0
    }
}

/// Where a member of the top-level object lies. Offsets are bytes from the start of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The key as written, without its quotes.
    pub key: Range<usize>,
    /// The value as written, with quotes or brackets, without surrounding white space.
    pub value: Range<usize>,
    /// What the value is.
    pub kind: ValueKind,
    /// Whether the key is written with escapes.
    pub escaped_key: bool,
}

/// What a JSON value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueKind {
    /// `null`.
    Null,
    /// `true`.
    True,
    /// `false`.
    False,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl ValueKind {
    /// The kind of the value that begins with this byte.
    pub(crate) const fn of(byte: u8) -> Self {
        match byte {
            b'"' => Self::String,
            b'{' => Self::Object,
            b'[' => Self::Array,
            b't' => Self::True,
            b'f' => Self::False,
            b'n' => Self::Null,
            _ => Self::Number,
        }
    }
}

/// Why a document is refused. The display text is fit for callers to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonError {
    /// It starts with a byte order mark.
    Bom,
    /// It is not UTF-8.
    Utf8 {
        /// The offset of the first byte that is no part of a character.
        at: usize,
    },
    /// It breaks the grammar.
    Syntax {
        /// The offset of the offending byte.
        at: usize,
        /// What was expected or is wrong.
        what: &'static str,
    },
    /// It nests deeper than [`MAX_DEPTH`].
    TooDeep,
    /// It has more than [`MAX_MEMBERS`] top-level members.
    TooManyMembers,
    /// It ends too early.
    Unfinished,
    /// Something follows the document.
    Trailing {
        /// The offset of the first byte that follows.
        at: usize,
    },
    /// It is something else than an object.
    NotAnObject,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bom => f.write_str("JSON must not start with a byte order mark"),
            Self::Utf8 { at } => write!(f, "invalid UTF-8 at byte {at}"),
            Self::Syntax { at, what } => write!(f, "invalid JSON at byte {at}: {what}"),
            Self::TooDeep => write!(f, "JSON is nested deeper than {MAX_DEPTH} levels"),
            Self::TooManyMembers => {
                write!(f, "the JSON object has more than {MAX_MEMBERS} members")
            }
            Self::Unfinished => f.write_str("JSON ends too early"),
            Self::Trailing { at } => {
                write!(f, "invalid JSON at byte {at}: the document already ended")
            }
            Self::NotAnObject => f.write_str("expected a JSON object"),
        }
    }
}

impl std::error::Error for JsonError {}

#[cfg(test)]
mod tests;
