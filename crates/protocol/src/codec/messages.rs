//! Anthropic's Messages dialect.

mod answer;
mod blocks;
mod decoder;
mod encoder;
mod plan;
mod request;
mod settings;
mod tools;
mod turns;

pub(super) use self::answer::{decode_response, encode_response};
pub(super) use self::decoder::StreamDecoder;
pub(super) use self::encoder::StreamEncoder;
pub(super) use self::request::{decode_request, encode_request};

use crate::dialect::Dialect;

const DIALECT: Dialect = Dialect::AnthropicMessages;
