//! TLS settings: which roots are trusted, what is offered.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::error::OriginError;

/// Protocol name of HTTP/2 in the ALPN extension.
pub(super) const ALPN_H2: &[u8] = b"h2";

/// Settings that trust the machine's roots and, if given, the certificates of `ca_file`. Origins without a file of their
/// own share one set, and with it the resumption of sessions.
///
/// # Errors
/// No usable certificate.
pub(super) fn client_config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, OriginError> {
    static SHARED: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    let Some(path) = ca_file else {
        if let Some(shared) = SHARED.get() {
            return Ok(Arc::clone(shared));
        }
        let built = build(native_roots().clone())?;
        return Ok(Arc::clone(SHARED.get_or_init(|| built)));
    };
    let unusable = |reason: String| OriginError::CaFile {
        path: path.to_owned(),
        reason,
    };
    let mut roots = native_roots().clone();
    let mut added = 0_usize;
    for certificate in
        CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))?
    {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| unusable(error.to_string()))?;
        added += 1;
    }
    if added == 0 {
        return Err(unusable("it holds no certificate".to_owned()));
    }
    build(roots)
}

fn build(roots: RootCertStore) -> Result<Arc<ClientConfig>, OriginError> {
    if roots.is_empty() {
        return Err(OriginError::NoRoots);
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![ALPN_H2.to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The roots of the machine, read once. Single unusable certificates are normal and are passed over.
fn native_roots() -> &'static RootCertStore {
    static NATIVE: OnceLock<RootCertStore> = OnceLock::new();
    NATIVE.get_or_init(|| {
        let loaded = rustls_native_certs::load_native_certs();
        for error in &loaded.errors {
            tracing::warn!(%error, "a trusted root certificate of this machine cannot be read");
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(loaded.certs);
        roots
    })
}
