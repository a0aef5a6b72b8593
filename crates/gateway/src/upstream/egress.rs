//! Which addresses the gateway may connect to.
//!
//! The check is made on the address of every single connection, after name resolution, and the connection goes to that very address: a name
//! that resolves differently a moment later changes nothing.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// The egress policy of one provider: public unicast addresses and the networks that its configuration opens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EgressGuard {
    allow: Vec<IpNet>,
}

/// An address that may not be connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EgressRefusal {
    /// The address.
    pub ip: IpAddr,
    /// The kind of range that it lies in, such as `private` or `link-local`.
    pub range: &'static str,
}

impl fmt::Display for EgressRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is not a public address ({}); `network.allow` of the provider can open it",
            self.ip, self.range
        )
    }
}

impl EgressGuard {
    /// A guard that opens `allow` beside the public addresses (`network.allow` of the provider).
    pub fn new(allow: Vec<IpNet>) -> Self {
        Self { allow }
    }

    /// Whether `ip` may be connected to.
    ///
    /// # Errors
    /// The range that forbids it. Nothing of `allow` contains the address or the IPv4 address embedded in it.
    pub fn check(&self, ip: IpAddr) -> Result<(), EgressRefusal> {
        let (range, embedded) = match ip {
            IpAddr::V4(v4) => (range_of_v4(v4), None),
            IpAddr::V6(v6) => (range_of_v6(v6), embedded_v4(v6)),
        };
        match range {
            Some(range) if !self.opens(ip) && !embedded.is_some_and(|v4| self.opens(v4.into())) => {
                Err(EgressRefusal { ip, range })
            }
            _ => Ok(()),
        }
    }

    fn opens(&self, ip: IpAddr) -> bool {
        self.allow.iter().any(|net| net.contains(&ip))
    }
}

/// First match wins; what is in no row is public.
const V4: &[(Ipv4Addr, u32, &str)] = &[
    (Ipv4Addr::UNSPECIFIED, 8, "unspecified"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "private"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "carrier-grade NAT"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "loopback"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "link-local"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "private"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "protocol assignments"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "documentation"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "6to4 relay"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "private"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "benchmarking"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "documentation"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "documentation"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "multicast"),
    (Ipv4Addr::BROADCAST, 32, "broadcast"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "reserved"),
];

/// First match wins; what is in no row and outside `2000::/3` is reserved. Ranges that embed an IPv4 address are in [`EMBEDDING`].
const V6: &[(Ipv6Addr, u32, &str)] = &[
    (Ipv6Addr::UNSPECIFIED, 128, "unspecified"),
    (Ipv6Addr::LOCALHOST, 128, "loopback"),
    // Where the IPv4 address sits depends on the site's own prefix length, so it cannot be judged by it.
    (v6(0x64, 0xff9b, 1), 48, "local NAT64"),
    (v6(0x100, 0, 0), 64, "discard"),
    (v6(0x2001, 0, 0), 32, "Teredo"),
    (v6(0x2001, 2, 0), 48, "benchmarking"),
    (v6(0x2001, 0x10, 0), 28, "ORCHID"),
    (v6(0x2001, 0x20, 0), 28, "ORCHID"),
    (v6(0x2001, 0, 0), 23, "protocol assignments"),
    (v6(0x2001, 0xdb8, 0), 32, "documentation"),
    (v6(0x3fff, 0, 0), 20, "documentation"),
    (v6(0xfc00, 0, 0), 7, "unique local"),
    (v6(0xfe80, 0, 0), 10, "link-local"),
    (v6(0xfec0, 0, 0), 10, "site-local"),
    (v6(0xff00, 0, 0), 8, "multicast"),
];

/// Ranges judged by the IPv4 address inside: network, prefix, bits to the right of that address.
const EMBEDDING: &[(Ipv6Addr, u32, u32)] = &[
    (Ipv6Addr::UNSPECIFIED, 96, 0),                      // IPv4-compatible
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, 0), // IPv4-mapped
    (v6(0x64, 0xff9b, 0), 96, 0),                        // NAT64
    (v6(0x2002, 0, 0), 16, 80),                          // 6to4
];

const fn v6(a: u16, b: u16, c: u16) -> Ipv6Addr {
    Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)
}

fn range_of_v4(ip: Ipv4Addr) -> Option<&'static str> {
    let within = |net: Ipv4Addr, prefix: u32| (ip.to_bits() ^ net.to_bits()) >> (32 - prefix) == 0;
    V4.iter()
        .find(|&&(net, prefix, _)| within(net, prefix))
        .map(|&(_, _, range)| range)
}

fn range_of_v6(ip: Ipv6Addr) -> Option<&'static str> {
    let row = V6
        .iter()
        .find(|&&(net, prefix, _)| within_v6(ip, net, prefix));
    if let Some(&(_, _, range)) = row {
        return Some(range);
    }
    match embedded_v4(ip) {
        Some(v4) => range_of_v4(v4),
        None if within_v6(ip, v6(0x2000, 0, 0), 3) => None,
        None => Some("reserved"),
    }
}

fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let &(_, _, right) = EMBEDDING
        .iter()
        .find(|&&(net, prefix, _)| within_v6(ip, net, prefix))?;
    let [.., a, b, c, d] = (ip.to_bits() >> right).to_be_bytes();
    Some(Ipv4Addr::new(a, b, c, d))
}

fn within_v6(ip: Ipv6Addr, net: Ipv6Addr, prefix: u32) -> bool {
    (ip.to_bits() ^ net.to_bits()) >> (128 - prefix) == 0
}

#[cfg(test)]
mod tests;
