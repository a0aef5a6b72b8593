//! Same dialect in and out: the bytes go through.

use anyhow::{Context, Result, ensure};

use super::super::dialect::Dialect;
use super::super::world::{Ask, World};

/// A body with everything that a parser would tidy up.
const ODD: &str = r#"{ "z" : 1.0e+2,"messages":[{"role":"user","content":"\u0041\/ é 😀"}] ,
	"model"  :	"plain",
  "n":1, "n": 1 ,"big":12345678901234567890123, "nested":{"model":"left alone"},"stream" : false  }
"#;

pub(super) async fn request_is_spliced(world: &World) -> Result<()> {
    for dialect in Dialect::ALL {
        // A duplicate name tells this request's copy at the upstream from all others.
        let body = ODD.replace("left alone", dialect.name());
        world
            .send(Ask::post(dialect.path(), body.clone()))
            .await?
            .expect(200)?;
        let received = world.upstreams.received("upstream-plain");
        let found = received
            .iter()
            .rev()
            .find(|request| request.path.starts_with(dialect.path()));
        let found = found.with_context(|| format!("nothing arrived at {}", dialect.path()))?;
        let expected = body.replace("\"plain\"", "\"upstream-plain\"");
        ensure!(
            *found.body == *expected.as_bytes(),
            "the upstream received {:?}",
            String::from_utf8_lossy(&found.body)
        );
    }
    Ok(())
}

pub(super) async fn answers_are_untouched(world: &World) -> Result<()> {
    for dialect in Dialect::ALL {
        for stream in [false, true] {
            for scenario in ["unicode", "tools", "thinking", "long", "crlf"] {
                let model = format!("glob-bytes/{scenario}");
                let ask = Ask::post(dialect.path(), dialect.request(&model, stream));
                let direct = ask.send_to(world.upstreams.alpha.addr()).await?;
                let through = world.send(ask).await?;
                ensure!(
                    through.expect(200)?.body == direct.body,
                    "{scenario} in {} differs, stream={stream}",
                    dialect.name()
                );
            }
        }
    }
    Ok(())
}

pub(super) async fn compressed_bodies_are_taken(world: &World) -> Result<()> {
    let plain = Dialect::Chat.request("glob-gzip", false);
    let body = gzip(plain.as_bytes());
    let ask = Ask::post("/v1/chat/completions", body).header("content-encoding", "gzip");
    world.send(ask).await?.expect(200)?;
    let received = world
        .upstreams
        .received("glob-gzip")
        .pop()
        .context("nothing arrived")?;
    ensure!(
        received.header("content-encoding").is_none(),
        "content-encoding was forwarded with a plain body"
    );
    Ok(())
}

/// A gzip member with one stored block: no compressor is needed to test a decompressor.
fn gzip(plain: &[u8]) -> Vec<u8> {
    let length = u16::try_from(plain.len()).unwrap_or(u16::MAX);
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    out.extend(length.to_le_bytes());
    out.extend((!length).to_le_bytes());
    out.extend(plain);
    out.extend(crc32(plain).to_le_bytes());
    out.extend(u32::from(length).to_le_bytes());
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    })
}

pub(super) async fn usage_is_added_and_removed(world: &World) -> Result<()> {
    let body =
        r#"{"model":"glob-usage","messages":[{"role":"user","content":"Hi"}],"stream":true}"#;
    let answered = world.send(Ask::post("/v1/chat/completions", body)).await?;
    let events = answered.expect(200)?.events();
    let shown = events.iter().any(|event| event.json()["usage"].is_object());
    ensure!(!shown, "the caller sees usage that it did not ask for");
    let received = world
        .upstreams
        .received("glob-usage")
        .pop()
        .context("nothing arrived")?;
    ensure!(
        received.json()["stream_options"]["include_usage"] == true,
        "the upstream was not asked for usage"
    );
    let record = world.record(&answered.id).await?;
    ensure!(
        record["usage"]["input"].is_u64() && record["usage"]["output"].is_u64(),
        "usage in the record: {}",
        record["usage"]
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_of_gzip() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
