//! The configuration document of AI Model Gateway: YAML or JSON text in, a checked [`Config`] or every problem out.
//!
//! [`compile`] never stops at the first mistake, and every [`Problem`] has line, column, path, reason and, where there is
//! one, a hint. No problem, and no `Debug` or `Display` of anything here, tells what a key or a header holds.
//! [`reference`](fn@reference) prints the documentation of every key from the same declarations that the reader works
//! from. [`preview`](fn@preview) summarises what a configuration serves.
//!
//! This crate reads no environment, no files and no clock: references such as `${OPENAI_API_KEY}` are resolved through
//! [`Resolve`], provider kinds come from a [`Catalog`]. It neither connects to anything nor keeps revisions.
//!
//! ```
//! use aigw_config::{Catalog, KindInfo, Resolve, compile};
//!
//! struct Nothing;
//! impl Resolve for Nothing {
//!     fn env(&self, _: &str) -> Option<String> {
//!         None
//!     }
//!     fn file(&self, _: &str) -> Result<String, String> {
//!         Err("no such file".into())
//!     }
//!     fn secret(&self, _: &str) -> Option<String> {
//!         None
//!     }
//! }
//!
//! let demo = KindInfo { id: "demo", base_url: None, dialects: &["openai_chat"], needs_key: false };
//! let catalog = Catalog { kinds: &[demo], dialects: &["openai_chat"], preference: &["openai_chat"] };
//! let text = "version: 1
//! providers: {demo: {kind: demo}}
//! models: {demo: {targets: [{provider: dmeo}], strategy: wieghted}}
//! ";
//! let compiled = compile("aigw.yaml", text, &catalog, &Nothing);
//! assert!(compiled.config.is_none());
//! assert_eq!(compiled.problems.len(), 2);
//! assert_eq!(
//!     compiled.problems[0].to_string(),
//!     "3:38: error[unknown_provider] models.demo.targets[0].provider: there is no provider `dmeo` (did you mean `demo`?)",
//! );
//! ```

#[cfg(test)]
extern crate self as aigw_config;

mod catalog;
mod compile;
mod config;
mod declare;
mod diff;
mod document;
mod findings;
mod import;
mod inspect;
mod near;
mod preview;
mod problem;
mod read;
mod redacted;
mod reference;
mod schema;
mod secret;
mod shown;
mod spot;
mod tree;
mod written;

pub use catalog::{Catalog, IN_PROCESS_KIND, KindInfo, Resolve};
pub use compile::{Compiled, compile};
pub use config::{
    Config, Credential, Fidelity, Intercept, Limits, Model, Params, Probe, Provider, Rewrite,
    Target, Timeouts, UsagePolicy,
};
pub use diff::{
    Change, Diff, DiffRow, DiffSection, Prices, Risk, RiskSeverity, Side, Touches, What, diff,
};
pub use import::{Foreign, ImportFidelity, ImportFinding, Imported, import};
pub use inspect::{Inspection, ReferenceState, inspect};
pub use preview::{
    Asked, Counts, DialectPreview, ModelPreview, Preview, Served, TargetPreview, preview,
};
pub use problem::{Problem, Severity};
pub use redacted::{redacted, redaction};
pub use reference::reference;
pub use schema::schema;
pub use secret::Secret;
pub use written::{Document, Reference, ReferenceKind};
