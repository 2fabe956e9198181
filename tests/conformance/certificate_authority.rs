//! The adapters of the certificate authority.

use std::sync::Arc;

use async_trait::async_trait;
use tempfile::TempDir;
use warifu_contracts::samples::TestClock;
use warifu_core::domain::{IssuedCertificate, SerialNumber};
use warifu_core::ports::{CertificateAuthority, CertificateRequest, Unavailable};
use warifu_local_ca::{LocalCaSettings, LocalCertificateAuthority};

/// An authority together with its directory, which goes when it goes.
struct InDirectory {
    authority: LocalCertificateAuthority,
    _directory: TempDir,
}

#[async_trait]
impl CertificateAuthority for InDirectory {
    async fn issue(&self, request: &CertificateRequest) -> Result<IssuedCertificate, Unavailable> {
        self.authority.issue(request).await
    }

    async fn revoke(&self, serial: SerialNumber) -> Result<(), Unavailable> {
        self.authority.revoke(serial).await
    }

    async fn trust_anchors(&self) -> Result<String, Unavailable> {
        self.authority.trust_anchors().await
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.authority.check().await
    }
}

mod local {
    use super::*;

    async fn in_directory() -> Arc<dyn CertificateAuthority> {
        let directory = TempDir::new().expect("a temporary directory");
        let authority = LocalCertificateAuthority::open(
            directory.path(),
            Arc::new(TestClock::default()),
            LocalCaSettings::default(),
        );
        let authority = authority.expect("an authority in a temporary directory");
        Arc::new(InDirectory {
            authority,
            _directory: directory,
        })
    }

    warifu_contracts::certificate_authority_conformance!(in_directory);
}

mod ephemeral {
    use super::*;

    async fn in_memory() -> Arc<dyn CertificateAuthority> {
        let clock = Arc::new(TestClock::default());
        let authority = LocalCertificateAuthority::ephemeral(clock, LocalCaSettings::default());
        Arc::new(authority.expect("an authority in memory"))
    }

    warifu_contracts::certificate_authority_conformance!(in_memory);
}
