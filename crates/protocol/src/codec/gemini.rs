//! Google's generateContent dialect.

use super::view::Emit;
use super::{CodecError, Target, View};
use crate::hub::{Document, Event, Loss, Place, Request, Response, Sink, StreamError};
use crate::json::value::Value;

const UNSUPPORTED: CodecError = CodecError::Unsupported {
    place: Place::NONE,
    what: "this dialect is not translated",
};

pub(super) fn decode_request(_body: Document<'_>) -> Result<Request<'_>, CodecError> {
    Err(UNSUPPORTED)
}

pub(super) fn encode_request(
    _request: &Request<'_>,
    _target: &Target<'_>,
    _out: &mut Vec<u8>,
) -> Result<Loss, CodecError> {
    Err(UNSUPPORTED)
}

pub(super) fn decode_response(_body: Document<'_>) -> Result<Response<'_>, CodecError> {
    Err(UNSUPPORTED)
}

pub(super) fn encode_response(_response: &Response<'_>, _view: &View, _out: &mut Vec<u8>) -> Loss {
    Loss::default()
}

#[derive(Debug, Default)]
pub(super) struct StreamDecoder;

impl StreamDecoder {
    pub(super) fn event(
        &mut self,
        _root: Value<'_>,
        _sink: &mut Sink<'_>,
    ) -> Result<(), StreamError> {
        Err(StreamError::Truncated)
    }

    pub(super) fn finish(&mut self, _sink: &mut Sink<'_>) -> Result<(), StreamError> {
        Err(StreamError::Truncated)
    }
}

#[derive(Debug, Default)]
pub(super) struct StreamEncoder;

impl StreamEncoder {
    pub(super) fn event(&mut self, _event: Event<'_>, _emit: &mut Emit<'_>) {}
}
