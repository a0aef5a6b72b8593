//! A gateway between a raw client and fake upstreams.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use aigw_config::Resolve;
use aigw_gateway::keys::{ClientKeys, KeyRow, Pepper};
use aigw_gateway::listener::{ConnectionLimits, Listener};
use aigw_gateway::{Gateway, Options, compile};
use aigw_telemetry::{MemoryRecorder, RequestRecord};
use aigw_testkit::raw::{Answer, Client};
use tokio::sync::oneshot;

/// The key that the harness' requests present.
pub(crate) const KEY: &str = "test-client-key-0123456789";
pub(crate) const AUTH: (&str, &str) = ("authorization", "Bearer test-client-key-0123456789");

/// The three dialects: path, and a request body for a model.
pub(crate) const DIALECTS: [&str; 3] = ["chat", "responses", "messages"];

pub(crate) struct World {
    pub(crate) gateway: Gateway,
    pub(crate) addr: SocketAddr,
    recorder: Arc<MemoryRecorder>,
    stop: Option<oneshot::Sender<()>>,
}

pub(crate) struct NoReferences;

impl Resolve for NoReferences {
    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, _: &str) -> Result<String, String> {
        Err("tests have no files".to_owned())
    }

    fn secret(&self, _: &str) -> Option<String> {
        None
    }
}

/// Compiles a document that has to be valid.
pub(crate) fn config(text: &str) -> aigw_config::Config {
    let compiled = compile("test.yaml", text, &NoReferences);
    compiled
        .config
        .unwrap_or_else(|| panic!("{:?}\n{text}", compiled.problems))
}

impl World {
    /// Serves a document on a free port.
    pub(crate) fn start(document: &str) -> Self {
        let recorder = Arc::new(MemoryRecorder::new(4096));
        let pepper = Pepper::new(b"pepper of the tests");
        let rows = [KeyRow::given("bootstrap", KEY, &pepper)];
        let options = Options {
            keys: ClientKeys::new(pepper, rows),
            recorder: recorder.clone(),
            trusted_proxies: Vec::new(),
            version: "0.0.0",
        };
        let config = config(document);
        let gateway = Gateway::new(&config, "7", options).unwrap();
        let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0).into(), None).unwrap();
        let addr = listener.local_addr();
        let (stop, stopped) = oneshot::channel();
        let limits = ConnectionLimits {
            header_read: config.limits.header_read,
            ..ConnectionLimits::default()
        };
        let service = gateway.clone();
        #[expect(clippy::disallowed_methods, reason = "the listener of a test")]
        tokio::spawn(listener.serve(service, limits, async move {
            let _ = stopped.await;
        }));
        Self {
            gateway,
            addr,
            recorder,
            stop: Some(stop),
        }
    }

    pub(crate) async fn client(&self) -> Client {
        Client::connect(self.addr).await.unwrap()
    }

    /// Sends one request of a dialect on a new connection.
    pub(crate) async fn ask(&self, dialect: &str, model: &str, stream: bool) -> Answer {
        let (path, body) = request(dialect, model, stream);
        self.client().await.post(path, &[AUTH], body).await.unwrap()
    }

    /// The records so far, as soon as there are `count` of them.
    pub(crate) async fn records(&self, count: usize) -> Vec<RequestRecord> {
        for _ in 0..2000 {
            let records = self.recorder.records();
            if records.len() >= count {
                return records;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!(
            "{count} records were expected, {} came",
            self.recorder.records().len()
        );
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(self.stop.take());
    }
}

/// Path and body of a small request in a dialect.
pub(crate) fn request(dialect: &str, model: &str, stream: bool) -> (&'static str, String) {
    let stream = if stream { r#","stream":true"# } else { "" };
    match dialect {
        "chat" => (
            "/v1/chat/completions",
            format!(
                r#"{{"model":"{model}","messages":[{{"role":"user","content":"hi"}}]{stream}}}"#
            ),
        ),
        "responses" => (
            "/v1/responses",
            format!(r#"{{"model":"{model}","input":"hi"{stream}}}"#),
        ),
        "messages" => (
            "/v1/messages",
            format!(
                r#"{{"model":"{model}","max_tokens":64,"messages":[{{"role":"user","content":"hi"}}]{stream}}}"#
            ),
        ),
        _ => panic!("no dialect {dialect}"),
    }
}

/// A provider entry at a loopback address that speaks all three dialects.
pub(crate) fn provider(name: &str, base_url: &str, more: &str) -> String {
    format!(
        "  {name}:\n    kind: openai-compatible\n    base_url: {base_url}\n    api_key: upstream-key-of-{name}\n    \
         dialects: [openai_chat, openai_responses, anthropic_messages]\n    network: {{allow: [127.0.0.0/8]}}\n{more}"
    )
}

/// A document with one provider and one model.
pub(crate) fn one_model(public: &str, base_url: &str, upstream_model: &str) -> String {
    model_with(public, base_url, upstream_model, "")
}

/// A document with one provider, one model and further lines of that model.
pub(crate) fn model_with(public: &str, base_url: &str, upstream_model: &str, more: &str) -> String {
    format!(
        "version: 1\nproviders:\n{}models:\n  \"{public}\":\n    targets: [{{provider: up, model: \"{upstream_model}\"}}]\n{more}",
        provider("up", base_url, "")
    )
}

pub(crate) const DEMO: &str =
    "version: 1\nproviders: {demo: {kind: demo}}\nmodels: {demo: {targets: [{provider: demo}]}}\n";

/// Status and code of an error; the shape has to be the dialect's.
pub(crate) fn refusal(dialect: &str, answer: &Answer) -> (u16, String) {
    let body = answer.json();
    let error = &body["error"];
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| !text.is_empty()),
        "{}",
        answer.text()
    );
    assert!(error["type"].is_string(), "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let code = if dialect == "messages" {
        assert_eq!(body["type"], "error", "{}", answer.text());
        assert!(body["request_id"].is_string());
        &error["details"]["error_code"]
    } else {
        assert!(body.get("type").is_none(), "{}", answer.text());
        &error["code"]
    };
    (
        answer.status(),
        code.as_str().unwrap_or_default().to_owned(),
    )
}

/// What [`refusal`] is compared with.
pub(crate) fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}
