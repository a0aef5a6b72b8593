//! Commands around configuration files that need no server.

pub(crate) mod diff;
pub(crate) mod import;
pub(crate) mod schema;
