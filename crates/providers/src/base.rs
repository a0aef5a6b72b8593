//! Base URLs: read once, joined with the path of each call.
//!
//! Operators write a base URL as their vendor's page shows it: with the version segment or without, with a slash at the end
//! or without, up to the OpenAI-style root, up to the Anthropic-style one, or whole with the path of a call. All of these
//! name the same server, so all of them give the same call paths.

mod root;

use std::fmt;

use aigw_protocol::{Dialect, Endpoint};
use http::Uri;
use http::uri::{Authority, InvalidUri, PathAndQuery, Scheme};

use crate::kind::Kind;
use root::Roots;

/// A checked base URL of one provider, ready to be joined with calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    tls: bool,
    host: String,
    port: Option<u16>,
    roots: Roots,
}

/// Why a base URL cannot be used. `Display` is for the operator and never repeats the URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaseError {
    /// It does not start with `http://` or `https://`.
    Scheme,
    /// There is no host, or it has characters that no host has.
    Host,
    /// The port is not a number from 1 to 65535.
    Port,
    /// It carries a user name or password.
    Userinfo,
    /// It carries a query, such as `?api-version=`.
    Query,
    /// It carries a `#fragment`.
    Fragment,
    /// The path has characters that have to be escaped, or `.` and `..` segments.
    Path,
}

/// Reads `base_url` as the address of a provider of `kind`.
///
/// # Errors
///
/// [`BaseError`] when it is not an absolute `http` or `https` URL of only host, port and path.
pub fn parse_base(kind: &Kind, base_url: &str) -> Result<Base, BaseError> {
    let address = Address::read(base_url)?;
    let given: Vec<&str> = address
        .path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    check_path(&given)?;
    let same_host = kind
        .base_url
        .and_then(|url| Address::read(url).ok())
        .is_some_and(|own| own.host.eq_ignore_ascii_case(address.host));
    Ok(Base {
        tls: address.tls,
        host: address.host.to_ascii_lowercase(),
        port: address.port,
        roots: Roots::of(kind, root::without_call(&given), same_host),
    })
}

impl Base {
    /// Whether the connection is encrypted (`https`).
    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// The host to resolve, in lower case; an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        self.host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(&self.host)
    }

    /// The port to connect to: the one named, else the scheme's.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(if self.tls { 443 } else { 80 })
    }

    /// `host` or `host:port`, as the `host` header says it: the scheme's own port is left out.
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) if port != if self.tls { 443 } else { 80 } => {
                format!("{}:{port}", self.host)
            }
            _ => self.host.clone(),
        }
    }

    /// The path that calls in `dialect` are made below, without a slash at the end; empty for the host's root.
    pub fn root(&self, dialect: Dialect) -> &str {
        self.roots.of_dialect(dialect)
    }

    /// The path of a call: `endpoint`, and what its own path goes on with (`tail`: `generations`; empty for none).
    pub fn path(&self, endpoint: Endpoint, tail: &str) -> String {
        let root = self.roots.of_endpoint(endpoint);
        let path = endpoint.path();
        let slash = if tail.is_empty() { "" } else { "/" };
        format!("{root}/{path}{slash}{tail}")
    }

    /// The absolute URL of a call, without a query.
    pub fn url(&self, endpoint: Endpoint, tail: &str) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!(
            "{scheme}://{}{}",
            self.authority(),
            self.path(endpoint, tail)
        )
    }

    /// The path of a call with the caller's query (`query`, without the question mark).
    ///
    /// # Errors
    ///
    /// When `tail` or `query` has characters that no path or query has.
    pub fn path_for(
        &self,
        endpoint: Endpoint,
        tail: &str,
        query: Option<&str>,
    ) -> Result<PathAndQuery, InvalidUri> {
        join_query(self.path(endpoint, tail), query)
    }

    /// The absolute form of [`Base::path_for`].
    ///
    /// # Errors
    ///
    /// As [`Base::path_for`].
    pub fn uri(
        &self,
        endpoint: Endpoint,
        tail: &str,
        query: Option<&str>,
    ) -> Result<Uri, http::Error> {
        self.absolute(self.path_for(endpoint, tail, query)?)
    }

    /// The path of a call that the gateway makes for itself, such as a probe's `/models`, below the root that calls of
    /// `dialect` use. What `path` repeats of the root, such as the version in `/v1/models`, is not doubled.
    ///
    /// # Errors
    ///
    /// When `path` has characters that no path has.
    pub fn own_path(&self, dialect: Dialect, path: &str) -> Result<PathAndQuery, InvalidUri> {
        let root = self.root(dialect);
        let path = format!("/{}", path.trim_start_matches('/'));
        let ends = path
            .match_indices('/')
            .map(|(at, _)| at)
            .chain([path.len()]);
        let repeated = ends
            .filter(|&at| at > 0 && root.ends_with(&path[..at]))
            .max()
            .unwrap_or(0);
        join_query(format!("{root}{}", &path[repeated..]), None)
    }

    /// `path` as an absolute URI of this server.
    ///
    /// # Errors
    ///
    /// When the parts do not make a URI; they do for every path that [`Base::path_for`] and [`Base::own_path`] return.
    pub fn absolute(&self, path: PathAndQuery) -> Result<Uri, http::Error> {
        let authority = Authority::try_from(self.authority())?;
        let scheme = if self.tls {
            Scheme::HTTPS
        } else {
            Scheme::HTTP
        };
        Uri::builder()
            .scheme(scheme)
            .authority(authority)
            .path_and_query(path)
            .build()
    }
}

fn join_query(path: String, query: Option<&str>) -> Result<PathAndQuery, InvalidUri> {
    match query {
        Some(query) if !query.is_empty() => PathAndQuery::try_from(format!("{path}?{query}")),
        _ => PathAndQuery::try_from(path),
    }
}

impl fmt::Display for BaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BaseError::Scheme => "the base URL has to start with https:// or http://",
            BaseError::Host => "the base URL has no valid host",
            BaseError::Port => "the port of the base URL has to be a number from 1 to 65535",
            BaseError::Userinfo => "the base URL carries a user name or password; credentials belong in `api_key` or `headers`",
            BaseError::Query => "the base URL carries a query, which cannot be joined with the paths of calls",
            BaseError::Fragment => "the base URL carries a #fragment, which is never sent",
            BaseError::Path => "the path of the base URL has characters that have to be escaped, or `.` or `..` segments",
        })
    }
}

impl std::error::Error for BaseError {}

/// A URL taken apart, nothing added yet.
struct Address<'u> {
    tls: bool,
    host: &'u str,
    port: Option<u16>,
    path: &'u str,
}

impl<'u> Address<'u> {
    fn read(url: &'u str) -> Result<Address<'u>, BaseError> {
        let url = url.trim();
        let (scheme, rest) = url.split_once("://").ok_or(BaseError::Scheme)?;
        let tls = match scheme {
            _ if scheme.eq_ignore_ascii_case("https") => true,
            _ if scheme.eq_ignore_ascii_case("http") => false,
            _ => return Err(BaseError::Scheme),
        };
        if rest.contains('#') {
            return Err(BaseError::Fragment);
        }
        if rest.contains('?') {
            return Err(BaseError::Query);
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(BaseError::Userinfo);
        }
        let (host, port) = split_port(authority)?;
        check_host(host)?;
        Ok(Address {
            tls,
            host,
            port,
            path,
        })
    }
}

/// Splits `host:port`; the host of an IPv6 address keeps its brackets.
fn split_port(authority: &str) -> Result<(&str, Option<u16>), BaseError> {
    let after_host = match authority.rfind(']') {
        Some(at) => at + 1,
        None if authority.starts_with('[') => return Err(BaseError::Host),
        None => 0,
    };
    let Some(colon) = authority[after_host..].find(':').map(|at| at + after_host) else {
        return if after_host == 0 || after_host == authority.len() {
            Ok((authority, None))
        } else {
            Err(BaseError::Host)
        };
    };
    let port = &authority[colon + 1..];
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse::<u16>() {
        Ok(port) if digits && port != 0 => Ok((&authority[..colon], Some(port))),
        _ => Err(BaseError::Port),
    }
}

fn check_host(host: &str) -> Result<(), BaseError> {
    if let Some(address) = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return address
            .parse::<std::net::Ipv6Addr>()
            .map(|_| ())
            .map_err(|_| BaseError::Host);
    }
    let named = host
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    let shaped = !host.is_empty() && !host.starts_with('.') && !host.contains("..");
    if named && shaped {
        Ok(())
    } else {
        Err(BaseError::Host)
    }
}

fn check_path(segments: &[&str]) -> Result<(), BaseError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@".contains(&byte);
    let dots = |segment: &str| matches!(segment, "." | "..");
    if segments
        .iter()
        .any(|segment| dots(segment) || !segment.bytes().all(allowed))
    {
        return Err(BaseError::Path);
    }
    Ok(())
}
