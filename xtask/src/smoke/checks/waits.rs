//! Waiting where waiting helps.

use anyhow::{Result, ensure};

use super::super::dialect::Dialect;
use super::super::world::{Ask, World};

/// The upstream says 429 with one second once, and answers the second time.
pub(super) async fn short_retry_after(world: &World) -> Result<()> {
    world.upstreams.alpha.script(["status-429-after-1", "text"]);
    let answered = world
        .send(Ask::post(
            "/v1/chat/completions",
            Dialect::Chat.request("short-wait", false),
        ))
        .await?;
    answered.expect(200)?;
    ensure!(
        answered.header("x-aigw-attempts")? == "2",
        "{} attempts",
        answered.header("x-aigw-attempts")?
    );
    let received = world.upstreams.received("scripted-wait");
    ensure!(received.len() == 2, "{} requests arrived", received.len());
    let waited = received[1].at - received[0].at;
    ensure!(
        waited.as_millis() >= 950,
        "the upstream asked for 1 s and was asked again after {waited:?}"
    );
    Ok(())
}
