//! The id that caller, gateway and record share.

use http::{HeaderMap, HeaderValue};

use super::header_or_empty;
use crate::gateway::Shared;

/// Longest id taken over from a caller.
const LONGEST: usize = 128;

/// The caller's `x-request-id` if it is a sane one, else a new one.
pub(super) fn of(headers: &HeaderMap, shared: &Shared) -> HeaderValue {
    match headers.get("x-request-id") {
        Some(value) if is_sane(value.as_bytes()) => value.clone(),
        _ => header_or_empty(&made(shared.seed(), shared.seed())),
    }
}

/// `req_` and 24 hex digits.
fn made(high: u64, low: u64) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut id = String::with_capacity(28);
    id.push_str("req_");
    for nibble in (0..16)
        .map(|at| high >> (at * 4))
        .chain((0..8).map(|at| low >> (at * 4)))
    {
        id.push(char::from(DIGITS[(nibble & 15) as usize]));
    }
    id
}

fn is_sane(id: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte);
    !id.is_empty() && id.len() <= LONGEST && id.iter().all(plain)
}

#[cfg(test)]
mod tests {
    use super::is_sane;

    #[test]
    fn ids_that_could_forge_a_log_line_are_not_taken_over() {
        assert!(is_sane(b"5f0c-Abc_1.2:3"));
        for id in [&b""[..], b"a b", b"a\tb", b"a\"b", b"\xff", &[b'x'; 129]] {
            assert!(!is_sane(id), "{id:?}");
        }
    }
}
