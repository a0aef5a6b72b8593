//! Which target a request goes to, and what happens after it failed.

mod attempts;
mod class;
mod explain;
mod glob;
mod health;
mod names;
mod plan;
mod policy;
mod strategy;
mod table;
mod tick;
mod trace;
mod view;

pub use attempts::{Attempts, GiveUp, Outcome, RouteMode, Send, Step};
pub use class::{ClassSet, FailureClass};
pub use explain::explain;
pub use glob::Glob;
pub use health::{CredentialState, Health, ProviderState, TargetState};
pub use names::UnknownName;
pub use plan::{Facts, Plan, plan};
pub use policy::{
    CooldownPolicy, DEFAULT_FALLBACK_ON, LONG_HOLD, OnBreak, RateLimit, RetryPolicy, StickyPolicy,
    StickySource, Strategy,
};
pub use table::{
    Credential, CredentialId, CredentialSpec, Model, ModelId, ModelSpec, Provider, ProviderId,
    ProviderSpec, Table, TableError, TableSpec, Target, TargetId, TargetSpec,
};
pub use tick::Tick;
pub use trace::{Event, Left, Skip, TraceEntry, Wait};
