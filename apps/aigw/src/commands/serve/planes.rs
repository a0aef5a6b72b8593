//! The listeners of both planes.

use aigw_gateway::listener::{BindError, Listener, TlsFiles};

use crate::cli::{AdminListen, Role, ServeArgs};
use crate::failure::Failure;

/// The bound addresses.
#[derive(Debug)]
pub(super) struct Planes {
    /// `None` for a process that serves no traffic.
    pub(super) gateway: Option<Listener>,
    pub(super) admin: Option<Listener>,
}

impl Planes {
    pub(super) fn bind(args: &ServeArgs) -> Result<Self, Failure> {
        let tls = args
            .tls_cert
            .clone()
            .zip(args.tls_key.clone())
            .map(|(cert, key)| TlsFiles { cert, key });
        let bind = |flag: &str, address, tls| {
            let hint = "choose another address with";
            Listener::bind(address, tls).map_err(|error| match error {
                BindError::Tls(_) => Failure::usage(error),
                BindError::Address { .. } => Failure::operation(format!("{error}; {hint} {flag}")),
            })
        };
        let gateway = match args.role {
            Role::All | Role::Gateway => Some(bind("--listen", args.listen, tls)?),
            Role::Control => None,
        };
        let admin = match args.admin_listen {
            AdminListen::Off => None,
            AdminListen::At(address) => Some(bind("--admin-listen", address, None)?),
        };
        Ok(Self { gateway, admin })
    }
}
