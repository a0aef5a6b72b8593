//! What a caller asks for.

use super::{Extra, Place, Placed, Raw, Text, Tool, ToolChoice, ToolMap, Turn};
use crate::dialect::Dialect;

/// A request, in no dialect.
///
/// It borrows from the body that it was decoded from. A member that is absent or `null` there is
/// `None` here: nothing is filled in by decoding.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The dialect that it came in.
    pub dialect: Dialect,
    /// The body that it was decoded from; [`Place`]s point into it.
    pub source: &'a [u8],
    /// The model that was asked for; empty where the dialect names it elsewhere.
    pub model: Text<'a>,
    /// Whether a stream was asked for.
    pub stream: Option<Placed<bool>>,
    /// System messages and conversation in the order in which they apply.
    pub turns: Vec<Turn<'a>>,
    /// The tools on offer, members of namespaces one by one.
    pub tools: Vec<Tool<'a>>,
    /// Which of them may or must be called.
    pub tool_choice: Option<Placed<ToolChoice<'a>>>,
    /// Whether several tools may be called at once.
    pub parallel_tool_calls: Option<Placed<bool>>,
    /// The most tool calls in one answer (server tools).
    pub max_tool_calls: Option<Placed<Raw<'a>>>,
    /// The most tokens of the answer, reasoning included.
    pub max_output_tokens: Option<Placed<u64>>,
    /// How tokens are drawn.
    pub sampling: Sampling<'a>,
    /// How the model reasons.
    pub reasoning: ReasoningConfig<'a>,
    /// What the answer is to look like.
    pub output: OutputConfig<'a>,
    /// Prompt caching.
    pub cache: CacheConfig<'a>,
    /// What the upstream is to keep or to continue.
    pub session: Session<'a>,
    /// Who asks.
    pub caller: Caller<'a>,
    /// The class of service, in the words of its dialect.
    pub service_tier: Option<Placed<Text<'a>>>,
    /// What the stream is to contain.
    pub stream_options: StreamOptions<'a>,
    /// Members that have no name here.
    pub extras: Vec<Extra<'a>>,
}

impl<'a> Request<'a> {
    /// A request that asks for nothing yet.
    pub fn new(dialect: Dialect, source: &'a [u8]) -> Self {
        Self {
            dialect,
            source,
            model: Text::default(),
            stream: None,
            turns: Vec::new(),
            tools: Vec::new(),
            tool_choice: None,
            parallel_tool_calls: None,
            max_tool_calls: None,
            max_output_tokens: None,
            sampling: Sampling::default(),
            reasoning: ReasoningConfig::default(),
            output: OutputConfig::default(),
            cache: CacheConfig::default(),
            session: Session::default(),
            caller: Caller::default(),
            service_tier: None,
            stream_options: StreamOptions::default(),
            extras: Vec::new(),
        }
    }

    /// Whether a stream was asked for.
    pub fn streams(&self) -> bool {
        self.stream.is_some_and(|stream| stream.value)
    }

    /// How calls of this request's tools are turned back into what the caller knows, for the tools
    /// that upstreams get under another name or in another form.
    pub fn tool_map(&self) -> ToolMap {
        ToolMap::of(&self.tools)
    }
}

/// How tokens are drawn. Numbers are carried as they are written.
#[derive(Debug, Clone, Default)]
pub struct Sampling<'a> {
    /// Randomness.
    pub temperature: Option<Placed<Raw<'a>>>,
    /// Nucleus.
    pub top_p: Option<Placed<Raw<'a>>>,
    /// The number of candidates per token.
    pub top_k: Option<Placed<Raw<'a>>>,
    /// The seed.
    pub seed: Option<Placed<Raw<'a>>>,
    /// The penalty on tokens that occurred.
    pub presence_penalty: Option<Placed<Raw<'a>>>,
    /// The penalty on tokens by how often they occurred.
    pub frequency_penalty: Option<Placed<Raw<'a>>>,
    /// Where to stop.
    pub stop: Vec<Placed<Text<'a>>>,
    /// How many answers.
    pub n: Option<Placed<Raw<'a>>>,
    /// Biases by token id (an object).
    pub logit_bias: Option<Placed<Raw<'a>>>,
    /// Whether log probabilities are wanted.
    pub logprobs: Option<Placed<bool>>,
    /// For how many candidates per token.
    pub top_logprobs: Option<Placed<Raw<'a>>>,
}

/// How the model reasons. What a dialect does not say stays `None`; [`super::effort`] has the
/// conversions between effort and budget.
#[derive(Debug, Clone, Default)]
pub struct ReasoningConfig<'a> {
    /// How much.
    pub effort: Option<Placed<Effort<'a>>>,
    /// The most tokens of it; Google's `-1` means that the model decides.
    pub budget: Option<Placed<i64>>,
    /// Whether at all.
    pub mode: Option<Placed<ReasoningMode<'a>>>,
    /// Which summary is wanted: `auto`, `concise`, `detailed`.
    pub summary: Option<Placed<Text<'a>>>,
    /// What of it is shown: Anthropic's `summarized`, `omitted`.
    pub display: Option<Placed<Text<'a>>>,
    /// Whether thoughts are part of the answer (Google's `includeThoughts`).
    pub include: Option<Placed<bool>>,
    /// Which turns' reasoning the model sees (Codex's `all_turns`).
    pub context: Option<Placed<Text<'a>>>,
    /// Members of the reasoning objects that have no name here.
    pub extras: Vec<Extra<'a>>,
}

/// How much a model reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effort<'a> {
    /// `none`.
    None,
    /// `minimal`.
    Minimal,
    /// `low`.
    Low,
    /// `medium`.
    Medium,
    /// `high`.
    High,
    /// `xhigh`.
    Xhigh,
    /// `max`.
    Max,
    /// A word that is none of these.
    Other(Text<'a>),
}

/// Whether a model reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReasoningMode<'a> {
    /// Always, within a budget.
    Enabled,
    /// As the model sees fit.
    Adaptive,
    /// Not.
    Disabled,
    /// A word that is none of these, such as `between_tools`.
    Other(Text<'a>),
}

/// What the answer is to look like.
#[derive(Debug, Clone, Default)]
pub struct OutputConfig<'a> {
    /// Its format.
    pub format: Option<Placed<Format<'a>>>,
    /// How wordy: `low`, `medium`, `high`.
    pub verbosity: Option<Placed<Text<'a>>>,
    /// The kinds of content: `["text","audio"]`, Google's `["TEXT","IMAGE"]` (an array).
    pub modalities: Option<Placed<Raw<'a>>>,
    /// Voice and format of spoken answers (an object).
    pub audio: Option<Placed<Raw<'a>>>,
    /// The answer as predicted (an object).
    pub prediction: Option<Placed<Raw<'a>>>,
    /// Members of the output objects that have no name here.
    pub extras: Vec<Extra<'a>>,
}

/// The format of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Format<'a> {
    /// Plain text.
    Text,
    /// Some JSON object.
    JsonObject,
    /// JSON by a schema. Boxed, since few requests have one.
    JsonSchema(Box<JsonSchema<'a>>),
    /// A format of one dialect, as it stands.
    Other(Raw<'a>),
}

/// JSON by a schema.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonSchema<'a> {
    /// The name of the schema, if it has one.
    pub name: Option<Placed<Text<'a>>>,
    /// What it is for.
    pub description: Option<Placed<Text<'a>>>,
    /// The schema.
    pub schema: Option<Placed<Raw<'a>>>,
    /// Whether the answer must keep to it.
    pub strict: Option<Placed<bool>>,
}

/// Prompt caching of the whole request. Markers on parts and tools are [`super::Cache`]s there.
#[derive(Debug, Clone, Default)]
pub struct CacheConfig<'a> {
    /// What requests with the same prefix have in common (`prompt_cache_key`).
    pub key: Option<Placed<Text<'a>>>,
    /// How long (`prompt_cache_retention`).
    pub retention: Option<Placed<Text<'a>>>,
    /// `prompt_cache_options` (an object).
    pub options: Option<Placed<Raw<'a>>>,
    /// Anthropic's top-level `cache_control`.
    pub marker: Option<Placed<super::Cache<'a>>>,
    /// Google's `cachedContent`.
    pub content: Option<Placed<Text<'a>>>,
}

/// What the upstream is to keep or to continue.
#[derive(Debug, Clone, Default)]
pub struct Session<'a> {
    /// Whether the answer is to be kept.
    pub store: Option<Placed<bool>>,
    /// The answer that this request continues.
    pub previous_response_id: Option<Placed<Text<'a>>>,
    /// The conversation that it belongs to (a string or an object), or Anthropic's `thread`.
    pub conversation: Option<Placed<Raw<'a>>>,
    /// What the answer is to contain besides (an array of strings).
    pub include: Vec<Placed<Text<'a>>>,
    /// What happens to input that is too long.
    pub truncation: Option<Placed<Text<'a>>>,
    /// Whether to answer later.
    pub background: Option<Placed<bool>>,
    /// `context_management` (any value).
    pub context_management: Option<Placed<Raw<'a>>>,
    /// A prompt that the upstream holds (an object).
    pub prompt: Option<Placed<Raw<'a>>>,
}

/// Who asks.
#[derive(Debug, Clone, Default)]
pub struct Caller<'a> {
    /// The end user (`user`, Anthropic's `metadata.user_id`).
    pub user: Option<Placed<Text<'a>>>,
    /// The end user as abuse detection knows them.
    pub safety_identifier: Option<Placed<Text<'a>>>,
    /// Key-value pairs kept with the answer: members of the metadata object, other than those that
    /// have a name here.
    pub metadata: Vec<Extra<'a>>,
}

/// What a stream is to contain.
#[derive(Debug, Clone, Default)]
pub struct StreamOptions<'a> {
    /// Whether a chunk with usage ends it.
    pub include_usage: Option<Placed<bool>>,
    /// Members that have no name here, such as `include_obfuscation`.
    pub extras: Vec<Extra<'a>>,
}

impl<'a> Effort<'a> {
    /// The effort of that name.
    pub fn of(name: Text<'a>) -> Self {
        [
            Self::None,
            Self::Minimal,
            Self::Low,
            Self::Medium,
            Self::High,
            Self::Xhigh,
            Self::Max,
        ]
        .into_iter()
        .find(|effort| effort.name().is_some_and(|known| name.is(known)))
        .unwrap_or(Self::Other(name))
    }

    /// Its name; `None` for [`Effort::Other`].
    pub const fn name(&self) -> Option<&'static str> {
        Some(match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Xhigh => "xhigh",
            Self::Max => "max",
            Self::Other(_) => return None,
        })
    }
}

impl<'a> Placed<Effort<'a>> {
    /// The effort that a member names.
    pub(crate) fn effort(value: crate::json::value::Value<'a>) -> Option<Self> {
        Some(Self {
            place: Place::of(value),
            value: Effort::of(Text::of(value)?),
        })
    }
}
