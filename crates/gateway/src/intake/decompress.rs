//! Bodies that callers send compressed.

use aigw_protocol::Body;
use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use async_compression::zstd::DParameter;
use bytes::BytesMut;
use http::HeaderValue;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::too_large;
use crate::error::{Error, ErrorKind};

/// Decompressed bytes are collected in pieces of this size.
const PIECE: usize = 64 * 1024;
/// Largest zstd window accepted, as a power of two: the 8 MiB that RFC 8878 asks every decoder to support.
const ZSTD_WINDOW_LOG: u32 = 23;

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

impl Coding {
    /// The coding that a `content-encoding` names; `None` for none or `identity`.
    pub(crate) fn of(value: Option<&HeaderValue>) -> Result<Option<Self>, Error> {
        let Some(value) = value else { return Ok(None) };
        let name = value
            .to_str()
            .unwrap_or("unreadable")
            .trim()
            .to_ascii_lowercase();
        match name.as_str() {
            "" | "identity" => Ok(None),
            "gzip" | "x-gzip" => Ok(Some(Self::Gzip)),
            "deflate" => Ok(Some(Self::Deflate)),
            "br" => Ok(Some(Self::Brotli)),
            "zstd" => Ok(Some(Self::Zstd)),
            _ => Err(Error::new(
                ErrorKind::UnsupportedEncoding,
                format!(
                    "content-encoding {name:?} is not supported; use gzip, deflate, br or zstd"
                ),
            )),
        }
    }

    /// A decoder over `source`.
    pub(crate) fn decoder<'a, R>(self, source: R) -> Box<dyn AsyncRead + Send + Unpin + 'a>
    where
        R: tokio::io::AsyncBufRead + Send + Unpin + 'a,
    {
        match self {
            Self::Gzip => {
                let mut decoder = GzipDecoder::new(source);
                decoder.multiple_members(true);
                Box::new(decoder)
            }
            Self::Deflate => Box::new(ZlibDecoder::new(source)),
            Self::Brotli => Box::new(BrotliDecoder::new(source)),
            Self::Zstd => Box::new(ZstdDecoder::with_params(
                source,
                &[DParameter::window_log_max(ZSTD_WINDOW_LOG)],
            )),
        }
    }
}

/// Decompresses a whole body of at most `limit` bytes.
pub(crate) async fn decompress(coding: Coding, body: &Body, limit: u64) -> Result<Body, Error> {
    let compressed = body.to_bytes();
    let mut decoder = coding.decoder(&compressed[..]);
    let mut plain = Body::default();
    let mut piece = BytesMut::new();
    loop {
        piece.reserve(PIECE);
        let read = decoder.read_buf(&mut piece).await.map_err(|e| {
            Error::new(
                ErrorKind::InvalidEncoding,
                format!("the body does not decompress: {e}"),
            )
        })?;
        if (plain.len() + piece.len()) as u64 > limit {
            return Err(too_large(limit));
        }
        if read == 0 || piece.len() >= PIECE {
            if !piece.is_empty() {
                plain.push(piece.split().freeze());
            }
            // A bomb is a lot of work for few bytes: others get their turn in between.
            tokio::task::yield_now().await;
        }
        if read == 0 {
            return Ok(plain);
        }
    }
}

#[cfg(test)]
mod tests {
    use async_compression::tokio::write::GzipEncoder;
    use tokio::io::AsyncWriteExt;

    use super::*;

    async fn gzip(plain: &[u8]) -> Body {
        let mut encoder = GzipEncoder::new(Vec::new());
        encoder.write_all(plain).await.unwrap();
        encoder.shutdown().await.unwrap();
        let mut body = Body::default();
        body.push(encoder.into_inner().into());
        body
    }

    #[tokio::test]
    async fn restores_what_was_compressed() {
        let plain = vec![b'x'; 300_000];
        let body = decompress(Coding::Gzip, &gzip(&plain).await, 1 << 20)
            .await
            .unwrap();
        assert_eq!(body.to_bytes(), plain);
    }

    #[tokio::test]
    async fn a_bomb_ends_at_the_limit() {
        let body = gzip(&vec![0; 4 << 20]).await;
        let error = decompress(Coding::Gzip, &body, 1 << 20).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::RequestTooLarge);
    }

    #[tokio::test]
    async fn garbage_and_truncation_are_errors() {
        let mut garbage = Body::default();
        garbage.push(bytes::Bytes::from_static(b"not gzip at all"));
        assert_eq!(
            decompress(Coding::Gzip, &garbage, 99)
                .await
                .unwrap_err()
                .kind,
            ErrorKind::InvalidEncoding
        );
        let whole = gzip(b"abcdefghijkl").await.to_bytes();
        let mut cut = Body::default();
        cut.push(whole.slice(..whole.len() - 9));
        assert_eq!(
            decompress(Coding::Gzip, &cut, 99).await.unwrap_err().kind,
            ErrorKind::InvalidEncoding
        );
    }
}
