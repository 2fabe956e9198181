//! The authorities whose client certificates count on a listener, however the certificates come.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, UnixTime};
use warifu_core::domain::{HolderMapping, Timestamp};

use crate::client_certificate::ClientCertificate;
use crate::server::StartError;

/// Authorities, and how their certificates name their holders.
pub(crate) struct ClientAuthorities {
    verifier: Arc<dyn ClientCertVerifier>,
    holders: HolderMapping,
}

impl ClientAuthorities {
    /// The certificates of a PEM file.
    pub(crate) fn read(file: &Path, holders: HolderMapping) -> Result<Self, StartError> {
        Self::new(certificates(file)?, holders, &|error| {
            StartError::file(file, error)
        })
    }

    /// The certificates of a PEM text, such as those of our own authority.
    pub(crate) fn parse(pem: &str, holders: HolderMapping) -> Result<Self, StartError> {
        let cannot = |error: &dyn Display| StartError::Authorities {
            reason: error.to_string(),
        };
        let read = CertificateDer::pem_slice_iter(pem.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| cannot(&error))?;
        Self::new(read, holders, &cannot)
    }

    fn new(
        authorities: Vec<CertificateDer<'static>>,
        holders: HolderMapping,
        cannot: &dyn Fn(&dyn Display) -> StartError,
    ) -> Result<Self, StartError> {
        let mut roots = RootCertStore::empty();
        for authority in authorities {
            roots.add(authority).map_err(|error| cannot(&error))?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .allow_unauthenticated()
            .build()
            .map_err(|error| cannot(&error))?;
        Ok(Self { verifier, holders })
    }

    /// What checks chains and handshakes.
    pub(crate) fn verifier(&self) -> &Arc<dyn ClientCertVerifier> {
        &self.verifier
    }

    /// The certificate, if its chain ends at one of the authorities, is for clients, and is good at
    /// `now`. That whoever shows it holds its key, the caller has seen to.
    pub(crate) fn verified(
        &self,
        own: &CertificateDer<'_>,
        issuers: &[CertificateDer<'_>],
        now: Timestamp,
    ) -> Option<ClientCertificate> {
        let since_epoch = u64::try_from(now.as_unix_seconds()).ok()?;
        let now = UnixTime::since_unix_epoch(Duration::from_secs(since_epoch));
        self.verifier.verify_client_cert(own, issuers, now).ok()?;
        Some(ClientCertificate::read(own, self.holders))
    }
}

/// The certificates of a PEM file; at least one.
pub(crate) fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, StartError> {
    let read = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| StartError::file(file, &error))?;
    if read.is_empty() {
        return Err(StartError::file(file, &"there is no certificate in it"));
    }
    Ok(read)
}
