//! Whether a browser was made to send a request by another site.
//!
//! Two attacks are meant. *Request forgery*: another site has the browser of somebody who is logged in send a request; the
//! browser adds the cookie (`SameSite=Strict` prevents that in browsers that know it). So what changes something must come
//! from a page of this very origin, and carry the session's form token, which no other site can read.
//!
//! *DNS rebinding*: a site has its own name resolve to the address of this listener, so that its pages are of one origin
//! with it. It gains little, since cookies and tokens belong to other names; but it could try logins from inside a network,
//! and read what needs no login. Such a request names the attacker's domain in `host`. Therefore browsers must name an
//! address (which nobody can rebind), `localhost`, a name without a dot (which no public DNS has), or a name that the
//! operator has listed. Requests with a valid bearer token are let through under any name, since no page could have sent
//! them; so are those over TLS of this listener, whose certificate the browser has checked against the name. The host never
//! grants anything: it is only ever a reason to refuse.

use std::net::IpAddr;

use http::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use http::{StatusCode, Uri};

use super::AdminOptions;
use super::failure::Failure;
use super::source::Source;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Host and port that a request names: from its target (HTTP/2) or its `host`.
pub(super) fn authority<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> Option<&'r str> {
    let target = uri.authority().map(http::uri::Authority::as_str);
    target.or_else(|| headers.get(HOST)?.to_str().ok())
}

/// Refuses a host that a rebound name could be.
pub(super) fn check_host(options: &AdminOptions, authority: Option<&str>) -> Result<(), Failure> {
    let host = authority.map(|authority| split(authority).0);
    let known = host.is_some_and(|host| {
        let listed = options.hosts.iter();
        is_safe(host)
            || listed
                .into_iter()
                .any(|name| name.eq_ignore_ascii_case(host))
    });
    if options.tls || known {
        return Ok(());
    }
    let message = "the admin API is not reached by this name: use the address of the listener or `localhost`, or have the name listed as one of its own";
    Err(Failure::new(
        StatusCode::MISDIRECTED_REQUEST,
        "unknown_host",
        message,
    ))
}

/// Refuses what does not come from a page of this origin. The browser's own judgement decides where it sends one.
pub(super) fn check_origin(
    source: Source,
    authority: Option<&str>,
    headers: &HeaderMap,
) -> Result<(), Failure> {
    let same = match (headers.get(SEC_FETCH_SITE), headers.get(ORIGIN)) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin
            .to_str()
            .ok()
            .zip(authority)
            .is_some_and(|(origin, authority)| is_same(source, origin, authority)),
        (None, None) => false,
    };
    if same {
        return Ok(());
    }
    let message = "a browser may change things only from pages of this very origin: neither `sec-fetch-site` nor `origin` says that this request is from one. Behind a proxy with TLS, list it as trusted and have it send `x-forwarded-proto`";
    Err(Failure::forbidden("cross_origin", message))
}

/// Whether a browser says that another site is behind this. Scripts say nothing.
pub(super) fn is_foreign(source: Source, authority: Option<&str>, headers: &HeaderMap) -> bool {
    let says = headers.contains_key(SEC_FETCH_SITE) || headers.contains_key(ORIGIN);
    says && check_origin(source, authority, headers).is_err()
}

fn is_same(source: Source, origin: &str, authority: &str) -> bool {
    let (scheme, default) = if source.tls {
        ("https://", 443)
    } else {
        ("http://", 80)
    };
    let Some(theirs) = origin.strip_prefix(scheme) else {
        return false;
    };
    let (their_host, their_port) = split(theirs);
    let (host, port) = split(authority);
    their_host.eq_ignore_ascii_case(host)
        && their_port.unwrap_or(default) == port.unwrap_or(default)
}

/// A host that needs no listing.
fn is_safe(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let name = host.to_ascii_lowercase();
    bare.parse::<IpAddr>().is_ok()
        || name.ends_with(".localhost")
        || (!name.is_empty() && !name.contains('.') && !name.contains(':'))
}

/// Host and port; brackets stay.
fn split(authority: &str) -> (&str, Option<u16>) {
    match authority.rsplit_once(':') {
        Some((host, port))
            if !port.contains(']') && (!host.contains(':') || host.ends_with(']')) =>
        {
            (host, port.parse().ok())
        }
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Source = Source {
        address: None,
        tls: false,
    };
    const TLS: Source = Source {
        address: None,
        tls: true,
    };

    #[test]
    fn addresses_localhost_dotless_and_listed_names_are_hosts_and_domains_are_not() {
        let options = AdminOptions {
            hosts: vec!["aigw.example.org".into()],
            ..AdminOptions::default()
        };
        for good in [
            "127.0.0.1:18081",
            "[::1]:18081",
            "[::1]",
            "10.1.2.3",
            "localhost:1",
            "a.localhost",
            "aigw:18081",
            "AIGW.example.org:8",
        ] {
            assert!(check_host(&options, Some(good)).is_ok(), "{good}");
        }
        for bad in [
            Some("evil.example:18081"),
            Some("127.0.0.1.evil.example"),
            Some(""),
            None,
            Some("aigw.example.org.evil.example"),
        ] {
            assert!(check_host(&options, bad).is_err(), "{bad:?}");
        }
        let tls = AdminOptions {
            tls: true,
            ..options
        };
        assert!(check_host(&tls, Some("evil.example")).is_ok());
    }

    fn origin(source: Source, headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                http::HeaderValue::from_static(value),
            )
        });
        check_origin(source, Some("gw:18081"), &headers.collect()).is_ok()
    }

    #[test]
    fn the_browsers_own_word_decides() {
        assert!(origin(
            PLAIN,
            &[
                ("sec-fetch-site", "same-origin"),
                ("origin", "https://gw:18081")
            ]
        ));
        for site in ["cross-site", "same-site", "none"] {
            assert!(
                !origin(
                    PLAIN,
                    &[("sec-fetch-site", site), ("origin", "http://gw:18081")]
                ),
                "{site}"
            );
        }
    }

    #[test]
    fn else_scheme_host_and_port_must_be_the_same() {
        assert!(origin(PLAIN, &[("origin", "http://GW:18081")]));
        assert!(origin(TLS, &[("origin", "https://gw:18081")]));
        for other in [
            "http://gw",
            "http://gw:1808",
            "http://evil:18081",
            "https://gw:18081",
            "null",
            "",
        ] {
            assert!(!origin(PLAIN, &[("origin", other)]), "{other}");
        }
        assert!(!origin(PLAIN, &[]));
    }

    #[test]
    fn default_ports_need_not_be_written() {
        assert!(is_same(TLS, "https://gw.example", "gw.example:443"));
        assert!(is_same(PLAIN, "http://gw.example:80", "gw.example"));
        assert!(is_same(PLAIN, "http://[::1]:8", "[::1]:8"));
        assert!(!is_same(PLAIN, "http://[::1]:8", "[::1]"));
    }
}
