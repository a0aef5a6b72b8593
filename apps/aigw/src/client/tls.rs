//! Whom an https server has to be vouched for by.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio_rustls::TlsConnector;

use super::Address;
use crate::failure::Failure;

pub(super) enum Trust {
    /// The URL is http.
    NoTls,
    /// The server has to show a certificate for this name.
    Tls(TlsConnector, ServerName<'static>),
}

impl Trust {
    pub(super) fn new(ca_file: Option<&Path>, address: &Address) -> Result<Self, Failure> {
        if !address.tls {
            return Ok(Self::NoTls);
        }
        let mut roots = RootCertStore::empty();
        // Single unusable certificates of a system are normal.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = ca_file {
            add(&mut roots, path)
                .map_err(|reason| Failure::usage(format_args!("{}: {reason}", path.display())))?;
        }
        let name = ServerName::try_from(address.host.clone())
            .map_err(|error| Failure::usage(format_args!("{address}: {error}")))?;
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(Failure::operation)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self::Tls(TlsConnector::from(Arc::new(config)), name))
    }
}

fn add(roots: &mut RootCertStore, path: &Path) -> Result<(), String> {
    let before = roots.len();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| error.to_string())? {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    if roots.len() == before {
        return Err("it holds no certificate".to_owned());
    }
    Ok(())
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTls => f.write_str("NoTls"),
            Self::Tls(_, name) => f.debug_tuple("Tls").field(name).finish_non_exhaustive(),
        }
    }
}
