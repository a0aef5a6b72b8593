//! The Responses dialect.
//!
//! Items are turns on the way in, and parts on the way out: one item of an answer for every part.
//! Reasoning ids that are made up here begin with [`MADE_REASONING`], so that they are known when a
//! caller sends them back: no upstream has them.

mod answer;
mod choice;
mod content;
mod decoder;
mod echo;
mod encoder;
mod input;
mod items;
mod outputs;
mod request;
mod settings;
mod tools;
mod turns;

pub(super) use self::answer::{decode_response, encode_response};
pub(super) use self::decoder::StreamDecoder;
pub(super) use self::echo::echo;
pub(super) use self::encoder::StreamEncoder;
pub(super) use self::request::{decode_request, encode_request};

use crate::dialect::Dialect;

const DIALECT: Dialect = Dialect::OpenaiResponses;

/// How made-up ids of reasoning items begin. Contains what envelopes begin with, so that requests
/// with such an id are never sent on unread.
const MADE_REASONING: &str = "rs_aigw1.";
