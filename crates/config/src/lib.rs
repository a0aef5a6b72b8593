//! The configuration document of AI Model Gateway: YAML or JSON text in, a checked [`Config`] or every problem out.
//!
//! [`compile`] never stops at the first mistake, and every [`Problem`] has line, column, path, reason and, where there is one, a hint.
//! [`reference`](fn@reference) prints the documentation of every key from the same declarations that the reader works from.
//!
//! This crate reads no environment, no files and no clock: references such as `${OPENAI_API_KEY}` are resolved through [`Resolve`],
//! provider kinds come from a [`Catalog`].

#[cfg(test)]
extern crate self as aigw_config;

mod catalog;
mod compile;
mod config;
mod declare;
mod document;
mod findings;
mod near;
mod preview;
mod problem;
mod read;
mod reference;
mod secret;
mod tree;

pub use catalog::{Catalog, IN_PROCESS_KIND, KindInfo, Resolve};
pub use compile::{Compiled, compile};
pub use config::{
    Config, Credential, Fidelity, Intercept, Limits, Model, Params, Probe, Provider, Rewrite,
    Target, Timeouts, UsagePolicy,
};
pub use preview::{Counts, DialectPreview, ModelPreview, Preview, Served, TargetPreview, preview};
pub use problem::{Problem, Severity};
pub use reference::reference;
pub use secret::Secret;
