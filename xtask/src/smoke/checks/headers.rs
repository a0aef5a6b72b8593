//! Headers in both directions.

use anyhow::{Context, Result, ensure};

use super::super::dialect::Dialect;
use super::super::world::{Answered, Ask, World};

/// Headers of a single connection, which an answer must not pass on. `transfer-encoding` and `connection` are the
/// gateway's own where it sends them.
const HOP_BY_HOP: [&str; 6] = [
    "keep-alive",
    "proxy-authenticate",
    "proxy-connection",
    "te",
    "trailer",
    "upgrade",
];

/// What every answer carries that reached a target.
pub(in crate::smoke) fn common(answered: &Answered, dialect: Dialect) -> Result<()> {
    let id = answered.header("x-request-id")?;
    ensure!(
        id == answered.id,
        "x-request-id {id} instead of {}",
        answered.id
    );
    for name in [
        "x-aigw-provider",
        "x-aigw-model",
        "x-aigw-route-mode",
        "x-aigw-attempts",
        "x-aigw-revision",
    ] {
        ensure!(!answered.header(name)?.is_empty(), "{name} is empty");
    }
    let timing = answered.header("server-timing")?;
    ensure!(timing.contains("aigw;dur="), "server-timing: {timing}");
    if dialect == Dialect::Messages {
        answered.header("request-id")?;
    }
    clean(answered)
}

/// What an answer carries besides that an upstream answered.
pub(in crate::smoke) fn from_upstream(answered: &Answered) -> Result<()> {
    let timing = answered.header("server-timing")?;
    ensure!(
        timing.contains("upstream;dur="),
        "server-timing without the upstream's share: {timing}"
    );
    Ok(())
}

fn clean(answered: &Answered) -> Result<()> {
    for name in HOP_BY_HOP.into_iter().chain(["set-cookie"]) {
        let value = answered.answer.header(name);
        ensure!(value.is_none(), "{name}: {value:?} was passed on");
    }
    Ok(())
}

pub(super) async fn forwarded_and_withheld(world: &World) -> Result<()> {
    const FORWARDED: [(&str, &str); 8] = [
        ("anthropic-version", "2026-10-21"),
        ("anthropic-beta", "one-2026-01-01,two-2026-02-02"),
        ("openai-organization", "org-smoke"),
        ("idempotency-key", "idem-1"),
        (
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
        ("user-agent", "smoke/1.0"),
        ("x-stainless-lang", "python"),
        ("x-unheard-of", "kept"),
    ];
    const WITHHELD: [(&str, &str); 6] = [
        ("cookie", "session=secret"),
        ("x-api-key", "sk-callers-own"),
        ("proxy-authorization", "Basic c2VjcmV0"),
        ("connection", "keep-alive, x-only-here"),
        ("x-only-here", "named by connection"),
        ("te", "trailers"),
    ];
    let mut ask = Ask::post(
        "/v1/messages",
        Dialect::Messages.request("glob-headers", false),
    );
    for (name, value) in FORWARDED.into_iter().chain(WITHHELD) {
        ask = ask.header(name, value);
    }
    world.send(ask).await?.expect(200)?;
    let received = world
        .upstreams
        .received("glob-headers")
        .pop()
        .context("nothing arrived")?;
    for (name, value) in FORWARDED {
        let found = received.header(name);
        let kept = if name == "traceparent" {
            found.is_some_and(|f| f[..35] == value[..35])
        } else {
            found == Some(value)
        };
        ensure!(
            kept,
            "{name}: {found:?} reached the upstream instead of {value:?}"
        );
    }
    for (name, value) in WITHHELD {
        ensure!(
            received.header(name) != Some(value),
            "{name}: {value} reached the upstream"
        );
    }
    let all = received
        .headers
        .iter()
        .map(|(_, value)| value.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    ensure!(
        !all.contains(crate::aigw::KEY),
        "the client key reached the upstream"
    );
    ensure!(
        all.contains("key-alpha"),
        "the provider's credential did not reach the upstream"
    );
    Ok(())
}

pub(super) async fn answers_are_clean(world: &World) -> Result<()> {
    for dialect in Dialect::ALL {
        for stream in [false, true] {
            let answered = world
                .send(Ask::post(dialect.path(), dialect.request("plain", stream)))
                .await?;
            answered.expect(200)?;
            common(&answered, dialect)?;
            from_upstream(&answered)?;
        }
    }
    Ok(())
}

pub(super) async fn request_ids(world: &World) -> Result<()> {
    let ask = || {
        Ask::post(
            "/v1/chat/completions",
            Dialect::Chat.request("plain", false),
        )
    };
    let kept = ask()
        .header("x-request-id", "caller.id-42")
        .send_to(world.gateway.addr)
        .await?;
    ensure!(
        kept.header("x-request-id") == Some("caller.id-42"),
        "{:?}",
        kept.head.headers
    );
    let wild = "x".repeat(2000);
    for id in [wild.as_str(), "two words", "\"quoted\""] {
        let answer = ask()
            .header("x-request-id", id)
            .send_to(world.gateway.addr)
            .await?;
        let made = answer.header("x-request-id").context("no x-request-id")?;
        ensure!(
            made != id && !made.is_empty(),
            "the id {id:?} came back as {made:?}"
        );
    }
    Ok(())
}
