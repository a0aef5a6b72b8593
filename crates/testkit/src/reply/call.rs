//! What a request asks for, as far as the fake answers depend on it.

use std::borrow::Cow;

use memchr::memmem;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::talk::Talk;

/// A request as the answers see it.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) endpoint: Endpoint,
    /// The model as received.
    pub(crate) model: String,
    pub(crate) stream: bool,
    /// Chat: `stream_options.include_usage`.
    pub(crate) include_usage: bool,
    /// Embeddings: floats as base64.
    pub(crate) base64: bool,
    /// Embeddings, moderations: how many inputs; rerank: how many documents.
    pub(crate) inputs: usize,
    /// Whether `anthropic-version` was sent.
    pub(crate) anthropic: bool,
    /// The upstream's name; may be empty.
    pub(crate) name: String,
    /// The conversation, where the answer depends on it.
    pub(crate) talk: Option<Box<Talk>>,
}

/// Whose manners an endpoint has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vendor {
    Openai,
    Anthropic,
    Google,
}

/// Which function of a vendor's API is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Chat,
    Responses,
    Messages,
    /// `:generateContent` and `:streamGenerateContent`.
    Generate,
    /// `:countTokens`.
    GoogleCount,
    CountTokens,
    InputTokens,
    Models,
    Model,
    Embeddings,
    Completions,
    Moderations,
    Rerank,
    Images,
    Speech,
    Transcription,
}

/// Why a request cannot be answered at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unanswerable {
    /// No such path.
    Path,
    /// The path wants another method.
    Method,
    /// The body is not a JSON object.
    Json,
    /// There is no model in it.
    Model,
}

#[derive(Debug, Default, Deserialize)]
struct Peek<'a> {
    #[serde(borrow, default)]
    model: Cow<'a, str>,
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    stream_options: Option<StreamOptions>,
    #[serde(borrow, default)]
    stream_format: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    encoding_format: Option<Cow<'a, str>>,
    #[serde(default)]
    input: Option<Inputs>,
    #[serde(default)]
    documents: Option<Vec<IgnoredAny>>,
}

#[derive(Debug, Default, Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Inputs {
    Many(Vec<IgnoredAny>),
    One(IgnoredAny),
}

impl Endpoint {
    /// The endpoint of a path, whatever stands before it.
    fn of(path: &str) -> Option<(Self, String)> {
        let path = path.split('?').next().unwrap_or(path).trim_end_matches('/');
        let plain = [
            ("/chat/completions", Self::Chat),
            ("/responses", Self::Responses),
            ("/messages", Self::Messages),
            ("/messages/count_tokens", Self::CountTokens),
            ("/responses/input_tokens", Self::InputTokens),
            ("/models", Self::Models),
            ("/embeddings", Self::Embeddings),
            ("/completions", Self::Completions),
            ("/moderations", Self::Moderations),
            ("/rerank", Self::Rerank),
            ("/images/generations", Self::Images),
            ("/images/edits", Self::Images),
            ("/images/variations", Self::Images),
            ("/audio/speech", Self::Speech),
            ("/audio/transcriptions", Self::Transcription),
            ("/audio/translations", Self::Transcription),
        ];
        if let Some((_, endpoint)) = plain.iter().find(|(end, _)| path.ends_with(end)) {
            return Some((*endpoint, String::new()));
        }
        let (_, id) = path.split_once("/models/")?;
        Some(match id.rsplit_once(':') {
            Some((model, "generateContent" | "streamGenerateContent")) => {
                (Self::Generate, decoded(model))
            }
            Some((model, "countTokens")) => (Self::GoogleCount, decoded(model)),
            _ => (Self::Model, id.to_owned()),
        })
    }

    /// Whose shape its errors have.
    pub(crate) fn vendor(self) -> Vendor {
        match self {
            Self::Messages | Self::CountTokens => Vendor::Anthropic,
            Self::Generate | Self::GoogleCount => Vendor::Google,
            _ => Vendor::Openai,
        }
    }
}

impl Call {
    /// Reads a request.
    pub(crate) fn read(
        method: &str,
        path: &str,
        content_type: &str,
        body: &[u8],
    ) -> Result<Self, Unanswerable> {
        let (endpoint, model) = Endpoint::of(path).ok_or(Unanswerable::Path)?;
        let mut call = Self::new(endpoint, model);
        let wanted = if matches!(endpoint, Endpoint::Models | Endpoint::Model) {
            "GET"
        } else {
            "POST"
        };
        if method != wanted {
            return Err(Unanswerable::Method);
        }
        if wanted == "GET" {
            return Ok(call);
        }
        if content_type.starts_with("multipart/") {
            call.model = field(body, "model").ok_or(Unanswerable::Model)?;
            call.stream = field(body, "stream").as_deref() == Some("true");
            return Ok(call);
        }
        let peek: Peek<'_> = serde_json::from_slice(body).map_err(|_| Unanswerable::Json)?;
        call.stream = peek.stream == Some(true) || peek.stream_format.as_deref() == Some("sse");
        call.include_usage = peek
            .stream_options
            .and_then(|options| options.include_usage)
            == Some(true);
        call.base64 = peek.encoding_format.as_deref() == Some("base64");
        call.inputs = match (peek.input, peek.documents) {
            (_, Some(documents)) => documents.len(),
            (Some(Inputs::Many(inputs)), None) => inputs.len(),
            _ => 1,
        };
        if call.endpoint.vendor() == Vendor::Google {
            call.stream = path.contains(":streamGenerateContent");
            return Ok(call);
        }
        call.model = peek.model.into_owned();
        if call.model.is_empty() && endpoint != Endpoint::Moderations {
            return Err(Unanswerable::Model);
        }
        Ok(call)
    }

    /// A call of nothing in particular.
    pub(crate) fn new(endpoint: Endpoint, model: String) -> Self {
        Self {
            endpoint,
            model,
            stream: false,
            include_usage: false,
            base64: false,
            inputs: 1,
            anthropic: false,
            name: String::new(),
            talk: None,
        }
    }
}

/// A segment of a path without its percent signs.
fn decoded(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).filter(|_| *first == b'%');
        let byte = hex
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = byte.and_then(|_| tail.get(2..)).unwrap_or(tail);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The value of a short form field.
fn field(body: &[u8], name: &str) -> Option<String> {
    let part = memmem::find(body, format!("name=\"{name}\"").as_bytes())?;
    let value = part + memmem::find(&body[part..], b"\r\n\r\n")? + 4;
    let end = value + memmem::find(&body[value..], b"\r\n")?;
    String::from_utf8(body[value..end].to_vec()).ok()
}
