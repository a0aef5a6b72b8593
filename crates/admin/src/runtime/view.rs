//! What a running gateway says about itself.

use serde::Serialize;
use utoipa::ToSchema;

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleName {
    /// Serves traffic, and is administered.
    All,
    /// Serves traffic; administered elsewhere.
    Gateway,
    /// Administers; serves no traffic.
    Control,
}

impl RoleName {
    /// `all`, `gateway` or `control`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Gateway => "gateway",
            Self::Control => "control",
        }
    }
}

/// What runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuntimeStatus {
    /// Name of this process within the deployment.
    pub instance: String,
    /// Version of the program.
    pub version: String,
    /// What this process does.
    pub role: RoleName,
    /// The revision that requests are served with; `None` before there is one.
    pub revision: Option<i64>,
    /// How long it has been served, in milliseconds.
    pub live_for_ms: u64,
    /// How long the process has been running, in milliseconds.
    pub uptime_ms: u64,
    /// Requests being served, streams included.
    pub in_flight: u64,
    /// Open connections of callers.
    pub connections: u64,
    /// Whether it is shutting down.
    pub draining: bool,
    /// URL of the gateway; `None` if this process has none.
    pub gateway: Option<String>,
    /// URL of the admin listener; `None` if it is off.
    pub admin: Option<String>,
}

/// How well something does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthState {
    /// Nothing stands against using it.
    Healthy,
    /// It failed lately, and is still used.
    Degraded,
    /// It is held out for a while.
    Held,
    /// The configuration switches it off.
    Disabled,
}

/// Health of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProviderHealth {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// The worst state among its usable parts.
    pub state: HealthState,
    /// Requests under way there.
    pub in_flight: u32,
    /// Most requests that may be under way there; `None` for any number.
    pub max_in_flight: Option<u32>,
    /// Its credentials.
    pub credentials: Vec<ItemHealth>,
    /// Its targets.
    pub targets: Vec<ItemHealth>,
}

/// Health of a credential or a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ItemHealth {
    /// Name of the credential; model and upstream model of a target.
    pub name: String,
    /// How well it does.
    pub state: HealthState,
    /// The class of failure that led to it.
    pub reason: Option<String>,
    /// How long it is still held out, in milliseconds.
    pub left_ms: Option<u64>,
    /// Requests under way there.
    pub in_flight: u32,
}

/// A request to be explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainAsk {
    /// The model as the caller would name it.
    pub model: String,
    /// The caller's dialect; `None` for OpenAI's chat completions.
    pub dialect: Option<String>,
    /// Id or name of the client key that would be used; `None` for one that may do everything.
    pub key: Option<String>,
}

/// Where a request would go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explanation {
    /// The revision that says so.
    pub revision: i64,
    /// The model as asked for.
    pub asked: String,
    /// Whether the key may use it; the reason if not.
    pub refused: Option<String>,
    /// The models in the order in which they would be tried: the first is the one asked for, after rewrites, aliases and
    /// patterns; fallbacks follow.
    pub models: Vec<ExplainedModel>,
}

/// One model of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExplainedModel {
    /// Its public name.
    pub model: String,
    /// Its targets, usable ones first, in the order in which they would be tried.
    pub targets: Vec<ExplainedTarget>,
    /// Why the model as a whole is not tried.
    pub skipped: Option<String>,
}

/// One target of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExplainedTarget {
    /// Its provider.
    pub provider: String,
    /// The model's name there; `None` for the name that the caller sends.
    pub upstream_model: Option<String>,
    /// The dialect that it would be asked in.
    pub upstream_dialect: Option<String>,
    /// Its place among the usable ones, from 1; `None` if it would not be used.
    pub rank: Option<u32>,
    /// Why it would not be used.
    pub skipped: Option<String>,
}
