//! How long an upstream asks to be left alone.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::RETRY_AFTER;

/// How long to wait, from `retry-after-ms` (milliseconds), else `retry-after` (seconds, or an HTTP date seen from `now`).
///
/// A date that has passed means no wait. `None` when neither header is there or readable. Values above
/// [`LONGEST`] are cut to it.
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::trim)
    };
    let millis = text("retry-after-ms").and_then(|value| number(value, 0.001));
    let wait = millis.or_else(|| {
        let value = text(RETRY_AFTER.as_str())?;
        number(value, 1.0).or_else(|| date(value, now))
    });
    wait.map(|wait| wait.min(LONGEST))
}

/// The longest wait that is believed: a day. Longer ones are mistakes, or mean that the credential is as good as gone.
pub const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A decimal number of `unit` seconds. Some vendors send fractions, though RFC 9110 has none.
pub(crate) fn number(text: &str, unit: f64) -> Option<Duration> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let value: f64 = if plain {
        text.parse().ok()?
    } else {
        return None;
    };
    Some(Duration::try_from_secs_f64(value * unit).unwrap_or(LONGEST))
}

fn date(text: &str, now: SystemTime) -> Option<Duration> {
    let until = httpdate::parse_http_date(text).ok()?;
    Some(until.duration_since(now).unwrap_or(Duration::ZERO))
}
