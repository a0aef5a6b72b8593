//! What may be reached from other machines needs credentials first.

use std::net::SocketAddr;

use super::credentials::Known;
use crate::cli::{AdminListen, Role, ServeArgs};
use crate::failure::Failure;

/// Refuses to listen on an address that other machines reach without credentials that were there before this start:
/// generated ones would be open to whoever reads the log of a first start, and nobody would have chosen them.
pub(super) fn check(args: &ServeArgs, known: Known) -> Result<(), Failure> {
    let Known { client, admin } = known;
    let mut missing = Vec::new();
    if !is_local(args.listen) && args.role != Role::Control {
        let wanted = [("AIGW_CLIENT_KEY", client), ("AIGW_ADMIN_TOKEN", admin)];
        missing.extend(
            wanted
                .iter()
                .filter(|(_, there)| !there)
                .map(|(name, _)| *name),
        );
        refuse(&missing, "--listen", args.listen)?;
    }
    match args.admin_listen {
        AdminListen::At(address) if !is_local(address) && !admin => {
            refuse(&["AIGW_ADMIN_TOKEN"], "--admin-listen", address)
        }
        AdminListen::At(_) | AdminListen::Off => Ok(()),
    }
}

fn is_local(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

fn refuse(missing: &[&str], flag: &str, address: SocketAddr) -> Result<(), Failure> {
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "refusing {flag} {address}: other machines could reach it, and there is no {}\n\
         either set {} (16 characters or more; `openssl rand -hex 24` makes one),\n\
         or start once on 127.0.0.1, which generates credentials and keeps them in the data directory",
        missing.join(" and no "),
        missing.join(" and "),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_addresses_are_local() {
        for (address, local) in [
            ("127.0.0.1:1", true),
            ("127.8.8.8:1", true),
            ("[::1]:1", true),
            ("[::ffff:127.0.0.1]:1", true),
            ("0.0.0.0:1", false),
            ("[::]:1", false),
            ("10.0.0.1:1", false),
        ] {
            assert_eq!(
                is_local(address.parse().expect("an address")),
                local,
                "{address}"
            );
        }
    }
}
