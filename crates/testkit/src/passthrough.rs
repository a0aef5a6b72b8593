//! The bare pass-through that measurements compare the gateway with: hyper in, hyper out, bodies streamed, nothing read.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::{Either, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::http::uri::{Authority, PathAndQuery, Scheme};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};

use crate::clock;

type Upstream = Client<HttpConnector, Incoming>;
type Relayed = Response<Either<Incoming, Empty<Bytes>>>;

/// Relays every connection of `listener` to `upstream` until it is dropped or the listener fails for good.
///
/// Requests keep their head but for the target's authority; an upstream that fails is answered with 502.
pub async fn passthrough(listener: TcpListener, upstream: SocketAddr) -> io::Result<()> {
    let authority: Authority = upstream.to_string().parse().map_err(io::Error::other)?;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: Upstream = Client::builder(TokioExecutor::new())
        .pool_idle_timeout(None::<Duration>)
        .pool_max_idle_per_host(usize::MAX)
        .build(connector);
    loop {
        match listener.accept().await {
            Ok((tcp, _)) => {
                tcp.set_nodelay(true)?;
                clock::spawn(serve(tcp, client.clone(), authority.clone()));
            }
            // Out of file descriptors: the backlog waits until a connection has closed.
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

async fn serve(tcp: TcpStream, client: Upstream, authority: Authority) {
    let service = service_fn(|request| relay(&client, &authority, request));
    // How a connection ends is its caller's business, not the measurement's.
    let _ended = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(tcp), service)
        .await;
}

async fn relay(
    client: &Upstream,
    authority: &Authority,
    mut request: Request<Incoming>,
) -> Result<Relayed, Infallible> {
    let target = request
        .uri()
        .path_and_query()
        .cloned()
        .unwrap_or_else(|| PathAndQuery::from_static("/"));
    let mut uri = hyper::http::uri::Parts::default();
    uri.scheme = Some(Scheme::HTTP);
    uri.authority = Some(authority.clone());
    uri.path_and_query = Some(target);
    let answer = match Uri::from_parts(uri) {
        Ok(uri) => {
            *request.uri_mut() = uri;
            client.request(request).await.ok()
        }
        Err(_) => None,
    };
    Ok(answer.map_or_else(unreachable_upstream, |answer| answer.map(Either::Left)))
}

fn unreachable_upstream() -> Relayed {
    let mut answer = Response::new(Either::Right(Empty::new()));
    *answer.status_mut() = StatusCode::BAD_GATEWAY;
    answer
}

#[cfg(test)]
mod tests;
