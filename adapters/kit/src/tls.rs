//! TLS to a back end, the same for every adapter: which authorities its certificate chains up to,
//! and which certificate is shown to it. Settings call these files `ca_file`,
//! `client_certificate_file` and `client_key_file`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use secrecy::{ExposeSecret, SecretSlice};
use thiserror::Error;

use crate::error::{AdapterError, SettingError};
use crate::secret_file;

/// A certificate to show, with its key.
pub struct ClientIdentity {
    /// The certificate and its issuers, in PEM.
    pub certificate: Vec<u8>,
    /// The key, in PEM.
    pub key: SecretSlice<u8>,
}

impl ClientIdentity {
    /// Reads both files; neither may be named without the other. Nothing where none is.
    pub fn read(
        certificate: Option<&Path>,
        key: Option<&Path>,
    ) -> Result<Option<Self>, AdapterError> {
        let (certificate, key) = match (certificate, key) {
            (Some(certificate), Some(key)) => (certificate, key),
            (None, None) => return Ok(None),
            (Some(_), None) => {
                let message = "is missing beside client_certificate_file";
                return Err(AdapterError::setting("client_key_file", message));
            }
            (None, Some(_)) => {
                let message = "is missing beside client_key_file";
                return Err(AdapterError::setting("client_certificate_file", message));
            }
        };
        let pem = std::fs::read(certificate)
            .map_err(|error| AdapterError::path("client_certificate_file", certificate, error))?;
        Ok(Some(Self {
            certificate: pem,
            key: SecretSlice::from(secret_file::read("client_key_file", key)?.to_vec()),
        }))
    }
}

/// Reads the file that `ca_file` names, if any.
pub fn read_ca(path: Option<&PathBuf>) -> Result<Option<Vec<u8>>, AdapterError> {
    let read = path.map(|path| {
        std::fs::read(path).map_err(|error| AdapterError::path("ca_file", path, error))
    });
    read.transpose()
}

/// Trusts the authorities of `ca` (PEM) and no other; without it, those of the operating system.
/// Shows `identity`, where there is one. TLS 1.2 and 1.3, by ring.
pub fn client_config(
    ca: Option<&[u8]>,
    identity: Option<&ClientIdentity>,
) -> Result<ClientConfig, SettingError> {
    let roots = match ca {
        Some(pem) => of_the_setting(pem)?,
        None => of_the_system()?,
    };
    config_of(roots, identity)
}

/// For a connection that speaks no TLS: trusts nobody, and does not look for the operating system's
/// authorities. What `ca` and `identity` hold is judged all the same.
pub fn unused_config(
    ca: Option<&[u8]>,
    identity: Option<&ClientIdentity>,
) -> Result<ClientConfig, SettingError> {
    let roots = ca.map_or_else(|| Ok(RootCertStore::empty()), of_the_setting)?;
    config_of(roots, identity)
}

/// What is wrong with a list of authorities.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AuthoritiesError {
    /// Something in it is no certificate of an authority.
    #[error("holds what is no certificate: {0}")]
    NoCertificate(String),
    /// It is empty.
    #[error("holds no certificate in PEM")]
    Empty,
}

/// The authorities of a list in PEM.
pub fn authorities(pem: &[u8]) -> Result<RootCertStore, AuthoritiesError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let added = certificate
            .map_err(|error| error.to_string())
            .and_then(|found| roots.add(found).map_err(|error| error.to_string()));
        added.map_err(AuthoritiesError::NoCertificate)?;
    }
    if roots.is_empty() {
        return Err(AuthoritiesError::Empty);
    }
    Ok(roots)
}

/// The authorities that the operating system trusts, perhaps none. Its list may hold what cannot be
/// used; the rest is good.
pub fn authorities_of_the_system() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

fn of_the_setting(pem: &[u8]) -> Result<RootCertStore, SettingError> {
    authorities(pem).map_err(|error| SettingError::new("ca_file", error.to_string()))
}

fn of_the_system() -> Result<RootCertStore, SettingError> {
    let roots = authorities_of_the_system();
    if roots.is_empty() {
        return Err(SettingError::new(
            "ca_file",
            "is missing, and this machine trusts no authority: install its certificates (on Debian \
             the package ca-certificates) or set ca_file",
        ));
    }
    Ok(roots)
}

/// Trusts `roots`, and shows no certificate. TLS 1.2 and 1.3, by ring.
pub fn config_trusting(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    let builder = builder()?.with_root_certificates(roots);
    Ok(builder.with_no_client_auth())
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, rustls::Error> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
}

fn config_of(
    roots: RootCertStore,
    identity: Option<&ClientIdentity>,
) -> Result<ClientConfig, SettingError> {
    let refused = |error: rustls::Error| SettingError::new("ca_file", error.to_string());
    let Some(identity) = identity else {
        return config_trusting(roots).map_err(refused);
    };
    let builder = builder().map_err(refused)?.with_root_certificates(roots);
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&identity.certificate)
        .collect::<Result<_, _>>()
        .unwrap_or_default();
    if chain.is_empty() {
        let message = "has no certificate in PEM";
        return Err(SettingError::new("client_certificate_file", message));
    }
    let key = PrivateKeyDer::from_pem_slice(identity.key.expose_secret())
        .map_err(|_| SettingError::new("client_key_file", "has no private key in PEM"))?;
    builder
        .with_client_auth_cert(chain, key)
        .map_err(|_| SettingError::new("client_key_file", "does not fit the certificate"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(ca: Option<&[u8]>, identity: Option<&ClientIdentity>) -> String {
        let refused = unused_config(ca, identity).map(|_| ()).unwrap_err();
        refused.to_string()
    }

    #[test]
    fn what_is_no_certificate_or_key_is_named() {
        assert!(refusal(Some(b"nothing"), None).starts_with("ca_file: holds no certificate"));
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(refusal(Some(broken.as_bytes()), None).contains("what is no certificate"));
        let identity = ClientIdentity {
            certificate: b"nothing".to_vec(),
            key: SecretSlice::from(b"nothing".to_vec()),
        };
        assert!(refusal(None, Some(&identity)).starts_with("client_certificate_file"));
        let identity = ClientIdentity {
            certificate: broken.as_bytes().to_vec(),
            key: SecretSlice::from(b"nothing".to_vec()),
        };
        assert!(refusal(None, Some(&identity)).starts_with("client_key_file"));
    }

    #[test]
    fn certificate_and_key_come_together() {
        let here = Path::new("somewhere.pem");
        let refused = |certificate, key| {
            let read = ClientIdentity::read(certificate, key).map(|_| ());
            read.unwrap_err().to_string()
        };
        assert!(refused(Some(here), None).starts_with("client_key_file"));
        assert!(refused(None, Some(here)).starts_with("client_certificate_file"));
        assert!(ClientIdentity::read(None, None).unwrap().is_none());
    }
}
