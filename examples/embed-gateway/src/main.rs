//! The data plane inside someone's own hyper service: `/status` is the service's, everything else is the gateway's.
//!
//! `cargo run -p embed-gateway`, then `curl localhost:8088/status` and the chat request that it prints.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::convert::Infallible;
use std::sync::Arc;

use aigw_config::Resolve;
use aigw_gateway::keys::ClientKeys;
use aigw_gateway::{Gateway, Options, Peer, ResponseBody};
use aigw_telemetry::MemoryRecorder;
use anyhow::{Context, Result};
use http::{Request, Response};
use http_body_util::{Either, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

type Answer = Result<Response<Either<Full<Bytes>, ResponseBody>>, Infallible>;

const CONFIG: &str =
    "{version: 1, providers: {demo: {kind: demo}}, models: {demo: {targets: [{provider: demo}]}}}";

#[tokio::main]
async fn main() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:8088").await?;
    println!("curl localhost:8088/v1/chat/completions -d '{{\"model\":\"demo\",\"messages\":[]}}'");
    serve(listener, gateway()?).await
}

/// Keys are open because this service would check its own callers before it hands a request on.
fn gateway() -> Result<Gateway> {
    let compiled = aigw_gateway::compile("embedded", CONFIG, &NoReferences);
    let config = compiled.config.context("the configuration has problems")?;
    let (keys, recorder) = (ClientKeys::open(), Arc::new(MemoryRecorder::new(1000)));
    let options = Options {
        keys,
        recorder,
        trusted_proxies: Vec::new(),
        version: "1.0.0",
    };
    Ok(Gateway::new(&config, "embedded", options)?)
}

async fn serve(listener: TcpListener, gateway: Gateway) -> Result<()> {
    let mut connections = JoinSet::new();
    loop {
        let (tcp, from) = listener.accept().await?;
        let (gateway, peer) = (gateway.clone(), Peer { address: from.ip() });
        let service = service_fn(move |request| answer(gateway.clone(), request, peer));
        connections.spawn(http1::Builder::new().serve_connection(TokioIo::new(tcp), service));
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(gateway: Gateway, request: Request<Incoming>, peer: Peer) -> Answer {
    if request.uri().path() == "/status" {
        let status = format!("{} requests in flight\n", gateway.in_flight());
        return Ok(Response::new(Either::Left(Full::from(status))));
    }
    Ok(gateway.handle(request, peer).await.map(Either::Right))
}

/// The configuration above refers to nothing outside itself.
struct NoReferences;

#[rustfmt::skip]
impl Resolve for NoReferences {
    fn env(&self, _: &str) -> Option<String> { None }
    fn file(&self, path: &str) -> Result<String, String> { Err(format!("{path}: files are not read")) }
    fn secret(&self, _: &str) -> Option<String> { None }
}

#[cfg(test)]
mod tests;
