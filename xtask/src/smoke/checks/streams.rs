//! Streams that take time.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::super::dialect::Dialect;
use super::super::world::{Ask, World};

/// The caller closes its connection in the middle; the upstream must notice at once, and it is nobody's failure.
pub(super) async fn cancelled(world: &World) -> Result<()> {
    for (place, dialect) in Dialect::ALL.into_iter().enumerate() {
        let id = format!("smoke-cancelled-{place}");
        let before = world.upstreams.alpha.cancelled();
        let ask =
            Ask::post(dialect.path(), dialect.request("slow", true)).header("x-request-id", &id);
        let mut client = ask.begin(world.gateway.addr).await?;
        ensure!(client.head().await?.status == 200, "no stream");
        for _ in 0..4 {
            client.event().await?.context("the stream ended early")?;
        }
        let left = Instant::now();
        drop(client);
        ensure!(
            world.upstreams.alpha.wait_cancelled(before + 1).await,
            "the upstream was not cancelled"
        );
        ensure!(
            left.elapsed() < Duration::from_secs(2),
            "the upstream was cancelled after {:?}",
            left.elapsed()
        );
        let record = world.record(&id).await?;
        ensure!(record["outcome"] == "cancelled", "{record}");
    }
    Ok(())
}

/// Forty events 40 ms apart: the first must be there long before the last is sent.
pub(super) async fn paced(world: &World) -> Result<()> {
    for dialect in Dialect::ALL {
        let start = Instant::now();
        let mut client = Ask::post(dialect.path(), dialect.request("slow", true))
            .begin(world.gateway.addr)
            .await?;
        client.head().await?;
        client.event().await?.context("no event")?;
        let first = start.elapsed();
        let rest = client.events().await?;
        let last = start.elapsed();
        ensure!(
            rest.last().is_some_and(|event| dialect.is_terminal(event)),
            "the stream has no end"
        );
        ensure!(
            first * 4 < last,
            "the first event came after {first:?}, the last after {last:?}"
        );
    }
    Ok(())
}
