//! What the admin API has to be told.

use std::net::IpAddr;

use ipnet::IpNet;

/// How long a session of a browser lasts, in seconds.
const SESSION_SECONDS: u64 = 12 * 60 * 60;

/// How the admin listener is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminOptions {
    /// Whether the listener itself speaks TLS.
    pub tls: bool,
    /// Names by which browsers reach the listener, without port, beside those that need no mention: addresses, `localhost`,
    /// and names without a dot.
    pub hosts: Vec<String>,
    /// Networks of proxies whose `x-forwarded-for` and `x-forwarded-proto` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How long a session of a browser lasts, in seconds.
    pub session_seconds: u64,
}

/// Address of whoever opened the connection, as the listener saw it. An extension of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

impl Default for AdminOptions {
    /// Without TLS, without proxies, by address or `localhost`, with sessions of 12 hours.
    fn default() -> Self {
        Self {
            tls: false,
            hosts: Vec::new(),
            trusted_proxies: Vec::new(),
            session_seconds: SESSION_SECONDS,
        }
    }
}

impl AdminOptions {
    /// Whether `address` is a proxy that is believed.
    pub(super) fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted_proxies
            .iter()
            .any(|network| network.contains(&address))
    }
}
