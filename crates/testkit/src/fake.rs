//! A fake LLM upstream on a loopback port: four dialects, every fault, and a record of what arrived.

mod connection;
mod plan;
mod request;
mod socket;
mod state;

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::{Scenario, clock};
use connection::Connection;
use socket::{Hook, Socket};
use state::Shared;

/// A fake upstream that listens until it is dropped. It runs on the current tokio runtime.
///
/// Requests answer what the script says, else what the key is bound to, else what [`FakeUpstream::always`] says, else
/// what the request's model name says.
#[derive(Debug)]
pub struct FakeUpstream {
    shared: Arc<Shared>,
    addr: SocketAddr,
    task: JoinHandle<()>,
}

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The method.
    pub method: String,
    /// The request target: path and query.
    pub path: String,
    /// Header names and values in their order and spelling.
    pub headers: Vec<(String, String)>,
    /// The body without its transfer encoding.
    pub body: Bytes,
    /// When the last byte of it had arrived.
    pub at: Instant,
    /// The number of the connection it came on, from 1.
    pub connection: u64,
    /// The `x-request-id` or `request-id` that its answer carries.
    pub request_id: String,
}

/// How a fake upstream is to start.
#[derive(Debug, Default)]
pub struct Builder {
    addr: Option<SocketAddr>,
    name: String,
    quiet: bool,
    hook: Option<Hook>,
}

/// An address nobody listens on: connections to it are refused as long as this value lives.
#[derive(Debug)]
pub struct Refusing {
    addr: SocketAddr,
    _held: TcpSocket,
}

impl FakeUpstream {
    /// Starts one on a free port of 127.0.0.1.
    ///
    /// # Panics
    ///
    /// When no port can be bound.
    #[expect(
        clippy::expect_used,
        reason = "a test cannot go on without its upstream"
    )]
    pub async fn start() -> Self {
        Self::builder()
            .start()
            .await
            .expect("a loopback port can be bound")
    }

    /// Starts one whose answers carry this name in their text.
    ///
    /// # Panics
    ///
    /// When no port can be bound.
    #[expect(
        clippy::expect_used,
        reason = "a test cannot go on without its upstream"
    )]
    pub async fn named(name: &str) -> Self {
        Self::builder()
            .name(name)
            .start()
            .await
            .expect("a loopback port can be bound")
    }

    /// Everything that can be chosen before the start.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// An address that refuses connections.
    pub fn refusing() -> io::Result<Refusing> {
        let held = TcpSocket::new_v4()?;
        held.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        Ok(Refusing {
            addr: held.local_addr()?,
            _held: held,
        })
    }

    /// `http://127.0.0.1:PORT`, without a path.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The requests that arrived while recording was on, oldest first.
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.requests()
    }

    /// The same, and forgets them.
    pub fn take_requests(&self) -> Vec<Recorded> {
        self.shared.take_requests()
    }

    /// The newest recorded request.
    pub fn last_request(&self) -> Option<Recorded> {
        self.shared.last_request()
    }

    /// The number of requests that arrived, recorded or not.
    pub fn count(&self) -> u64 {
        self.shared.count()
    }

    /// Answers the next POST requests with these scenarios, one each, whatever their model names say.
    pub fn script<S: Into<Scenario>>(&self, scenarios: impl IntoIterator<Item = S>) {
        self.shared
            .extend_script(scenarios.into_iter().map(Into::into));
    }

    /// Scenarios of the script that no request has taken yet.
    pub fn script_left(&self) -> usize {
        self.shared.script_left()
    }

    /// Answers every request that the script does not cover with this scenario; `None` goes back to model names.
    pub fn always(&self, scenario: Option<Scenario>) {
        self.shared.set_always(scenario);
    }

    /// Answers every request that presents this key with this scenario.
    pub fn on_key(&self, key: &str, scenario: impl Into<Scenario>) {
        self.shared.set_key(key, scenario.into());
    }

    /// Switches the recording of requests on or off.
    pub fn record(&self, on: bool) {
        self.shared.set_recording(on);
    }

    /// Forgets recorded requests, counts, the script, keys and what `always` said. Open connections stay.
    pub fn clear(&self) {
        self.shared.clear();
    }

    /// Connections that are open now.
    pub fn open_connections(&self) -> usize {
        self.shared.open()
    }

    /// Connections that were ever accepted.
    pub fn connections(&self) -> u64 {
        self.shared.connections()
    }

    /// Answers whose peer went away before their end.
    pub fn cancelled(&self) -> u64 {
        self.shared.cancelled()
    }

    /// Waits until so many answers have been cancelled; `false` when that does not happen within ten seconds.
    pub async fn wait_cancelled(&self, count: u64) -> bool {
        let wait = self.shared.wait_cancelled(count);
        tokio::time::timeout(Duration::from_secs(10), wait)
            .await
            .is_ok()
    }

    /// Waits until so many requests have arrived; `false` when that does not happen within ten seconds.
    pub async fn wait_requests(&self, count: u64) -> bool {
        let wait = self.shared.wait_requests(count);
        tokio::time::timeout(Duration::from_secs(10), wait)
            .await
            .is_ok()
    }

    /// Closes the listener and every connection, and returns when that has happened.
    pub async fn stop(mut self) {
        self.task.abort();
        // A cancelled task reports itself as an error; either way it is over.
        let _over = (&mut self.task).await;
    }

    /// Serves until it is stopped from elsewhere.
    pub async fn serve(mut self) {
        let _over = (&mut self.task).await;
    }
}

impl Drop for FakeUpstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Builder {
    /// The address to listen on instead of a free port of 127.0.0.1.
    #[must_use]
    pub fn addr(mut self, addr: SocketAddr) -> Self {
        self.addr = Some(addr);
        self
    }

    /// A name that answers carry in their text.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Whether requests are recorded; they are unless this says otherwise.
    #[must_use]
    pub fn record(mut self, on: bool) -> Self {
        self.quiet = !on;
        self
    }

    /// Passes every accepted connection through this function first: the place for a TLS acceptor.
    #[must_use]
    pub fn accept<F, A, S>(mut self, accept: F) -> Self
    where
        F: Fn(TcpStream) -> A + Send + Sync + 'static,
        A: Future<Output = io::Result<S>> + Send + 'static,
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        self.hook = Some(Hook::new(accept));
        self
    }

    /// Binds and starts serving.
    #[expect(
        clippy::unused_async,
        reason = "it needs a runtime to start on, which an async function makes plain"
    )]
    pub async fn start(self) -> io::Result<FakeUpstream> {
        let wanted = self
            .addr
            .unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let socket = if wanted.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        socket.set_reuseaddr(true)?;
        socket.bind(wanted)?;
        let listener = socket.listen(4096)?;
        let addr = listener.local_addr()?;
        let shared = Arc::new(Shared::new(self.name, !self.quiet));
        let task = clock::spawn(accept_all(listener, Arc::clone(&shared), self.hook));
        Ok(FakeUpstream { shared, addr, task })
    }
}

impl Refusing {
    /// The address that refuses.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://127.0.0.1:PORT`, without a path.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }
}

impl Recorded {
    /// The value of the first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `Null` if it is not JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body's `model`; empty if it has none.
    pub fn model(&self) -> String {
        self.json()["model"].as_str().unwrap_or_default().to_owned()
    }
}

/// Accepts until it is dropped; dropping it drops the connections too.
async fn accept_all(listener: TcpListener, shared: Arc<Shared>, hook: Option<Hook>) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((tcp, _)) => {
                connections.spawn(serve(tcp, Arc::clone(&shared), hook.clone()));
            }
            // Out of file descriptors: the backlog waits until a connection has closed.
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

async fn serve(tcp: TcpStream, shared: Arc<Shared>, hook: Option<Hook>) {
    let open = shared.opened();
    if let Ok(socket) = Socket::accept(tcp, hook.as_ref()).await {
        Connection::new(socket, shared, open.number()).run().await;
    }
}

#[cfg(test)]
mod tests;
