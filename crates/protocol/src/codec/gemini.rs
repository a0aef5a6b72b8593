//! Google's generateContent dialect.
//!
//! The model and whether to stream stand in the path of a request, not in its body: they are neither
//! read nor written here. Names are taken in camel case and in snake case, as its clients send both.

mod answer;
mod blocks;
mod carried;
mod config;
pub mod count;
mod decoder;
mod encoder;
mod extras;
mod grounding;
mod logprobs;
mod names;
mod pen;
mod request;
mod results;
mod schema;
mod settings;
mod stop;
mod tools;
mod turns;
mod usage;
mod write_tools;

pub(super) use self::answer::{decode_response, encode_response};
pub(super) use self::decoder::StreamDecoder;
pub(super) use self::encoder::StreamEncoder;
pub(super) use self::request::{decode_request, encode_request};

use crate::dialect::Dialect;

const DIALECT: Dialect = Dialect::GeminiGenerate;

#[cfg(test)]
mod tests;
