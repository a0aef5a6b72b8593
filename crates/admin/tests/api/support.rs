//! A store in a directory of its own, a data plane of paper, and callers.

use std::cell::Cell;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use aigw_admin::api::{AdminOptions, Peer, router};
use aigw_admin::{
    Checked, ExplainAsk, Explanation, HealthState, Lifecycle, MintedKey, Parts, ProviderHealth,
    Recording, RoleName, Runtime, RuntimeStatus, Sealed,
};
use aigw_config::{Catalog, Config, KindInfo, Resolve, Secret};
use aigw_store::{
    Access, By, KeyHash, KeySet, MasterKey, OpenOptions, RevisionNumber, Store, Timestamp, Vault,
};
use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

pub(crate) const ADMIN: &str = "admin-token-0123456789abcdef";
pub(crate) const VIEWER: &str = "viewer-token-0123456789abcdef";
pub(crate) const MASTER: &str = "canary-master-key-0123456789abcdefghij";
/// Value of the variable `CANARY` in the environment of the data plane of paper.
pub(crate) const ENV: &str = "canary-env-value-0123456789";

pub(crate) const DOCUMENT: &str = "version: 1\nproviders:\n  up: {kind: test, api_key: '${CANARY}'}\nmodels:\n  m: {targets: [{provider: up, model: m1}]}\n";

thread_local! {
    static NOW: Cell<u64> = const { Cell::new(1_800_000_000_000_000) };
}

/// Lets time pass, for the test of this thread.
pub(crate) fn pass(seconds: u64) {
    NOW.with(|now| now.set(now.get() + seconds * 1_000_000));
}

fn now() -> Timestamp {
    Timestamp(NOW.with(Cell::get))
}

pub(crate) struct Desk {
    pub(crate) router: Router,
    pub(crate) lifecycle: Arc<Lifecycle>,
    pub(crate) runtime: Arc<Paper>,
    _dir: tempfile::TempDir,
}

/// The data plane of paper.
#[derive(Debug, Default)]
pub(crate) struct Paper {
    pub(crate) applied: Mutex<Vec<i64>>,
    pub(crate) keys: Mutex<usize>,
    minted: Mutex<u32>,
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default()
    }
}

pub(crate) async fn desk() -> Desk {
    desk_with(AdminOptions::default()).await
}

pub(crate) async fn desk_with(options: AdminOptions) -> Desk {
    let dir = tempfile::tempdir().unwrap();
    let url = dir
        .path()
        .join("store.db")
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    let store = Store::open(&url, &OpenOptions::new("node-1"))
        .await
        .unwrap();
    let by = By::system(now());
    let master = MasterKey::new(&Secret::new(MASTER.to_owned())).unwrap();
    let vault = Vault::unlock(&store, &by, master).await.unwrap();
    for (name, access, text) in [
        ("boss", Access::Admin, ADMIN),
        ("guest", Access::Viewer, VIEWER),
    ] {
        let hash = vault.hash_token(text);
        store
            .create_token(&by, (name, access), hash, None)
            .await
            .unwrap();
    }
    let runtime = Arc::new(Paper::default());
    let lifecycle = Arc::new(Lifecycle::new(Parts {
        store,
        vault,
        runtime: Arc::clone(&runtime) as Arc<dyn Runtime>,
        clock: now,
        role: aigw_admin::RoleName::All,
        version: "0",
        last_good: None,
    }));
    Desk {
        router: router(Arc::clone(&lifecycle), options),
        lifecycle,
        runtime,
        _dir: dir,
    }
}

/// A request of a script from 192.0.2.1, with a token.
pub(crate) fn ask(method: &str, path: &str, token: &str) -> http::request::Builder {
    let request = bare(method, path);
    if token.is_empty() {
        return request;
    }
    request.header("authorization", format!("Bearer {token}"))
}

pub(crate) fn bare(method: &str, path: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(format!("/api/admin{path}"))
        .header("host", "127.0.0.1:18081")
}

impl Desk {
    pub(crate) async fn send(&self, request: http::request::Builder, body: Value) -> Reply {
        let (request, body) = match body {
            Value::Null => (request, Body::empty()),
            body => (
                request.header("content-type", "application/json"),
                Body::from(body.to_string()),
            ),
        };
        self.raw(request.body(body).unwrap()).await
    }

    pub(crate) async fn raw(&self, mut request: Request<Body>) -> Reply {
        let from: IpAddr = "192.0.2.1".parse().unwrap();
        if request.extensions().get::<Peer>().is_none() {
            request.extensions_mut().insert(Peer(from));
        }
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Reply {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(ask("GET", path, ADMIN), Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(ask("POST", path, ADMIN), body).await
    }

    /// Publishes a document, which must work, and returns its revision.
    pub(crate) async fn publish(&self, document: &str) -> i64 {
        let body = serde_json::json!({"config": document, "note": "for the test"});
        let reply = self.post("/config/publish", body).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        reply.json()["revision"]["revision"].as_i64().unwrap()
    }
}

impl Resolve for Paper {
    fn env(&self, name: &str) -> Option<String> {
        (name == "CANARY").then(|| ENV.to_owned())
    }

    fn file(&self, _: &str) -> Result<String, String> {
        Err("no such file".to_owned())
    }

    fn secret(&self, _: &str) -> Option<String> {
        None
    }
}

impl Runtime for Paper {
    fn check(&self, text: &str, sealed: &Sealed) -> Checked {
        let kinds = [KindInfo {
            id: "test",
            base_url: Some("https://up.example/v1"),
            dialects: &["chat"],
            needs_key: false,
        }];
        let catalog = Catalog {
            kinds: &kinds,
            dialects: &["chat"],
            preference: &["chat"],
        };
        let recording = Recording::new(self, sealed);
        let compiled = aigw_config::compile("document", text, &catalog, &recording);
        let preview = compiled
            .config
            .as_ref()
            .map(|config| aigw_config::preview(config, &catalog));
        Checked {
            problems: compiled.problems,
            preview,
            references: recording.finish(),
            config: compiled.config,
        }
    }

    fn apply(&self, revision: RevisionNumber, config: &Config) -> Result<(), String> {
        if config.models.contains_key("not-applicable") {
            return Err("the data plane cannot serve `not-applicable`".to_owned());
        }
        self.applied.lock().unwrap().push(revision.0);
        Ok(())
    }

    fn replace_keys(&self, keys: &KeySet, _: &Secret<[u8; 32]>) {
        *self.keys.lock().unwrap() = keys.keys.len();
    }

    fn mint_key(&self, id: Option<&str>, _: &Secret<[u8; 32]>) -> Result<MintedKey, String> {
        let mut minted = self.minted.lock().unwrap();
        *minted += 1;
        let id = id.map_or_else(|| format!("key{minted}"), str::to_owned);
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&minted.to_be_bytes());
        Ok(MintedKey {
            text: Secret::new(format!("sk-aigw-{id}-canarykeysecret{minted}")),
            id,
            hash: KeyHash(hash),
        })
    }

    fn status(&self) -> RuntimeStatus {
        RuntimeStatus {
            instance: "node-1".into(),
            version: "1.2.3".into(),
            role: RoleName::All,
            revision: self.applied.lock().unwrap().last().copied(),
            live_for_ms: 1,
            uptime_ms: 2,
            in_flight: 3,
            connections: 4,
            draining: false,
            gateway: None,
            admin: None,
        }
    }

    fn health(&self) -> Vec<ProviderHealth> {
        vec![ProviderHealth {
            name: "up".into(),
            kind: "test".into(),
            state: HealthState::Healthy,
            in_flight: 0,
            max_in_flight: None,
            credentials: Vec::new(),
            targets: Vec::new(),
        }]
    }

    fn explain(&self, ask: &ExplainAsk) -> Result<Explanation, String> {
        if ask.model == "m" {
            return Ok(Explanation {
                revision: 1,
                asked: ask.model.clone(),
                refused: None,
                models: Vec::new(),
            });
        }
        Err(format!("there is no model `{}`", ask.model))
    }
}
