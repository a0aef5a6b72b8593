//! A data plane that serves nothing and remembers everything.

use std::collections::BTreeMap;
use std::sync::Mutex;

use aigw_admin::{
    Checked, ExplainAsk, Explanation, MintedKey, ProviderHealth, Recording, RoleName, Runtime,
    RuntimeStatus, Sealed,
};
use aigw_config::{Catalog, Config, KindInfo, Resolve, Secret, compile};
use aigw_store::{KeyHash, KeySet, RevisionNumber};
use tokio::sync::watch;

/// What it was told.
#[derive(Debug)]
pub(crate) struct Plane {
    environment: Mutex<BTreeMap<String, String>>,
    refuses: Mutex<Option<String>>,
    served: watch::Sender<Option<(i64, Config)>>,
    keys: watch::Sender<Vec<String>>,
}

impl Plane {
    pub(crate) fn new() -> Self {
        Self {
            environment: Mutex::default(),
            refuses: Mutex::default(),
            served: watch::Sender::new(None),
            keys: watch::Sender::new(Vec::new()),
        }
    }

    pub(crate) fn set(&self, name: &str, value: &str) {
        let mut environment = self.environment.lock().unwrap();
        environment.insert(name.to_owned(), value.to_owned());
    }

    /// From now on it can serve nothing else.
    pub(crate) fn refuse(&self, reason: &str) {
        *self.refuses.lock().unwrap() = Some(reason.to_owned());
    }

    pub(crate) fn revision(&self) -> Option<i64> {
        self.served.borrow().as_ref().map(|(revision, _)| *revision)
    }

    /// The first model served.
    pub(crate) fn model(&self) -> String {
        let served = self.served.borrow();
        let (_, config) = served.as_ref().expect("something is served");
        config.models.keys().next().unwrap().to_string()
    }

    /// The key of the first credential served.
    pub(crate) fn credential(&self) -> String {
        let served = self.served.borrow();
        let (_, config) = served.as_ref().expect("something is served");
        let (_, provider) = config.providers.first().unwrap();
        provider.credentials[0].key.expose().clone()
    }

    pub(crate) async fn serves(&self, revision: i64) {
        let mut served = self.served.subscribe();
        let is =
            |served: &Option<(i64, Config)>| served.as_ref().is_some_and(|it| it.0 == revision);
        served.wait_for(is).await.unwrap();
    }

    pub(crate) async fn knows(&self, key: &str) {
        let mut keys = self.keys.subscribe();
        let is = |keys: &Vec<String>| keys.iter().any(|known| known == key);
        keys.wait_for(is).await.unwrap();
    }
}

struct Environment<'p>(&'p Plane);

impl Resolve for Environment<'_> {
    fn env(&self, name: &str) -> Option<String> {
        self.0.environment.lock().unwrap().get(name).cloned()
    }

    fn file(&self, path: &str) -> Result<String, String> {
        std::fs::read_to_string(path).map_err(|error| error.to_string())
    }

    fn secret(&self, _: &str) -> Option<String> {
        None
    }
}

impl Runtime for Plane {
    fn check(&self, text: &str, sealed: &Sealed) -> Checked {
        let kind = KindInfo {
            id: "openai",
            base_url: Some("https://api.example/v1"),
            dialects: &["openai_chat"],
            needs_key: true,
        };
        let catalog = Catalog {
            kinds: &[kind],
            dialects: &["openai_chat"],
            preference: &["openai_chat"],
        };
        let environment = Environment(self);
        let recording = Recording::new(&environment, sealed);
        let compiled = compile("test", text, &catalog, &recording);
        Checked {
            config: compiled.config,
            problems: compiled.problems,
            preview: None,
            references: recording.finish(),
        }
    }

    fn apply(&self, revision: RevisionNumber, config: &Config) -> Result<(), String> {
        if let Some(reason) = &*self.refuses.lock().unwrap() {
            return Err(reason.clone());
        }
        self.served.send_replace(Some((revision.0, config.clone())));
        Ok(())
    }

    fn replace_keys(&self, keys: &KeySet, _: &Secret<[u8; 32]>) {
        let names = keys.keys.iter().map(|key| key.policy.name.clone());
        self.keys.send_replace(names.collect());
    }

    fn mint_key(&self, id: Option<&str>, _: &Secret<[u8; 32]>) -> Result<MintedKey, String> {
        Ok(MintedKey {
            id: id.unwrap_or("minted").to_owned(),
            text: Secret::new("sk-aigw-minted-secret".to_owned()),
            hash: KeyHash([7; 32]),
        })
    }

    fn status(&self) -> RuntimeStatus {
        RuntimeStatus {
            instance: "test".to_owned(),
            version: "0".to_owned(),
            role: RoleName::All,
            revision: self.revision(),
            live_for_ms: 0,
            uptime_ms: 0,
            in_flight: 0,
            connections: 0,
            draining: false,
            gateway: None,
            admin: None,
        }
    }

    fn health(&self) -> Vec<ProviderHealth> {
        Vec::new()
    }

    fn explain(&self, _: &ExplainAsk) -> Result<Explanation, String> {
        Err("nothing is explained here".to_owned())
    }
}
