//! The representation that every dialect is translated into and out of.
//!
//! It is a superset of what the dialects can say, with a way out at every level: members without a
//! name here are [`Extra`]s, parts without a name are [`Foreign`], state that only its issuer can
//! read is [`Opaque`]. Everything borrows from the decoded document. [`Text`] keeps the escapes of
//! its source and [`Raw`] is JSON as written, so that most of a translation is copying slices.
//!
//! # What holds
//!
//! - Decoding drops nothing and fills in nothing. What is absent or `null` is `None`.
//! - Encoding reports what it leaves out and what it makes up ([`Loss`]).
//! - A [`Place`] says where a value stood; paths are worked out only for reports.
//! - Events of a stream come in the one order that [`Event`] describes.
//!
//! # What it does not do
//!
//! It knows no dialect's form, no clock, no randomness and no target: all of that comes in through
//! [`crate::codec`].

pub mod effort;
pub mod opaque;
pub(crate) mod sequence;
pub mod wrap;

mod collect;
mod event;
mod loss;
mod owned;
mod replay;
mod request;
mod response;
mod text;
mod tool;
mod turn;
pub(crate) mod unnamed;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::{self, Write as _};

pub use self::collect::Collector;
pub use self::event::{CallStart, Delta, Event, PartStart, Sink, Start};
pub use self::loss::{Assumed, Loss, LossReport, Omission, Reason};
pub use self::opaque::{Opaque, OpaqueKind, carries_envelope};
pub use self::replay::replay;
pub use self::request::{
    CacheConfig, Caller, Effort, Format, JsonSchema, OutputConfig, ReasoningConfig, ReasoningMode,
    Request, Sampling, Session, StreamOptions,
};
pub use self::response::{Response, StopReason};
pub use self::text::{Document, Extra, Place, Placed, Raw, Text};
pub use self::tool::{
    Arguments, CallKind, Custom, Function, Grammar, Namespace, ServerItem, ServerKind, ServerStage,
    ServerTool, Tool, ToolCall, ToolChoice, ToolKind, ToolMap, ToolName, ToolResult, wire_name,
};
pub use self::turn::{
    Audio, Cache, Citation, Citations, File, Foreign, Image, Media, Part, PartKind, Reasoning,
    Role, Source, TextPart, Turn,
};
pub use self::unnamed::Unnamed;

use crate::json::JsonError;

/// Why a stream cannot be read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamError {
    /// An event is no JSON object.
    Malformed(JsonError),
    /// It ends before the upstream has said that it is complete.
    Truncated,
    /// Too much arrived before it could be handed on: parts interleave without end.
    TooMuchHeld,
}

impl fmt::Display for StreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => {
                write!(f, "the upstream sent an event that is no JSON: {error}")
            }
            Self::Truncated => {
                f.write_str("the upstream's stream ended before its answer was complete")
            }
            Self::TooMuchHeld => {
                f.write_str("the upstream's stream interleaves more than can be held")
            }
        }
    }
}

impl std::error::Error for StreamError {}

/// The turns in the order that dialects ask for in which results follow right after their calls:
/// what stands between the two comes after the results, and is reported.
pub(crate) fn results_first<'t, 'a>(turns: &'t [Turn<'a>], loss: &mut Loss) -> Vec<&'t Turn<'a>> {
    let mut ordered: Vec<&'t Turn<'a>> = turns.iter().collect();
    let answers = |turn: &Turn<'_>| {
        let mut parts = turn.parts.iter();
        parts.any(|part| matches!(part.kind, PartKind::ToolResult(_)))
    };
    let said = |turn: &&Turn<'_>| turn.role == Role::Assistant;
    for between in ordered.chunk_by_mut(|a, b| said(a) == said(b)) {
        if !said(&between[0]) && !between.is_sorted_by_key(|turn| !answers(turn)) {
            between.sort_by_key(|turn| !answers(turn));
            loss.assume("messages", "\"results first\"");
        }
    }
    ordered
}

/// Runs of neighbouring turns that dialects with alternating roles take as one message: user and
/// tool turns, or assistant turns. System and developer turns stand alone where `apart` says so, and
/// else are taken for the user's.
pub(crate) fn runs<'r, 't, 'a>(
    turns: &'r [&'t Turn<'a>],
    apart: bool,
) -> impl Iterator<Item = &'r [&'t Turn<'a>]> {
    let system = move |turn: &Turn<'_>| apart && turn.is_system();
    let said = |turn: &Turn<'_>| turn.role == Role::Assistant;
    turns.chunk_by(move |a, b| said(a) == said(b) && !system(a) && !system(b))
}

/// The calls of a conversation by their ids.
pub(crate) fn calls<'t, 'a>(turns: &'t [Turn<'a>]) -> HashMap<String, &'t ToolCall<'a>> {
    let parts = turns.iter().flat_map(|turn| &turn.parts);
    parts
        .filter_map(|part| match &part.kind {
            PartKind::ToolCall(call) => Some((call.id.resolve().into_owned(), &**call)),
            _ => None,
        })
        .collect()
}

/// An id of a call that is no longer than `most`, which is 16 or more: the same one for call and
/// result. What an upstream has given to a caller is longer than others take at times.
pub(crate) fn short_id(id: &str, most: usize) -> Cow<'_, str> {
    if id.len() <= most {
        return Cow::Borrowed(id);
    }
    let hash = fnv(id.as_bytes()) & 0xffff_ffff;
    let mut short = String::with_capacity(most);
    for c in id.chars() {
        if short.len() + c.len_utf8() + 9 > most {
            break;
        }
        short.push(c);
    }
    // Writing to a string cannot fail.
    let _ = write!(short, "_{hash:08x}");
    Cow::Owned(short)
}

/// The start value of [`fnv_more`].
pub(crate) const FNV: u64 = 0xcbf2_9ce4_8422_2325;

/// Continues an FNV-1a hash.
pub(crate) fn fnv_more(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The FNV-1a hash of some bytes.
pub(crate) fn fnv(bytes: &[u8]) -> u64 {
    fnv_more(FNV, bytes)
}
