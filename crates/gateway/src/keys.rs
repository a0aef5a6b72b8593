//! Client keys: who may call.

/// The keys that callers present.
#[derive(Debug, Default)]
pub struct ClientKeys;
