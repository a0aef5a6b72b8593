//! One request and its answer over a connection of its own. No proxies, no redirects, no retries.

use std::fmt::Display;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::time::Duration;

use aigw_config::Secret;
use bytes::Bytes;
use http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, HOST, HeaderMap, HeaderName, HeaderValue, IF_MATCH,
    RETRY_AFTER, USER_AGENT,
};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::progress::watched;
use super::{API, Address, Ask, Trust};
use crate::failure::Failure;

/// Longest time to connect.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest answer: a document of 10 MiB, escaped, and then some.
const LONGEST: usize = 64 * 1024 * 1024;

/// How to reach the server.
#[derive(Debug)]
pub(super) struct Exchange<'a> {
    pub(super) address: &'a Address,
    pub(super) trust: &'a Trust,
    pub(super) token: Option<&'a Secret<String>>,
    pub(super) timeout: Duration,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) etag: Option<String>,
    pub(super) retry_after: Option<u64>,
    pub(super) body: Bytes,
}

impl Exchange<'_> {
    /// Blocks until the answer is there.
    pub(super) fn run(&self, ask: &Ask<'_>) -> Result<Reply, Failure> {
        let request = self.request(ask)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Failure::operation)?;
        let place = self.address.to_string();
        let reply = runtime.block_on(watched(&place, self.send(request)));
        // A name that is still being resolved is not waited for.
        runtime.shutdown_background();
        reply
    }

    fn request(&self, ask: &Ask<'_>) -> Result<Request<Full<Bytes>>, Failure> {
        let path = format!("{}{API}{}", self.address.prefix, ask.path);
        let body = match &ask.body {
            Some(body) => Bytes::from(body.to_string()),
            None => Bytes::new(),
        };
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = ask.method.clone();
        *request.uri_mut() = path.parse().map_err(Failure::usage)?;
        self.headers(ask, request.headers_mut())?;
        Ok(request)
    }

    fn headers(&self, ask: &Ask<'_>, headers: &mut HeaderMap) -> Result<(), Failure> {
        let mut add = |name: HeaderName, value: &str, sensitive: bool| {
            let mut value = HeaderValue::from_str(value)
                .map_err(|error| Failure::usage(format_args!("{name}: {error}")))?;
            value.set_sensitive(sensitive);
            headers.insert(name, value);
            Ok::<_, Failure>(())
        };
        add(HOST, &self.address.authority(), false)?;
        add(ACCEPT, "application/json", false)?;
        add(
            USER_AGENT,
            concat!("aigw/", env!("CARGO_PKG_VERSION")),
            false,
        )?;
        if ask.body.is_some() {
            add(CONTENT_TYPE, "application/json", false)?;
        }
        if let Some(tag) = ask.if_match {
            add(IF_MATCH, tag, false)?;
        }
        if let Some(token) = self.token {
            add(AUTHORIZATION, &format!("Bearer {}", token.expose()), true)?;
        }
        Ok(())
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Reply, Failure> {
        let address = self.address;
        let limit = CONNECT.min(self.timeout);
        let connecting = async {
            let stream = TcpStream::connect((&*address.host, address.port)).await?;
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        let stream = self.within(limit, connecting).await?;
        match self.trust {
            Trust::NoTls => self.converse(TokioIo::new(stream), request).await,
            Trust::Tls(connector, name) => {
                let handshake = connector.connect(name.clone(), stream);
                let stream = self.within(limit, handshake).await?;
                self.converse(TokioIo::new(stream), request).await
            }
        }
    }

    async fn converse<S>(&self, io: S, request: Request<Full<Bytes>>) -> Result<Reply, Failure>
    where
        S: Read + Write + Unpin,
    {
        let handshake = http1::handshake(io).await;
        let (mut sender, connection) = handshake.map_err(|error| self.unreachable(error))?;
        let exchange = async {
            let answer = sender
                .send_request(request)
                .await
                .map_err(io::Error::other)?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, LONGEST).collect().await;
            Ok(Reply {
                status: head.status,
                etag: text(&head.headers, &ETAG),
                retry_after: text(&head.headers, &RETRY_AFTER).and_then(|text| text.parse().ok()),
                body: body.map_err(io::Error::other)?.to_bytes(),
            })
        };
        let (mut exchange, mut connection) = (pin!(exchange), pin!(connection));
        let both = async {
            tokio::select! {
                reply = &mut exchange => reply,
                // The connection ended, well or not: the exchange knows what of it.
                _ = &mut connection => exchange.await,
            }
        };
        self.within(self.timeout, both).await
    }

    async fn within<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = io::Result<T>>,
    ) -> Result<T, Failure> {
        match tokio::time::timeout(limit, work).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(self.unreachable(innermost(&error))),
            Err(_) => Err(self.unreachable(format_args!("no answer within {limit:?}"))),
        }
    }

    fn unreachable(&self, reason: impl Display) -> Failure {
        Failure::unreachable(format_args!(
            "cannot reach {}: {reason}\nIs `aigw serve` running, and is this its admin listener? \
             Another one is named by --server or AIGW_SERVER",
            self.address
        ))
    }
}

/// The reason below "error sending request" and the like.
fn innermost(error: &io::Error) -> String {
    let mut reason: &dyn std::error::Error = error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    reason.to_string()
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
