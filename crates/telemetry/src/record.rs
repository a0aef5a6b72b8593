//! The records themselves.

use std::net::IpAddr;
use std::sync::Arc;

use aigw_protocol::Usage;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use smallvec::SmallVec;

use crate::LossRecord;

/// Receives finished records.
///
/// Implementations must not block and must not fail: what they cannot take they drop and count.
pub trait Recorder: Send + Sync + std::fmt::Debug {
    /// Takes one finished record.
    fn record(&self, record: Box<RequestRecord>);
}

/// How the target that answered was reached. The value of `x-aigw-route-mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteMode {
    /// The first target tried answered, or the request never reached one.
    #[default]
    Direct,
    /// Another target of the same model answered, or the same one on a later attempt.
    Failover,
    /// A target of a fallback model answered.
    ModelFallback,
}

impl RouteMode {
    /// The name used in headers, records and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Failover => "failover",
            Self::ModelFallback => "model_fallback",
        }
    }
}

/// How the answer ended, as seen by the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The whole answer was delivered.
    #[default]
    Complete,
    /// The upstream broke off after content had been sent; the caller got an error event.
    Cut,
    /// The upstream fell silent after content had been sent; the caller got an error event.
    Stalled,
    /// The caller left before the end.
    Cancelled,
    /// The caller got an error answer.
    Failed,
}

impl Outcome {
    /// The name used in records and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Cut => "cut",
            Self::Stalled => "stalled",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}

/// One request, from its head to the last byte of its answer. Durations are microseconds.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RequestRecord {
    /// The value of `x-request-id`.
    pub request_id: Box<str>,
    /// Arrival, microseconds since the Unix epoch.
    pub at_us: u64,
    /// Name of the client key, if authentication got that far.
    pub key: Option<Arc<str>>,
    /// Address of the caller; behind a trusted proxy the one that the proxy names.
    pub client: Option<IpAddr>,
    /// Endpoint name, such as `chat_completions`; `other` for paths that are none.
    pub endpoint: &'static str,
    /// The caller's dialect, where the endpoint has one.
    pub dialect: Option<&'static str>,
    /// Whether the caller asked for a stream.
    pub stream: bool,
    /// Model name as the caller sent it.
    pub requested_model: Option<Box<str>>,
    /// Public model that served it, after rewrites, aliases and fallbacks.
    pub served_model: Option<Arc<str>>,
    /// Provider that answered last.
    pub provider: Option<Arc<str>>,
    /// Model name sent to that provider.
    pub upstream_model: Option<Arc<str>>,
    /// Name of the credential used last.
    pub credential: Option<Arc<str>>,
    /// The upstream's own request id.
    pub upstream_request_id: Option<Box<str>>,
    /// How the answering target was reached.
    pub route_mode: RouteMode,
    /// Revision of the configuration that the request ran on.
    pub revision: Option<Arc<str>>,
    /// HTTP status sent to the caller.
    pub status: u16,
    /// Failure class when the caller got an error or a broken stream.
    pub error_class: Option<&'static str>,
    /// The gateway's own error code, when the gateway made the error.
    pub error_code: Option<&'static str>,
    /// What went wrong, for the operator's log.
    pub error: Option<Box<str>>,
    /// How the answer ended.
    pub outcome: Outcome,
    /// Waiting for a free place under the limits.
    pub queue_us: u64,
    /// From arrival to the start of the first upstream call, less `queue_us`.
    pub overhead_us: u64,
    /// From sending the last upstream call to its response head.
    pub first_byte_us: Option<u64>,
    /// From the request's arrival to the first content event.
    pub first_token_us: Option<u64>,
    /// From the request's arrival to the end of the answer.
    pub total_us: u64,
    /// Tokens, as the upstream reported them.
    #[serde(serialize_with = "usage")]
    pub usage: Usage,
    /// Whether a sticky binding chose the target.
    pub sticky: bool,
    /// Events that were not JSON and were left out of the stream.
    pub malformed_events: u32,
    /// What was lost in translation; `None` where the bytes went through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss: Option<Box<LossRecord>>,
    /// Every upstream call in order.
    pub attempts: SmallVec<[AttemptRecord; 1]>,
}

/// One upstream call. Durations are microseconds.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AttemptRecord {
    /// Provider that was called.
    pub provider: Arc<str>,
    /// Model name sent to it.
    pub upstream_model: Arc<str>,
    /// Name of the credential used.
    pub credential: Option<Arc<str>>,
    /// Start, counted from the request's arrival.
    pub started_us: u64,
    /// From start to its end: answer delivered, failure seen, or left behind.
    pub total_us: u64,
    /// Status of the response, if there was one.
    pub status: Option<u16>,
    /// Failure class; `None` when the attempt served the request.
    pub class: Option<&'static str>,
    /// What went wrong, without secrets.
    pub error: Option<Box<str>>,
}

/// Only what the upstream reported is written.
fn usage<S: Serializer>(usage: &Usage, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    let Usage {
        input,
        cached,
        cache_write,
        output,
        reasoning,
        cache_write_1h,
        audio_input,
        audio_output,
    } = *usage;
    let fields = [
        ("input", input),
        ("cached", cached),
        ("cache_write", cache_write),
        ("output", output),
        ("reasoning", reasoning),
        ("cache_write_1h", cache_write_1h),
        ("audio_input", audio_input),
        ("audio_output", audio_output),
    ];
    for (name, tokens) in fields {
        if let Some(tokens) = tokens {
            map.serialize_entry(name, &tokens)?;
        }
    }
    map.end()
}
