//! The loop guard: `x-aigw-hop` collects the marks of the gateways that a request went through.

use http::{HeaderMap, HeaderValue};

use crate::error::{Error, ErrorKind};
use crate::runtime::HOP;

/// More gateways in a row than anybody needs.
const MOST_HOPS: usize = 8;

/// Refuses a request that has been here before.
pub(super) fn check(headers: &HeaderMap, own: &HeaderValue) -> Result<(), Error> {
    let mut hops = 0;
    for value in headers.get_all(HOP) {
        for mark in value.as_bytes().split(|byte| *byte == b',') {
            hops += 1;
            if mark.trim_ascii() == own.as_bytes() || hops > MOST_HOPS {
                return Err(Error::new(
                    ErrorKind::LoopDetected,
                    "the request has already passed through this gateway: a provider's base_url leads back here",
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_carries_the_own_mark_is_refused() {
        let own = HeaderValue::from_static("abc");
        let mut headers = HeaderMap::new();
        assert!(check(&headers, &own).is_ok());
        headers.append(HOP, HeaderValue::from_static("one, two"));
        assert!(check(&headers, &own).is_ok());
        headers.append(HOP, HeaderValue::from_static("three,abc"));
        assert_eq!(
            check(&headers, &own).map_err(|e| e.kind),
            Err(ErrorKind::LoopDetected)
        );
    }

    #[test]
    fn an_endless_chain_of_gateways_is_refused() {
        let mut headers = HeaderMap::new();
        headers.append(HOP, HeaderValue::from_static("1,2,3,4,5,6,7,8,9"));
        assert!(check(&headers, &HeaderValue::from_static("abc")).is_err());
    }
}
