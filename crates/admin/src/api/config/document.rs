//! Documents as they may be shown.

use http::StatusCode;
use serde_json::json;

use crate::api::failure::{Answer, Failure};

/// The document without keys that are written out, and whether there was any.
pub(in crate::api) fn shown(text: &str) -> (String, bool) {
    let shown = aigw_config::redacted(text);
    let changed = shown != text;
    (shown, changed)
}

/// Refuses a document that was shown redacted and comes back as if it were whole: `[redacted]` would become the key.
pub(in crate::api) fn check_whole(text: &str) -> Answer<()> {
    let Some(line) = aigw_config::redaction(text) else {
        return Ok(());
    };
    let message = format!(
        "line {line} has `[redacted]` in place of a key: put a reference there, such as `${{secret:NAME}}`, or the key itself"
    );
    let failure = Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "redacted", message);
    Err(failure.details(json!({"line": line})))
}
