//! The handle that embedders and the binary hold.

use std::net::IpAddr;
use std::sync::Arc;

use aigw_config::Config;
use aigw_telemetry::Recorder;
use bytes::Bytes;
use http::{Request, Response};
use ipnet::IpNet;

use crate::keys::ClientKeys;
use crate::response::ResponseBody;

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
    /// Value of the `server`-side version shown at `/`.
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
}

#[derive(Debug)]
struct Shared {
    options: Options,
}

impl Gateway {
    /// A gateway that serves `config` as `revision`.
    pub fn new(config: &Config, revision: &str, options: Options) -> Result<Self, BuildError> {
        let gateway = Self { shared: Arc::new(Shared { options }) };
        gateway.publish(config, revision)?;
        Ok(gateway)
    }

    /// Serves `config` from now on; requests in flight finish on what they began with.
    pub fn publish(&self, config: &Config, revision: &str) -> Result<(), BuildError> {
        let _ = (config, revision, &self.shared.options);
        Ok(())
    }

    /// Answers one request.
    pub async fn handle<B>(&self, request: Request<B>, peer: Peer) -> Response<ResponseBody>
    where
        B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let _ = (request, peer);
        Response::new(ResponseBody::full(""))
    }

    /// Runs the active probes and closes idle upstream connections, until dropped.
    pub async fn background(&self) {
        std::future::pending::<()>().await;
    }

    /// From now on `/-/ready` answers 503 and every answer asks the caller to close the connection.
    pub fn begin_drain(&self) {}

    /// Whether [`Gateway::begin_drain`] was called.
    pub fn is_draining(&self) -> bool {
        false
    }

    /// Requests being served, streams included.
    pub fn in_flight(&self) -> usize {
        0
    }
}
