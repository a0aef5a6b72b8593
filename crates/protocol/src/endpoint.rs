//! What callers can ask for, and how paths name it.

use crate::dialect::{Dialect, Family};

/// Something that is asked of a model and can be sent to an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Endpoint {
    /// `chat/completions`.
    ChatCompletions,
    /// `responses`.
    Responses,
    /// `messages`.
    Messages,
    /// `messages/count_tokens`.
    CountTokens,
    /// `responses/input_tokens`.
    InputTokens,
    /// `models/{model}:generateContent` and `:streamGenerateContent`; what follows `models/` is the tail of
    /// [`Route::Call`].
    Generate,
    /// `models/{model}:countTokens`; the tail as for [`Endpoint::Generate`].
    CountContents,
    /// `embeddings`.
    Embeddings,
    /// `completions`, the older text completion.
    Completions,
    /// `moderations`.
    Moderations,
    /// `rerank`.
    Rerank,
    /// `images/…`; what follows is the tail of [`Route::Call`].
    Images,
    /// `audio/…`; what follows is the tail of [`Route::Call`].
    Audio,
}

impl Endpoint {
    /// Every endpoint.
    pub const ALL: [Self; 13] = [
        Self::ChatCompletions,
        Self::Responses,
        Self::Messages,
        Self::CountTokens,
        Self::InputTokens,
        Self::Generate,
        Self::CountContents,
        Self::Embeddings,
        Self::Completions,
        Self::Moderations,
        Self::Rerank,
        Self::Images,
        Self::Audio,
    ];

    /// The name used in records and metrics, such as `chat_completions`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChatCompletions => "chat_completions",
            Self::Responses => "responses",
            Self::Messages => "messages",
            Self::CountTokens => "count_tokens",
            Self::InputTokens => "input_tokens",
            Self::Generate => "generate_content",
            Self::CountContents => "count_contents",
            Self::Embeddings => "embeddings",
            Self::Completions => "completions",
            Self::Moderations => "moderations",
            Self::Rerank => "rerank",
            Self::Images => "images",
            Self::Audio => "audio",
        }
    }

    /// The path below the version segment, without leading slash. Those of [`Endpoint::Images`],
    /// [`Endpoint::Audio`], [`Endpoint::Generate`] and [`Endpoint::CountContents`] are completed by
    /// `/` and the tail.
    pub const fn path(self) -> &'static str {
        match self {
            Self::ChatCompletions => "chat/completions",
            Self::Responses => "responses",
            Self::Messages => "messages",
            Self::CountTokens => "messages/count_tokens",
            Self::InputTokens => "responses/input_tokens",
            Self::Generate | Self::CountContents => "models",
            Self::Embeddings => "embeddings",
            Self::Completions => "completions",
            Self::Moderations => "moderations",
            Self::Rerank => "rerank",
            Self::Images => "images",
            Self::Audio => "audio",
        }
    }

    /// The dialect that a target must speak, or `None` where the endpoint is passed through to any
    /// target that has it.
    pub const fn dialect(self) -> Option<Dialect> {
        match self {
            Self::ChatCompletions => Some(Dialect::OpenaiChat),
            Self::Responses | Self::InputTokens => Some(Dialect::OpenaiResponses),
            Self::Messages | Self::CountTokens => Some(Dialect::AnthropicMessages),
            Self::Generate | Self::CountContents => Some(Dialect::GeminiGenerate),
            _ => None,
        }
    }

    /// The shape of this endpoint's error bodies.
    pub const fn family(self) -> Family {
        match self.dialect() {
            Some(dialect) => dialect.family(),
            None => Family::Openai,
        }
    }

    /// Whether an answer may be an event stream.
    pub const fn streams(self) -> bool {
        matches!(
            self,
            Self::ChatCompletions
                | Self::Responses
                | Self::Messages
                | Self::Generate
                | Self::Completions
                | Self::Images
                | Self::Audio
        )
    }

    /// The endpoint at which answers in `dialect` are asked for.
    pub const fn of_dialect(dialect: Dialect) -> Self {
        match dialect {
            Dialect::OpenaiChat => Self::ChatCompletions,
            Dialect::OpenaiResponses => Self::Responses,
            Dialect::AnthropicMessages => Self::Messages,
            Dialect::GeminiGenerate => Self::Generate,
        }
    }

    /// The endpoint at which tokens are counted in `dialect`; chat has none.
    pub const fn counting(dialect: Dialect) -> Option<Self> {
        match dialect {
            Dialect::OpenaiChat => None,
            Dialect::OpenaiResponses => Some(Self::InputTokens),
            Dialect::AnthropicMessages => Some(Self::CountTokens),
            Dialect::GeminiGenerate => Some(Self::CountContents),
        }
    }

    /// Whether it asks for an answer of a model in a dialect, which can be given in another dialect too.
    pub const fn generates(self) -> bool {
        matches!(
            self,
            Self::ChatCompletions | Self::Responses | Self::Messages | Self::Generate
        )
    }

    /// Whether it asks for a count of tokens, which any counting endpoint can give.
    pub const fn counts(self) -> bool {
        matches!(
            self,
            Self::CountTokens | Self::InputTokens | Self::CountContents
        )
    }

    /// Whether the path goes on after [`Endpoint::path`].
    const fn has_tail(self) -> bool {
        matches!(self, Self::Images | Self::Audio)
    }

    /// Whether the path names the model.
    const fn names_model(self) -> bool {
        matches!(self, Self::Generate | Self::CountContents)
    }
}

/// What a request path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route<'p> {
    /// A call that is routed to a target.
    Call {
        /// What is asked for.
        endpoint: Endpoint,
        /// What follows `images/` or `audio/`, such as `generations`: lower-case letters, digits,
        /// `_`, `-` and single inner slashes. For [`Endpoint::Generate`] and
        /// [`Endpoint::CountContents`]: the model as it stands in the path, a colon, and the method.
        /// Empty for every other endpoint.
        tail: &'p str,
    },
    /// The list of models.
    Models,
    /// One model; the id as it stands in the path, percent-encoding included.
    Model(&'p str),
    /// The root, also below a prefix that base URLs end in: `/`, `/v1`, `/anthropic`.
    Root,
    /// The liveness check.
    Health,
    /// The readiness check.
    Ready,
}

/// Resolves a request path without its query. `None`: nothing is served there.
///
/// The version prefix `/v1` and the vendor prefixes `/openai` and `/anthropic` are optional; one
/// trailing slash is tolerated. Google's version `/v1beta` has Google's calls and models alone.
///
/// ```
/// use aigw_protocol::{Endpoint, Route, resolve};
///
/// let chat = Route::Call { endpoint: Endpoint::ChatCompletions, tail: "" };
/// assert_eq!(resolve("/v1/chat/completions"), Some(chat));
/// assert_eq!(resolve("/openai/v1/chat/completions/"), Some(chat));
/// assert_eq!(resolve("/anthropic/v1/chat/completions"), None);
/// ```
pub fn resolve(path: &str) -> Option<Route<'_>> {
    let path = path.strip_prefix('/')?;
    let shorter = path
        .strip_suffix('/')
        .filter(|path| !path.is_empty() && !path.ends_with('/'));
    let path = shorter.unwrap_or(path);
    match path {
        "-/health" | "health" => return Some(Route::Health),
        "-/ready" | "ready" => return Some(Route::Ready),
        _ => {}
    }
    let (vendor, path) = split_vendor(path);
    let beta = below(path, "v1beta");
    let path = beta.or_else(|| below(path, "v1")).unwrap_or(path);
    let google = beta.is_some() && vendor.is_none();
    match path {
        "" if beta.is_none() => Some(Route::Root),
        "models" if beta.is_none() || google => Some(Route::Models),
        _ => match below(path, "models") {
            Some(id) if vendor.is_none() => Some(generation(id).unwrap_or(Route::Model(id))),
            Some(id) => Some(Route::Model(id)).filter(|_| beta.is_none()),
            None if beta.is_some() => None,
            None => call(path).filter(|route| serves(vendor, *route)),
        },
    }
}

/// The method of a call that names its model in the path, such as `gemini-pro:generateContent`.
fn generation(tail: &str) -> Option<Route<'_>> {
    let (model, method) = tail.rsplit_once(':')?;
    let endpoint = match method {
        "generateContent" | "streamGenerateContent" => Endpoint::Generate,
        "countTokens" => Endpoint::CountContents,
        _ => return None,
    };
    (!model.is_empty()).then_some(Route::Call { endpoint, tail })
}

/// The family whose error shape an unknown path most likely expects.
pub fn family_of_path(path: &str) -> Family {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    if segments.clone().next() == Some("v1beta") || path.ends_with("enerateContent") {
        return Family::Gemini;
    }
    if segments.any(|segment| segment == "messages" || segment == "anthropic") {
        return Family::Anthropic;
    }
    Family::Openai
}

fn split_vendor(path: &str) -> (Option<Family>, &str) {
    if let Some(rest) = below(path, "openai") {
        return (Some(Family::Openai), rest);
    }
    if let Some(rest) = below(path, "anthropic") {
        return (Some(Family::Anthropic), rest);
    }
    (None, path)
}

/// What follows `segment/`, or nothing when the path is that segment alone.
fn below<'p>(path: &'p str, segment: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(segment)?;
    if rest.is_empty() {
        return Some(rest);
    }
    rest.strip_prefix('/').filter(|rest| !rest.is_empty())
}

fn call(path: &str) -> Option<Route<'_>> {
    let mut named = Endpoint::ALL.into_iter().filter(|it| !it.names_model());
    named.find_map(|endpoint| {
        let tail = path.strip_prefix(endpoint.path())?;
        let tail = match (endpoint.has_tail(), tail.strip_prefix('/')) {
            (true, Some(tail)) if is_tail(tail) => tail,
            (false, None) if tail.is_empty() => tail,
            _ => return None,
        };
        Some(Route::Call { endpoint, tail })
    })
}

fn is_tail(tail: &str) -> bool {
    tail.split('/').all(|segment| {
        !segment.is_empty()
            && segment
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
    })
}

fn serves(vendor: Option<Family>, route: Route<'_>) -> bool {
    match (vendor, route) {
        (Some(vendor), Route::Call { endpoint, .. }) => endpoint.family() == vendor,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call_of(path: &str) -> Option<(Endpoint, &str)> {
        match resolve(path) {
            Some(Route::Call { endpoint, tail }) => Some((endpoint, tail)),
            _ => None,
        }
    }

    #[test]
    fn every_endpoint_is_reached_with_and_without_version_and_slash() {
        for endpoint in Endpoint::ALL.into_iter().filter(|it| !it.names_model()) {
            let tail = if endpoint.has_tail() { "edits" } else { "" };
            let below = format!("{}/{tail}", endpoint.path());
            let below = below.trim_end_matches('/');
            for path in [
                format!("/v1/{below}"),
                format!("/{below}"),
                format!("/v1/{below}/"),
            ] {
                assert_eq!(call_of(&path), Some((endpoint, tail)), "{path}");
            }
        }
    }

    #[test]
    fn vendor_prefixes_serve_only_their_own_endpoints() {
        assert_eq!(
            call_of("/anthropic/v1/messages"),
            Some((Endpoint::Messages, ""))
        );
        assert_eq!(
            call_of("/openai/v1/responses"),
            Some((Endpoint::Responses, ""))
        );
        assert_eq!(call_of("/openai/v1/messages"), None);
        assert_eq!(call_of("/anthropic/v1/embeddings"), None);
    }

    #[test]
    fn tails_take_only_plain_segments() {
        assert_eq!(
            call_of("/v1/images/generations"),
            Some((Endpoint::Images, "generations"))
        );
        assert_eq!(call_of("/v1/audio/a/b"), Some((Endpoint::Audio, "a/b")));
        for path in [
            "/v1/images",
            "/v1/images/..",
            "/v1/images/a//b",
            "/v1/images/A",
            "/v1/images/%2e",
        ] {
            assert_eq!(resolve(path), None, "{path}");
        }
    }

    #[test]
    fn model_ids_keep_their_slashes() {
        assert_eq!(resolve("/v1/models"), Some(Route::Models));
        assert_eq!(
            resolve("/models/openai/gpt-4o"),
            Some(Route::Model("openai/gpt-4o"))
        );
    }

    #[test]
    fn generation_names_its_model_in_the_path() {
        for prefix in ["/v1beta/models", "/v1/models", "/models"] {
            for (tail, endpoint) in [
                ("gemini-pro:generateContent", Endpoint::Generate),
                ("a%2Fb:c:streamGenerateContent", Endpoint::Generate),
                ("org/m:countTokens", Endpoint::CountContents),
            ] {
                let path = format!("{prefix}/{tail}");
                assert_eq!(call_of(&path), Some((endpoint, tail)), "{path}");
            }
        }
        assert_eq!(resolve("/v1beta/models"), Some(Route::Models));
        assert_eq!(resolve("/v1beta/models/m"), Some(Route::Model("m")));
        for path in [
            "/v1beta",
            "/v1beta/messages",
            "/v1beta/chat/completions",
            "/openai/v1beta/models",
            "/anthropic/v1beta/models/m:generateContent",
        ] {
            assert_eq!(resolve(path), None, "{path}");
        }
        let odd = "/v1beta/models/m:embedContent";
        assert_eq!(resolve(odd), Some(Route::Model("m:embedContent")));
    }

    #[test]
    fn checks_and_roots_are_found() {
        assert_eq!(resolve("/-/health"), Some(Route::Health));
        assert_eq!(resolve("/ready"), Some(Route::Ready));
        for path in ["/", "/v1", "/v1/", "/anthropic", "/openai/v1"] {
            assert_eq!(resolve(path), Some(Route::Root), "{path}");
        }
    }

    #[test]
    fn other_paths_are_unknown() {
        for path in [
            "",
            "v1/models",
            "//",
            "/v1/chat",
            "/v1/messages/x",
            "/v1x/models",
            "/v1//models",
        ] {
            assert_eq!(resolve(path), None, "{path}");
        }
    }

    #[test]
    fn unknown_paths_have_a_family() {
        assert_eq!(family_of_path("/v1/messages/batches"), Family::Anthropic);
        assert_eq!(family_of_path("/anthropic/x"), Family::Anthropic);
        assert_eq!(
            family_of_path("/v1beta/models/m:embedContent"),
            Family::Gemini
        );
        assert_eq!(
            family_of_path("/v1/models/m:generateContent"),
            Family::Gemini
        );
        assert_eq!(family_of_path("/v1/files"), Family::Openai);
    }
}
