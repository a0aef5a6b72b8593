//! Response heads: found in the bytes as they come, parsed once, judged strictly.

use std::mem::MaybeUninit;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use super::decode::Framing;
use crate::upstream::error::SendError;

/// Longest response head, and longest run of interim heads before it, in bytes.
const MAX_HEAD: usize = 64 * 1024;
/// Most header lines in one head.
const MAX_HEADERS: usize = 100;
/// Most interim (1xx) responses before the final one.
const MAX_INTERIM: u8 = 8;

/// A final response head.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) framing: Framing,
    /// Whether the connection may carry another request after this response.
    pub(crate) keep_alive: bool,
}

/// Collects a head over several reads. Holds bytes only while a head is incomplete.
#[derive(Debug, Default)]
pub(crate) struct HeadReader {
    partial: Vec<u8>,
    /// How much of `partial` is known not to end the head.
    searched: usize,
    /// Bytes of this and the interim heads before it.
    total: usize,
    interim: u8,
}

impl HeadReader {
    /// Whether a byte of a response has been seen.
    pub(crate) fn started(&self) -> bool {
        self.total > 0
    }

    /// Takes the next bytes. `Some` with the final head and how many of `bytes` belonged to it; interim heads are skipped.
    ///
    /// # Errors
    /// `HeadTooLarge`, `BadHead`.
    pub(crate) fn push(
        &mut self,
        bytes: &[u8],
        method: &Method,
    ) -> Result<Option<(Head, usize)>, SendError> {
        let mut used = 0;
        while used < bytes.len() {
            let rest = &bytes[used..];
            let taken = self.collect(rest);
            self.total += taken.unwrap_or(rest.len());
            if self.total > MAX_HEAD {
                return Err(SendError::HeadTooLarge);
            }
            let Some(taken) = taken else { break };
            let parsed = if self.partial.is_empty() {
                parse(&rest[..taken], method)
            } else {
                parse(&std::mem::take(&mut self.partial), method)
            };
            used += taken;
            self.searched = 0;
            if let Some(head) = parsed? {
                return Ok(Some((head, used)));
            }
            self.interim += 1;
            if self.interim > MAX_INTERIM {
                return Err(SendError::HeadTooLarge);
            }
        }
        self.check_start()?;
        Ok(None)
    }

    /// How many of `bytes` complete the head; `None` if they do not. A head that lies in one read is not copied.
    fn collect(&mut self, bytes: &[u8]) -> Option<usize> {
        if self.partial.is_empty() {
            if let Some(end) = find_end(bytes, 0) {
                return Some(end);
            }
            self.partial.extend_from_slice(bytes);
            self.searched = bytes.len().saturating_sub(2);
            return None;
        }
        let before = self.partial.len();
        self.partial.extend_from_slice(bytes);
        let Some(end) = find_end(&self.partial, self.searched) else {
            self.searched = self.partial.len().saturating_sub(2);
            return None;
        };
        self.partial.truncate(end);
        Some(end - before)
    }

    /// Refuses what is no HTTP/1 response without waiting for the end of a line.
    fn check_start(&self) -> Result<(), SendError> {
        let length = self.partial.len().min(PROTOCOL.len());
        if self.partial[..length] == PROTOCOL[..length] {
            Ok(())
        } else {
            Err(bad("not an HTTP/1 response"))
        }
    }
}

const PROTOCOL: &[u8] = b"HTTP/1.";

/// Where the empty line after the headers ends, searched from `from`.
fn find_end(bytes: &[u8], from: usize) -> Option<usize> {
    memchr::memchr_iter(b'\n', &bytes[from..]).find_map(|at| match bytes[from + at + 1..] {
        [b'\n', ..] => Some(from + at + 2),
        [b'\r', b'\n', ..] => Some(from + at + 3),
        _ => None,
    })
}

/// Parses one complete head; `None` for an interim one.
fn parse(bytes: &[u8], method: &Method) -> Result<Option<Head>, SendError> {
    if !bytes.starts_with(PROTOCOL) {
        return Err(bad("not an HTTP/1 response"));
    }
    // The values share this copy, so that no read buffer is kept alive by them.
    let head = Bytes::copy_from_slice(bytes);
    let mut lines = [const { MaybeUninit::<httparse::Header<'_>>::uninit() }; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut []);
    let parsed = httparse::ParserConfig::default().parse_response_with_uninit_headers(
        &mut response,
        &head,
        &mut lines,
    );
    match parsed {
        Ok(httparse::Status::Complete(length)) if length == bytes.len() => {}
        Err(httparse::Error::TooManyHeaders) => return Err(SendError::HeadTooLarge),
        Err(httparse::Error::HeaderName) => return Err(bad("header name")),
        Err(httparse::Error::HeaderValue) => return Err(bad("header value")),
        _ => return Err(bad("malformed")),
    }
    let status = response
        .code
        .and_then(|code| StatusCode::from_u16(code).ok())
        .ok_or(bad("status"))?;
    if status == StatusCode::SWITCHING_PROTOCOLS {
        return Err(bad("protocol switch"));
    }
    if status.is_informational() {
        return Ok(None);
    }
    let headers = header_map(&head, response.headers)?;
    let (framing, reusable) = framing(status, &headers, method)?;
    let keep_alive = reusable && response.version == Some(1) && !asks_to_close(&headers);
    Ok(Some(Head {
        status,
        headers,
        framing,
        keep_alive,
    }))
}

fn header_map(head: &Bytes, lines: &[httparse::Header<'_>]) -> Result<HeaderMap, SendError> {
    let mut headers = HeaderMap::with_capacity(lines.len());
    for line in lines {
        let name = HeaderName::from_bytes(line.name.as_bytes()).map_err(|_| bad("header name"))?;
        let value = HeaderValue::from_maybe_shared(head.slice_ref(line.value))
            .map_err(|_| bad("header value"))?;
        headers.append(name, value);
    }
    Ok(headers)
}

/// How the body ends, and whether its framing leaves the connection in a certain state.
fn framing(
    status: StatusCode,
    headers: &HeaderMap,
    method: &Method,
) -> Result<(Framing, bool), SendError> {
    let length = content_length(headers)?;
    let chunked = is_chunked(headers)?;
    if status == StatusCode::NO_CONTENT
        || status == StatusCode::NOT_MODIFIED
        || method == Method::HEAD
    {
        return Ok((Framing::Length(0), true));
    }
    Ok(match (chunked, length) {
        // Somebody on the way may have read the length instead.
        (true, length) => (Framing::Chunked, length.is_none()),
        (false, Some(length)) => (Framing::Length(length), true),
        (false, None) => (Framing::UntilClose, false),
    })
}

/// The declared length; several equal ones count as one.
fn content_length(headers: &HeaderMap) -> Result<Option<u64>, SendError> {
    let mut found = None;
    for value in headers.get_all(CONTENT_LENGTH) {
        for item in value.as_bytes().split(|&byte| byte == b',') {
            let item = item.trim_ascii();
            if item.is_empty() || !item.iter().all(u8::is_ascii_digit) {
                return Err(bad("content-length"));
            }
            let length: u64 = str::from_utf8(item)
                .ok()
                .and_then(|digits| digits.parse().ok())
                .ok_or(bad("content-length"))?;
            if found.replace(length).is_some_and(|before| before != length) {
                return Err(bad("several content-lengths"));
            }
        }
    }
    Ok(found)
}

/// No transfer coding but `chunked` is understood, and it may be named only once.
fn is_chunked(headers: &HeaderMap) -> Result<bool, SendError> {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(false),
        (Some(coding), None)
            if coding
                .as_bytes()
                .trim_ascii()
                .eq_ignore_ascii_case(b"chunked") =>
        {
            Ok(true)
        }
        _ => Err(bad("transfer-encoding")),
    }
}

fn asks_to_close(headers: &HeaderMap) -> bool {
    headers
        .get_all(CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
        .any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"))
}

fn bad(reason: &'static str) -> SendError {
    SendError::BadHead { reason }
}

#[cfg(test)]
mod tests;
