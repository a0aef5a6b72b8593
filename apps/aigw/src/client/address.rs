//! The URL of an admin listener.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use http::Uri;

/// Where the admin API is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(super) tls: bool,
    /// Name or address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// What comes before `/api/admin`; empty or `/…` without a slash at its end.
    pub(super) prefix: String,
}

impl Address {
    /// Whether what is sent there stays on this machine.
    pub(super) fn is_local(&self) -> bool {
        let name = self.host.eq_ignore_ascii_case("localhost");
        name || self
            .host
            .parse()
            .is_ok_and(|address: IpAddr| address.to_canonical().is_loopback())
    }

    /// Whether nobody on the way can read what is sent there.
    pub(super) fn is_private(&self) -> bool {
        self.tls || self.is_local()
    }

    /// `host:port` as the `host` header has it.
    pub(super) fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || "expected a URL such as http://127.0.0.1:18081".to_owned();
        let uri: Uri = text.parse().map_err(|_| expected())?;
        let tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(expected()),
        };
        let authority = uri.authority().ok_or_else(expected)?;
        if authority.as_str().contains('@') {
            return Err("a user name in the URL is not sent; use --token".to_owned());
        }
        if uri.query().is_some() {
            return Err("a query in the URL is not sent; leave it out".to_owned());
        }
        let host = authority.host().trim_matches(['[', ']']);
        if host.is_empty() {
            return Err(expected());
        }
        let prefix = uri.path().trim_end_matches('/');
        Ok(Self {
            tls,
            host: host.to_owned(),
            port: authority.port_u16().unwrap_or(if tls { 443 } else { 80 }),
            prefix: prefix.to_owned(),
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn ports_and_prefixes_are_kept() {
        assert_eq!(address("http://[::1]:9/").to_string(), "http://[::1]:9");
        assert_eq!(
            address("https://gw.example/admin-of-a/").to_string(),
            "https://gw.example:443/admin-of-a"
        );
    }

    #[test]
    fn what_is_no_url_of_a_server_is_refused() {
        for text in [
            "127.0.0.1:18081",
            "ftp://h",
            "http://",
            "",
            "http://u:p@h",
            "http://h/?a=b",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_tls_and_this_machine_are_private() {
        for (text, private) in [
            ("http://127.0.0.1", true),
            ("http://[::1]", true),
            ("http://[::ffff:127.0.0.1]", true),
            ("http://LOCALHOST:1", true),
            ("https://gw.example", true),
            ("http://gw.example", false),
            ("http://127.0.0.1.example", false),
        ] {
            assert_eq!(address(text).is_private(), private, "{text}");
        }
    }
}
