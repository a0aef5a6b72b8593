//! Trying a token.

use aigw_store::{AdminToken, LoginVerdict};

use crate::api::Api;
use crate::api::failure::{Answer, Failure};
use crate::api::source::Source;

/// Longest token that is looked at, in bytes.
const LONGEST: usize = 512;

/// The token with this text, if there is one. Failures are counted by source, and make it wait.
pub(in crate::api) async fn admit(api: &Api, source: Source, text: &str) -> Answer<AdminToken> {
    let (store, now) = (api.lifecycle.store(), api.lifecycle.now());
    let hash = api.lifecycle.vault().hash_token(text);
    let network = source.network();
    if api.known.has(&network, hash)
        && let Some(token) = store.token(hash, now).await?
    {
        return Ok(token);
    }
    // One at a time, so that many at once are counted as many.
    let _turn = api.known.turn().await;
    if let LoginVerdict::Wait { seconds } = store.may_log_in(&network, now).await? {
        return Err(Failure::wait(seconds.max(1)));
    }
    let found = if text.len() <= LONGEST {
        store.token(hash, now).await?
    } else {
        None
    };
    let Some(token) = found else {
        let by = super::anonymous(api, source).by;
        let reason = "no such token, or it is revoked or expired";
        store.login_failed(&by, &network, reason).await?;
        let message = "this token is not known, or it is revoked or expired";
        return Err(Failure::unauthorized("invalid_token", message));
    };
    api.known.remember(&network, hash);
    Ok(token)
}
