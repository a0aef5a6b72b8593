//! Reading the caller's body: bounded in size and time, decompressed, and scanned while it arrives.

mod decompress;

pub(crate) use decompress::Coding;

use std::time::{Duration, Instant};

use aigw_protocol::{Body, JsonError, Members, Scanner};
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::BodyExt;

use crate::clock::monotonic;
use crate::error::{Error, ErrorKind};
use crate::patience::within;

/// Bytes per second below which a caller holds a place among the requests in flight for nothing.
const SLOWEST: u64 = 1024;
/// Idle times that a body may take beyond what it takes at the slowest rate.
const GRACE: u32 = 4;

/// What is allowed to arrive.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Bytes of the body, before and after decompression.
    pub(crate) body: u64,
    /// Longest pause between two chunks.
    pub(crate) idle: Duration,
}

impl Bounds {
    /// How long to wait for more of a body that began to arrive at `began`. Bytes that come one by one, each in time, do not
    /// keep a request alive without end.
    fn pause(&self, began: Instant, received: usize) -> Duration {
        let whole =
            self.idle.saturating_mul(GRACE) + Duration::from_secs(received as u64 / SLOWEST);
        self.idle.min(whole.saturating_sub(began.elapsed()))
    }
}

/// A body as received, decompressed if it was compressed.
#[derive(Debug)]
pub(crate) struct Intake {
    pub(crate) body: Body,
    /// The top-level members; `None` for multipart and other bodies that are not JSON.
    pub(crate) members: Option<Members>,
}

/// Reads a whole body. `json` says whether the endpoint wants JSON whatever the content type says.
pub(crate) async fn read<B>(
    headers: &HeaderMap,
    mut source: B,
    bounds: Bounds,
) -> Result<Intake, Error>
where
    B: http_body::Body<Data = Bytes> + Unpin,
{
    let declared = headers
        .get(CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.parse::<u64>().ok());
    if declared.is_some_and(|length| length > bounds.body) {
        return Err(too_large(bounds.body));
    }
    let coding = decompress::Coding::of(headers.get(CONTENT_ENCODING))?;
    let mut scan = (coding.is_none() && !is_multipart(headers)).then(Scanner::new);
    let mut body = Body::default();
    let began = monotonic();
    loop {
        let limit = || (monotonic() + bounds.pause(began, body.len())).into();
        let frame = match within(limit, source.frame()).await {
            Err(_) => {
                return Err(Error::new(
                    ErrorKind::RequestTimeout,
                    format!(
                        "the body paused for {:?} or arrives too slowly",
                        bounds.idle
                    ),
                ));
            }
            Ok(None) => break,
            Ok(Some(Err(_))) => {
                return Err(Error::new(
                    ErrorKind::InvalidEncoding,
                    "the body broke off before its end",
                ));
            }
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(chunk) = frame.into_data() else {
            continue;
        };
        if (body.len() + chunk.len()) as u64 > bounds.body {
            return Err(too_large(bounds.body));
        }
        if let Some(scanner) = &mut scan {
            scanner.push(&chunk).map_err(|e| invalid_json(&e))?;
        }
        body.push(chunk);
    }
    if let Some(coding) = coding {
        body = decompress::decompress(coding, &body, bounds.body).await?;
        if !is_multipart(headers) {
            let mut scanner = Scanner::new();
            for segment in body.segments() {
                scanner.push(segment).map_err(|e| invalid_json(&e))?;
            }
            scan = Some(scanner);
        }
    }
    let members = scan
        .map(Scanner::finish)
        .transpose()
        .map_err(|e| invalid_json(&e))?;
    Ok(Intake { body, members })
}

pub(crate) fn is_multipart(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| {
        let value = value.as_bytes();
        value.len() >= 10 && value[..10].eq_ignore_ascii_case(b"multipart/")
    })
}

pub(crate) fn too_large(limit: u64) -> Error {
    Error::new(
        ErrorKind::RequestTooLarge,
        format!("the body is larger than the limit of {limit} bytes"),
    )
}

pub(crate) fn invalid_json(error: &JsonError) -> Error {
    Error::new(
        ErrorKind::InvalidJson,
        format!("the body is not valid JSON: {error}"),
    )
}
