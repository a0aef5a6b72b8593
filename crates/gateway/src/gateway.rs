//! The handle that embedders and the binary hold.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use aigw_config::Config;
use aigw_telemetry::Recorder;
use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use ipnet::IpNet;

use crate::clock::Clock;
use crate::keys::ClientKeys;
use crate::response::ResponseBody;
use crate::runtime::{self, Runtime};
use crate::{handle, probe};

/// The data plane. Clones share everything.
#[derive(Debug, Clone)]
pub struct Gateway {
    shared: Arc<Shared>,
}

/// What a gateway needs besides its configuration.
#[derive(Debug)]
pub struct Options {
    /// Who may call.
    pub keys: ClientKeys,
    /// Receives one record per request.
    pub recorder: Arc<dyn Recorder>,
    /// Proxies whose `x-forwarded-for` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The version shown at `/` and by the health checks.
    pub version: &'static str,
}

/// Where a connection comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Address of the other end of the connection.
    pub address: IpAddr,
}

/// Why a configuration cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A provider's base URL, credential or certificate file cannot be used.
    #[error("provider {provider}: {reason}")]
    Provider {
        /// Name of the provider.
        provider: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The routing table cannot be built.
    #[error("routing: {0}")]
    Table(String),
}

/// What all requests share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) clock: Clock,
    pub(crate) runtime: ArcSwap<Runtime>,
    /// This instance's mark in `x-aigw-hop`.
    pub(crate) hop: HeaderValue,
    pub(crate) draining: AtomicBool,
    in_flight: AtomicUsize,
    hasher: RandomState,
    /// Where the numbers of [`Shared::seed`] are, from a random start.
    counter: AtomicU64,
}

impl Gateway {
    /// A gateway that serves `config` as `revision`.
    ///
    /// # Errors
    /// What of the configuration cannot be served.
    pub fn new(config: &Config, revision: &str, options: Options) -> Result<Self, BuildError> {
        let hasher = RandomState::new();
        let start = hasher.hash_one("seed");
        let mark = format!("{:016x}", hasher.hash_one("instance"));
        let hop =
            HeaderValue::from_str(&mark).map_err(|error| BuildError::Table(error.to_string()))?;
        let runtime = runtime::build(config, revision, &hop, None)?;
        let shared = Shared {
            options,
            clock: Clock::default(),
            runtime: ArcSwap::from_pointee(runtime),
            hop,
            draining: AtomicBool::new(false),
            in_flight: AtomicUsize::new(0),
            hasher,
            counter: AtomicU64::new(start),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Serves `config` from now on; requests in flight finish on what they began with.
    ///
    /// # Errors
    /// What of the configuration cannot be served; what was served before still is.
    pub fn publish(&self, config: &Config, revision: &str) -> Result<(), BuildError> {
        let old = self.shared.runtime.load_full();
        let runtime = runtime::build(config, revision, &self.shared.hop, Some(&old))?;
        self.shared.runtime.store(Arc::new(runtime));
        Ok(())
    }

    /// Answers one request. Dropping the future, or the answer's body before its end, cancels the upstream call.
    pub async fn handle<B>(&self, request: Request<B>, peer: Peer) -> Response<ResponseBody>
    where
        B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        handle::handle(Arc::clone(&self.shared), request, peer).await
    }

    /// Runs the active probes and closes idle upstream connections, until dropped.
    pub async fn background(&self) {
        probe::run(&self.shared).await;
    }

    /// From now on `/-/ready` answers 503.
    pub fn begin_drain(&self) {
        self.shared.draining.store(true, Ordering::Relaxed);
    }

    /// Whether [`Gateway::begin_drain`] was called.
    pub fn is_draining(&self) -> bool {
        self.shared.draining.load(Ordering::Relaxed)
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Requests being served, streams included.
    pub fn in_flight(&self) -> usize {
        self.shared.in_flight.load(Ordering::Relaxed)
    }
}

impl Shared {
    /// A number that differs from call to call; good for jitter and ids, not for secrets.
    pub(crate) fn seed(&self) -> u64 {
        // SplitMix64 over a per-process random start: cheap, and well spread.
        let step = self
            .counter
            .fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mut z = step;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Hash of what binds a caller to a target: the same text of another key or model is another binding.
    pub(crate) fn sticky_hash(&self, key: Option<&str>, model: &str, text: &str) -> u64 {
        self.hasher.hash_one((key, model, text))
    }
}

/// Counts a request as being served, until dropped: with its answer, or with the last byte of a stream.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<Shared>);

impl InFlight {
    pub(crate) fn enter(shared: &Arc<Shared>) -> Self {
        shared.in_flight.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(shared))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
