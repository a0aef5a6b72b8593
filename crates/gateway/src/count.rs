//! Token counts that the gateway estimates itself, for targets that have no counting endpoint.
//!
//! What a request says is counted with the `o200k_base` vocabulary, whatever the model; other vendors' tokenizers differ
//! from it by some percent. What is no text, and what vendors add around texts, is counted by fixed rules: those of
//! [`walk`] and [`picture`].

mod picture;
mod tokenizer;
mod walk;

use aigw_protocol::codec::{self, CodecError};
use aigw_protocol::hub::{Document, Place, Request};
use aigw_protocol::{Body, Dialect, Endpoint};
use tokio::sync::Semaphore;

use self::tokenizer::Sampler;
use self::walk::Piece;
use crate::error::{Error, ErrorKind};

/// Estimates that may be made at the same time: each keeps a core busy.
static PLACES: Semaphore = Semaphore::const_new(2);

/// The tokens of a request to one of the counting endpoints.
///
/// # Errors
/// The request is not what its dialect asks for.
pub(crate) async fn estimate(endpoint: Endpoint, body: Body) -> Result<u64, Error> {
    let _place = PLACES.acquire().await;
    let counted = tokio::task::spawn_blocking(move || tokens(endpoint, &body.to_bytes())).await;
    counted.unwrap_or_else(|error| {
        tracing::error!("a token count was not made: {error}");
        let message = "the count was broken off";
        Err(Error::new(ErrorKind::Draining, message))
    })
}

/// The answer of a counting endpoint.
pub(crate) fn answer(endpoint: Endpoint, tokens: u64) -> Vec<u8> {
    let members = match endpoint {
        Endpoint::CountContents => r#""totalTokens""#,
        Endpoint::InputTokens => r#""object":"response.input_tokens","input_tokens""#,
        _ => r#""input_tokens""#,
    };
    format!("{{{members}:{tokens}}}").into_bytes()
}

/// Reads a request to one of the counting endpoints. The source must be JSON that a scanner has accepted.
///
/// # Errors
/// [`CodecError::Invalid`] when its shape leaves no meaning.
pub(crate) fn decode(endpoint: Endpoint, source: &[u8]) -> Result<Request<'_>, CodecError> {
    let document = Document::checked_before(source);
    match endpoint {
        Endpoint::CountContents => codec::gemini_count::decode_request(document),
        _ => codec::decode_request(endpoint.dialect().unwrap_or(Dialect::OpenaiChat), document),
    }
}

/// The answer of another counting endpoint, as `endpoint` gives it.
///
/// # Errors
/// The answer has no count.
pub(crate) fn translated(endpoint: Endpoint, body: &[u8]) -> Result<Body, CodecError> {
    #[derive(serde::Deserialize)]
    struct Counted {
        #[serde(alias = "totalTokens")]
        input_tokens: u64,
    }
    let counted = serde_json::from_slice::<Counted>(body).map_err(|_| CodecError::Invalid {
        place: Place::NONE,
        what: "a count of tokens",
    })?;
    Ok(Body::from(answer(endpoint, counted.input_tokens)))
}

fn tokens(endpoint: Endpoint, source: &[u8]) -> Result<u64, Error> {
    let request = decode(endpoint, source).map_err(|error| {
        let path = error.path(source);
        let place = if path.is_empty() {
            path
        } else {
            format!("{path}: ")
        };
        Error::new(ErrorKind::InvalidParameter, format!("{place}{error}"))
    })?;
    let mut length = 0;
    walk::request(&request, &mut |piece| length += piece.length());
    let mut fixed = 0;
    let mut sampler = Sampler::new(length);
    walk::request(&request, &mut |piece| match piece {
        Piece::Text(text) => sampler.take(&text.resolve()),
        Piece::Raw(bytes) => sampler.take(&String::from_utf8_lossy(bytes)),
        Piece::Fixed(tokens) => fixed += tokens,
    });
    Ok(sampler.tokens() + fixed)
}

#[cfg(test)]
mod tests;
