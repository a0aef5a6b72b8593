//! The built-in provider, and the first start.

use anyhow::{Context, Result, ensure};

use super::super::dialect::Dialect;
use super::super::world::{Ask, World};
use crate::aigw::{Gateway, Launch};

pub(super) async fn answers_every_dialect(world: &World) -> Result<()> {
    for dialect in Dialect::ALL {
        for stream in [false, true] {
            let answered = world
                .send(Ask::post(dialect.path(), dialect.request("demo", stream)))
                .await?;
            let answer = answered.expect(200)?;
            ensure!(
                dialect.text(answer, stream).len() > 5,
                "{}: {}",
                dialect.name(),
                answered.excerpt()
            );
            let whole = !stream
                || answer
                    .events()
                    .last()
                    .is_some_and(|event| dialect.is_terminal(event));
            ensure!(whole, "the demo stream of {} has no end", dialect.name());
            ensure!(
                answered.header("x-aigw-provider")? == "demo",
                "{:?}",
                answer.head.headers
            );
        }
    }
    Ok(())
}

/// Credentials are printed at the first start only, and work; the second start keeps them.
pub(super) async fn first_start(world: &World) -> Result<()> {
    let launch = Launch::bare(&world.binary)?;
    let first = launch.start()?;
    let key = first
        .output
        .text()
        .split_whitespace()
        .find_map(client_key)
        .context("no client key was printed")?;
    let mode = data_dir_mode(&first)?;
    ensure!(mode == 0o700, "the data directory has mode {mode:o}");
    try_key(&first, &key).await?;
    drop(first);
    let second = launch.again().start()?;
    ensure!(
        !second.output.text().contains(&key),
        "the key is printed again"
    );
    try_key(&second, &key).await
}

fn client_key(word: &str) -> Option<String> {
    let (_, rest) = word.split_once("sk-aigw-")?;
    let end = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c)))
        .unwrap_or(rest.len());
    Some(format!("sk-aigw-{}", &rest[..end]))
}

fn data_dir_mode(gateway: &Gateway) -> Result<u32> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::metadata(gateway.home().join(".aigw"))?
        .permissions()
        .mode()
        & 0o777)
}

async fn try_key(gateway: &Gateway, key: &str) -> Result<()> {
    let ask = Ask::post("/v1/chat/completions", Dialect::Chat.request("demo", false)).anonymous();
    let answer = ask
        .header("authorization", &format!("Bearer {key}"))
        .send_to(gateway.addr)
        .await?;
    ensure!(
        answer.status() == 200,
        "the printed key got {}: {}",
        answer.status(),
        answer.text()
    );
    Ok(())
}
