//! A client that sends exactly the bytes it is given and shows exactly what came back.

mod head;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::wire::{BodyReader, early_end, invalid};
pub use head::Head;

/// How long a read may take before it fails with `TimedOut`, unless a client says otherwise.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How many bytes an exchange reads before it gives up.
pub const MOST: usize = 16 * 1024 * 1024;

/// What came back for some bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Everything that was received.
    pub received: Vec<u8>,
    /// How it ended.
    pub end: End,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The peer closed in order.
    Closed,
    /// The peer reset the connection.
    Reset,
    /// The connection is still open, but nothing came for the given time.
    Quiet,
    /// More came than anybody would read: [`MOST`].
    Endless,
}

/// A keep-alive HTTP/1.1 connection. Reads wait up to [`PATIENCE`] each.
#[derive(Debug)]
pub struct Client {
    tcp: TcpStream,
    host: String,
    patience: Duration,
    input: BytesMut,
    body: Option<BodyReader>,
    /// Payload bytes of the body under way that no event has taken yet.
    payload: Vec<u8>,
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status and headers.
    pub head: Head,
    /// The body without its transfer encoding.
    pub body: Vec<u8>,
}

/// One server-sent event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The bytes as received, with the blank line.
    pub raw: Vec<u8>,
    /// The value of its `event:` line.
    pub name: Option<String>,
    /// Its data lines joined with line feeds; empty for comments.
    pub data: String,
}

/// Sends bytes on a new connection and reads until the peer closes or says nothing for `quiet`.
pub async fn exchange(addr: SocketAddr, bytes: &[u8], quiet: Duration) -> io::Result<Exchange> {
    let mut tcp = TcpStream::connect(addr).await?;
    tcp.set_nodelay(true)?;
    // A peer may refuse the request before it has read all of it; what it said is then still to be read.
    let sent = tcp.write_all(bytes).await;
    let mut received = Vec::new();
    let end = loop {
        if received.len() > MOST {
            break End::Endless;
        }
        match tokio::time::timeout(quiet, tcp.read_buf(&mut received)).await {
            Err(_) => break End::Quiet,
            Ok(Ok(0)) => break End::Closed,
            Ok(Ok(_)) => {}
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionReset => break End::Reset,
            Ok(Err(error)) => return Err(error),
        }
    };
    match sent {
        Err(error) if received.is_empty() && end == End::Quiet => Err(error),
        _ => Ok(Exchange { received, end }),
    }
}

impl Exchange {
    /// What was received, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.received).into_owned()
    }

    /// The status of the first answer, if it is one.
    pub fn status(&self) -> Option<u16> {
        Head::parse(&self.received)
            .ok()
            .flatten()
            .map(|(head, _)| head.status)
    }
}

impl Client {
    /// Connects.
    pub async fn connect(addr: SocketAddr) -> io::Result<Self> {
        let tcp = TcpStream::connect(addr).await?;
        tcp.set_nodelay(true)?;
        let input = BytesMut::with_capacity(16 * 1024);
        Ok(Self {
            tcp,
            host: addr.to_string(),
            patience: PATIENCE,
            input,
            body: None,
            payload: Vec::new(),
        })
    }

    /// The same client with another limit for every read.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sends a JSON request and reads the whole answer.
    pub async fn post(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]> + Send,
    ) -> io::Result<Answer> {
        self.send("POST", path, headers, body.as_ref()).await?;
        self.answer().await
    }

    /// Sends a request without body and reads the whole answer.
    pub async fn fetch(&mut self, path: &str, headers: &[(&str, &str)]) -> io::Result<Answer> {
        self.send("GET", path, headers, b"").await?;
        self.answer().await
    }

    /// Sends a JSON request and reads the answer's head; the body follows through [`Client::event`] or [`Client::body`].
    pub async fn open(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]> + Send,
    ) -> io::Result<Head> {
        self.send("POST", path, headers, body.as_ref()).await?;
        self.head().await
    }

    /// Sends a request with `host`, `content-length` and, for bodies whose type is not given, a JSON content type.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<()> {
        self.write(&request(method, path, &self.host, headers, body))
            .await
    }

    /// Sends bytes as they are.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.tcp.write_all(bytes).await
    }

    /// Reads the head of the next answer, passing over informational ones.
    pub async fn head(&mut self) -> io::Result<Head> {
        loop {
            if let Some((head, length)) = Head::parse(&self.input)? {
                self.input.advance(length);
                if head.status >= 200 {
                    self.body = Some(BodyReader::new(head.framing()?));
                    self.payload.clear();
                    return Ok(head);
                }
            } else if self.fill().await? == 0 {
                return Err(early_end(
                    "the connection closed before the head was complete",
                ));
            }
        }
    }

    /// Reads the next answer to its end.
    pub async fn answer(&mut self) -> io::Result<Answer> {
        let head = self.head().await?;
        let body = self.body().await?;
        Ok(Answer { head, body })
    }

    /// Reads the rest of the body. A body that its framing does not end fails with `UnexpectedEof`.
    pub async fn body(&mut self) -> io::Result<Vec<u8>> {
        while self.more().await? {}
        Ok(std::mem::take(&mut self.payload))
    }

    /// Reads the next event of the body; `None` when the body has ended, by its own framing.
    ///
    /// An event that the end of the body cuts off is returned as it is, without its blank line.
    pub async fn event(&mut self) -> io::Result<Option<Event>> {
        loop {
            if let Some(length) = event_length(&self.payload) {
                let rest = self.payload.split_off(length);
                return Ok(Some(Event::read(std::mem::replace(
                    &mut self.payload,
                    rest,
                ))));
            }
            if !self.more().await? {
                let rest = std::mem::take(&mut self.payload);
                return Ok(if rest.is_empty() {
                    None
                } else {
                    Some(Event::read(rest))
                });
            }
        }
    }

    /// Reads events to the end of the body.
    pub async fn events(&mut self) -> io::Result<Vec<Event>> {
        let mut events = Vec::new();
        while let Some(event) = self.event().await? {
            events.push(event);
        }
        Ok(events)
    }

    /// Waits until the peer closes the connection; anything it still sends is an error.
    pub async fn closed(&mut self) -> io::Result<End> {
        match self.fill().await {
            Ok(0) => Ok(End::Closed),
            Ok(_) => Err(invalid("bytes instead of the end of the connection")),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Ok(End::Quiet),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(End::Reset),
            Err(error) => Err(error),
        }
    }

    /// Closes the connection with a reset, as a killed process with unread data does.
    pub fn reset(self) -> io::Result<()> {
        self.tcp.set_zero_linger()
    }

    /// Takes what is there into the payload, waiting for it if needed; `false` at the body's end.
    async fn more(&mut self) -> io::Result<bool> {
        let Some(reader) = &mut self.body else {
            return Ok(false);
        };
        let payload = &mut self.payload;
        let taken = reader.take(&self.input, |bytes| payload.extend_from_slice(bytes))?;
        self.input.advance(taken);
        if reader.is_done() {
            self.body = None;
            return Ok(taken > 0);
        }
        if taken > 0 {
            return Ok(true);
        }
        let proper = reader.ends_with_connection();
        match self.fill().await? {
            0 if proper => {
                self.body = None;
                Ok(false)
            }
            0 => Err(early_end("the connection closed inside the body")),
            _ => Ok(true),
        }
    }

    async fn fill(&mut self) -> io::Result<usize> {
        match tokio::time::timeout(self.patience, self.tcp.read_buf(&mut self.input)).await {
            Ok(read) => read,
            Err(_) => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "nothing arrived in time",
            )),
        }
    }
}

impl Answer {
    /// The status code.
    pub fn status(&self) -> u16 {
        self.head.status
    }

    /// The value of the first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.header(name)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; `Null` if it is not JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body's events.
    pub fn events(&self) -> Vec<Event> {
        let (mut events, mut rest) = (Vec::new(), self.body.as_slice());
        while let Some(length) = event_length(rest) {
            events.push(Event::read(rest[..length].to_vec()));
            rest = &rest[length..];
        }
        events
    }
}

impl Event {
    /// The data as JSON; `Null` if it is not JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.data).unwrap_or_default()
    }

    fn read(raw: Vec<u8>) -> Self {
        let text = String::from_utf8_lossy(&raw);
        let (mut name, mut data) = (None, Vec::new());
        for line in text.lines() {
            if let Some(value) = line.strip_prefix("event:") {
                name = Some(value.trim_start().to_owned());
            } else if let Some(value) = line.strip_prefix("data:") {
                data.push(value.strip_prefix(' ').unwrap_or(value));
            }
        }
        let data = data.join("\n");
        Self { raw, name, data }
    }
}

/// The bytes of an HTTP/1.1 request with `host`, `content-length` and, unless given, a JSON content type.
pub fn request(
    method: &str,
    path: &str,
    host: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\n");
    for (name, value) in headers {
        text.extend([name, ": ", value, "\r\n"]);
    }
    let typed = headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if !body.is_empty() && !typed {
        text.push_str("content-type: application/json\r\n");
    }
    if !body.is_empty() || method == "POST" {
        text.extend(["content-length: ", &body.len().to_string(), "\r\n"]);
    }
    text.push_str("\r\n");
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// The length of the first whole event: up to and with its blank line.
fn event_length(bytes: &[u8]) -> Option<usize> {
    let mut line_start = 0;
    for end in memchr::memchr_iter(b'\n', bytes) {
        if matches!(&bytes[line_start..end], [] | [b'\r']) {
            return Some(end + 1);
        }
        line_start = end + 1;
    }
    None
}
