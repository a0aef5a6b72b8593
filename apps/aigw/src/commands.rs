//! One module per command.

pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod config_preview;
pub(crate) mod config_validate;
pub(crate) mod providers_kinds;
pub(crate) mod serve;
pub(crate) mod version;
