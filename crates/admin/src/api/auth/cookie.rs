//! The session's cookie.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::api::failure::{Answer, Failure};

const NAME: &str = "aigw_session";
/// Browsers take a cookie of this prefix only over TLS, for one host and all its paths.
const NAME_TLS: &str = "__Host-aigw_session";

/// The session that a browser shows.
pub(in crate::api) fn session_of(headers: &HeaderMap, tls: bool) -> Option<&str> {
    let wanted = name(tls);
    let values = headers.get_all(COOKIE).into_iter();
    let mut cookies = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    cookies.find_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == wanted && !value.is_empty()).then_some(value)
    })
}

/// Gives the browser its session.
pub(in crate::api) fn set(session: &str, seconds: u64, tls: bool) -> Answer<HeaderValue> {
    let secure = if tls { "; Secure" } else { "" };
    let text = format!(
        "{}={session}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}",
        name(tls)
    );
    HeaderValue::from_str(&text).map_err(|_| Failure::bad("invalid_token", "log in again"))
}

/// Takes it away.
pub(in crate::api) fn clear(tls: bool) -> HeaderValue {
    HeaderValue::from_static(if tls {
        "__Host-aigw_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure"
    } else {
        "aigw_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
    })
}

const fn name(tls: bool) -> &'static str {
    if tls { NAME_TLS } else { NAME }
}
