//! Which target a request goes to, and what happens after it failed.
//!
//! A [`Table`] says what there is, [`Health`] what is known about it. [`plan`] orders the targets for one request;
//! [`Attempts`] then says what to do next ([`Step`]) and is told how it went ([`Outcome`]), until the request is
//! answered or given up.
//!
//! # What it promises
//!
//! - **A request ends.** Calls are bounded by each model's `attempts`, models by a chain of eight, waits by
//!   `retry_after_max`, `backoff_max`, `max_wait`, `capacity_wait` and `budget`.
//! - **Nothing goes to what is held.** A target cools down after failures and comes back through one trial request;
//!   a credential is held after 401, 402, 403 and 429. Probes of an operator ([`Facts::pinned`]) are the exception.
//! - **Another target comes before a wait**, and a wait before a fallback model.
//! - **What an attempt occupies is released once**, by its outcome or by dropping the [`Attempts`], also when the
//!   table was replaced meanwhile ([`Health::carried`]).
//! - **Every decision has its reason** ([`TraceEntry`]), also without a request ([`explain`]).
//!
//! # What it does not do
//!
//! It reads no clock, draws no random numbers, opens no sockets, writes no logs, and spawns nothing: the time and the
//! seed are arguments. It does not wait: it says until when to.
//!
//! # Example
//!
//! The first provider is rate limited, and the request goes to the second one at once.
//!
//! ```
//! use aigw_routing::*;
//! use std::time::Duration;
//!
//! let provider = |key: &str| ProviderSpec { key: key.into(), ..ProviderSpec::default() };
//! let table = Table::build(TableSpec {
//!     providers: vec![provider("openai"), provider("azure")],
//!     models: vec![ModelSpec::new("gpt-4o", vec![TargetSpec::new(0), TargetSpec::new(1)])],
//!     ..TableSpec::default()
//! })?;
//! let health = Health::new(&table);
//!
//! let (now, seed) = (Tick::from_millis(0), 7);
//! let Some(model) = table.find("gpt-4o") else { return Ok(()) };
//! let facts = Facts { model, needs: 0, prefers: 0, carries: 0, sticky_key: None, pinned: None };
//! let mut attempts = Attempts::new(plan(&table, &health, &facts, now, seed), now);
//!
//! let mut asked = Vec::new();
//! while let Step::Send(send) = attempts.next_step(&table, &health, now, seed) {
//!     asked.push(&*table.provider(send.provider).key);
//!     let outcome = match asked.len() {
//!         1 => Outcome::Failure {
//!             class: FailureClass::RateLimited,
//!             retry_after: Some(Duration::from_secs(20)),
//!         },
//!         _ => Outcome::Success { first_byte: Duration::from_millis(300) },
//!     };
//!     attempts.record(&table, &health, outcome, now);
//! }
//! assert_eq!(asked, ["openai", "azure"]);
//! assert_eq!(attempts.mode(), RouteMode::Failover);
//! assert_eq!(attempts.trace()[1].display(&table).to_string(), "gpt-4o openai: failed, rate_limited");
//! # Ok::<(), TableError>(())
//! ```

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
