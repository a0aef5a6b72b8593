//! Who may call.

use anyhow::{Context, Result, ensure};

use super::super::dialect::Dialect;
use super::super::world::{Ask, World};
use crate::aigw::KEY;

pub(super) async fn every_header_is_taken(world: &World) -> Result<()> {
    let bearer = format!("Bearer {KEY}");
    for (name, value) in [
        ("authorization", &*bearer),
        ("x-api-key", KEY),
        ("x-goog-api-key", KEY),
        ("api-key", KEY),
    ] {
        for dialect in Dialect::ALL {
            let ask = Ask::post(dialect.path(), dialect.request("demo", false))
                .anonymous()
                .header(name, value);
            world.send(ask).await?.expect(200).with_context(|| name)?;
        }
    }
    Ok(())
}

pub(super) async fn refused_in_dialect(world: &World) -> Result<()> {
    let wrong = format!("{KEY}x");
    for dialect in Dialect::ALL {
        let ask = || Ask::post(dialect.path(), dialect.request("demo", false)).anonymous();
        for (ask, code) in [
            (ask(), "missing_api_key"),
            (ask().header("x-api-key", &wrong), "invalid_api_key"),
        ] {
            let answered = world.send(ask).await?;
            let body = answered.expect(401)?.json();
            ensure!(
                dialect.error_message(&body).is_some(),
                "{}",
                answered.excerpt()
            );
            ensure!(
                dialect.error_code(&body) == code,
                "{} instead of {code}",
                dialect.error_code(&body)
            );
        }
    }
    let answered = world.send(Ask::fetch("/v1/models").anonymous()).await?;
    answered.expect(401)?;
    let record = world.record(&answered.id).await?;
    ensure!(
        record["status"] == 401 && record["key"].is_null(),
        "{record}"
    );
    Ok(())
}
