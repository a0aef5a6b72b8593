//! The chat completions dialect.

mod answer;
mod decoder;
mod details;
mod encoder;
mod messages;
mod parts;
mod request;
mod settings;
mod tools;
mod turns;

pub(super) use self::answer::{decode_response, encode_response};
pub(super) use self::decoder::StreamDecoder;
pub(super) use self::encoder::StreamEncoder;
pub(super) use self::request::{decode_request, encode_request};

use crate::dialect::Dialect;

const DIALECT: Dialect = Dialect::OpenaiChat;
