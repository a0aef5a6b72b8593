//! Where a request comes from.

use std::net::{IpAddr, Ipv6Addr};

use http::Extensions;
use http::header::{HeaderMap, HeaderName};

use super::{AdminOptions, Peer};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Source {
    /// The caller's address, after trusted proxies; `None` if the listener did not say.
    pub(super) address: Option<IpAddr>,
    /// Whether the caller speaks TLS, to the listener or to a trusted proxy.
    pub(super) tls: bool,
}

impl Source {
    /// The caller is the last address of the chain that is not a trusted proxy. What stands before it was written by the
    /// caller and means nothing.
    pub(super) fn of(options: &AdminOptions, headers: &HeaderMap, extensions: &Extensions) -> Self {
        let peer = extensions.get::<Peer>().map(|peer| peer.0.to_canonical());
        let Some(proxy) = peer.filter(|peer| options.trusts(*peer)) else {
            return Self {
                address: peer,
                tls: options.tls,
            };
        };
        let named = headers.get_all(FORWARDED_FOR);
        let named = named.iter().filter_map(|value| value.to_str().ok());
        let mut chain: Vec<_> = named.flat_map(|value| value.split(',')).collect();
        let mut address = proxy;
        while let Some(hop) = chain.pop() {
            let Some(hop) = parse(hop) else { break };
            address = hop;
            if !options.trusts(hop) {
                break;
            }
        }
        let proto = headers.get(FORWARDED_PROTO);
        let https = proto.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"https"));
        Self {
            address: Some(address),
            tls: options.tls || https,
        }
    }

    /// What failed logins are counted by: the address, or the network of 2^64 addresses that one host of IPv6 has.
    pub(super) fn network(self) -> String {
        match self.address {
            None => "unknown".to_owned(),
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) if address.is_loopback() => address.to_string(),
            Some(IpAddr::V6(address)) => {
                let network = address.to_bits() & !u128::from(u64::MAX);
                format!("{}/64", Ipv6Addr::from_bits(network))
            }
        }
    }
}

/// An address as proxies write it: bare, with a port, in brackets.
fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = text.parse().ok().or_else(|| {
        let socket: std::net::SocketAddr = text.parse().ok()?;
        Some(socket.ip())
    });
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    Some(address.or_else(bare)?.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(peer: &str, forwarded: &[&str]) -> Source {
        let options = AdminOptions {
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
            ..AdminOptions::default()
        };
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        headers.insert(FORWARDED_PROTO, "https".parse().unwrap());
        let mut extensions = Extensions::new();
        extensions.insert(Peer(peer.parse().unwrap()));
        Source::of(&options, &headers, &extensions)
    }

    #[test]
    fn a_stranger_cannot_claim_another_address_or_tls() {
        let found = source("203.0.113.9", &["127.0.0.1"]);
        assert_eq!(found.address, Some("203.0.113.9".parse().unwrap()));
        assert!(!found.tls);
    }

    #[test]
    fn behind_trusted_proxies_the_last_untrusted_hop_counts() {
        let chain = ["6.6.6.6, 198.51.100.7", "10.1.1.1"];
        let found = source("::ffff:10.0.0.2", &chain);
        assert_eq!(found.address, Some("198.51.100.7".parse().unwrap()));
        assert!(found.tls);
        let garbage = source("10.0.0.2", &["1.1.1.1, not an address"]);
        assert_eq!(garbage.address, Some("10.0.0.2".parse().unwrap()));
    }

    #[test]
    fn hops_may_have_ports_and_brackets() {
        for hop in ["[2001:db8::1]", "[2001:db8::1]:443", "2001:db8::1"] {
            let found = source("10.0.0.2", &[hop]);
            assert_eq!(found.network(), "2001:db8::/64", "{hop}");
        }
    }
}
