//! The few members of a request that routing needs.

use std::fmt;
use std::ops::Range;

use crate::body::Body;
use crate::json::value::{Key, Value};
use crate::json::{JsonError, Member, Members, ValueKind};

/// What routing needs to know of a JSON request, read without building a tree.
///
/// An envelope belongs to the body it was read from; the methods that take a body must be given
/// that one.
#[derive(Debug, Clone)]
pub struct Envelope {
    model: String,
    /// `None`: the body does not name the model.
    model_span: Option<Range<usize>>,
    stream: bool,
    stream_options: StreamOptions,
    members: Members,
}

/// Where `stream_options.include_usage` is or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StreamOptions {
    /// There is no such member, or it is `null`.
    Unset,
    /// Something that upstreams refuse.
    NotAnObject,
    /// An object without `include_usage`: where its first member begins, and whether it has one.
    Open { at: usize, empty: bool },
    /// The spans of the values of `include_usage`; the last one counts.
    Given { values: Vec<Range<usize>>, on: bool },
}

impl Envelope {
    /// Reads the envelope of a request.
    ///
    /// # Errors
    /// Without exactly one usable `model`, and when `stream` is neither boolean nor `null`.
    pub fn read(body: &Body, members: Members) -> Result<Self, EnvelopeError> {
        let member = sole_model(body, &members)?;
        if member.kind != ValueKind::String {
            return Err(EnvelopeError::ModelNotString);
        }
        let model_span = member.value.clone();
        let literal = body.slice(model_span.clone());
        let model = Value::of(&literal)
            .text()
            .ok_or(EnvelopeError::ModelNotText)?;
        if model.is_empty() {
            return Err(EnvelopeError::EmptyModel);
        }
        let stream = match last(body, &members, "stream").map(|member| member.kind) {
            Some(ValueKind::True) => true,
            None | Some(ValueKind::False | ValueKind::Null) => false,
            Some(_) => return Err(EnvelopeError::StreamNotBool),
        };
        Ok(Self {
            model: model.into_owned(),
            model_span: Some(model_span),
            stream,
            stream_options: StreamOptions::read(body, &members),
            members,
        })
    }

    /// Scans and reads a body in one go.
    ///
    /// # Errors
    /// What the scanner or [`Envelope::read`] finds.
    pub fn scan(body: &Body) -> Result<Self, EnvelopeError> {
        let mut scanner = crate::json::Scanner::new();
        for segment in body.segments() {
            scanner.push(segment)?;
        }
        Self::read(body, scanner.finish()?)
    }

    /// The model that the caller asks for; never empty.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The envelope of a body that says neither which model nor whether a stream is wanted: the path
    /// does. A member `model` in it is one like any other.
    pub fn named(body: &Body, members: Members, model: String, stream: bool) -> Self {
        Self {
            model,
            model_span: None,
            stream,
            stream_options: StreamOptions::read(body, &members),
            members,
        }
    }

    /// Where the value of `model` lies in the body, quotes included; `None` where the path names the
    /// model.
    pub fn model_span(&self) -> Option<Range<usize>> {
        self.model_span.clone()
    }

    /// Whether the caller asks for an event stream.
    pub fn stream(&self) -> bool {
        self.stream
    }

    /// Whether `stream_options.include_usage` is `true`.
    pub fn usage_requested(&self) -> bool {
        matches!(self.stream_options, StreamOptions::Given { on: true, .. })
    }

    /// The last top-level member of that name, which is the one that upstreams use.
    pub fn member(&self, body: &Body, name: &str) -> Option<&Member> {
        last(body, &self.members, name)
    }

    /// A top-level string, unescaped.
    pub fn text(&self, body: &Body, name: &str) -> Option<String> {
        let literal = body.slice(self.member(body, name)?.value.clone());
        Value::of(&literal).text().map(std::borrow::Cow::into_owned)
    }

    /// A string within a top-level object, unescaped, such as `metadata.user_id`.
    pub fn nested_text(&self, body: &Body, outer: &str, inner: &str) -> Option<String> {
        let object = body.slice(self.member(body, outer)?.value.clone());
        let value = Value::of(&object).member(inner)?;
        value.text().map(std::borrow::Cow::into_owned)
    }

    /// A top-level whole number, written without point and exponent.
    pub fn integer(&self, body: &Body, name: &str) -> Option<u64> {
        let literal = body.slice(self.member(body, name)?.value.clone());
        Value::of(&literal).integer()
    }

    /// All top-level members, in the order of the body.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    pub(crate) fn stream_options(&self) -> &StreamOptions {
        &self.stream_options
    }
}

impl StreamOptions {
    fn read(body: &Body, members: &Members) -> Self {
        let Some(member) = last(body, members, "stream_options") else {
            return Self::Unset;
        };
        match member.kind {
            ValueKind::Object => {}
            ValueKind::Null => return Self::Unset,
            _ => return Self::NotAnObject,
        }
        let base = member.value.start;
        let object = body.slice(member.value.clone());
        let object = Value::of(&object);
        let (mut values, mut on) = (Vec::new(), false);
        for (key, value) in object.members() {
            if key.is("include_usage") {
                values.push(base + value.span().start..base + value.span().end);
                on = value.kind() == ValueKind::True;
            }
        }
        if values.is_empty() {
            let empty = object.members().next().is_none();
            return Self::Open {
                at: base + 1,
                empty,
            };
        }
        Self::Given { values, on }
    }
}

/// Why a request cannot be routed. The display text is fit for callers to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvelopeError {
    /// The body is no JSON object.
    Json(JsonError),
    /// There is no top-level `model`; `Model` is not one.
    MissingModel,
    /// `model` is something else than a string.
    ModelNotString,
    /// `model` is a string whose escapes are no Unicode text.
    ModelNotText,
    /// `model` is the empty string.
    EmptyModel,
    /// There is a second top-level `model`, be it escaped or in another case of letters. Upstreams
    /// differ in which one they take, so that one could pass the checks and the other be used.
    DuplicateModel,
    /// `stream` is neither boolean nor `null`.
    StreamNotBool,
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json(error) => return error.fmt(f),
            Self::MissingModel => "`model` is missing",
            Self::ModelNotString => "`model` must be a string",
            Self::ModelNotText => "`model` is not valid Unicode text",
            Self::EmptyModel => "`model` must not be empty",
            Self::DuplicateModel => "`model` is given more than once",
            Self::StreamNotBool => "`stream` must be true or false",
        })
    }
}

impl std::error::Error for EnvelopeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            _ => None,
        }
    }
}

impl From<JsonError> for EnvelopeError {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

/// Whether the key of a member is `name`, however it is escaped.
pub(crate) fn is_named(body: &Body, member: &Member, name: &str) -> bool {
    if !member.escaped_key && member.key.len() != name.len() {
        return false;
    }
    Key(&body.slice(member.key.clone())).is(name)
}

fn last<'m>(body: &Body, members: &'m Members, name: &str) -> Option<&'m Member> {
    members
        .iter()
        .rev()
        .find(|member| is_named(body, member, name))
}

/// The one member named `model`, when no other spelling of it stands beside it.
fn sole_model<'m>(body: &Body, members: &'m Members) -> Result<&'m Member, EnvelopeError> {
    let mut spellings = members.iter().filter(|member| spells_model(body, member));
    let first = spellings.next().ok_or(EnvelopeError::MissingModel)?;
    let second = spellings.next();
    match second {
        None if is_named(body, first, "model") => Ok(first),
        None => Err(EnvelopeError::MissingModel),
        Some(_) => Err(EnvelopeError::DuplicateModel),
    }
}

fn spells_model(body: &Body, member: &Member) -> bool {
    if !member.escaped_key && member.key.len() != "model".len() {
        return false;
    }
    let key = body.slice(member.key.clone());
    crate::json::value::unescape(&key).is_some_and(|key| key.eq_ignore_ascii_case("model"))
}

#[cfg(test)]
mod tests;
