//! The gateway as the control plane sees it.

mod view;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use aigw_admin::{
    Checked, ExplainAsk, Explanation, MintedKey, ProviderHealth, Recording, RoleName, Runtime,
    RuntimeStatus, Sealed,
};
use aigw_config::{Config, Secret};
use aigw_gateway::clock::monotonic;
use aigw_gateway::keys::{ClientKeys, Pepper, generate, generate_for};
use aigw_gateway::listener::ConnectionGauge;
use aigw_gateway::{Gateway, Options};
use aigw_store::{KeyHash, KeySet, RevisionNumber};
use aigw_telemetry::Recorder;
use ipnet::IpNet;

use crate::commands::version::VERSION;
use crate::environment::Process;

/// What the document is called in messages that concern the whole of it.
const DOCUMENT: &str = "the configuration";

/// The model that the ready-made request of the greeting asks.
pub(super) const DEMO: &str = "demo";

/// The gateway, from before its first configuration on.
#[derive(Debug)]
pub(super) struct DataPlane {
    gateway: OnceLock<Gateway>,
    keys: ClientKeys,
    recorder: Arc<dyn Recorder>,
    trusted_proxies: Vec<IpNet>,
    about: About,
    live: Mutex<Live>,
}

/// What does not change while the process runs.
#[derive(Debug)]
pub(super) struct About {
    pub(super) instance: String,
    pub(super) role: RoleName,
    pub(super) gateway: Option<(bool, SocketAddr)>,
    pub(super) admin: Option<SocketAddr>,
    pub(super) connections: Option<ConnectionGauge>,
    pub(super) started: Instant,
}

#[derive(Debug, Default)]
struct Live {
    revision: Option<RevisionNumber>,
    since: Option<Instant>,
    /// The listener has it from the first configuration on.
    header_read: Option<Duration>,
    has_demo: bool,
}

impl DataPlane {
    /// Without a configuration, and with nobody let in.
    pub(super) fn new(
        about: About,
        recorder: Arc<dyn Recorder>,
        trusted_proxies: Vec<IpNet>,
    ) -> Self {
        Self {
            gateway: OnceLock::new(),
            keys: ClientKeys::new(Pepper::new(&[]), []),
            recorder,
            trusted_proxies,
            about,
            live: Mutex::default(),
        }
    }

    /// The gateway, once it has a configuration.
    pub(super) fn gateway(&self) -> Option<&Gateway> {
        self.gateway.get()
    }

    /// How long a request's head may take, as the first configuration has it.
    pub(super) fn header_read(&self) -> Option<Duration> {
        self.live().header_read
    }

    /// The revision that is served, and whether it has the model of the ready-made request.
    pub(super) fn served(&self) -> (Option<RevisionNumber>, bool) {
        let live = self.live();
        (live.revision, live.has_demo)
    }

    /// Connections of callers.
    pub(super) fn connections(&self) -> u64 {
        let gauge = self.about.connections.as_ref();
        gauge.map_or(0, |gauge| gauge.open() as u64)
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, config: &Config, revision: &str) -> Result<(), String> {
        let options = Options {
            keys: self.keys.clone(),
            recorder: Arc::clone(&self.recorder),
            trusted_proxies: self.trusted_proxies.clone(),
            version: VERSION,
        };
        let gateway = Gateway::new(config, revision, options).map_err(|error| error.to_string())?;
        // The control plane applies one configuration at a time.
        let _ = self.gateway.set(gateway);
        Ok(())
    }
}

impl Runtime for DataPlane {
    fn check(&self, text: &str, sealed: &Sealed) -> Checked {
        let recording = Recording::new(&Process, sealed);
        let compiled = aigw_gateway::compile(DOCUMENT, text, &recording);
        let inspection = aigw_gateway::with_catalog(|catalog| {
            aigw_config::inspect(DOCUMENT, text, catalog, &recording, None)
        });
        Checked {
            config: compiled.config,
            problems: inspection.problems,
            preview: inspection.preview,
            references: recording.finish(),
        }
    }

    fn apply(&self, revision: RevisionNumber, config: &Config) -> Result<(), String> {
        let name = revision.0.to_string();
        match self.gateway.get() {
            Some(gateway) => gateway
                .publish(config, &name)
                .map_err(|error| error.to_string())?,
            None => self.begin(config, &name)?,
        }
        let mut live = self.live();
        live.revision = Some(revision);
        live.since = Some(monotonic());
        live.has_demo = config.models.contains_key(DEMO);
        let header_read = config.limits.header_read;
        if *live.header_read.get_or_insert(header_read) != header_read {
            tracing::warn!("limits.header_read changed; it takes effect at the next start");
        }
        Ok(())
    }

    fn replace_keys(&self, keys: &KeySet, pepper: &Secret<[u8; 32]>) {
        let rows = keys.keys.iter().map(view::key_row);
        self.keys.replace(Pepper::new(pepper.expose()), rows);
    }

    fn mint_key(&self, id: Option<&str>, pepper: &Secret<[u8; 32]>) -> Result<MintedKey, String> {
        let key = match id {
            Some(id) => generate_for(id.to_owned()),
            None => generate(),
        };
        let key = key.map_err(|error| error.to_string())?;
        let hash = Pepper::new(pepper.expose()).hash(key.text.expose());
        Ok(MintedKey {
            id: key.id,
            text: key.text,
            hash: KeyHash(*hash.bytes()),
        })
    }

    fn status(&self) -> RuntimeStatus {
        let (revision, since) = {
            let live = self.live();
            (live.revision, live.since)
        };
        let now = monotonic();
        let gateway = self.gateway();
        let url = |(tls, address): (bool, SocketAddr)| {
            format!("{}://{address}", if tls { "https" } else { "http" })
        };
        RuntimeStatus {
            instance: self.about.instance.clone(),
            version: VERSION.to_owned(),
            role: self.about.role,
            revision: revision.map(|number| number.0),
            live_for_ms: since.map_or(0, |since| view::milliseconds(now - since)),
            uptime_ms: view::milliseconds(now - self.about.started),
            in_flight: gateway.map_or(0, |gateway| gateway.in_flight() as u64),
            connections: self.connections(),
            draining: gateway.is_some_and(Gateway::is_draining),
            gateway: self.about.gateway.map(url),
            admin: self.about.admin.map(|address| url((false, address))),
        }
    }

    fn health(&self) -> Vec<ProviderHealth> {
        let looks = self.gateway().map(Gateway::look).unwrap_or_default();
        looks.into_iter().map(view::provider).collect()
    }

    fn explain(&self, ask: &ExplainAsk) -> Result<Explanation, String> {
        let gateway = self.gateway().ok_or("nothing is served yet")?;
        view::explanation(gateway, ask)
    }
}
