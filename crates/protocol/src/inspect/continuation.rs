//! The text of single events, for carrying on a broken stream elsewhere.

use std::ops::Range;

use crate::dialect::Dialect;
use crate::json::Scanner;
use crate::json::value::Value;
use crate::sse::Frame;

/// The text that an event adds to the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextDelta {
    /// The text, unescaped.
    pub text: String,
    /// Where its JSON string lies within [`Frame::raw`], quotes included.
    pub span: Range<usize>,
}

/// The text that an event adds to a single answer, if that is what it does. Its string can be
/// replaced in place, so the data must be one line.
pub fn text_delta(dialect: Dialect, frame: &Frame<'_>) -> Option<TextDelta> {
    Scanner::scan(frame.raw().get(frame.data_span()?)?).ok()?;
    let span = text_span(dialect, frame)?;
    let value = Value::of(frame.raw().get(span.clone())?);
    let text = value.text().filter(|text| !text.is_empty())?.into_owned();
    Some(TextDelta { text, span })
}

/// Where the text of an event that has been validated lies within [`Frame::raw`], quotes included.
pub(crate) fn text_span(dialect: Dialect, frame: &Frame<'_>) -> Option<Range<usize>> {
    let line = frame.data_span()?;
    let data = frame.raw().get(line.clone())?;
    let value = text_value(dialect, Value::of(data))?;
    value.raw_text()?;
    let span = value.span();
    Some(line.start + span.start..line.start + span.end)
}

fn text_value(dialect: Dialect, data: Value<'_>) -> Option<Value<'_>> {
    match dialect {
        Dialect::OpenaiChat => sole(data.member("choices")?)?
            .member("delta")?
            .member("content"),
        Dialect::OpenaiResponses => {
            is_type(data, b"response.output_text.delta").then(|| data.member("delta"))?
        }
        Dialect::AnthropicMessages => {
            let delta = data
                .member("delta")
                .filter(|delta| is_type(*delta, b"text_delta"))?;
            delta.member("text")
        }
        Dialect::GeminiGenerate => {
            let content = sole(data.member("candidates")?)?.member("content")?;
            sole(content.member("parts")?)?.member("text")
        }
    }
}

fn is_type(object: Value<'_>, name: &[u8]) -> bool {
    object.member("type").and_then(Value::raw_text) == Some(name)
}

/// The element of an array that has exactly one.
fn sole(array: Value<'_>) -> Option<Value<'_>> {
    let mut elements = array.elements();
    let first = elements.next()?;
    elements.next().is_none().then_some(first)
}
