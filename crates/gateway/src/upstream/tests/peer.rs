//! The other end: a raw socket that a test reads and writes itself.

use std::sync::LazyLock;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::super::*;
use super::{Method, PathAndQuery};

pub(super) const DEADLINES: Deadlines = Deadlines {
    first_byte: Duration::from_secs(30),
};

pub(super) async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

pub(super) fn spec(host: &str, port: u16) -> OriginSpec {
    OriginSpec {
        tls: false,
        host: host.to_owned(),
        port,
        guard: EgressGuard::new(vec!["127.0.0.0/8".parse().unwrap()]),
        ca_file: None,
        connect_timeout: Duration::from_secs(30),
    }
}

/// A listener and a plain HTTP origin of it.
pub(super) async fn origin_of() -> (TcpListener, Arc<Origin>) {
    let (listener, port) = listen().await;
    (listener, Origin::new(spec("127.0.0.1", port)).unwrap())
}

pub(super) fn fixed() -> FixedHeaders {
    let name = HeaderName::from_static("authorization");
    let authority = http::uri::Authority::from_static("upstream.test");
    FixedHeaders::new(
        authority,
        vec![(name, HeaderValue::from_static("Bearer k"))],
    )
}

pub(super) fn head<'a>(method: &'a Method, fixed: &'a FixedHeaders) -> OutgoingHead<'a> {
    static NONE: LazyLock<HeaderMap> = LazyLock::new(HeaderMap::new);
    static PATH: LazyLock<PathAndQuery> = LazyLock::new(|| PathAndQuery::from_static("/v1/x"));
    OutgoingHead {
        method,
        path_and_query: &PATH,
        fixed,
        forwarded: &NONE,
        keep: &|_| true,
    }
}

pub(super) fn body(text: &'static str) -> Body {
    let mut body = Body::default();
    body.push(Bytes::from_static(text.as_bytes()));
    body
}

/// 16 MiB in many segments: more than any socket buffer takes at once.
pub(super) fn large_body() -> Body {
    let mut body = Body::default();
    for index in 0..64_u8 {
        body.push(Bytes::from(vec![index; 256 * 1024]));
    }
    body
}

pub(super) async fn send(origin: &Origin, body: &Body) -> Result<Incoming, SendError> {
    let fixed = fixed();
    origin
        .send(head(&Method::POST, &fixed), body, DEADLINES)
        .await
}

pub(super) async fn post(origin: &Origin, text: &'static str) -> Result<Incoming, SendError> {
    send(origin, &body(text)).await
}

pub(super) async fn get(origin: &Origin) -> Result<Incoming, SendError> {
    let fixed = fixed();
    origin
        .send(head(&Method::GET, &fixed), &Body::default(), DEADLINES)
        .await
}

pub(super) async fn read_all(body: &mut IncomingBody) -> Result<Vec<u8>, BodyError> {
    let mut all = Vec::new();
    while let Some(piece) = body.chunk().await {
        all.extend_from_slice(&piece?);
    }
    assert!(body.is_end());
    Ok(all)
}

pub(super) async fn accept(listener: &TcpListener) -> Peer<TcpStream> {
    Peer(listener.accept().await.unwrap().0)
}

pub(super) struct Peer<S>(pub(super) S);

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    /// Reads up to the empty line, nothing behind it.
    pub(super) async fn head(&mut self) -> Vec<u8> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.unwrap());
        }
        head
    }

    /// Reads a whole request by its content-length.
    pub(super) async fn request(&mut self) -> Vec<u8> {
        let mut wire = self.head().await;
        let text = String::from_utf8_lossy(&wire).into_owned();
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let start = wire.len();
        wire.resize(
            start + length.map_or(0, |length| length.parse().unwrap()),
            0,
        );
        self.0.read_exact(&mut wire[start..]).await.unwrap();
        wire
    }

    pub(super) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
        self.0.flush().await.unwrap();
    }

    /// Waits until the other side is gone; false if it sends something instead.
    pub(super) async fn is_closed(&mut self) -> bool {
        matches!(self.0.read(&mut [0; 64]).await, Ok(0) | Err(_))
    }
}
