//! The keys that a request presents.

use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderName};

/// Longer texts are not keys, and are not worth hashing.
const LONGEST: usize = 512;

static X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
static X_GOOG_API_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");
static API_KEY: HeaderName = HeaderName::from_static("api-key");

/// The keys in `authorization: Bearer`, `x-api-key`, `x-goog-api-key` and `api-key`, at most one of each. What is not
/// visible ASCII, or longer than any key, is presented as an empty text, which is no key either.
pub(super) fn presented(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let plain = [&X_API_KEY, &X_GOOG_API_KEY, &API_KEY]
        .map(|name| headers.get(name).and_then(|value| text(value.as_bytes())));
    bearer(headers)
        .into_iter()
        .chain(plain.into_iter().flatten())
}

/// The text that `authorization` carries after the scheme `Bearer`, in any case; other schemes present nothing. Empty
/// for what is not visible ASCII, or longer than any key.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, rest) = headers.get(AUTHORIZATION)?.as_bytes().split_at_checked(6)?;
    let carries =
        scheme.eq_ignore_ascii_case(b"bearer") && rest.first().is_some_and(u8::is_ascii_whitespace);
    text(rest).filter(|_| carries)
}

/// `None` for an empty value, as programs send it whose variable is not set.
fn text(value: &[u8]) -> Option<&str> {
    let value = value.trim_ascii();
    if value.is_empty() {
        return None;
    }
    let usable = value.len() <= LONGEST && value.iter().all(u8::is_ascii_graphic);
    Some(
        usable
            .then(|| std::str::from_utf8(value).ok())
            .flatten()
            .unwrap_or_default(),
    )
}
