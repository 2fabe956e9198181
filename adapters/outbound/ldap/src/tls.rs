use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::server::SetupError;

/// Trusts the authorities of `ca` and no other; without it, those of the operating system.
pub(crate) fn client_config(ca: Option<&[u8]>) -> Result<ClientConfig, SetupError> {
    let refuse = |message: String| SetupError::new("ca_file", message);
    let mut roots = RootCertStore::empty();
    if let Some(pem) = ca {
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let added = certificate
                .map_err(|error| error.to_string())
                .and_then(|found| roots.add(found).map_err(|error| error.to_string()));
            added.map_err(|error| refuse(format!("holds what is no certificate: {error}")))?;
        }
        if roots.is_empty() {
            return Err(refuse("holds no certificate in PEM".to_owned()));
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            let message = "is missing, and the operating system has no certificates of authorities";
            return Err(refuse(message.to_owned()));
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| refuse(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
