//! What the caller sent, kept for as long as another attempt may need it.

use std::ops::Range;

use aigw_protocol::{Body, Dialect, Endpoint, Envelope, EnvelopeError, Family, multipart};
use aigw_routing::StickySource;
use http::header::{CONNECTION, CONTENT_TYPE, HeaderName, USER_AGENT};
use http::{HeaderMap, Method};
use smallvec::SmallVec;

use crate::error::{Error, ErrorKind};
use crate::intake::{Intake, invalid_json};
use crate::runtime::Rewrites;

/// Headers in which callers name their session, the most specific first.
const SESSION_HEADERS: [&str; 10] = [
    "x-sticky-key",
    "x-session-id",
    "x-client-session",
    "x-claude-code-session-id",
    "x-session-affinity",
    "session-id",
    "session_id",
    "thread-id",
    "openai-conversation-id",
    "conversation-id",
];
/// Body members in which callers name their session.
const SESSION_MEMBERS: [&str; 3] = ["session_id", "conversation_id", "prompt_cache_key"];

/// The head of a call, before its body is read.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) endpoint: Endpoint,
    /// What follows the endpoint's own path, such as `generations`.
    pub(crate) tail: Box<str>,
    /// The query without the question mark and without a key.
    pub(crate) query: Option<Box<str>>,
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
}

/// A call that can be routed.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) head: Head,
    /// Headers that `connection` names: they end here.
    pub(crate) hop_by_hop: SmallVec<[HeaderName; 2]>,
    pub(crate) body: Body,
    pub(crate) content: Content,
    /// The model to route: what the caller sent, or what a rewrite made of it.
    pub(crate) model: Box<str>,
    pub(crate) stream: bool,
}

/// Where the model stands in the body.
#[derive(Debug)]
pub(crate) enum Content {
    Json(Envelope),
    /// The span of the `model` field's value.
    Multipart(Range<usize>),
}

impl Call {
    /// Reads what routing needs from a body; the model as the caller sent it is in `model`.
    pub(crate) fn read(head: Head, intake: Intake) -> Result<Self, Error> {
        let Intake { body, members } = intake;
        let (content, model, stream) = match members {
            Some(members) if head.endpoint.dialect() == Some(Dialect::GeminiGenerate) => {
                let (model, stream) = named_in_path(&head)?;
                let envelope = Envelope::named(&body, members, model.clone(), stream);
                (Content::Json(envelope), model.into(), stream)
            }
            Some(members) => {
                let envelope =
                    Envelope::read(&body, members).map_err(|error| envelope_error(&error))?;
                let (model, stream) = (envelope.model().into(), envelope.stream());
                (Content::Json(envelope), model, stream)
            }
            None => read_multipart(&head.headers, &body)?,
        };
        let hop_by_hop = connection_names(&head.headers);
        Ok(Self {
            stream: stream && head.endpoint.streams(),
            head,
            hop_by_hop,
            body,
            content,
            model,
        })
    }

    pub(crate) fn dialect(&self) -> Option<Dialect> {
        self.head.endpoint.dialect()
    }

    /// The model as the caller named it.
    pub(crate) fn requested(&self) -> &str {
        match &self.content {
            Content::Json(envelope) => envelope.model(),
            Content::Multipart(_) => &self.model,
        }
    }

    pub(crate) fn family(&self) -> Family {
        self.head.endpoint.family()
    }

    /// Applies the first matching rewrite to the model.
    pub(crate) fn rewrite(&mut self, rewrites: &Rewrites) {
        let user_agent = self
            .head
            .headers
            .get(USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        if let Some(to) = rewrites.apply(&self.model, user_agent) {
            self.model = to.into();
        }
    }

    /// What binds this call to a target, by the first source that it names.
    pub(crate) fn sticky_text(&self, sources: &[StickySource]) -> Option<String> {
        sources.iter().find_map(|source| match source {
            StickySource::Session => self.session(),
            StickySource::User => self.user(),
        })
    }

    fn session(&self) -> Option<String> {
        if let Some(value) = session_header(&self.head.headers) {
            return Some(value.to_owned());
        }
        let Content::Json(envelope) = &self.content else {
            return None;
        };
        SESSION_MEMBERS
            .iter()
            .find_map(|name| envelope.text(&self.body, name))
            .filter(|value| !value.is_empty())
    }

    fn user(&self) -> Option<String> {
        let Content::Json(envelope) = &self.content else {
            return None;
        };
        envelope
            .text(&self.body, "user")
            .or_else(|| envelope.text(&self.body, "safety_identifier"))
            .or_else(|| envelope.nested_text(&self.body, "metadata", "user_id"))
            .filter(|value| !value.is_empty())
    }

    /// Lets go of what only a further attempt would need.
    pub(crate) fn release(&mut self) {
        self.body = Body::default();
        self.content = Content::Multipart(0..0);
        self.head.headers = HeaderMap::new();
    }
}

/// The value of the first of [`SESSION_HEADERS`] that is there. One pass over the few headers of a request costs less
/// than a lookup for each name.
fn session_header(headers: &HeaderMap) -> Option<&str> {
    let mut best: Option<(usize, &str)> = None;
    for (name, value) in headers {
        let name = name.as_str();
        let Some(rank) = SESSION_HEADERS.iter().position(|known| *known == name) else {
            continue;
        };
        if best.is_none_or(|(kept, _)| rank < kept)
            && let Ok(value) = value.to_str()
            && !value.is_empty()
        {
            best = Some((rank, value));
        }
    }
    best.map(|(_, value)| value)
}

/// The model and whether a stream is wanted, of a call whose path says so.
fn named_in_path(head: &Head) -> Result<(String, bool), Error> {
    let (model, method) = head.tail.rsplit_once(':').unwrap_or((&head.tail, ""));
    let model = percent_decoded(model);
    if model.is_empty() {
        return Err(Error::new(
            ErrorKind::MissingModel,
            "the path names no model",
        ));
    }
    let stream = method == "streamGenerateContent";
    let as_events = || {
        let mut pairs = head.query.as_deref().unwrap_or_default().split('&');
        pairs.any(|pair| pair == "alt=sse")
    };
    if stream && !as_events() {
        let message = "streams are given as events only: add `?alt=sse`";
        return Err(Error::new(ErrorKind::InvalidParameter, message).param("alt"));
    }
    Ok((model, stream))
}

/// Model names have slashes and colons; SDKs percent-encode them in paths. What is not valid stays as it is.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let decoded = match (first, tail) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        out.push(decoded.unwrap_or(*first));
        rest = if decoded.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

fn read_multipart(headers: &HeaderMap, body: &Body) -> Result<(Content, Box<str>, bool), Error> {
    let invalid = |reason: String| Error::new(ErrorKind::InvalidMultipart, reason);
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let boundary = multipart::boundary(content_type)
        .ok_or_else(|| invalid("the content type names no boundary".to_owned()))?;
    let field = |name: &str| {
        multipart::find_field(body, &boundary, name).map_err(|error| invalid(error.to_string()))
    };
    let span = field("model")?.ok_or_else(|| {
        Error::new(ErrorKind::MissingModel, "the form has no field `model`").param("model")
    })?;
    let model = String::from_utf8(body.slice(span.clone()).into_owned())
        .ok()
        .filter(|model| !model.is_empty())
        .ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidModel,
                "the field `model` is empty or not UTF-8",
            )
            .param("model")
        })?;
    let stream =
        field("stream")?.is_some_and(|span| body.slice(span).eq_ignore_ascii_case(b"true"));
    Ok((Content::Multipart(span), model.into(), stream))
}

fn envelope_error(error: &EnvelopeError) -> Error {
    let kind = match error {
        EnvelopeError::Json(json) => return invalid_json(json),
        EnvelopeError::MissingModel => ErrorKind::MissingModel,
        EnvelopeError::DuplicateModel => ErrorKind::DuplicateModel,
        EnvelopeError::ModelNotString | EnvelopeError::ModelNotText | EnvelopeError::EmptyModel => {
            ErrorKind::InvalidModel
        }
        EnvelopeError::StreamNotBool => {
            return Error::new(ErrorKind::InvalidParameter, error.to_string()).param("stream");
        }
    };
    Error::new(kind, error.to_string()).param("model")
}

/// The headers that `connection` names, in either direction.
pub(crate) fn connection_names(headers: &HeaderMap) -> SmallVec<[HeaderName; 2]> {
    headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| HeaderName::try_from(name.trim()).ok())
        .collect()
}
