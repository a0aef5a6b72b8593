//! The control plane: what is live, how it changes, and who may change it.
//!
//! [`Lifecycle`] publishes: it checks a document, stores it as a revision, stages it in the ledger, has the data plane
//! take it over, and writes down that it is live, or why it is not. It does the same for a rollback, for a file that
//! changed, and for a secret that has another value. [`Lifecycle::follow`] applies what other processes on the same store
//! published.
//!
//! [`api`] is the HTTP face of it: JSON under `/api/admin`, for the command line, scripts and the console.
//!
//! This crate knows no data plane: what it needs of one is the trait [`Runtime`], which the program implements. It knows no
//! clock and no environment either; both come in from the program.

pub mod api;
mod last_good;
mod lifecycle;
mod runtime;

pub use last_good::{LastGood, LastGoodError, Snapshot};

pub use lifecycle::{
    Behind, Compared, FileMode, FileStatus, FileTrigger, First, KeyFailure, Lifecycle, Parts,
    Publish, PublishFailure, Published, Rollback, SecretFailure, SecretSet, Serving, Source,
    Standing, StartFailure,
};
pub use runtime::{
    Checked, ExplainAsk, ExplainedModel, ExplainedTarget, Explanation, HealthState, ItemHealth,
    MintedKey, ProviderHealth, Recording, ResolvedReference, RoleName, Runtime, RuntimeStatus,
    Sealed,
};
