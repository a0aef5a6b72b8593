//! Answers that are not streamed.

use super::{Counts, Event};
use crate::dialect::Dialect;
use crate::endpoint::Endpoint;
use crate::error::InBandError;
use crate::json::value::Value;
use crate::json::{JsonError, Scanner};
use crate::usage::Usage;

/// What a buffered JSON answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its token counts; empty for endpoints that only count.
    pub usage: Usage,
    /// An error inside of an answer that claims success.
    pub error: Option<InBandError>,
    /// Why the answer ended, in the upstream's word: `finish_reason`, `stop_reason`, or the status of
    /// a response and, where it is incomplete, the reason.
    pub finish: Option<String>,
}

/// Reads a buffered JSON answer, all of which is validated.
///
/// ```
/// use aigw_protocol::{Endpoint, read_answer};
///
/// let body = br#"{"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":5}}"#;
/// let answer = read_answer(Endpoint::Messages, body)?;
/// assert_eq!(answer.usage.total(), Some(8));
/// assert_eq!(answer.finish.as_deref(), Some("end_turn"));
/// # Ok::<(), aigw_protocol::JsonError>(())
/// ```
///
/// # Errors
/// When it is no JSON object.
pub fn read_answer(endpoint: Endpoint, body: &[u8]) -> Result<Answer, JsonError> {
    let members = Scanner::scan(body)?;
    let event = Event {
        payload: body,
        members: &members,
        name: b"",
    };
    let dialect = endpoint.dialect().unwrap_or(Dialect::OpenaiChat);
    let mut counts = Counts::default();
    if let Some(usage) = event
        .given("usage")
        .or_else(|| event.given("usageMetadata"))
    {
        counts.read(usage);
    }
    Ok(Answer {
        usage: counts.usage(dialect),
        error: event.error(),
        finish: finish(&event),
    })
}

fn finish(event: &Event<'_>) -> Option<String> {
    let choice = || {
        event
            .member("choices")?
            .elements()
            .next()?
            .member("finish_reason")
    };
    let reason = || event.member("incomplete_details")?.member("reason");
    let found = choice()
        .or_else(|| event.given("stop_reason"))
        .or_else(reason)
        .or_else(|| event.given("status"));
    found
        .and_then(Value::text)
        .map(std::borrow::Cow::into_owned)
}
