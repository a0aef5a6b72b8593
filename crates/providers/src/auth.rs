//! The headers that present a credential to an upstream.

use aigw_protocol::{Dialect, Family};
use http::header::{AUTHORIZATION, HeaderName, HeaderValue, InvalidHeaderValue};

use crate::kind::{Auth, Kind};

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const API_KEY: HeaderName = HeaderName::from_static("api-key");
const X_GOOG_API_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");
const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");

/// The headers that present `key` to a provider of `kind` on a call in `dialect` (`None`: a call that belongs to none, such as
/// embeddings or a probe; the kind's first dialect decides then). Their values are marked sensitive: they print as
/// `Sensitive` and stay out of HPACK tables.
///
/// # Errors
///
/// When `key` has characters that no header value has, such as a line end. The error does not repeat the key.
pub fn credential_headers(
    kind: &Kind,
    dialect: Option<Dialect>,
    key: &str,
) -> Result<Vec<(HeaderName, HeaderValue)>, InvalidHeaderValue> {
    let family = dialect
        .or(kind.dialects.first().copied())
        .map_or(Family::Openai, Dialect::family);
    let bearer = || -> Result<_, InvalidHeaderValue> {
        Ok((AUTHORIZATION, secret(&format!("Bearer {key}"))?))
    };
    let plain = |name: HeaderName| -> Result<_, InvalidHeaderValue> { Ok((name, secret(key)?)) };
    Ok(match (kind.auth, family) {
        (Auth::None, _) => Vec::new(),
        (Auth::ApiKey, _) => vec![plain(API_KEY)?],
        (Auth::XApiKey, Family::Anthropic) => vec![plain(X_API_KEY)?],
        (Auth::BearerAndXApiKey, Family::Anthropic) => vec![bearer()?, plain(X_API_KEY)?],
        (Auth::Google, Family::Gemini) => vec![plain(X_GOOG_API_KEY)?],
        (Auth::Bearer | Auth::XApiKey | Auth::BearerAndXApiKey | Auth::Google, _) => {
            vec![bearer()?]
        }
    })
}

/// The headers, beside the credential, that a call made by the gateway itself needs at a provider of `kind`.
pub fn probe_headers(kind: &Kind) -> Vec<(HeaderName, HeaderValue)> {
    let version = kind.rules().probe_version;
    version
        .map(|version| (ANTHROPIC_VERSION, HeaderValue::from_static(version)))
        .into_iter()
        .collect()
}

fn secret(text: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(text)?;
    value.set_sensitive(true);
    Ok(value)
}
