//! The primary provider is rate-limited, and the caller gets an answer all the same: from the
//! fallback model, whose own name is what the second provider receives.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::sync::Arc;

use aigw_config::Resolve;
use aigw_gateway::keys::ClientKeys;
use aigw_gateway::{Gateway, Options, Peer};
use aigw_telemetry::{MemoryRecorder, RequestRecord};
use aigw_testkit::{FakeUpstream, Recorded};
use anyhow::{Context, Result};
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use serde_json::Value;

const CONFIG: &str = "{version: 1, models: {
  assistant: {targets: [{provider: primary, model: large-model}], fallbacks: [reserve]},
  reserve: {targets: [{provider: second, model: small-model}]}}, providers: {
  primary: {kind: openai, base_url: 'URL_1', api_key: k, network: {allow: [127.0.0.0/8]}},
  second: {kind: openai, base_url: 'URL_2', api_key: k, network: {allow: [127.0.0.0/8]}}}}";

#[tokio::main]
async fn main() -> Result<()> {
    let (answer, received, record) = fall_back().await?;
    let models: Vec<_> = received.iter().map(Recorded::model).collect();
    let text = &answer["choices"][0]["message"]["content"];
    let mode = record.route_mode.as_str();
    println!("sent {models:?}, route_mode={mode}, answer {text}");
    Ok(())
}

/// The caller's answer, what the providers received in order, and the record.
async fn fall_back() -> Result<(Value, Vec<Recorded>, RequestRecord)> {
    let primary = FakeUpstream::named("the primary").await;
    let second = FakeUpstream::named("the second").await;
    primary.always(Some("status-429".into()));
    let recorder = Arc::new(MemoryRecorder::new(1));
    let config = CONFIG.replace("URL_1", &primary.base_url());
    let config = config.replace("URL_2", &second.base_url());
    let gateway = gateway(&config, recorder.clone())?;

    let body = r#"{"model":"assistant","messages":[{"role":"user","content":"Hello"}]}"#;
    let request = Request::post("/v1/chat/completions").body(Full::<Bytes>::from(body))?;
    let address = [127, 0, 0, 1].into();
    let answer = gateway.handle(request, Peer { address }).await.into_body();
    let answer = serde_json::from_slice(&answer.collect().await?.to_bytes())?;
    let mut received = [primary.requests(), second.requests()].concat();
    received.sort_by_key(|request| request.at);
    let record = recorder.records().pop().context("nothing was recorded")?;
    Ok((answer, received, record))
}

#[rustfmt::skip]
fn gateway(config: &str, recorder: Arc<MemoryRecorder>) -> Result<Gateway> {
    let compiled = aigw_gateway::compile("example", config, &NoReferences);
    let config = compiled.config.context("the configuration has problems")?;
    let (keys, trusted_proxies) = (ClientKeys::open(), Vec::new());
    let options = Options { keys, recorder, trusted_proxies, version: "1.0.0" };
    Ok(Gateway::new(&config, "example", options)?)
}

/// The configuration refers to nothing outside itself.
struct NoReferences;

#[rustfmt::skip]
impl Resolve for NoReferences {
    fn env(&self, _: &str) -> Option<String> { None }
    fn file(&self, path: &str) -> Result<String, String> { Err(format!("{path}: not read")) }
    fn secret(&self, _: &str) -> Option<String> { None }
}

#[cfg(test)]
mod tests;
