//! What the gateway itself refuses.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::super::config::BODY_LIMIT;
use super::super::dialect::Dialect;
use super::super::world::{Answered, Ask, World};

/// Fails unless the answer is an error of this dialect with this status and code.
fn expect_error(answered: &Answered, dialect: Dialect, status: u16, code: &str) -> Result<()> {
    let body = answered.expect(status)?.json();
    ensure!(
        dialect.error_message(&body).is_some(),
        "not an error of {}: {}",
        dialect.name(),
        answered.excerpt()
    );
    let found = dialect.error_code(&body);
    ensure!(
        found == code,
        "code {found:?} instead of {code:?}: {}",
        answered.excerpt()
    );
    answered.header("x-request-id")?;
    Ok(())
}

pub(super) async fn unknown_model(world: &World) -> Result<()> {
    for dialect in Dialect::ALL {
        let answered = world
            .send(Ask::post(dialect.path(), dialect.request("plaim", false)))
            .await?;
        expect_error(&answered, dialect, 404, "model_not_found")?;
        ensure!(
            answered.excerpt().contains("plain"),
            "no near name in {}",
            answered.excerpt()
        );
    }
    Ok(())
}

pub(super) async fn paths_and_methods(world: &World) -> Result<()> {
    let answered = world.send(Ask::post("/v1/no-such-endpoint", "{}")).await?;
    expect_error(&answered, Dialect::Chat, 404, "unknown_path")?;
    for (path, method, allowed) in [
        ("/v1/chat/completions", "GET", "POST"),
        ("/v1/models", "DELETE", "GET"),
    ] {
        let answered = world.send(Ask::fetch(path).method(method)).await?;
        expect_error(&answered, Dialect::Chat, 405, "method_not_allowed")?;
        ensure!(
            answered.header("allow")?.contains(allowed),
            "allow: {}",
            answered.header("allow")?
        );
    }
    let answered = world.send(Ask::fetch("/v1/messages")).await?;
    expect_error(&answered, Dialect::Messages, 405, "method_not_allowed")
}

pub(super) async fn too_large(world: &World) -> Result<()> {
    for dialect in Dialect::ALL {
        let filler = "x".repeat(BODY_LIMIT);
        let body = dialect
            .request("plain", false)
            .replace("Say hello.", &filler);
        let answered = world.send(Ask::post(dialect.path(), body)).await?;
        expect_error(&answered, dialect, 413, "request_too_large")?;
    }
    Ok(())
}

pub(super) async fn bad_bodies(world: &World) -> Result<()> {
    let deep = format!(
        r#"{{"model":"plain","x":{}{}}}"#,
        "[".repeat(5000),
        "]".repeat(5000)
    );
    let cases: [(&[u8], &str); 12] = [
        (b"", "invalid_json"),
        (b"{", "invalid_json"),
        (b"[]", "invalid_json"),
        (br#"{"model":"plain"} x"#, "invalid_json"),
        (b"\xef\xbb\xbf{\"model\":\"plain\"}", "invalid_json"),
        (b"{\"model\":\"plain\",\"x\":\"\xff\"}", "invalid_json"),
        (deep.as_bytes(), "invalid_json"),
        (b"{}", "missing_model"),
        (br#"{"model":7}"#, "invalid_model"),
        (br#"{"model":""}"#, "invalid_model"),
        (
            br#"{"model":"plain","messages":[],"model":"demo"}"#,
            "duplicate_model",
        ),
        (
            br#"{"model":"plain","\u006dodel":"demo"}"#,
            "duplicate_model",
        ),
    ];
    for dialect in Dialect::ALL {
        for (body, code) in cases {
            let answered = world.send(Ask::post(dialect.path(), body)).await?;
            let shown: String = String::from_utf8_lossy(body).chars().take(60).collect();
            expect_error(&answered, dialect, 400, code).with_context(|| shown)?;
        }
    }
    Ok(())
}

pub(super) async fn translated(world: &World) -> Result<()> {
    world
        .send(Ask::post(
            "/v1/chat/completions",
            Dialect::Chat.request("chat-only", false),
        ))
        .await?
        .expect(200)?;
    for dialect in [Dialect::Responses, Dialect::Messages] {
        let answered = world
            .send(Ask::post(
                dialect.path(),
                dialect.request("chat-only", false),
            ))
            .await?;
        answered.expect(200)?;
    }
    Ok(())
}

pub(super) async fn upgrade(world: &World) -> Result<()> {
    let ask = Ask::fetch("/v1/responses")
        .header("connection", "Upgrade")
        .header("upgrade", "websocket");
    world.send(ask).await?.expect(426)?;
    Ok(())
}

pub(super) async fn refused_connection(world: &World) -> Result<()> {
    for dialect in Dialect::ALL {
        let answered = world
            .send(Ask::post(dialect.path(), dialect.request("closed", true)))
            .await?;
        // Three refusals in a row put the target into cooldown, which then answers for it.
        let body = answered.answer.json();
        match answered.answer.status() {
            502 => ensure!(
                dialect.error_code(&body) == "upstream_unreachable",
                "{}",
                answered.excerpt()
            ),
            _ => expect_error(&answered, dialect, 503, "all_targets_held")?,
        }
    }
    Ok(())
}

pub(super) async fn egress(world: &World) -> Result<()> {
    let body =
        json!({"model": "walled", "messages": [{"role": "user", "content": "Hi"}]}).to_string();
    let answered = world.send(Ask::post("/v1/chat/completions", body)).await?;
    expect_error(&answered, Dialect::Chat, 502, "egress_refused")?;
    let seen = world.upstreams.alpha.requests();
    ensure!(
        !seen
            .iter()
            .any(|request| request.header("authorization") == Some("Bearer key-walled")),
        "it was sent all the same"
    );
    Ok(())
}
