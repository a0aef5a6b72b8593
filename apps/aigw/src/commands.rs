//! One module per command.

pub(crate) mod audit;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod config_validate;
pub(crate) mod explain;
pub(crate) mod keys;
mod list;
pub(crate) mod manual;
pub(crate) mod providers_kinds;
pub(crate) mod providers_list;
pub(crate) mod secrets;
pub(crate) mod serve;
pub(crate) mod status;
pub(crate) mod version;
