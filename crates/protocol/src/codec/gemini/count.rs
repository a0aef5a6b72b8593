//! Counting tokens: `countTokens` requests and answers.

use super::names::member;
use super::request::{decode_object, encode_members};
use crate::codec::{CodecError, Target};
use crate::hub::{Document, Loss, Request};
use crate::json::writer::Writer;

/// Reads a `countTokens` request of Google's dialect: the contents alone, or a whole request in
/// `generateContentRequest`.
///
/// # Errors
/// [`CodecError::Invalid`] when its shape leaves no meaning to translate.
pub fn decode_request(body: Document<'_>) -> Result<Request<'_>, CodecError> {
    let root = body.root();
    let inner = member(root, "generateContentRequest").filter(|inner| inner.is_object());
    decode_object(inner.unwrap_or(root), body)
}

/// Writes a `countTokens` request of Google's dialect, behind what `out` already holds.
///
/// # Errors
/// [`CodecError::Unsupported`] as for [`crate::codec::encode_request`].
pub fn encode_request(
    request: &Request<'_>,
    target: &Target<'_>,
    out: &mut Vec<u8>,
) -> Result<Loss, CodecError> {
    let mut loss = Loss::default();
    let mut json = Writer::new(out);
    json.open(b'{');
    json.key("generateContentRequest").open(b'{');
    // The model is asked for again here.
    json.key("model").pieces(|pieces| {
        if !target.model.contains('/') {
            pieces.push("models/");
        }
        pieces.push(target.model);
    });
    encode_members(request, target, &mut json, &mut loss)?;
    json.close(b'}');
    json.close(b'}');
    Ok(loss)
}

/// The count in a `countTokens` answer of Google's dialect.
pub fn read(body: Document<'_>) -> Option<u64> {
    member(body.root(), "totalTokens")?.integer()
}

/// Writes a `countTokens` answer of Google's dialect, behind what `out` already holds.
pub fn write(tokens: u64, out: &mut Vec<u8>) {
    Writer::new(out).object(|o| o.key("totalTokens").number(tokens));
}
