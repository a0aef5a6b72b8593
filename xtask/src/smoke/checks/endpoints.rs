//! Endpoints besides the three dialects' main ones.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::super::dialect::Dialect;
use super::super::world::{Ask, World};

pub(super) async fn others_pass_through(world: &World) -> Result<()> {
    let calls = [
        (
            "/v1/embeddings",
            json!({"model": "glob-embed", "input": ["a", "b"]}),
        ),
        (
            "/v1/completions",
            json!({"model": "glob-complete", "prompt": "a"}),
        ),
        (
            "/v1/moderations",
            json!({"model": "glob-moderate", "input": "a"}),
        ),
        (
            "/v1/rerank",
            json!({"model": "glob-rerank", "query": "a", "documents": ["b", "c"]}),
        ),
        (
            "/v1/images/generations",
            json!({"model": "glob-image", "prompt": "a"}),
        ),
    ];
    for (path, body) in calls {
        let model = body["model"].as_str().unwrap_or_default();
        let ask = Ask::post(path, body.to_string());
        let direct = ask.send_to(world.upstreams.alpha.addr()).await?;
        let through = world.send(ask).await?;
        ensure!(
            through.expect(200).with_context(|| path)?.body == direct.body,
            "{path}: the answer differs"
        );
        ensure!(
            through.header("x-aigw-provider")? == "alpha",
            "{path} went elsewhere"
        );
        let received = world.upstreams.received(model);
        ensure!(
            received
                .iter()
                .all(|request| *request.body == *body.to_string().as_bytes()),
            "{path}: the request differs"
        );
    }
    Ok(())
}

pub(super) async fn token_counts(world: &World) -> Result<()> {
    let messages =
        json!({"model": "plain", "messages": [{"role": "user", "content": "Count me."}]});
    let answered = world
        .send(Ask::post("/v1/messages/count_tokens", messages.to_string()))
        .await?;
    ensure!(
        answered.expect(200)?.json()["input_tokens"].is_u64(),
        "{}",
        answered.excerpt()
    );
    let input = json!({"model": "plain", "input": "Count me."});
    let answered = world
        .send(Ask::post("/v1/responses/input_tokens", input.to_string()))
        .await?;
    ensure!(
        answered.expect(200)?.json()["input_tokens"].is_u64(),
        "{}",
        answered.excerpt()
    );
    Ok(())
}

pub(super) async fn multipart_and_binary(world: &World) -> Result<()> {
    let form = "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\ncontent-type: audio/wav\r\n\r\n\
                RIFF\u{1}\u{2}model\r\n--edge\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nplain\r\n--edge--\r\n";
    let ask = Ask::post("/v1/audio/transcriptions", form)
        .header("content-type", "multipart/form-data; boundary=edge");
    let answered = world.send(ask).await?;
    ensure!(
        answered.expect(200)?.json()["text"].is_string(),
        "{}",
        answered.excerpt()
    );
    let requests = world.upstreams.alpha.requests();
    let received = requests
        .iter()
        .rev()
        .find(|request| request.path.ends_with("/audio/transcriptions"));
    let received = received.context("no form arrived")?;
    let expected = form.replace("\r\n\r\nplain\r\n", "\r\n\r\nupstream-plain\r\n");
    ensure!(
        *received.body == *expected.as_bytes(),
        "the form arrived as {:?}",
        String::from_utf8_lossy(&received.body)
    );

    let speech = json!({"model": "glob-speech", "input": "a", "voice": "b"}).to_string();
    let ask = Ask::post("/v1/audio/speech", speech);
    let direct = ask.send_to(world.upstreams.alpha.addr()).await?;
    let through = world.send(ask).await?;
    ensure!(
        through.expect(200)?.body == direct.body,
        "the sound differs"
    );
    ensure!(
        through.answer.header("content-type") == direct.header("content-type"),
        "its content type differs"
    );
    Ok(())
}

pub(super) async fn aliases_of_paths(world: &World) -> Result<()> {
    let paths = [
        (Dialect::Chat, "/chat/completions"),
        (Dialect::Chat, "/openai/v1/chat/completions"),
        (Dialect::Responses, "/responses"),
        (Dialect::Responses, "/openai/v1/responses"),
        (Dialect::Messages, "/messages"),
        (Dialect::Messages, "/anthropic/v1/messages"),
        (Dialect::Messages, "/v1/messages?beta=true"),
    ];
    for (dialect, path) in paths {
        let answered = world
            .send(Ask::post(path, dialect.request("plain", false)))
            .await?;
        answered.expect(200).with_context(|| path)?;
        ensure!(
            dialect.text(&answered.answer, false).contains("alpha"),
            "{path}: {}",
            answered.excerpt()
        );
    }
    Ok(())
}

pub(super) async fn models(world: &World) -> Result<()> {
    let openai = world.send(Ask::fetch("/v1/models")).await?;
    let list = openai.expect(200)?.json();
    ensure!(list["object"] == "list", "{}", openai.excerpt());
    let ids: Vec<&str> = list["data"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|model| model["id"].as_str())
        .collect();
    ensure!(ids.contains(&"plain") && ids.contains(&"demo"), "{ids:?}");

    let one = world.send(Ask::fetch("/v1/models/plain")).await?;
    let model = one.expect(200)?.json();
    ensure!(
        model["id"] == "plain" && model["object"] == "model",
        "{model}"
    );
    ensure!(
        model["context_window"] == 128_000 && model["max_output_tokens"] == 4096,
        "{model}"
    );

    let version = ("anthropic-version", "2026-10-21");
    let anthropic = world
        .send(Ask::fetch("/v1/models?limit=1000").header(version.0, version.1))
        .await?;
    let list = anthropic.expect(200)?.json();
    ensure!(
        list["has_more"] == false && list["data"][0]["type"] == "model",
        "{}",
        anthropic.excerpt()
    );
    ensure!(
        list["data"][0]["display_name"].is_string(),
        "{}",
        anthropic.excerpt()
    );

    world
        .send(Ask::fetch("/v1/models/no-such-model"))
        .await?
        .expect(404)?;
    Ok(())
}

pub(super) async fn aliases_and_globs(world: &World) -> Result<()> {
    for (asked, sent) in [
        ("plain-latest", "upstream-plain"),
        ("glob-anything", "glob-anything"),
    ] {
        let answered = world
            .send(Ask::post(
                "/v1/chat/completions",
                Dialect::Chat.request(asked, false),
            ))
            .await?;
        answered.expect(200)?;
        ensure!(
            answered.header("x-aigw-model")? == sent,
            "{asked} went out as {}",
            answered.header("x-aigw-model")?
        );
    }
    Ok(())
}
