//! Planted secrets come out nowhere: not in answers, not in the audit, not in logs, not in debug output.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use aigw_admin::api::openapi;
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{ADMIN, DOCUMENT, Desk, ENV, MASTER, VIEWER, ask, bare, desk};

const LITERAL: &str = "canary-literal-provider-key";
const SEALED: &str = "canary-sealed-secret";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

/// Everything that is done with secrets, and every answer to it but those that show a new one once.
async fn provoke(desk: &Desk, seen: &mut Vec<String>) -> Vec<String> {
    let literal = DOCUMENT.replace("'${CANARY}'", LITERAL);
    let sealed = DOCUMENT.replace("${CANARY}", "${secret:up}");
    let put = || ask("PUT", "/secrets/up", ADMIN);
    seen.push(desk.send(put(), json!({"value": SEALED})).await.text);
    seen.push(desk.send(put(), json!({"value": [SEALED]})).await.text);
    seen.push(desk.send(put(), json!({"valeu": SEALED})).await.text);
    for document in [DOCUMENT, &sealed, &literal] {
        for wrong in ["", "models: [", "    kind: tset\n"] {
            let text = format!("{document}{wrong}");
            for (path, body) in [
                ("/config/validate", json!({"config": text})),
                ("/config/preview", json!({"config": text})),
                ("/config/diff", json!({"config": text})),
                ("/config/publish", json!({"config": text, "note": "n"})),
                (
                    "/config/publish",
                    json!({"config": text, "note": "n", "base": 77}),
                ),
                ("/config/drafts", json!({"config": text, "title": "t"})),
                ("/config/publish", json!({"config": text})),
            ] {
                seen.push(desk.post(path, body).await.text);
            }
        }
    }
    let diff = json!({"from": 1, "to": 3});
    seen.push(desk.post("/config/diff", diff).await.text);
    let key = desk.post("/keys", json!({"name": "k"})).await.json();
    let token = desk
        .post("/tokens", json!({"name": "t", "role": "viewer"}))
        .await
        .json();
    let login = desk
        .send(bare("POST", "/login"), json!({"token": ADMIN}))
        .await;
    seen.push(login.text.clone());
    seen.push(
        desk.send(
            bare("POST", "/login"),
            json!({"token": format!("{ADMIN}x")}),
        )
        .await
        .text,
    );
    seen.push(
        desk.send(bare("POST", "/login"), json!({"tokne": ADMIN}))
            .await
            .text,
    );
    seen.push(
        desk.send(ask("GET", "/status", &format!("{VIEWER}x")), Value::Null)
            .await
            .text,
    );
    let master = json!({"master_key": format!("{MASTER}-new")});
    seen.push(desk.post("/secrets/rotate_master", master).await.text);
    let session = login
        .header("set-cookie")
        .split(['=', ';'])
        .nth(1)
        .unwrap()
        .to_owned();
    let new = |made: &Value| made["secret"].as_str().unwrap().to_owned();
    vec![new(&key), new(&token), session]
}

#[tokio::test]
async fn planted_secrets_come_out_nowhere() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    // For all threads: what other tests log meanwhile must not hold secrets either.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let desk = desk().await;
    let mut seen = Vec::new();
    let made = provoke(&desk, &mut seen).await;
    let document: Value = serde_json::from_str(&openapi()).unwrap();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/api/admin").unwrap();
        if methods.get("get").is_some() {
            for number in 1..12 {
                let path = path
                    .replace("{id}", &number.to_string())
                    .replace("{revision}", &number.to_string());
                seen.push(desk.get(&path).await.text);
            }
        }
    }
    seen.push(desk.get("/audit?limit=500").await.text);
    seen.push(desk.get("/keys/key1").await.text);
    seen.push(format!("{:?} {:?}", desk.lifecycle, desk.router));
    let bytes = log.0.lock().unwrap().clone();
    let log = String::from_utf8(bytes).unwrap();
    assert!(
        log.contains("configuration published"),
        "the log is captured"
    );
    seen.push(log);
    assert!(seen.len() > 100, "{}", seen.len());
    let mut planted = vec![LITERAL, SEALED, ENV, MASTER, ADMIN, VIEWER];
    planted.extend(made.iter().map(String::as_str));
    for text in &seen {
        for secret in &planted {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}
