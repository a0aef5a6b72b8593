//! Errors of upstreams in the words of the caller's dialect.

use crate::dialect::Family;

/// placeholder
pub fn translate_error(_to: Family, _status: u16, body: &[u8]) -> Vec<u8> {
    body.to_vec()
}
