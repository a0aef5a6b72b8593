//! What a start prints on stdout.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use aigw_gateway::listener::Listener;

use super::Planes;
use super::credentials::Generated;
use super::data_plane::{DEMO, DataPlane};
use crate::cli::ServeArgs;
use crate::commands::version::VERSION;

/// Where what is served comes from.
#[derive(Debug)]
pub(super) enum Serving<'a> {
    /// The file says it, too.
    File(&'a Path),
    /// The file says something else.
    Beside(&'a Path),
    /// There is no file.
    Store,
    /// The store cannot be reached.
    LastGood,
}

/// Addresses, what was generated (once), and a request to paste.
pub(super) fn text(
    args: &ServeArgs,
    planes: &Planes,
    serving: &Serving<'_>,
    data_plane: &DataPlane,
    generated: &Generated,
) -> String {
    let off = || "off".to_owned();
    let gateway = planes.gateway.as_ref().map(self::url);
    let admin = planes.admin.as_ref().map_or_else(off, self::url);
    let (revision, has_demo) = data_plane.served();
    let revision = revision.map_or(0, |number| number.0);
    let shown = gateway.clone().unwrap_or_else(off);
    let mut out =
        format!("AI Model Gateway {VERSION}\n  gateway      {shown}\n  admin        {admin}\n");
    let _ = match serving {
        Serving::File(file) => writeln!(out, "  config       {}", file.display()),
        Serving::Beside(file) => writeln!(
            out,
            "  config       {}   (says something else than revision {revision}, which is live)",
            file.display()
        ),
        Serving::Store => writeln!(out, "  config       revision {revision} of the store"),
        Serving::LastGood => writeln!(
            out,
            "  config       revision {revision}   (last known good: the store cannot be reached)"
        ),
    };
    if let Some(key) = &generated.client {
        let _ = writeln!(out, "  client key   {}   (shown only now)", key.expose());
    }
    if let Some(token) = &generated.admin {
        let path = args.data_dir.join("admin-token");
        let _ = writeln!(
            out,
            "  admin token  {}   (shown only now; also in {})",
            token.expose(),
            path.display()
        );
    }
    if let Some(url) = gateway.filter(|_| has_demo) {
        let key = generated.client.as_ref();
        let key = key.map_or("$AIGW_CLIENT_KEY", |key| key.expose());
        let _ = write!(
            out,
            "\nTry it:\n  curl {url}/v1/chat/completions \\\n    -H \"authorization: Bearer {key}\" \\\n    \
             -H \"content-type: application/json\" \\\n    \
             -d '{{\"model\":\"{DEMO}\",\"messages\":[{{\"role\":\"user\",\"content\":\"Hello\"}}]}}'\n"
        );
    }
    out.push_str("\nThe log is on stderr. Ctrl-C stops the gateway.\n");
    out
}

/// Where this machine reaches `listener`.
fn url(listener: &Listener) -> String {
    let scheme = if listener.is_tls() { "https" } else { "http" };
    format!("{scheme}://{}", reachable(listener.local_addr()))
}

/// The loopback address in place of "all addresses".
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
