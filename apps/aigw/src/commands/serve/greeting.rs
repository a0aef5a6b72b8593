//! What a start prints on stdout.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use aigw_config::Config;
use aigw_gateway::listener::Listener;

use super::Planes;
use super::credentials::Credentials;
use crate::cli::ServeArgs;
use crate::commands::version::VERSION;

/// The model that the ready-made request asks.
const DEMO: &str = "demo";

/// Addresses, what was generated (once), and a request to paste.
pub(super) fn text(
    args: &ServeArgs,
    planes: &Planes,
    file: &Path,
    config: &Config,
    credentials: &Credentials,
) -> String {
    let url = url(&planes.gateway);
    let admin = planes
        .admin
        .as_ref()
        .map_or_else(|| "off".to_owned(), self::url);
    let mut out =
        format!("AI Model Gateway {VERSION}\n  gateway      {url}\n  admin        {admin}\n");
    let _ = writeln!(out, "  config       {}", file.display());
    if let Some(key) = &credentials.new_client {
        let _ = writeln!(out, "  client key   {}   (shown only now)", key.expose());
    }
    if let Some(token) = &credentials.new_admin {
        let path = args.data_dir.join("admin-token");
        let _ = writeln!(
            out,
            "  admin token  {}   (shown only now; also in {})",
            token.expose(),
            path.display()
        );
    }
    if config.models.contains_key(DEMO) {
        let key = credentials
            .new_client
            .as_ref()
            .map_or("$AIGW_CLIENT_KEY", |key| key.expose());
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
