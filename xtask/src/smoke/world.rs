//! The gateway under test, the upstreams behind it, and a caller.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aigw_testkit::raw::{Answer, Client};
use aigw_testkit::{FakeUpstream, Recorded, Refusing};
use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::config;
use crate::aigw::{Gateway, KEY, Launch, PATIENCE};

/// One gateway that all checks share, and three upstreams that tell each other apart in their answers.
#[derive(Debug)]
pub(super) struct World {
    /// The binary, for checks that start their own.
    pub(super) binary: PathBuf,
    pub(super) upstreams: Upstreams,
    pub(super) gateway: Gateway,
    ids: AtomicU64,
}

/// Where requests may end.
#[derive(Debug)]
pub(super) struct Upstreams {
    /// The first target, the one that fails.
    pub(super) alpha: FakeUpstream,
    /// The second target of the same model.
    pub(super) beta: FakeUpstream,
    /// The target of the fallback model.
    pub(super) gamma: FakeUpstream,
    /// Refuses connections.
    pub(super) refusing: Refusing,
}

impl World {
    pub(super) async fn start(binary: PathBuf) -> Result<Self> {
        let upstreams = Upstreams {
            alpha: FakeUpstream::named("alpha").await,
            beta: FakeUpstream::named("beta").await,
            gamma: FakeUpstream::named("gamma").await,
            refusing: FakeUpstream::refusing()?,
        };
        let gateway = Launch::new(&binary)?
            .config(config::document(&upstreams))
            .start()?;
        Ok(Self {
            binary,
            upstreams,
            gateway,
            ids: AtomicU64::new(0),
        })
    }

    /// Sends a request to the gateway with a fresh id and reads the whole answer.
    pub(super) async fn send(&self, ask: Ask) -> Result<Answered> {
        let id = format!("smoke-{}", self.ids.fetch_add(1, Ordering::Relaxed));
        let answer = ask
            .header("x-request-id", &id)
            .send_to(self.gateway.addr)
            .await?;
        Ok(Answered { id, answer })
    }

    /// The record of a request, which may appear after its answer.
    pub(super) async fn record(&self, id: &str) -> Result<Value> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(record) = self.gateway.output.record(id) {
                return Ok(record);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bail!("no record of {id} appeared on the log");
    }
}

impl Upstreams {
    /// Requests whose upstream model has this name, in the order of their arrival at all upstreams.
    pub(super) fn received(&self, model: &str) -> Vec<Recorded> {
        let all = [&self.alpha, &self.beta, &self.gamma];
        let mut received: Vec<Recorded> =
            all.into_iter().flat_map(FakeUpstream::requests).collect();
        received.retain(|request| request.model() == model);
        received.sort_by_key(|request| request.at);
        received
    }
}

/// A request to send.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Ask {
    /// A POST of JSON with the client key.
    pub(super) fn post(path: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            method: "POST".into(),
            body: body.into(),
            ..Self::fetch(path)
        }
    }

    /// A GET with the client key.
    pub(super) fn fetch(path: &str) -> Self {
        let headers = vec![("authorization".into(), format!("Bearer {KEY}"))];
        Self {
            method: "GET".into(),
            path: path.into(),
            headers,
            body: Vec::new(),
        }
    }

    /// The same without any key.
    pub(super) fn anonymous(mut self) -> Self {
        self.headers.retain(|(name, _)| name != "authorization");
        self
    }

    pub(super) fn method(mut self, method: &str) -> Self {
        self.method = method.into();
        self
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sends it on a connection of its own.
    pub(super) async fn send_to(&self, addr: SocketAddr) -> Result<Answer> {
        let mut client = self.begin(addr).await?;
        client
            .answer()
            .await
            .with_context(|| format!("{} {}", self.method, self.path))
    }

    /// Sends it and leaves the answer to be read.
    pub(super) async fn begin(&self, addr: SocketAddr) -> Result<Client> {
        let mut client = Client::connect(addr).await?.patience(PATIENCE);
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        client
            .send(&self.method, &self.path, &headers, &self.body)
            .await?;
        Ok(client)
    }
}

/// An answer and the id of its request.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) id: String,
    pub(super) answer: Answer,
}

impl Answered {
    /// Fails unless the status is this one.
    pub(super) fn expect(&self, status: u16) -> Result<&Answer> {
        if self.answer.status() != status {
            bail!(
                "{} instead of {status}: {}",
                self.answer.status(),
                self.excerpt()
            );
        }
        Ok(&self.answer)
    }

    /// The value of a header that must be there.
    pub(super) fn header(&self, name: &str) -> Result<&str> {
        self.answer
            .header(name)
            .with_context(|| format!("no header {name}; there are {:?}", self.answer.head.headers))
    }

    /// The beginning of the body, for messages.
    pub(super) fn excerpt(&self) -> String {
        self.answer.text().chars().take(600).collect()
    }
}
