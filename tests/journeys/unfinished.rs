//! Redemptions that were won and not finished: the same key finishes them, and the log says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use warifu_adapter_kit::{Adapter, AdapterError, AuthorityContext, NoSettings};
use warifu_core::domain::{IssuedCertificate, SerialNumber};
use warifu_core::ports::{CertificateAuthority, CertificateRequest, Unavailable};
use warifu_local_ca::{LocalCaSettings, LocalCertificateAuthority};

use crate::support::{ADMIN, OpenSsl, Setup, TestServer, USER};

/// An authority with a switch.
struct Switched(Arc<AtomicBool>);

struct SwitchedAuthority {
    authority: LocalCertificateAuthority,
    on: Arc<AtomicBool>,
}

#[async_trait]
impl Adapter for Switched {
    type Port = Arc<dyn CertificateAuthority>;
    type Settings = NoSettings;

    async fn build(
        &self,
        _: &NoSettings,
        context: &AuthorityContext,
    ) -> Result<Arc<dyn CertificateAuthority>, AdapterError> {
        let settings = LocalCaSettings::default();
        let authority = LocalCertificateAuthority::ephemeral(context.clock.clone(), settings)
            .map_err(|error| AdapterError::setting("", error.to_string()))?;
        let on = self.0.clone();
        Ok(Arc::new(SwitchedAuthority { authority, on }))
    }
}

#[async_trait]
impl CertificateAuthority for SwitchedAuthority {
    async fn issue(&self, request: &CertificateRequest) -> Result<IssuedCertificate, Unavailable> {
        if !self.on.load(Ordering::SeqCst) {
            return Err(Unavailable::new("certificate_authority", "switched off"));
        }
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

/// How often the log says that the password was redeemed, and how often that it says so late.
fn redeemed(server: &TestServer) -> (usize, usize) {
    let records = server.audit();
    let redeemed = records
        .iter()
        .filter(|record| record["event"] == "retrieval_password.redeemed");
    let late = redeemed
        .clone()
        .filter(|record| record["detail"]["late"] == "true");
    (redeemed.count(), late.count())
}

#[tokio::test]
async fn a_redemption_that_nobody_could_write_down_is_written_by_the_same_key() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let user = server.client.login_self(USER).await;
    let before = admin.reissue(USER).await;
    let csr = OpenSsl::new().p256_request();
    user.redeem_csr(&before, &csr).await.expect(201, None);
    let password = admin.reissue(USER).await;
    server.break_audit_log();
    assert_eq!(user.redeem_csr(&password, &csr).await.status, 503);
    assert_eq!(redeemed(&server), (1, 0), "the first password's");
    server.repair_audit_log();
    // The log finds out by itself, and is written late before anything else.
    while server.client.get("/readyz").await.status != 200 {
        tokio::task::yield_now().await;
    }
    for _ in 0..3 {
        user.redeem_csr(&password, &csr).await.expect(201, None);
        assert_eq!(redeemed(&server), (2, 1));
    }
}

#[tokio::test]
async fn a_redemption_that_is_written_down_is_not_written_again() {
    let on = Arc::new(AtomicBool::new(false));
    let authority = Switched(on.clone());
    let setup = Setup::with("certificate_authority = { adapter = \"switched\" }")
        .adapters(|registry| registry.certificate_authority("switched", authority));
    let server = TestServer::start_with(setup).await;
    let admin = server.client.login_admin(ADMIN).await;
    let user = server.client.login_self(USER).await;
    let password = admin.reissue(USER).await;
    let csr = OpenSsl::new().p256_request();
    for _ in 0..2 {
        assert_eq!(user.redeem_csr(&password, &csr).await.status, 502);
    }
    on.store(true, Ordering::SeqCst);
    user.redeem_csr(&password, &csr).await.expect(201, None);
    assert_eq!(redeemed(&server), (1, 0));
}
