//! Starting, answering probes, and ending.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::super::config;
use super::super::dialect::Dialect;
use super::super::world::{Ask, World};
use crate::aigw::{ADMIN_TOKEN, Launch, PATIENCE};

pub(super) async fn probes(world: &World) -> Result<()> {
    let admin = world.gateway.admin.context("no admin listener")?;
    for addr in [world.gateway.addr, admin] {
        for path in ["/-/health", "/health", "/-/ready", "/ready"] {
            let answer = Ask::fetch(path).anonymous().send_to(addr).await?;
            ensure!(
                answer.status() == 200,
                "{path} at {addr}: {}",
                answer.status()
            );
        }
    }
    let root = Ask::fetch("/")
        .anonymous()
        .send_to(world.gateway.addr)
        .await?;
    ensure!(
        root.status() == 200 && root.json()["version"].is_string(),
        "/: {}",
        root.text()
    );
    let metrics = Ask::fetch("/metrics").anonymous().send_to(admin).await?;
    ensure!(
        metrics.status() == 401,
        "/metrics without a token: {}",
        metrics.status()
    );
    let token = format!("Bearer {ADMIN_TOKEN}");
    let metrics = Ask::fetch("/metrics")
        .anonymous()
        .header("authorization", &token)
        .send_to(admin)
        .await?;
    ensure!(
        metrics.status() == 200 && metrics.text().contains("# TYPE aigw_"),
        "/metrics: {}",
        metrics.text()
    );
    Ok(())
}

/// A stream is under way when the signal comes: it ends whole, new callers are turned away, and the exit is clean.
pub(super) async fn drains(world: &World) -> Result<()> {
    let launch = Launch::new(&world.binary)?
        .config(config::document(&world.upstreams))
        .flag("--drain-timeout", "20s");
    let mut gateway = launch.start()?;
    let ask = |stream| Ask::post("/v1/messages", Dialect::Messages.request("slow", stream));
    let mut client = ask(true).begin(gateway.addr).await?;
    client.head().await?;
    client.event().await?.context("no event")?;
    gateway.terminate()?;
    let events = client.events().await?;
    ensure!(
        events
            .last()
            .is_some_and(|event| Dialect::Messages.is_terminal(event)),
        "the stream was cut"
    );
    let status = gateway.wait(PATIENCE)?.context("it did not end")?;
    ensure!(status.code() == Some(0), "it ended with {status}");
    ensure!(
        ask(false).send_to(gateway.addr).await.is_err(),
        "it still answers"
    );
    Ok(())
}

pub(super) async fn invalid_config(world: &World) -> Result<()> {
    let text = "version: 1\nproviders:\n  a:\n    kind: opnai\n    timeouts: {idle: soon}\nmodels:\n  m:\n    targets:\n      - {provider: b}\n    sticki: {}\n";
    let (status, said) = Launch::new(&world.binary)?.config(text).refuse()?;
    ensure!(status.code() == Some(2), "it ended with {status}: {said}");
    for part in [
        "4:",
        "5:",
        "9:",
        "10:",
        "providers.a.kind",
        "providers.a.timeouts.idle",
        "models.m.sticki",
        "sticky",
    ] {
        ensure!(said.contains(part), "{part:?} is not in {said}");
    }
    Ok(())
}

pub(super) async fn public_address(world: &World) -> Result<()> {
    let launch = Launch::bare(&world.binary)?
        .flag("--listen", "0.0.0.0:0")
        .flag("--admin-listen", "127.0.0.1:0");
    let outcome = tokio::time::timeout(Duration::from_secs(30), async { launch.refuse() }).await?;
    let (status, said) = outcome?;
    ensure!(!status.success(), "it served");
    ensure!(said.contains("0.0.0.0"), "it does not say why: {said}");
    Ok(())
}
