//! The adapter keeps every promise of its port: one test a promise.

mod acme_bank;

use std::sync::Arc;

use acme_otp::AcmeVerifier;
use warifu_contracts::otp_verifier::OtpKit;
use warifu_contracts::remote_otp_verifier::{RemoteOtpKit, SampleProvider};

async fn acme() -> Arc<SampleProvider> {
    acme_bank::bank(|address, servers| servers.guarded(Arc::new(AcmeVerifier::new(address)))).await
}

async fn verifier() -> Arc<dyn OtpKit> {
    acme().await
}

async fn with_back_end() -> Arc<dyn RemoteOtpKit> {
    acme().await
}

warifu_contracts::otp_verifier_conformance!(verifier);
warifu_contracts::remote_otp_verifier_conformance!(with_back_end);
