//! One keep-alive connection of the load generator.

use std::io;
use std::time::Instant;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Call, ErrorKind};
use crate::clock;
use crate::wire::{BodyReader, EventCounter, Framing};

/// A connection that is made when it is first needed and made again after an error.
#[derive(Debug)]
pub(super) struct Connection<'c> {
    call: &'c Call,
    tcp: Option<TcpStream>,
    input: BytesMut,
}

/// The buffer of a connection that is to be fast.
pub(super) const LARGE: usize = 64 * 1024;

/// The buffer of a connection of which there are very many.
pub(super) const SMALL: usize = 2 * 1024;

/// What one answer was.
#[derive(Debug)]
pub(super) struct Taken {
    /// When the first byte of the body was there.
    pub(super) first: Instant,
    /// When the answer ended.
    pub(super) end: Instant,
    pub(super) events: u64,
    pub(super) bytes: u64,
}

/// What the head of an answer says about its body.
struct Opening {
    status: u16,
    length: usize,
    framing: Framing,
    stream: bool,
    close: bool,
}

impl<'c> Connection<'c> {
    /// Reads up to about `buffer` bytes at once.
    pub(super) fn new(call: &'c Call, buffer: usize) -> Self {
        Self {
            call,
            tcp: None,
            input: BytesMut::with_capacity(buffer),
        }
    }

    /// Sends the request once and reads the answer to its end. `seen` hears of every event that has ended, as a count.
    pub(super) async fn exchange(&mut self, seen: impl FnMut(u64)) -> Result<Taken, ErrorKind> {
        let patience = self.call.patience;
        let outcome = tokio::time::timeout(patience, self.send_and_read(seen))
            .await
            .unwrap_or(Err(ErrorKind::Timeout));
        if outcome.is_err() {
            self.tcp = None;
            self.input.clear();
        }
        outcome
    }

    /// Makes the connection now rather than with the first request.
    pub(super) async fn connect(&mut self) -> Result<(), ErrorKind> {
        if self.tcp.is_none() {
            let tcp = TcpStream::connect(self.call.addr)
                .await
                .map_err(|_| ErrorKind::Connect)?;
            tcp.set_nodelay(true).map_err(|_| ErrorKind::Connect)?;
            self.tcp = Some(tcp);
        }
        Ok(())
    }

    async fn send_and_read(&mut self, seen: impl FnMut(u64)) -> Result<Taken, ErrorKind> {
        self.connect().await?;
        let Some(tcp) = self.tcp.as_mut() else {
            return Err(ErrorKind::Connect);
        };
        tcp.write_all(&self.call.request)
            .await
            .map_err(|_| ErrorKind::Transport)?;
        let opening = read_head(tcp, &mut self.input).await?;
        self.input.advance(opening.length);
        let taken = read_body(tcp, &mut self.input, &opening, seen).await?;
        if opening.close || opening.framing == Framing::UntilClose {
            self.tcp = None;
            self.input.clear();
        }
        if !(200..300).contains(&opening.status) {
            return Err(ErrorKind::Status(opening.status));
        }
        if taken.bytes == 0 || (opening.stream && taken.events == 0) {
            return Err(ErrorKind::Empty);
        }
        Ok(taken)
    }
}

async fn read_body(
    tcp: &mut TcpStream,
    input: &mut BytesMut,
    opening: &Opening,
    mut seen: impl FnMut(u64),
) -> Result<Taken, ErrorKind> {
    let mut body = BodyReader::new(opening.framing);
    let (mut counter, mut bytes, mut first) = (EventCounter::default(), 0, None);
    loop {
        let count = counter.count();
        let payload = |piece: &[u8]| {
            bytes += piece.len() as u64;
            if opening.stream {
                counter.push(piece);
            }
        };
        let taken = body
            .take(input, payload)
            .map_err(|_| ErrorKind::Malformed)?;
        input.advance(taken);
        if first.is_none() && bytes > 0 {
            first = Some(clock::now());
        }
        if counter.count() > count {
            seen(counter.count() - count);
        }
        if body.is_done() {
            break;
        }
        if tcp
            .read_buf(input)
            .await
            .map_err(|_| ErrorKind::Transport)?
            == 0
        {
            if body.ends_with_connection() {
                break;
            }
            return Err(ErrorKind::Truncated);
        }
    }
    let end = clock::now();
    Ok(Taken {
        first: first.unwrap_or(end),
        end,
        events: counter.count(),
        bytes,
    })
}

async fn read_head(tcp: &mut TcpStream, input: &mut BytesMut) -> Result<Opening, ErrorKind> {
    loop {
        match opening(input).map_err(|_| ErrorKind::Malformed)? {
            Some(opening) if opening.status < 200 => input.advance(opening.length),
            Some(opening) => return Ok(opening),
            None => {
                if tcp
                    .read_buf(input)
                    .await
                    .map_err(|_| ErrorKind::Transport)?
                    == 0
                {
                    return Err(ErrorKind::Truncated);
                }
            }
        }
    }
}

fn opening(bytes: &[u8]) -> io::Result<Option<Opening>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    let length = match response
        .parse(bytes)
        .map_err(|error| crate::wire::invalid(error.to_string()))?
    {
        httparse::Status::Complete(length) => length,
        httparse::Status::Partial => return Ok(None),
    };
    let status = response.code.unwrap_or_default();
    let mut opening = Opening {
        status,
        length,
        framing: Framing::UntilClose,
        stream: false,
        close: false,
    };
    for header in response.headers.iter() {
        if header.name.eq_ignore_ascii_case("content-length") {
            let text = std::str::from_utf8(header.value).unwrap_or_default();
            let length = text
                .trim()
                .parse()
                .map_err(|_| crate::wire::invalid("content-length"))?;
            opening.framing = Framing::Length(length);
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            opening.framing = Framing::Chunked;
        } else if header.name.eq_ignore_ascii_case("content-type") {
            opening.stream = header.value.starts_with(b"text/event-stream");
        } else if header.name.eq_ignore_ascii_case("connection") {
            opening.close = header.value.eq_ignore_ascii_case(b"close");
        }
    }
    Ok(Some(opening))
}
